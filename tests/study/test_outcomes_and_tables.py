"""What is read from the run folders of a study, and how it is shown; the folders are made by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ganzoo.errors import GanzooError, UsageError
from ganzoo.study import tables
from ganzoo.study.axes import parse_axis
from ganzoo.study.budget import parse_budget
from ganzoo.study.creation import extend
from ganzoo.study.design import Design
from ganzoo.study.folder import StudyDescription, StudyFolder
from ganzoo.study.page import make_page
from ganzoo.study.prediction import Cost, detectable, predicted
from ganzoo.study.queue import Claim, Queue
from ganzoo.study.summary import StudySummary, summarise
from ganzoo.tables import as_csv, as_markdown

DISTANCES = {"bce": [40.0, 44.0, 42.0], "hinge": [30.0, 33.0, 32.0]}


def write_run(folder: StudyFolder, name: str, distance: float) -> None:
    """A run of 20 steps with two evaluations, the first at twice the distance."""
    lines: list[dict[str, Any]] = []
    for step, factor in ((10, 2.0), (20, 1.0)):
        figures = {"frechet-distance (classifier)": {"metric": "frechet-distance", "value": factor * distance,
                                                     "images": 100}}  # fmt: skip
        lines += [
            {"kind": "losses", "step": step, "seconds": step / 4, "processor_seconds": step / 8},
            {"kind": "evaluation", "step": step, "evaluation": figures},
        ]
    run = folder.run(name)
    run.path.mkdir(parents=True)
    run.metrics.write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture
def study(tmp_path: Path) -> StudyFolder:
    folder = StudyFolder(tmp_path / "mine")
    folder.path.mkdir()
    design = Design(
        file={}, given={"model.name": "gan", "dataset.name": "digits", "training.batch_size": 50},
        axes=(parse_axis("objective=bce,hinge"),), seeds=3,
        budget=parse_budget(["steps=20", "until=frechet-distance<70"]), metrics=("frechet-distance",),
    )  # fmt: skip
    for variant in design.variants:
        folder.write_configuration(variant.name, design.resolved(variant.values, {"run.evaluate_every": 10}))
    cost = Cost(
        step_seconds=0.25, evaluation_seconds=1.0, start_seconds=4.0, checkpoint_bytes=2**20, peak_bytes=2**28
    )
    folder.write(StudyDescription(
        design=design, costs=dict.fromkeys(("bce", "hinge"), cost), command=("study", "gan", "--out", "mine"),
        environment={"processor": "a <b>processor</b>"},
    ))  # fmt: skip
    queue = Queue.begin(folder, design, "mine")
    queue.add(design.order())
    for claim in claims(queue):
        name, seed = claim.entry.variant.name, claim.entry.seed
        if (name, seed) == ("bce", 2):
            queue.fail(claim, "diverged: a loss is NaN", None)
        else:
            write_run(folder, claim.entry.name, DISTANCES[name][seed])
            queue.finish(claim, DISTANCES[name][seed], 2**28 + seed)
    return folder


def claims(queue: Queue) -> Iterator[Claim]:
    while (claim := queue.claim()) is not None:
        with claim.lock:
            yield claim


@pytest.fixture
def summary(study: StudyFolder) -> StudySummary:
    return summarise(study)


def test_the_last_evaluation_counts_and_the_first_that_meets_the_goal_tells_the_time(
    summary: StudySummary,
) -> None:
    rows = {(o.entry.variant.name, o.entry.seed): o for o in summary.outcomes}
    goal = summary.design.budget.goal
    assert goal is not None

    assert rows["hinge", 1].value("frechet-distance", goal) == 33.0
    assert rows["hinge", 1].images == 20 * 50
    assert rows["hinge", 1].images_per_second == 200.0
    # 2 · 33 < 70 at step 10, after 2.5 s; 2 · 40 is not, and 40 is, at step 20.
    assert rows["hinge", 1].seconds_to(goal) == 2.5
    assert rows["bce", 0].seconds_to(goal) == 5.0
    assert rows["bce", 2].value("frechet-distance", goal) is None


def test_times_are_those_of_the_clock_that_the_budget_goes_by(study: StudyFolder) -> None:
    described = study.read()
    budget = parse_budget(["processor=20m", "until=frechet-distance<70"])
    study.write(replace(described, design=replace(described.design, budget=budget)))

    rows = {(o.entry.variant.name, o.entry.seed): o for o in summarise(study).outcomes}
    assert budget.goal is not None
    assert rows["hinge", 1].seconds_to(budget.goal) == 1.25
    assert rows["hinge", 1].images_per_second == 400.0


def test_a_training_whose_figures_are_lost_has_not_failed(study: StudyFolder) -> None:
    study.run("hinge-seed1").metrics.unlink()
    found = summarise(study)
    assert found.variants[1].remarks == "figures lost in 1"
    assert (found.differences[0].seeds, found.differences[0].failed) == (2, (1, 0))


def test_who_never_got_there_is_not_left_out_of_the_time_to_quality(summary: StudySummary) -> None:
    def shown(goal: str) -> list[str]:
        design = replace(summary.design, budget=parse_budget(["steps=20", f"until=frechet-distance<{goal}"]))
        asked = replace(summary, description=replace(summary.description, design=design))
        column = next(c for c in tables.variants(asked).shown if c.heading == "time to quality")
        return list(column.texts)

    assert shown("70") == ["5 s (5 s to 5 s), in 2 of 3", "2 s (2 s to 2 s)"]
    assert shown("30.5") == ["-", "5 s, in 1 of 3"]


def test_variants_and_verdicts_are_shown(summary: StudySummary) -> None:
    shown = as_markdown(tables.variants(summary))
    assert "| objective=bce | 2 of 3 | 42 (16.59 to 67.41) |" in shown
    assert "diverged in 1" in shown
    assert "256 MiB" in shown
    verdicts = tables.differences(summary)
    # One of three pairs failed: the sign test of three wins has p = 0.25.
    assert [record["p_value"] for record in verdicts.records] == [0.5, 0.5]
    assert {record["verdict"] for record in verdicts.records} == {"undecided: more seeds are needed"}
    assert as_csv(tables.trainings(summary)).count("\n") == 6
    assert tables.progress(summary) == "1 failed, 5 finished, of 6 trainings"


def test_the_page_shows_all_and_runs_nothing_of_what_it_shows(summary: StudySummary) -> None:
    page = make_page(summary)

    assert "<b>processor" not in page
    assert "&lt;b&gt;processor" in page
    for text in ("objective=hinge", "Verdicts", "ganzoo study extend mine --seeds 5", "diverged in 1"):
        assert text in page
    (chart,) = json.loads(page.split('id="charts">')[1].split("</script>")[0])
    assert (chart["axis"], chart["has_bands"]) == ("images", True)
    hinge = next(series for series in chart["series"] if series["label"] == "objective=hinge")
    assert hinge["steps"] == [500, 1000]
    assert (hinge["values"][1], hinge["lows"][1], hinge["highs"][1]) == (pytest.approx(95 / 3), 30.0, 33.0)


def test_seeds_are_added_in_the_order_that_a_larger_study_would_have_had(study: StudyFolder) -> None:
    assert extend(study, 5) == 4

    entries = Queue(study, study.read().design).entries()
    assert [entry.state for entry in entries[6:]] == ["waiting"] * 4
    assert [(entry.variant.name, entry.seed) for entry in entries[6:]] == [
        (variant.name, seed) for variant, seed in study.read().design.order(3)
    ]


def test_a_folder_that_is_no_study_is_said_to_be_none(tmp_path: Path, study: StudyFolder) -> None:
    with pytest.raises(UsageError, match=r"is no study: it has no study\.json"):
        StudyFolder(tmp_path).read()
    for text in ("{", "[]", '{"schema": 1}', '{"schema": 1, "design": {"axes": 3}}'):
        (study.path / "study.json").write_text(text)
        with pytest.raises(GanzooError, match="is damaged"):
            study.read()
    (study.path / "study.json").write_text('{"schema": 9}')
    with pytest.raises(GanzooError, match="has schema 9, and this GanZoo reads schema 1"):
        study.read()


def test_the_cost_is_predicted_from_a_few_steps() -> None:
    fast = Cost(
        step_seconds=0.1, evaluation_seconds=2.0, start_seconds=5.0, checkpoint_bytes=2**20, peak_bytes=2**30
    )
    slow = Cost(
        step_seconds=0.4, evaluation_seconds=2.0, start_seconds=9.0, checkpoint_bytes=2**20, peak_bytes=2**29
    )
    # 5 s to start (the first short trial also fills the cache), steps, and 5 evaluations of 2 s.
    assert predicted({"a": fast, "b": slow}, {"a": 1000, "b": 1000}, 3, 5, 2) == (
        "6 trainings of 2 min to 7 min each (2 at a time): 13 min in all, "
        "2.00 GiB of memory, 12.0 MiB of disk"
    )
    assert "is not known" in predicted({"a": None}, {"a": 1}, 3, 5, 1)
    assert "one seed decides nothing" in detectable(1, 1)
    assert "3.1 times the spread" in detectable(3, 1)
