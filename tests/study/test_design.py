"""The design of a study: every combination is checked first, all get the same, and it is read as written."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ganzoo.errors import GanzooError, UsageError
from ganzoo.study.axes import named_axis, parse_axis
from ganzoo.study.budget import parse_budget
from ganzoo.study.design import Design, design_from_json
from ganzoo.study.refusals import refusal, require_possible, require_search


def design(*axes: str, budget: str = "steps=100", **changes: Any) -> Design:
    given = {"model.name": "dcgan", "dataset.name": "digits", **changes.pop("given", {})}
    return Design(**{
        "file": {}, "given": given, "axes": tuple(map(parse_axis, axes)), "seeds": 3,
        "budget": parse_budget([budget]), "metrics": ("frechet-distance",), **changes,
    })  # fmt: skip


UPSAMPLINGS = "upsampling=transposed-conv,resize-conv,pixel-shuffle"


def test_a_design_is_read_as_it_was_written() -> None:
    written = design(UPSAMPLINGS, "training.learning_rate=1e-4..1e-3:log", trials=5, is_pruned=True)

    assert design_from_json(json.loads(json.dumps(written.to_json()))) == written


def test_the_trainings_of_a_seed_come_before_those_of_the_next_and_in_another_order() -> None:
    order = [
        (variant.label.partition("=")[2], seed) for variant, seed in design(UPSAMPLINGS, seeds=6).order()
    ]

    assert [seed for _, seed in order] == sorted(3 * list(range(6)))
    by_seed = {tuple(name for name, seed in order if seed == wanted) for wanted in range(6)}
    assert all(sorted(names) == ["pixel-shuffle", "resize-conv", "transposed-conv"] for names in by_seed)
    assert len(by_seed) > 1
    assert design(UPSAMPLINGS, seeds=6).order()[9:] == design(UPSAMPLINGS, seeds=6).order(3)


def test_every_variant_gets_the_same_number_of_images() -> None:
    asked = design("training.batch_size=20,50", budget="images=1000")

    ends = [asked.resolved(variant.values, {"run.evaluate_every": 1}).training for variant in asked.variants]

    assert [(end.batch_size, end.max_steps) for end in ends if end] == [(20, 50), (50, 20)]
    assert all(end.epochs > 10**9 for end in ends if end)


def test_what_the_user_says_of_the_rhythm_wins_and_what_ends_a_training_does_not() -> None:
    asked = design(UPSAMPLINGS, given={"run.evaluate_every": "7"})
    rhythm = {"run.evaluate_every": 20, "run.log_every": 20}

    run = asked.resolved(asked.variants[0].values, rhythm).run
    assert run is not None
    assert (run.evaluate_every, run.log_every) == (7, 20)

    from_a_run = replace(asked, file={"training.max_steps": 3, "training.epochs": 1, "run.max_seconds": 1.0})
    configuration = from_a_run.resolved(asked.variants[0].values, rhythm)
    assert configuration.training is not None
    assert configuration.run is not None
    assert (configuration.training.max_steps, configuration.run.max_seconds) == (100, None)


def test_each_evaluation_has_its_line_of_losses_and_a_kill_costs_two_minutes_at_most() -> None:
    asked = design(UPSAMPLINGS, budget="steps=1234", evaluations=4)
    training = asked.resolved(asked.variants[0].values, {"run.evaluate_every": 1}).training
    assert training is not None

    rhythm = asked.rhythm(training, step_seconds=1.0)

    assert rhythm["run.evaluate_every"] == 300
    assert rhythm["run.evaluate_every"] % rhythm["run.log_every"] == 0
    assert rhythm["run.checkpoint_every"] == 120
    assert "training.schedule_images" not in rhythm


def test_a_schedule_as_long_as_the_training_knows_how_long_that_is_in_a_budget_of_time() -> None:
    asked = design(UPSAMPLINGS, budget="100s", given={"training.batch_size": "10"})
    training = asked.resolved(asked.variants[0].values, {"run.evaluate_every": 1}).training
    assert training is not None

    assert asked.rhythm(training, step_seconds=0.5)["training.schedule_images"] == 2000


def test_impossible_combinations_are_all_named_with_the_reason() -> None:
    asked = design("model=gan,dcgan", UPSAMPLINGS, "training.batch_size=8,-3", given={"model.name": "gan"})

    with pytest.raises(UsageError) as refused:
        require_possible(asked)

    lines = str(refused.value).splitlines()
    assert lines[0] == "nothing was trained, since some combinations are impossible"
    assert (
        "model=gan, upsampling=resize-conv, training.batch_size=8: the model 'gan' has no upsampling"
        in lines[3]
    )
    assert "model=dcgan, upsampling=transposed-conv, training.batch_size=-3: training.batch_size" in "".join(
        lines
    )
    assert "dcgan, upsampling=resize-conv, training.batch_size=8" not in str(refused.value)


def test_a_combination_that_fails_for_another_reason_is_not_called_impossible() -> None:
    full = GanzooError("no space")
    refused = refusal([("objective=bce", full), ("objective=hinge", UsageError("no such thing"))])
    assert refused.exit_code == 1
    assert str(refused).splitlines() == [
        "nothing was trained, since some combinations failed in their first steps",
        "objective=bce: no space", "objective=hinge: no such thing",
    ]  # fmt: skip


def test_a_mistake_that_has_nothing_to_do_with_what_varies_is_said_once() -> None:
    with pytest.raises(UsageError) as refused:
        require_possible(design(UPSAMPLINGS, given={"dataset.name": "digitz"}))

    assert str(refused.value).startswith("no dataset is called 'digitz'")


SAME = ({"training.learning_rate": "1e-3"}, {"training.learning_rate": 0.001})


def test_variants_that_are_the_same_are_named() -> None:
    named = replace(design(UPSAMPLINGS), axes=(named_axis(dict(zip("ab", SAME, strict=True))),))

    for asked, names in (
        (
            design("training.learning_rate=1e-3,0.001,2e-3"),
            "training.learning_rate=1e-3 and training",
        ),
        (named, "a and b"),
    ):
        with pytest.raises(UsageError, match=f"the variants {names}.* have the same settings"):
            require_possible(asked)
        require_possible(replace(asked, is_paired=False))
    require_possible(design("training.learning_rate=1e-3,2e-3"))


def test_without_pairs_no_two_trainings_share_a_seed_and_more_seeds_leave_them_theirs() -> None:
    paired, apart = design(UPSAMPLINGS), design(UPSAMPLINGS, is_paired=False)

    assert [paired.training_seed(variant.name, seed) for variant, seed in paired.order()] == [
        seed for _, seed in paired.order()
    ]
    seeds = {(v.name, seed): apart.training_seed(v.name, seed) for v, seed in apart.order()}
    assert sorted(seeds.values()) == list(range(9))
    more = apart.with_seeds(5)
    assert seeds.items() <= {(v.name, n): more.training_seed(v.name, n) for v, n in more.order()}.items()
    assert design_from_json(json.loads(json.dumps(apart.to_json()))) == apart


def test_ranges_are_searched() -> None:
    axes = (parse_axis("training.learning_rate=1e-4..1e-3:log"),)
    with pytest.raises(UsageError, match="is a range, which is searched: say how long with --trials 30"):
        require_search(axes, None, False)
    with pytest.raises(UsageError, match="--prune is for a search"):
        require_search((), None, True)
    with pytest.raises(UsageError, match="--unpaired is for a comparison"):
        require_search(axes, 5, False, is_paired=False)
    require_search(axes, 5, True)


def test_seeds_are_added_and_never_taken_away() -> None:
    assert design(UPSAMPLINGS).with_seeds(5).seeds == 5
    with pytest.raises(UsageError, match="has 3 seeds already"):
        design(UPSAMPLINGS).with_seeds(3)
    with pytest.raises(UsageError, match="a search has no seeds"):
        design(UPSAMPLINGS, trials=4).with_seeds(5)
