"""InfoGAN: the paper's table counted by hand, its codes, and what it pays for them in float64."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest
import torch
from ganzoo_components.upsamplings import TransposedConv
from ganzoo_models.infogan import InfoGAN, codes_of
from torch import nn

from ganzoo.errors import UsageError
from ganzoo.interfaces import ImageSpec

MNIST = ImageSpec(1, 28, 28)
KERNEL_4 = functools.partial(TransposedConv, TransposedConv.Config(kernel_size=4))
TINY = {"channels": 4, "dense": 16, "reading": 8}


def build(image: ImageSpec = MNIST, **settings: Any) -> InfoGAN:
    return InfoGAN(InfoGAN.Config(**settings), image, None, upsampling=KERNEL_4)


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def test_parameters_of_the_table_for_mnist() -> None:
    # 74·1024 + 2·1024; 1024·6272 + 2·6272; 128·64·16 + 2·64; 64·1·16 + 1.
    assert parameters(build().generator()) == 75_776 + 2048 + 6_422_528 + 12_544 + 131_072 + 128 + 1024 + 1
    # 1·64·16 + 64; 64·128·16 + 256; 6272·1024 + 2048; 1024 + 1; 1024·128 + 256; 128·12 + 12.
    expected = 1088 + 131_072 + 256 + 6_422_528 + 2048 + 1025 + 131_072 + 256 + 1548
    assert parameters(build().discriminator()) == expected


def test_codes_are_uniform_and_noise_is_left_alone() -> None:
    torch.manual_seed(0)
    latents = torch.randn(20_000, 74)
    codes = build(**TINY).generator().codes(latents)

    assert torch.equal(codes.categories.sum(dim=1), torch.ones(20_000))
    assert set(codes.categories.unique().tolist()) == {0.0, 1.0}
    shares = codes.categories.mean(dim=0)
    assert (shares - 0.1).abs().max() < 5 * math.sqrt(0.1 * 0.9 / 20_000)
    deciles = torch.histc(codes.numbers, bins=10, min=-1, max=1) / codes.numbers.numel()
    assert (deciles - 0.1).abs().max() < 5 * math.sqrt(0.1 * 0.9 / 40_000)


def test_what_is_paid_is_the_surprise_at_the_codes() -> None:
    """-log Q(c|x) in numpy: a softmax, and normal densities of variance 1."""
    torch.manual_seed(1)
    model = build(**TINY, information_weight=0.7, noise_dim=5, categories=3, numbers=2)
    discriminator = model.discriminator().eval()
    images, latents = torch.rand(6, 1, 28, 28) * 2 - 1, torch.randn(6, 10)
    with torch.no_grad():
        logits, numbers = (read.double().numpy() for read in discriminator.read(images))
        paid = discriminator(images, None, latents).auxiliary_loss.numpy()
        of_real = discriminator(images)

    z = latents.double().numpy()
    of_category = logits[np.arange(6), z[:, 5:8].argmax(axis=1)] - np.log(np.exp(logits).sum(axis=1))
    c = np.vectorize(math.erf)(z[:, 8:] / math.sqrt(2))
    density = np.exp(-np.square(c - numbers) / 2) / math.sqrt(2 * math.pi)
    np.testing.assert_allclose(paid, -0.7 * (of_category + np.log(density).sum(axis=1)), rtol=1e-5)
    assert not of_real.auxiliary_loss.any()


def test_the_generator_is_taught_what_the_codes_mean_and_the_codes_are_not() -> None:
    torch.manual_seed(2)
    model = build(**TINY)
    generator, discriminator = model.generator(), model.discriminator()
    latents = torch.randn(4, 74, requires_grad=True)
    paid = discriminator(generator(latents.detach()), None, latents).auxiliary_loss.mean()
    paid.backward()

    assert all(p.grad is not None and p.grad.any() for p in generator.parameters())
    assert latents.grad is None


def test_a_category_can_be_searched_for() -> None:
    latents = torch.randn(4, 12, requires_grad=True)
    (gradient,) = torch.autograd.grad(codes_of(latents, 10, 2).categories[:, 3].sum(), latents)
    assert gradient[:, :10].any()


@pytest.mark.parametrize("image", [ImageSpec(1, 4, 4), ImageSpec(3, 30, 28)])
def test_other_sizes_are_refused(image: ImageSpec) -> None:
    with pytest.raises(UsageError, match="divide by 4 and be at least 8"):
        build(image)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("categories", 1, "categories must be 2 or more, not 1"),
        ("information_weight", 0.0, "information_weight must be above 0, not 0"),
    ],
)
def test_settings_outside_their_range_are_refused(name: str, value: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        InfoGAN.Config(**{name: value})  # type: ignore[arg-type]
