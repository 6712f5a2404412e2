"""FreezeD: the first blocks of a discriminator keep their weights."""

from __future__ import annotations

import pytest

import ganzoo
from ganzoo.engine.freezing import blocks, freeze_first_blocks
from ganzoo.errors import UsageError

IMAGE = ganzoo.ImageSpec(3, 16, 16)
SETTINGS = {"model.channels": 4}


def named(discriminator):
    names = {id(parameter): name for name, parameter in discriminator.named_parameters()}
    return [[names[id(parameter)] for parameter in block] for block in blocks(discriminator)]


def test_a_block_is_a_layer_with_what_follows_it_in_the_order_that_an_image_takes():
    discriminator = ganzoo.create_model("dcgan", image=IMAGE, settings=SETTINGS).discriminator
    convolutions = [["convolutions.0.weight", "convolutions.0.bias"]] + [
        [f"convolutions.{i}.weight", f"convolutions.{i + 1}.weight", f"convolutions.{i + 1}.bias"]
        for i in (2, 5)
    ]
    assert named(discriminator) == [*convolutions, ["dense.weight", "dense.bias"]]
    assert all(parameter.requires_grad for parameter in discriminator.parameters())
    assert discriminator.training


def test_labels_belong_to_no_block_though_they_come_first():
    settings = {"model.channels": 4, "model.label_layers": 1, "model.latent_dim": 4, "model.style_dim": 4}
    gan = ganzoo.create_model("stylegan2-conditional", image=IMAGE, num_classes=3, settings=settings)
    found = named(gan.discriminator)
    assert found[:2] == [
        ["from_image.weight", "from_image.bias"],
        ["blocks.0.keep.weight", "blocks.0.keep.bias"],
    ]
    assert not any(name.startswith(("label", "mapping")) for block in found for name in block)


def test_spectrally_normalised_layers_are_blocks():
    discriminator = ganzoo.create_model("sngan", image=IMAGE, settings=SETTINGS).discriminator
    assert "blocks.0.first_convolution.parametrizations.weight.original" in named(discriminator)[0]


def test_the_first_blocks_are_frozen_and_one_has_to_learn():
    discriminator = ganzoo.create_model("dcgan", image=IMAGE, settings=SETTINGS).discriminator
    freeze_first_blocks(discriminator, 0)
    with pytest.raises(UsageError, match=r"has 4 blocks that learn, .* from 0 to 3, not 4"):
        freeze_first_blocks(discriminator, 4)
    freeze_first_blocks(discriminator, 2)
    learning = {name.split(".")[1] for name, p in discriminator.named_parameters() if p.requires_grad}
    assert learning == {"5", "6", "weight", "bias"}
