"""Which cells a sweep has."""

from __future__ import annotations

from typing import Any

import pytest

from ganzoo.benchmark.measure.cells import Axes, ModelChoice, cells
from ganzoo.benchmark.measure.choices import model_choices
from ganzoo.errors import PluginError, UsageError

AXES = Axes(
    phases=("generate", "train-step"),
    batch_sizes=(),
    images=(),
    precisions=("auto",),
    channels_last=(True, False),
    compile=(False,),
)


def test_every_combination_is_a_cell_once() -> None:
    choice = ModelChoice(model="a:b", components={"upsampling": "c:d"})

    made = list(
        cells(
            choice,
            AXES,
            images=["3x32x32"],
            batch_sizes=[8, 16],
            precisions=["fp32", "bf16"],
            device="cpu",
            seed=4,
        )
    )

    assert len(made) == 2 * 2 * 2 * 2
    keys = {(c.phase, c.batch_size, c.channels_last, c.precision) for c in made}
    assert len(keys) == len(made)
    assert {(c.model, c.image, c.device, c.seed, c.compile) for c in made} == {
        ("a:b", "3x32x32", "cpu", 4, False)
    }
    assert made[0].components == {"upsampling": "c:d"}


def test_all_installed_models_with_their_own_components() -> None:
    found = {choice.model: choice.components for choice in model_choices([])}

    assert found["ganzoo-models:gan"] == {}
    assert found["ganzoo-models:dcgan"] == {"upsampling": "ganzoo-components:transposed-conv"}
    assert found["ganzoo-models:cgan"]["conditioning"] == "ganzoo-components:embedding"


def test_a_sweep_of_components_leaves_out_models_without_the_slot() -> None:
    found = model_choices([], {"upsampling.name": ("transposed-conv", "resize-conv")})

    assert "ganzoo-models:gan" not in {choice.model for choice in found}
    assert [s.components["upsampling"] for s in found if s.model == "ganzoo-models:dcgan"] == [
        "ganzoo-components:transposed-conv",
        "ganzoo-components:resize-conv",
    ]


def test_a_model_named_twice_is_measured_once() -> None:
    assert len(model_choices(["dcgan", "ganzoo-models:dcgan"])) == 1


def test_a_named_model_must_have_the_slot() -> None:
    with pytest.raises(UsageError, match="has no upsampling"):
        model_choices(["gan"], {"upsampling.name": ("resize-conv",)})


def test_a_model_that_can_not_be_read_spoils_nothing_for_the_others(site: Any) -> None:
    site.install(
        "broken-plugin",
        {"ganzoo.models": {"broken": "broken_plugin:Broken"}},
        {"broken_plugin.py": "raise RuntimeError('never')\n"},
    )

    found = {choice.model for choice in model_choices([])}

    assert {"broken-plugin:broken", "ganzoo-models:gan"} <= found
    with pytest.raises(PluginError, match="broken"):
        model_choices(["broken"])


def test_without_any_model_it_says_how_to_get_some(alone: Any) -> None:
    with pytest.raises(UsageError, match="no model is installed"):
        model_choices([])
