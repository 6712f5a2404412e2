"""Runs the checks of a plugin's kind on it and reports what they found."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from ganzoo.errors import GanzooError, PluginError, UsageError, near_matches
from ganzoo.plugins import loading
from ganzoo.plugins.discovery import Plugin
from ganzoo.plugins.lookup import find_any
from ganzoo.testing.checks import Check, Failure, Subject, Suite
from ganzoo.testing.importing import Import, import_elsewhere, origin_of
from ganzoo.testing.placement import CPU, device_of_checks, own_state
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
    device: str = "cpu",
    quick: bool = False,
) -> ConformanceResults:
    """Runs every check of a plugin's kind on it.

    Args:
        name: its name, `distribution:name`, `path/to/file.py:Class`, `package.module:Class` or the class.
        kind: what it is; needed only where several plugins of different kinds bear the name.
        settings: `{"dataset.size": 32}`; without them the defaults are checked.
        data_dir: the folder of a data set.
        expected_failures: check to the reason why this plugin fails it, for instance
            `{"rows-are-independent": "it compares the images of a batch"}`. A check that is expected to
            fail and passes is a problem.
        device: where modules and tensors are put: "auto", "cpu", "cuda" or "cuda:1". Data sets are read on
            the CPU, and the checks that build on the meta device do so anywhere.
        quick: whether the checks that start processes or train are left out.

    Raises:
        UsageError: an unknown name, check, setting or device.
        GanzooError: the device is not there.
        PluginError: the plugin can't be loaded.
    """
    place = device_of_checks(device)
    plugin = find_any(name, kind)
    imported = observe_import(plugin)
    require_alive(plugin, imported)
    return run_checks(plugin, imported, settings or {}, data_dir, expected_failures or {}, place, quick=quick)


def observe_import(plugin: Plugin) -> Import | None:
    """Imports a plugin in a process of its own; None where it can't be imported a second time."""
    if plugin.problem:
        return None  # it is refused before anything is imported
    origin = plugin.target.rpartition(":")[0] if plugin.loaded is None else origin_of(plugin.loaded)
    return None if origin is None else import_elsewhere(origin)


def require_alive(plugin: Plugin, imported: Import | None) -> None:
    """Refuses a plugin whose import would end this process.

    Raises:
        PluginError: it would.
    """
    if imported is not None and imported.died:
        raise PluginError(f"importing the {plugin.kind} {plugin.full_name!r} fails: {imported.died}")


def run_checks(
    plugin: Plugin,
    imported: Import | None,
    settings: Mapping[str, Any],
    data_dir: Path | None,
    expected_failures: Mapping[str, str],
    device: torch.device = CPU,
    *,
    quick: bool = False,
) -> ConformanceResults:
    """Runs the checks on a plugin whose import has been observed; see `check_plugin`."""
    suite = suite_of(plugin.kind)
    _require_names(expected_failures, suite, plugin.kind)
    subject = subject_of(suite, plugin, imported, settings, data_dir, device)
    subject.require_settings()
    return run_suite(suite, subject, expected_failures, quick=quick)


def _require_names(expected: Iterable[str], suite: Suite[Any], kind: str) -> None:
    names = [check.name for check in suite.checks]
    for name in expected:
        if name not in names:
            raise UsageError(
                f"the kind {kind} has no check {name!r}{near_matches(name, names)}\n"
                f"checks: {', '.join(names)}"
            )


def subject_of(
    suite: Suite[Any],
    plugin: Plugin,
    imported: Import | None,
    settings: Mapping[str, Any] | None = None,
    data_dir: Path | None = None,
    device: torch.device = CPU,
    *,
    small: bool = False,
) -> Subject:
    """Loads a plugin to be checked.

    Args:
        suite: the checks of its kind.
        plugin: what is checked.
        imported: see `Subject`.
        settings: see `check_plugin`.
        data_dir: see `check_plugin`.
        device: where the checks take place.
        small: whether it takes the size that it names for checks, rather than its default.

    Raises:
        PluginError: it can't be loaded.
    """
    cls = loading.load(plugin)
    sizes = (
        {f"{plugin.kind}.{key}": value for key, value in getattr(cls, "small", {}).items()} if small else {}
    )
    subject: Subject = suite.subject(plugin, cls, {**sizes, **(settings or {})}, data_dir, imported, device)
    return subject


def run_suite(
    suite: Suite[Any], subject: Subject, expected_failures: Mapping[str, str], *, quick: bool = False
) -> ConformanceResults:
    """Runs all checks of a suite on a subject whose settings are right."""
    plugin = subject.plugin
    results: list[Result] = []
    closed: str | None = None
    for check in (each for each in suite.checks if not (quick and each.is_long)):
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
    with own_state(subject.device), warnings.catch_warnings():
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
