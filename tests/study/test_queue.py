"""The queue: a training has one worker, a killed one's is taken up, and a search stays in its ranges."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ganzoo.errors import GanzooError
from ganzoo.study.axes import parse_axis
from ganzoo.study.budget import parse_budget
from ganzoo.study.design import Design
from ganzoo.study.folder import StudyFolder
from ganzoo.study.queue import Claim, Queue


def design(*axes: str, **changes: Any) -> Design:
    return Design(**{
        "file": {}, "given": {"model.name": "gan", "dataset.name": "digits"},
        "axes": tuple(map(parse_axis, axes)), "seeds": 2,
        "budget": parse_budget(["steps=5"]), "metrics": ("frechet-distance",), **changes,
    })  # fmt: skip


Claimed = Callable[[Queue], Claim]


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    return StudyFolder(tmp_path)


@pytest.fixture
def claimed() -> Iterator[Claimed]:
    """Claims a training; its lock is given up after the test."""
    with contextlib.ExitStack() as stack:

        def claim(queue: Queue) -> Claim:
            claim = queue.claim()
            assert claim is not None
            stack.enter_context(claim.lock)
            return claim

        yield claim


def test_two_workers_share_the_trainings_and_nobody_does_one_twice(
    folder: StudyFolder, claimed: Claimed
) -> None:
    asked = design("objective=bce,hinge")
    mine = Queue.begin(folder, asked, "s")
    mine.add(asked.order())
    theirs = Queue(folder, asked)

    claims = [claimed(mine), claimed(theirs), claimed(theirs), claimed(mine)]

    assert [claim.entry.name for claim in claims] == [f"{v.name}-seed{seed}" for v, seed in asked.order()]
    assert mine.claim() is None
    assert theirs.claim() is None
    theirs.finish(claims[0], 4.5, 1000)
    mine.fail(claims[1], "diverged: a loss is NaN", None)
    states = [(entry.state, entry.problem, entry.peak_bytes) for entry in mine.entries()]
    assert states[:2] == [("finished", None, 1000), ("failed", "diverged: a loss is NaN", None)]
    assert [state for state, _, _ in states[2:]] == ["running", "running"]


def test_what_a_killed_worker_had_is_taken_up_before_anything_new(
    folder: StudyFolder, claimed: Claimed
) -> None:
    asked = design("objective=bce,hinge")
    queue = Queue.begin(folder, asked, "s")
    queue.add(asked.order())
    first = claimed(queue)
    first.lock.close()  # as the system does when the process is killed

    again = claimed(Queue(folder, asked))

    assert again.entry.name == first.entry.name
    assert claimed(queue).entry.name != first.entry.name


def test_a_strangers_journal_leads_to_no_other_folder(folder: StudyFolder) -> None:
    asked = design("objective=bce,hinge", seeds=1)
    queue = Queue.begin(folder, asked, "s")
    queue.add([(replace(asked.variants[0], name="../elsewhere"), 0)])

    with pytest.raises(GanzooError, match=r"'\.\./elsewhere' is no name of a variant"):
        queue.entries()
    with pytest.raises(GanzooError, match="is damaged"):
        queue.claim()


def test_deaths_are_counted(folder: StudyFolder, claimed: Claimed) -> None:
    asked = design("objective=bce,hinge", seeds=1)
    queue = Queue.begin(folder, asked, "s")
    queue.add(asked.order())

    for number in (1, 2, 3):
        claim = claimed(queue)
        assert queue.mourn(claim) == number
        claim.lock.close()


def test_a_search_stays_within_its_ranges_and_ends(folder: StudyFolder, claimed: Claimed) -> None:
    asked = design("training.learning_rate=1e-4..1e-2:log", "model.hidden=4..9", trials=4, seeds=1)
    queue = Queue.begin(folder, asked, "s")

    for value in (4.0, 3.0, 2.0, 1.0):
        claim = claimed(queue)
        rate, hidden = claim.entry.variant.values.values()
        assert 1e-4 <= float(rate) <= 1e-2
        assert int(hidden) in range(4, 10)
        queue.finish(claim, value, None)

    assert queue.claim() is None
    assert [entry.variant.name for entry in queue.entries()] == [f"trial-{n:03d}" for n in range(4)]


def test_half_a_search_is_given_up_where_it_looks_worse(folder: StudyFolder, claimed: Claimed) -> None:
    asked = design("training.learning_rate=1e-4..1e-2:log", trials=8, is_pruned=True)
    queue = Queue.begin(folder, asked, "s")
    pruned = []
    for number in range(8):
        claim = claimed(queue)
        for step in (1, 2, 3, 4, 5):
            claim.trial.report(100.0 + number, step)
        pruned.append(claim.trial.should_prune())
        if pruned[-1]:
            queue.prune(claim)
        else:
            queue.finish(claim, 100.0 + number, None)

    assert not pruned[0]
    assert any(pruned)
    assert {entry.state for entry in queue.entries()} == {"finished", "pruned"}
