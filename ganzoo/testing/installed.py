"""Checks every installed plugin, but those whose data or weights are not here."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch

from ganzoo.errors import PluginError, UsageError
from ganzoo.plugins import discovery
from ganzoo.plugins.discovery import Plugin
from ganzoo.testing.checks import Subject, Suite
from ganzoo.testing.importing import Import
from ganzoo.testing.importing_all import import_all_elsewhere
from ganzoo.testing.offline import WouldDownload, offline
from ganzoo.testing.placement import device_of_checks, own_state
from ganzoo.testing.results import ConformanceResults
from ganzoo.testing.running import require_alive, run_suite, subject_of
from ganzoo.testing.suites import suite_of


@dataclass(frozen=True)
class NotChecked:
    """An installed plugin of which no check says anything."""

    plugin: str
    """Full name."""
    kind: str
    provider: str
    reason: str
    is_problem: bool
    """Whether somebody has to do something: it can't be loaded. Else it lacks data, weights or a setting."""

    def to_json(self) -> dict[str, Any]:
        """The same as JSON can say it."""
        return {**asdict(self), "passed": False if self.is_problem else None}


def check_installed(
    kind: str | None = None, *, device: str = "cpu", quick: bool = False
) -> Iterator[ConformanceResults | NotChecked]:
    """Runs the checks of every installed plugin, one after another; nothing is downloaded for it.

    Models are checked in the small size that they name, everything else by its defaults.

    Args:
        kind: only those of this kind; None for all.
        device: see `check_plugin`.
        quick: see `check_plugin`.

    Raises:
        UsageError: an unknown kind or device, or nothing of the kind is installed.
        GanzooError: the device is not there.
    """
    place = device_of_checks(device)
    plugins = [
        plugin
        for plugin in discovery.discover().plugins
        if kind is None or plugin.kind == discovery.kind_named(kind).name
    ]
    if not plugins:
        raise UsageError(
            f"no {kind or 'plugin'} is installed, so there is nothing to check; see: ganzoo list"
        )
    return _check_each(plugins, place, quick)


def _check_each(
    plugins: list[Plugin], device: torch.device, quick: bool
) -> Iterator[ConformanceResults | NotChecked]:
    imports = import_all_elsewhere(sorted({_origin(plugin) for plugin in plugins if not plugin.problem}))
    for plugin in plugins:
        with offline():
            found = _check(plugin, imports.get(_origin(plugin)), device, quick)
        yield found


def _origin(plugin: Plugin) -> str:
    return plugin.target.partition(":")[0]


def _check(
    plugin: Plugin, imported: Import | None, device: torch.device, quick: bool
) -> ConformanceResults | NotChecked:
    try:
        require_alive(plugin, imported)
        suite = suite_of(plugin.kind)
        subject = subject_of(suite, plugin, imported, device=device, small=True)
    except PluginError as error:
        return NotChecked(plugin.full_name, plugin.kind, plugin.provider, str(error), is_problem=True)
    lack = _lack(suite, subject)
    if lack is not None:
        return NotChecked(plugin.full_name, plugin.kind, plugin.provider, lack, is_problem=False)
    return run_suite(suite, subject, {}, quick=quick)


def _lack(suite: Suite[Any], subject: Subject) -> str | None:
    """What a plugin says that it needs and was not given; None where it begins to work.

    Its words for that are a UsageError; or it looks for the network.
    """
    with own_state(subject.device), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            subject.require_settings()
            for check in suite.checks:
                if check.is_gate:
                    check.function(subject)
        except (UsageError, WouldDownload) as lack:
            return str(lack)
        except Exception:
            return None  # the checks will find it, and say it in their words
    return None
