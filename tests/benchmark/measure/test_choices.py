"""Which choices of a training a sweep has, how its rows are named, and what is refused."""

from __future__ import annotations

import pytest

from ganzoo.benchmark.measure.choices import model_choices, split_values
from ganzoo.errors import UsageError


def test_every_combination_is_named_by_what_was_asked() -> None:
    found = model_choices(["dcgan"], {"objective.name": ("bce", "hinge"), "training.accumulate": ("1", "2")})

    assert [(choice.named["objective.name"], choice.named["training.accumulate"]) for choice in found] == [
        ("ganzoo-objectives:bce", "1"),
        ("ganzoo-objectives:bce", "2"),
        ("ganzoo-objectives:hinge", "1"),
        ("ganzoo-objectives:hinge", "2"),
    ]
    # The published recipe of dcgan has bce, and nothing is cut into parts by default.
    assert [set(choice.own) for choice in found] == [
        {"objective.name", "training.accumulate"},
        {"objective.name"},
        {"training.accumulate"},
        set(),
    ]


def test_one_spelling_of_a_value_is_as_good_as_another() -> None:
    found = model_choices(["dcgan"], {"training.learning_rate": ("2e-4", "0.0002")})

    assert [choice.named["training.learning_rate"] for choice in found] == ["0.0002"]


def test_what_one_model_can_not_take_is_said_and_hinders_no_other() -> None:
    gan, dcgan = model_choices(["gan", "dcgan"], {"upsampling.name": ("resize-conv",)})

    assert "has no upsampling" in (gan.refusal or "")
    assert dcgan.refusal is None
    assert dcgan.components == {"upsampling": "ganzoo-components:resize-conv"}


def test_a_value_that_fits_no_model_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"accumulate must divide batch_size 8, not 3\n.*=3 fits no row"):
        model_choices(["dcgan", "gan"], {"training.accumulate": ("1", "3")}, batch_sizes=[8])
    assert model_choices(["dcgan"], {"training.accumulate": ("3",)}, batch_sizes=[8, 6])[0].refusal is None


def test_a_configuration_is_what_would_be_trained() -> None:
    file = {
        "model.name": "dcgan", "model.channels": 16, "objective.name": "hinge",
        "training.batch_size": 32, "training.precision": "fp32", "training.epochs": 3,
    }  # fmt: skip

    (choice,) = model_choices([], {}, file)

    assert (choice.batch_size, choice.precision, choice.compile) == (32, "fp32", False)
    assert choice.named == {"model.channels": "16", "objective.name": "ganzoo-objectives:hinge"}
    assert choice.settings["model.channels"] == 16
    # Another objective than the file's drops what the file says of its own.
    replaced = model_choices([], {"objective.name": ("bce", "hinge")}, file)
    assert [choice.named["objective.name"].partition(":")[2] for choice in replaced] == ["bce", "hinge"]


def test_a_list_is_split_unless_the_setting_is_one() -> None:
    assert split_values("objective.name", "bce, hinge,bce") == ("bce", "hinge")
    assert split_values("training.accumulate", "1,2") == ("1", "2")
    assert split_values("model.hidden", "32,16") == ("32,16",)
