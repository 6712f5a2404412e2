"""Which tensors of trained networks fit into others, and what becomes of the rest."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import ganzoo
from ganzoo.runs.fitting import Fit, fit, fresh, take_over, without_classes


def test_equal_names_and_shapes_fit_whole():
    assert fit({"a": (3, 2), "b": (4,)}, {"a": (3, 2), "b": (5,), "c": (1,)}) == {"a": Fit("a")}


@pytest.mark.parametrize(
    ("theirs", "mine", "expected"),
    [
        ((10, 8), (5, 8), None),  # rows of an embedding, a head of a classifier
        ((64, 100 + 10), (64, 100 + 5), Fit("w", 1, 100)),  # latents, then a one-hot label
        ((64, 100), (64, 95), Fit("w", 1, 90)),  # can't be told from the row above, and does no harm
        ((64, 100), (64, 90), None),
        ((10, 10), (5, 5), None),
        ((10,), (5, 1), None),
    ],
)
def test_what_belongs_to_classes_stays_fresh(theirs, mine, expected):
    assert fit({"w": theirs}, {"w": mine}, (10, 5)).get("w") == expected


def test_other_classes_of_the_same_number_are_told_by_one_more():
    target = {"rows": (10, 8), "columns": (4, 16), "both": (10, 10), "ten": (10, 3)}
    one_more = {"rows": (11, 8), "columns": (4, 17), "both": (11, 11), "ten": (10, 3)}
    fits = {name: Fit(name) for name in target}
    assert without_classes(fits, target, one_more, 10) == {"columns": Fit("columns", 1, 6), "ten": Fit("ten")}


def test_a_row_that_grew_at_its_beginning_is_counted_from_its_end():
    source = {f"blocks.{i}.weight": (8 << i,) for i in range(3)}
    target = {f"blocks.{i}.weight": (4 << i,) for i in range(4)}
    assert fit(source, target) == {f"blocks.{i + 1}.weight": Fit(f"blocks.{i}.weight") for i in range(3)}


def test_a_row_that_grew_at_its_end_keeps_its_numbers():
    source = {f"blocks.{i}.0.weight": (8 >> i,) for i in range(3)}
    target = {f"blocks.{i}.0.weight": (8 >> i,) for i in range(4)}
    assert fit(source, target) == {name: Fit(name) for name in source}


def test_the_numbers_come_over_and_the_rest_stays():
    network, other = nn.Linear(5, 2), nn.Linear(4, 2).half()
    before = network.weight[:, 3:].clone()
    theirs = other.state_dict()
    fits = fit(
        *({name: tuple(t.shape) for name, t in net.state_dict().items()} for net in (other, network)), (1, 2)
    )
    take_over(network, theirs, fits)
    assert fresh(network.state_dict(), fits) == ["weight"]
    assert torch.equal(network.weight[:, :3], other.weight[:, :3].float())
    assert torch.equal(network.weight[:, 3:], before)
    assert torch.equal(network.bias, other.bias.float())
    assert network.weight.dtype == torch.float32


@pytest.mark.parametrize(
    ("model", "settings", "classes", "sides", "generator", "discriminator"),
    [
        ("acgan", {"conditioning.name": "one-hot"}, (10, 3), (16, 16), ["dense.weight"],
         ["classifier.weight", "classifier.bias"]),
        ("dcgan", {}, (None, None), (32, 16), ["dense.weight", "dense.bias"], ["dense.weight"]),
        ("stylegan2-conditional", {"model.label_layers": 1}, (4, 7), (16, 8), ["label.weight"],
         ["label.weight"]),
    ],
)  # fmt: skip
def test_networks_of_other_classes_and_sizes_take_over_all_that_they_can(
    model, settings, classes, sides, generator, discriminator
):
    """The dense layer at the small end has as many outputs as the smallest map has pixels and channels."""
    settings = {"model.channels": 4, "model.latent_dim": 8, **settings}
    if model == "stylegan2-conditional":
        settings["model.style_dim"] = 8
    name = settings.pop("conditioning.name", None)
    components = {} if name is None else {"conditioning": name}
    small, other = (
        ganzoo.create_model(
            model, image=ganzoo.ImageSpec(1, side, side), num_classes=count, settings=settings, **components
        )
        for side, count in zip(sides, classes, strict=True)
    )
    for player, expected in (("generator", generator), ("discriminator", discriminator)):
        theirs, mine = (
            {name: tuple(tensor.shape) for name, tensor in getattr(gan, player).state_dict().items()}
            for gan in (small, other)
        )
        assert fresh(mine, fit(theirs, mine, classes)) == expected
