"""Making a study: what can't be judged or kept is refused before anything is trained, and leaves nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ganzoo.errors import UsageError
from ganzoo.runs.folder import Run
from ganzoo.study import creation
from ganzoo.study.axes import parse_axis
from ganzoo.study.budget import Budget, parse_budget
from ganzoo.study.design import Design, design_from_json
from ganzoo.study.folder import StudyFolder
from ganzoo.study.prediction import Cost

DESIGN = Design(
    file={}, given={"model.name": "gan", "dataset.name": "digits"}, seeds=1,
    axes=(parse_axis("objective=bce,hinge"),), budget=Budget("steps", 5), metrics=("frechet-distance",),
)  # fmt: skip
COST = Cost(step_seconds=1, evaluation_seconds=1, start_seconds=1, checkpoint_bytes=10, peak_bytes=None)


def create(place: Path, design: Design, storage: str | None = None) -> None:
    creation.create(
        StudyFolder(place / "s", storage), design,
        command=(), environment={}, workers=1, device=None, tell=lambda _: None,
    )  # fmt: skip


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short trials end at once, with a Fréchet distance."""

    def try_out(_: Any, folder: Path, *rest: Any) -> tuple[Cost, None]:
        run = Run(folder / "run")
        run.path.mkdir(parents=True)
        line = {"kind": "evaluation", "step": 4, "evaluation": {"frechet-distance": {"value": 3.0}}}
        run.metrics.write_text(json.dumps(line) + "\n", encoding="utf-8")
        return COST, None

    monkeypatch.setattr(creation, "try_out", try_out)


@pytest.mark.usefixtures("evaluated")
@pytest.mark.parametrize(
    "design",
    [
        replace(DESIGN, metrics=("frechet-distance", "class-accuracy")),
        replace(DESIGN, budget=parse_budget(["steps=5", "until=class-accuracy>0.8"])),
    ],
)
def test_a_metric_that_a_variant_can_not_have_is_refused(design: Design, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        create(tmp_path, design)
    said = str(refused.value)
    assert "objective=bce: its evaluations give no class-accuracy, which needs labelled samples, from" in said
    assert "objective=hinge: its" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("evaluated")
def test_what_can_be_judged_is_made(tmp_path: Path) -> None:
    create(tmp_path, DESIGN)
    assert StudyFolder(tmp_path / "s").read().design == DESIGN


def test_a_database_that_can_take_no_study_is_refused_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure(*_: Any) -> None:
        raise AssertionError("it was measured")

    monkeypatch.setattr(creation, "try_out", measure)
    with pytest.raises(UsageError, match="--storage takes the URL of a database"):
        create(tmp_path, DESIGN, "nonsense")
    assert not list(tmp_path.iterdir())


def test_a_study_is_judged_by_the_metric_of_a_plugin(site: Any) -> None:
    text = (
        "class Mean:\n    '''A mean.'''\n    ganzoo_api = 1\n    lower_is_better = True\n    usual = True\n"
    )
    site.install("acme-metric", {"ganzoo.metrics": {"mean": "acme_metric:Mean"}}, {"acme_metric.py": text})
    design = replace(DESIGN, metrics=("mean",))
    assert design_from_json(json.loads(json.dumps(design.to_json()))) == design
