"""WGAN-GP: counts by hand, a critic without normalisation, and its penalty's double backward."""

from __future__ import annotations

import functools
import re
from typing import Any

import pytest
import torch
from ganzoo_components.upsamplings import PixelShuffle, ResizeConv, TransposedConv
from ganzoo_models.wgan_gp import WGANGP
from torch import nn

from ganzoo.errors import UsageError
from ganzoo.interfaces import Discriminator, Generator, ImageSpec

CIFAR = ImageSpec(3, 32, 32)
TINY = {"latent_dim": 6, "channels": 8, "discriminator_channels": 8}


def build(image: ImageSpec = CIFAR, upsampling: Any = ResizeConv, **settings: int) -> WGANGP:
    factory = functools.partial(upsampling, upsampling.Config())
    return WGANGP(WGANGP.Config(**settings), image, None, upsampling=factory)


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def test_parameters_are_counted_by_hand() -> None:
    # 128·2048 + 2048; three blocks of 2·256 + 2·147,584 + 128·128 + 128; 256; 128·27 + 3.
    assert parameters(build().generator()) == 1_204_483
    # 3·128·9+128 + 147,584 + 3·128+128; 2·147,584 + 128·128+128; 4·147,584; 128 + 1.
    assert parameters(build().discriminator()) == 1_053_825


def test_the_critic_normalises_nothing() -> None:
    kinds = {type(module).__name__ for module in build(**TINY).discriminator().modules()}
    assert not [kind for kind in kinds if "Norm" in kind or "Parametrized" in kind]


def test_one_image_does_not_change_the_slope_at_another() -> None:
    torch.manual_seed(0)
    critic = build(**TINY).discriminator().train()
    images = torch.randn(3, 3, 32, 32, requires_grad=True)
    (slopes,) = torch.autograd.grad(critic(images).sum(), images)
    for index in range(3):
        (alone,) = torch.autograd.grad(critic(images[index : index + 1]).sum(), images)
        torch.testing.assert_close(alone[index], slopes[index])


def test_the_logit_is_a_mean_over_pixels() -> None:
    torch.manual_seed(0)
    critic = build(**TINY).discriminator().double()
    images = torch.randn(2, 3, 32, 32, dtype=torch.float64)
    features = critic.blocks(images).clamp_min(0).flatten(2).mean(2)
    expected = features @ critic.dense.weight[0] + critic.dense.bias
    torch.testing.assert_close(critic(images), expected)


def test_the_gradient_of_the_penalty_is_that_of_finite_differences() -> None:
    """d/dw of (|∇D| - 1)², by the chain through both backward passes and by moving one weight."""
    torch.manual_seed(0)
    critic = build(ImageSpec(1, 8, 8), latent_dim=4, channels=4, discriminator_channels=4).discriminator()
    critic = critic.double()
    images = torch.randn(2, 1, 8, 8, dtype=torch.float64, requires_grad=True)

    def penalty() -> torch.Tensor:
        (slope,) = torch.autograd.grad(critic(images).sum(), images, create_graph=True)
        return (slope.flatten(1).norm(dim=1) - 1).square().mean()

    weight = critic.blocks[1].first_convolution.weight
    (gradient,) = torch.autograd.grad(penalty(), weight)
    position, step = (1, 2, 0, 1), 1e-6
    ends = []
    for sign in (1, -1):
        with torch.no_grad():
            weight[position] += sign * step
        ends.append(penalty().item())
        with torch.no_grad():
            weight[position] -= sign * step
    assert gradient[position].item() == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-4)


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
def test_draws_and_judges_every_size_that_halves(upsampling: Any, shape: tuple[int, int, int]) -> None:
    model = build(ImageSpec(*shape), upsampling, **TINY)
    generator, critic = model.generator(), model.discriminator()
    assert isinstance(generator, Generator)
    assert isinstance(critic, Discriminator)
    images = generator(torch.randn(2, 6))
    assert images.shape == (2, *shape)
    assert images.abs().max() <= 1
    assert critic(images).shape == (2,)


def test_wrong_inputs_are_named() -> None:
    model = build(**TINY)
    with pytest.raises(ValueError, match=re.escape("latents must be (batch, 6), not (2, 7)")):
        model.generator()(torch.zeros(2, 7))
    with pytest.raises(ValueError, match=re.escape("images must be (batch, 3, 32, 32)")):
        model.discriminator()(torch.zeros(2, 3, 28, 28))
    with pytest.raises(UsageError, match=r"wgan-gp.*such as 8x8, not 4x4"):
        build(ImageSpec(1, 4, 4))
    with pytest.raises(ValueError, match="discriminator_channels must be 1 or more, not 0"):
        build(discriminator_channels=0)
