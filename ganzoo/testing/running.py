"""Runs the checks of a plugin's kind on it and reports what they found."""

from __future__ import annotations

import random
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ganzoo.errors import GanzooError, PluginError, UsageError, near_matches
from ganzoo.plugins import loading
from ganzoo.plugins.discovery import Plugin
from ganzoo.plugins.lookup import find_any
from ganzoo.testing.checks import Check, Failure, Subject
from ganzoo.testing.importing import Import, import_elsewhere, origin_of
from ganzoo.testing.results import ConformanceResults, Result, Status
from ganzoo.testing.suites import suite_of
from ganzoo.text import printable


def check_plugin(
    name: str | type,
    kind: str | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    data_dir: Path | None = None,
    expected_failures: Mapping[str, str] | None = None,
) -> ConformanceResults:
    """Runs every check of a plugin's kind on it, on the CPU.

    Args:
        name: its name, `distribution:name`, `path/to/file.py:Class`, `package.module:Class` or the class.
        kind: what it is; needed only where several plugins of different kinds bear the name.
        settings: `{"dataset.size": 32}`; without them the defaults are checked.
        data_dir: the folder of a data set.
        expected_failures: check to the reason why this plugin fails it, for instance
            `{"rows-are-independent": "it compares the images of a batch"}`. A check that is expected to
            fail and passes is a problem.

    Raises:
        UsageError: an unknown name, check or setting.
        PluginError: the plugin can't be loaded.
    """
    plugin = find_any(name, kind)
    imported = observe_import(plugin)
    if imported is not None and imported.died:
        raise PluginError(f"importing the {plugin.kind} {plugin.full_name!r} fails: {imported.died}")
    return run_checks(plugin, imported, settings or {}, data_dir, expected_failures or {})


def observe_import(plugin: Plugin) -> Import | None:
    """Imports a plugin in a process of its own; None where it can't be imported a second time."""
    if plugin.problem:
        return None  # it is refused before anything is imported
    origin = plugin.target.rpartition(":")[0] if plugin.loaded is None else origin_of(plugin.loaded)
    return None if origin is None else import_elsewhere(origin)


def run_checks(
    plugin: Plugin,
    imported: Import | None,
    settings: Mapping[str, Any],
    data_dir: Path | None,
    expected_failures: Mapping[str, str],
) -> ConformanceResults:
    """Runs the checks on a plugin whose import has been observed; see `check_plugin`."""
    suite = suite_of(plugin.kind)
    names = [check.name for check in suite.checks]
    for expected in expected_failures:
        if expected not in names:
            raise UsageError(
                f"the kind {plugin.kind} has no check {expected!r}{near_matches(expected, names)}\n"
                f"checks: {', '.join(names)}"
            )
    subject = suite.subject(plugin, loading.load(plugin), dict(settings), data_dir, imported)
    subject.require_settings()
    results: list[Result] = []
    closed: str | None = None
    for check in suite.checks:
        if closed is None:
            result = _run(check, subject, expected_failures.get(check.name))
        else:
            result = _result(check, "not reached", f"{closed} failed")
        results.append(result)
        if check.is_gate and result.status == "failed":
            closed = check.name
    return ConformanceResults(plugin.full_name, plugin.kind, plugin.provider, tuple(results), suite.minimum)


def _run(check: Check[Any], subject: Subject, expected: str | None) -> Result:
    start = time.perf_counter()
    with _own_random_state(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # warnings are no promise of any kind
        try:
            inapplicable = check.unless(subject) if check.unless else None
            if inapplicable is None:
                check.function(subject)
        except (Failure, GanzooError) as failure:
            reason: str | None = str(failure)
        except (Exception, SystemExit) as error:
            reason = f"{type(error).__name__}: {printable(str(error))}"
        else:
            reason = None
    seconds = time.perf_counter() - start
    if reason is not None:
        if expected is None:
            return _result(check, "failed", reason, seconds)
        return _result(check, "failed as expected", f"{expected}: {reason}", seconds)
    if inapplicable is not None and expected is None:
        return _result(check, "not applicable", inapplicable)
    return _result(check, "passed" if expected is None else "passed unexpectedly", "", seconds)


def _result(check: Check[Any], status: Status, reason: str, seconds: float = 0.0) -> Result:
    return Result(check.name, status, reason, check.why, check.remedy, seconds)


@contextmanager
def _own_random_state() -> Iterator[None]:
    """Every check draws the same numbers, whatever ran before it, and leaves no trace for the caller."""
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        random.seed(0)
        np.random.seed(0)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)
