"""`--vary` and `--budget`: what they mean, and what is refused in words."""

from __future__ import annotations

from typing import Any

import pytest

from ganzoo.errors import UsageError
from ganzoo.settings.goal import Goal
from ganzoo.study.axes import ChoiceAxis, RangeAxis, axis_from_json, axis_to_json, parse_axis
from ganzoo.study.budget import NEVER, Budget, parse_budget
from ganzoo.study.variants import combinations


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        (
            "upsampling=resize-conv,pixel-shuffle",
            ChoiceAxis("upsampling.name", ("resize-conv", "pixel-shuffle")),
        ),
        ("model = acgan, sngan-projection", ChoiceAxis("model.name", ("acgan", "sngan-projection"))),
        ("training.batch_size=32,64", ChoiceAxis("training.batch_size", ("32", "64"))),
        ("training.learning_rate=1e-4..1e-3:log", RangeAxis("training.learning_rate", 1e-4, 1e-3, True)),
        ("model.channels=8..64", RangeAxis("model.channels", 8, 64, is_whole=True)),
        ("model.dropout=0..0.5", RangeAxis("model.dropout", 0, 0.5)),
    ],
)
def test_what_varies(text: str, axis: Any) -> None:
    assert parse_axis(text) == axis
    assert axis_from_json(axis_to_json(axis)) == axis


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("upsampling", "--vary takes KEY=VALUE,VALUE or KEY=LOW..HIGH, not 'upsampling'"),
        ("upsamplin=a,b", "nothing called 'upsamplin' to vary; did you mean 'upsampling'"),
        ("upsampling=resize-conv", "has one value: give two or more"),
        ("upsampling=a,,b", "has one value"),
        ("learning_rate=1,2", "to vary; did you mean 'training.learning_rate'"),
        ("upsampling=a,a", "has a value twice"),
        ("training.seed=1,2", "a study decides training.seed itself, for all variants alike; see --seeds"),
        ("training.max_steps=1,2", "see --budget"),
        ("model.dropout=0..1:log", "from a number above 0 and to a larger one"),
        ("model.dropout=1..0", "goes from a number to a larger one"),
        ("model.dropout=a..b", "is from one number to another, not 'a..b'"),
    ],
)
def test_what_can_not_vary(text: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_axis(text)
    assert message in str(refused.value)


def test_every_combination_has_a_name_of_its_own() -> None:
    axes = [parse_axis("model=my/file.py:A,my-file.py-A"), parse_axis("objective=bce,hinge")]
    variants = combinations(axes)

    assert [variant.label for variant in variants][:2] == [
        "model=my/file.py:A, objective=bce",
        "model=my/file.py:A, objective=hinge",
    ]
    assert [variant.name for variant in variants] == [
        "my-file.py-A_bce", "my-file.py-A_hinge", "my-file.py-A_bce_2", "my-file.py-A_hinge_3",
    ]  # fmt: skip


def test_a_key_is_varied_once_and_something_is() -> None:
    with pytest.raises(UsageError, match="objective is varied twice"):
        combinations([parse_axis("objective=bce,hinge"), parse_axis("objective=lsgan,hinge")])
    with pytest.raises(UsageError, match="nothing varies"):
        combinations([])


@pytest.mark.parametrize(
    ("texts", "budget"),
    [
        (["10m"], Budget("time", 600)),
        (["time=90s"], Budget("time", 90)),
        (["1.5h"], Budget("time", 5400)),
        (["processor=10m"], Budget("processor", 600)),
        (["images=500k"], Budget("images", 500_000)),
        (["images=1.2M"], Budget("images", 1_200_000)),
        (["images=1.1k"], Budget("images", 1_100)),
        (["steps=1000"], Budget("steps", 1000)),
        (
            ["until=frechet-distance<40", "1h"],
            Budget("time", 3600, Goal("frechet-distance", is_below=True, value=40.0)),
        ),
    ],
)
def test_a_budget(texts: list[str], budget: Budget) -> None:
    assert parse_budget(texts) == budget
    assert parse_budget(budget.written) == budget


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "one length, the same for every training"),
        (["10m", "steps=5"], "one length, the same for every training"),
        (["until=frechet-distance<40"], "one length, the same for every training"),
        (["10"], "--budget takes a time (90s, 10m, 2h), processor=10m, images=500k or steps=1000, not '10'"),
        (["epochs=10"], "not 'epochs=10'"),
        (["processor=500"], "not 'processor=500'"),
        (["processor=0s"], "leaves nothing to train"),
        (["steps=0"], "leaves nothing to train"),
        (["steps=1.5"], "--budget steps=1.5 is no whole number of steps"),
        (["images=0.4"], "no whole number of images"),
        (["99999d"], "is longer than any training"),
        (["steps=" + "9" * 400], "is longer than any training"),
        (["10m", "until=fid<4"], "names the metric 'fid'"),
        (["10m", "until=memorisation<4"], "it is computed by ganzoo evaluate alone"),
        (["10m", "until=recall"], "must be a metric and a value, such as frechet-distance<40"),
    ],
)
def test_what_is_no_budget(texts: list[str], message: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_budget(texts)
    assert message in str(refused.value)


def test_a_budget_ends_a_training_whatever_its_batches() -> None:
    images = Budget("images", 1000)
    assert images.settings(64) == {"training.epochs": NEVER, "training.max_steps": 16}
    assert images.steps(64, 0.1) == 16
    assert Budget("steps", 7).settings(64)["training.max_steps"] == 7
    assert Budget("time", 60).settings(64) == {"training.epochs": NEVER, "run.max_seconds": 60}
    assert Budget("time", 60).steps(64, 0.5) == 120
    processor = Budget("processor", 60)
    assert processor.settings(64) == {"training.epochs": NEVER, "run.max_processor_seconds": 60}
    assert processor.steps(64, 0.5) == 120
    assert (processor.clock, Budget("steps", 7).clock) == ("processor_seconds", "seconds")
