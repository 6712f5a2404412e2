"""SAGAN: counts by hand, where the attention is, and singular values of 1 in both networks."""

from __future__ import annotations

import functools
import re
from typing import Any

import numpy as np
import pytest
import torch
from ganzoo_components.conditionings import Embedding, OneHot
from ganzoo_components.layers import ConditionalBatchNorm2d, SelfAttention2d
from ganzoo_components.upsamplings import PixelShuffle, ResizeConv, TransposedConv
from ganzoo_models.sagan import SAGAN
from torch import nn

from ganzoo.errors import UsageError
from ganzoo.interfaces import Discriminator, Generator, ImageSpec

CIFAR = ImageSpec(3, 32, 32)
TINY = {"latent_dim": 6, "channels": 8, "discriminator_channels": 8}


def build(
    image: ImageSpec = CIFAR,
    num_classes: int | None = 10,
    upsampling: Any = ResizeConv,
    conditioning: Any = OneHot,
    **settings: int,
) -> SAGAN:
    slots = {
        "upsampling": functools.partial(upsampling, upsampling.Config()),
        "conditioning": functools.partial(conditioning, conditioning.Config()),
    }
    return SAGAN(SAGAN.Config(**settings), image, num_classes, **slots)


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def test_parameters_are_counted_by_hand() -> None:
    # As sngan-projection has (see there), and attention of 4·256·32 + 1 and 4·128·16 + 1.
    assert parameters(build().generator()) == 4_304_387 + 32_769
    assert parameters(build().discriminator()) == 1_055_105 + 8_193


@pytest.mark.parametrize(("side", "attended"), [(32, 16), (64, 32), (28, 14), (8, 4)])
def test_attention_is_one_doubling_before_the_image(side: int, attended: int) -> None:
    model = build(ImageSpec(1, side, side), **TINY)
    sides = []
    labels = torch.tensor([0, 9])
    networks = model.generator(), model.discriminator()
    for network in networks:
        layers = [module for module in network.modules() if isinstance(module, SelfAttention2d)]
        assert len(layers) == 1
        layers[0].register_forward_hook(lambda _m, _i, output: sides.append(tuple(output.shape[2:])))
    networks[1](networks[0](torch.randn(2, 6), labels), labels)
    assert sides == [(attended, attended)] * 2


def test_both_networks_are_spectrally_normalised_but_for_gains_and_conditionings() -> None:
    torch.manual_seed(0)
    model = build(ImageSpec(3, 16, 16), conditioning=Embedding, **TINY)
    generator, discriminator, labels = model.generator(), model.discriminator(), torch.tensor([0, 1])
    for _ in range(60):
        discriminator(generator(torch.randn(2, 6), labels), labels)
    for network in (generator.eval(), discriminator.eval()):
        exempt = {
            id(layer)
            for module in network.modules()
            if isinstance(module, ConditionalBatchNorm2d)
            for layer in module.modules()
        }
        layers = [
            module
            for module in network.modules()
            if isinstance(module, nn.Conv2d | nn.Linear) and id(module) not in exempt
        ]
        assert len(layers) == {generator: 2 * 3 + 4 + 2, discriminator: 3 + 2 + 2 + 4 + 2}[network]
        for layer in layers:
            weight = layer.weight.detach().double().numpy()
            largest = np.linalg.svd(weight.reshape(len(weight), -1), compute_uv=False)[0]
            assert largest == pytest.approx(1, abs=5e-3)


@pytest.mark.parametrize("conditioning", [OneHot, Embedding])
@pytest.mark.parametrize(
    ("shape", "upsampling"),
    [
        ((3, 32, 32), ResizeConv),
        ((1, 28, 28), TransposedConv),
        ((1, 8, 8), PixelShuffle),
        ((3, 64, 64), ResizeConv),
        ((1, 12, 16), TransposedConv),
    ],
)
def test_draws_and_judges_every_size_that_halves(
    conditioning: Any, upsampling: Any, shape: tuple[int, int, int]
) -> None:
    model = build(ImageSpec(*shape), 10, upsampling, conditioning, **TINY)
    generator, discriminator, labels = model.generator(), model.discriminator(), torch.tensor([0, 9])
    assert isinstance(generator, Generator)
    assert isinstance(discriminator, Discriminator)
    images = generator(torch.randn(2, 6), labels)
    assert images.shape == (2, *shape)
    assert images.abs().max() <= 1
    assert discriminator(images, labels).shape == (2,)


def test_wrong_inputs_are_named() -> None:
    model, labels = build(**TINY), torch.zeros(2, dtype=torch.int64)
    with pytest.raises(ValueError, match=re.escape("latents must be (batch, 6), not (2, 7)")):
        model.generator()(torch.zeros(2, 7), labels)
    with pytest.raises(ValueError, match=re.escape("images must be (batch, 3, 32, 32)")):
        model.discriminator()(torch.zeros(2, 3, 28, 28), labels)
    with pytest.raises(ValueError, match=re.escape("needs labels (batch,) in 0..9")):
        model.generator()(torch.zeros(2, 6))
    with pytest.raises(UsageError, match=r"sagan draws images by class.*not None"):
        build(num_classes=None)
    with pytest.raises(UsageError, match=r"sagan.*such as 8x8, not 4x4"):
        build(ImageSpec(1, 4, 4))
    with pytest.raises(ValueError, match="channels must be 1 or more, not 0"):
        build(channels=0)
