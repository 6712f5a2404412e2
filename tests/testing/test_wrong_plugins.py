"""The checks, tested on plugins that are deliberately wrong: each fails its own check and no other.

test_planted_bugs.py has realistic bugs, and that every check is shown to fail by one or the other.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ganzoo.plugins.discovery import kinds
from ganzoo.plugins.lookup import find_any
from ganzoo.testing import check_plugin
from ganzoo.testing.checks import Check
from ganzoo.testing.every import import_has_no_side_effects
from ganzoo.testing.importing import Import
from ganzoo.testing.running import observe_import, run_checks
from ganzoo.testing.suites import suite_of

WRONG = Path(__file__).parent / "wrong_plugins"

FILES = sorted(WRONG.glob("*/*.py"))

SILENT = Import(printed="", changed=(), died=None)
"""Most wrong plugins are imported without a look at what that does: each look takes a second or two."""


def check_of(file: Path) -> Check[Any]:
    """The check that a wrong plugin is meant to fail: its folder is the kind, its name the check."""
    suite = suite_of(file.parent.name.replace("_", "-"))
    return next(check for check in suite.checks if check.name == file.stem.replace("_", "-"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
@pytest.mark.usefixtures("right_parts", "forked_imports")
def test_fails_its_own_check_and_no_other(file: Path) -> None:
    kind, check = file.parent.name.replace("_", "-"), check_of(file)
    plugin = find_any(f"{file}:Wrong", kind)
    imported = observe_import(plugin) if check is import_has_no_side_effects else SILENT

    report = run_checks(plugin, imported, {}, None, {}, quick=True)

    (failed,) = (result for result in report.results if result.status == "failed")
    assert failed.check == check.name
    assert failed.reason
    assert not report.passed
    others = {result.status for result in report.results if result is not failed}
    assert others <= {"passed", "not reached" if check.is_gate else "not applicable"}


RIGHT = [
    ("model", "RightModel"),
    ("model", "TwoTaskModel"),
    ("model", "UnlabelledModel"),
    ("model", "PatchModel"),
    ("model", "ReadingModel"),
    ("upsampling", "RightUpsampling"),
    ("conditioning", "RightConditioning"),
    ("objective", "RightObjective"),
    ("objective", "Relativistic"),
    ("objective", "LeastSquares"),
    ("objective", "ZeroOneLeastSquares"),
    ("objective", "RememberingObjective"),
    ("metric", "RightMetric"),
    ("metric", "MeanOfImages"),
    ("objective", "FeatureObjective"),
    ("optimizer", "RightOptimizer"),
    ("optimizer", "MovingMomentum"),
    ("optimizer", "CountedSteps"),
    ("regularisation", "RightRegularisation"),
    ("regularisation", "LateRegularisation"),
    ("regularisation", "ClippedWeights"),
    ("regularisation", "GeneratorRegularisation"),
    ("augmentation", "RightAugmentation"),
    ("dataset", "RightDataset"),
    ("feature-extractor", "RightFeatureExtractor"),
    ("weights", "RightWeights"),
    ("tracker", "RightTracker"),
    ("exporter", "RightExporter"),
]
"""What the wrong plugins are made of, and other forms that a right plugin has."""


@pytest.mark.parametrize(("kind", "name"), RIGHT)
def test_a_right_plugin_passes_every_check(kind: str, name: str, right_parts: Path) -> None:
    report = run_checks(find_any(f"{right_parts}:{name}", kind), SILENT, {}, None, {}, quick=True)

    report.require_passed()
    assert {result.status for result in report.results} <= {"passed", "not applicable"}


def test_every_kind_has_a_right_plugin() -> None:
    assert {kind for kind, _ in RIGHT} == set(kinds())


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.usefixtures("forked_imports")
def test_the_plainest_plugin_of_a_slot_passes_every_check(kind: str) -> None:
    stand_in = suite_of(kind).stand_in
    if stand_in is not None:
        check_plugin(stand_in, quick=True).require_passed()
