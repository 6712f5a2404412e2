"""SNGAN with and without labels: counts by hand, sizes, what is normalised, what labels do."""

from __future__ import annotations

import functools
import re
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from ganzoo_components.conditionings import Embedding, OneHot
from ganzoo_components.layers import ConditionalBatchNorm2d
from ganzoo_components.upsamplings import PixelShuffle, ResizeConv, TransposedConv
from ganzoo_models.sngan import SNGAN, SNGANProjection
from torch import nn

from ganzoo.errors import UsageError
from ganzoo.interfaces import Discriminator, Generator, ImageSpec

CIFAR = ImageSpec(3, 32, 32)
TINY = {"latent_dim": 6, "channels": 8, "discriminator_channels": 8}


def factory(component: Any) -> Any:
    return functools.partial(component, component.Config())


def sngan(image: ImageSpec = CIFAR, upsampling: Any = ResizeConv, **settings: int) -> SNGAN:
    return SNGAN(SNGAN.Config(**settings), image, None, upsampling=factory(upsampling))


def projection(
    image: ImageSpec = CIFAR,
    num_classes: int | None = 10,
    upsampling: Any = ResizeConv,
    conditioning: Any = OneHot,
    **settings: int,
) -> SNGANProjection:
    config = SNGANProjection.Config(**settings)
    slots = {"upsampling": factory(upsampling), "conditioning": factory(conditioning)}
    return SNGANProjection(config, image, num_classes, **slots)


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def test_parameters_without_labels() -> None:
    # 128·4096 + 4096; three blocks of 2·512 + 2·(256·256·9 + 256) + 256·256 + 256; 512; 256·27 + 3.
    assert parameters(sngan().generator()) == 4_276_739
    # 3·128·9+128 + 147,584 + 3·128+128; 2·147,584 + 128·128+128; 4·147,584; 128 + 1.
    assert parameters(sngan().discriminator()) == 1_053_825


def test_parameters_with_labels() -> None:
    # Six batch norms have 10·2·256 numbers, no longer 2·256; the discriminator has 10·128 more.
    assert parameters(projection().generator()) == 4_276_739 + 6 * 9 * 512
    assert parameters(projection().discriminator()) == 1_053_825 + 1_280
    # 50 features an embedding, of which each network has one of 10·50.
    embedded = projection(conditioning=Embedding)
    assert parameters(embedded.generator()) == 4_276_739 + 6 * 49 * 512 + 500
    assert parameters(embedded.discriminator()) == 1_053_825 + 50 * 128 + 500


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
    image = ImageSpec(*shape)
    labels = torch.tensor([0, 9])
    for model, given in ((sngan, ()), (projection, (labels,))):
        built = model(image, upsampling=upsampling, **TINY)  # type: ignore[operator]
        generator, discriminator = built.generator(), built.discriminator()
        assert isinstance(generator, Generator)
        assert isinstance(discriminator, Discriminator)
        images = generator(torch.randn(2, 6), *given)
        assert images.shape == (2, *shape)
        assert images.abs().max() <= 1
        assert discriminator(images, *given).shape == (2,)


def test_the_smallest_maps() -> None:
    """4x4 in the generator and 8x8 in the discriminator at 32x32; 7x7 in both at 28x28."""
    for image, base, last in ((CIFAR, (4, 4), (8, 8)), (ImageSpec(1, 28, 28), (7, 7), (7, 7))):
        model = sngan(image, **TINY)
        assert model.generator().base_shape == (8, *base)
        discriminator = model.discriminator()
        assert discriminator.blocks(torch.zeros(1, *image.shape)).shape == (1, 8, *last)


def test_the_discriminator_is_spectrally_normalised_and_the_generator_is_not() -> None:
    torch.manual_seed(0)
    model = projection(ImageSpec(3, 16, 16), conditioning=Embedding, **TINY)
    discriminator = model.discriminator()
    for _ in range(60):
        discriminator(torch.randn(2, 3, 16, 16), torch.tensor([0, 1]))
    discriminator.eval()
    layers = [m for m in discriminator.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(layers) == 3 + 2 + 2 + 2
    for layer in layers:
        weight = layer.weight.detach().double().numpy()
        singular_values = np.linalg.svd(weight.reshape(len(weight), -1), compute_uv=False)
        assert singular_values[0] == pytest.approx(1, abs=2e-3)
    assert not [name for name, _ in model.generator().named_parameters() if "parametrizations" in name]


def test_the_logits_are_those_of_the_paper() -> None:
    """f(x, y) = y·Vφ(x) + ψ(φ(x)), φ the sum over all pixels after the last ReLU."""
    torch.manual_seed(0)
    discriminator = projection(**TINY).discriminator().double().eval()
    images, labels = torch.randn(4, 3, 32, 32, dtype=torch.float64), torch.tensor([3, 0, 9, 9])
    features = F.relu(discriminator.blocks(images)).flatten(2).sum(2)
    head = discriminator.projection
    assert head.label is not None
    expected = features @ head.dense.weight[0] + head.dense.bias
    expected = expected + (head.label.weight[:, labels].T * features).sum(1)
    torch.testing.assert_close(discriminator(images, labels), expected)


def test_the_last_normalisation_of_the_generator_knows_no_label() -> None:
    generator = projection(**TINY).generator()
    conditional = [name for name, m in generator.named_modules() if isinstance(m, ConditionalBatchNorm2d)]
    assert conditional == [
        f"blocks.{block}.{place}_normalisation" for block in range(3) for place in ("first", "second")
    ]
    assert isinstance(generator.normalisation, nn.BatchNorm2d)


@pytest.mark.parametrize("conditioning", [OneHot, Embedding])
def test_labels_matter_once_the_gains_have_moved(conditioning: Any) -> None:
    torch.manual_seed(0)
    model = projection(conditioning=conditioning, **TINY)
    generator, discriminator = model.generator().eval(), model.discriminator().eval()
    labels = torch.arange(10)
    latents, images = torch.randn(1, 6).expand(10, 6), torch.randn(1, 3, 32, 32).expand(10, 3, 32, 32)
    drawn = generator(latents, labels)
    torch.testing.assert_close(drawn, drawn[:1].expand_as(drawn))  # every class starts alike
    with torch.no_grad():
        for module in generator.modules():
            if isinstance(module, ConditionalBatchNorm2d):
                nn.init.normal_(module.gain.weight, std=0.1)
    drawn, logits = generator(latents, labels).detach(), discriminator(images, labels).detach()
    assert len({float(image.sum()) for image in drawn}) == 10
    assert len({float(logit) for logit in logits}) == 10


def test_each_network_has_a_conditioning_of_its_own() -> None:
    model = projection(conditioning=Embedding, **TINY)
    first, second = model.generator(), model.discriminator()
    assert not {id(p) for p in first.parameters()} & {id(p) for p in second.parameters()}


def test_wrong_inputs_are_named() -> None:
    model, labels = projection(**TINY), torch.zeros(2, dtype=torch.int64)
    with pytest.raises(ValueError, match=re.escape("latents must be (batch, 6), not (2, 7)")):
        model.generator()(torch.zeros(2, 7), labels)
    with pytest.raises(ValueError, match=re.escape("images must be (batch, 3, 32, 32)")):
        model.discriminator()(torch.zeros(2, 3, 28, 28), labels)
    with pytest.raises(ValueError, match=re.escape("needs labels (batch,) in 0..9")):
        model.generator()(torch.zeros(2, 6))
    with pytest.raises(ValueError, match="not 3 images and 2 labels"):
        model.discriminator()(torch.zeros(3, 3, 32, 32), labels)
    with pytest.raises(UsageError, match=r"sngan-projection draws images by class.*not None"):
        projection(num_classes=None)
    for refused in (sngan, projection):
        with pytest.raises(UsageError, match="such as 8x8, not 7x7"):
            refused(ImageSpec(1, 7, 7))  # type: ignore[operator]


@pytest.mark.parametrize("name", ["latent_dim", "channels", "discriminator_channels"])
def test_settings_below_one_are_refused(name: str) -> None:
    for model in (SNGAN, SNGANProjection):
        with pytest.raises(ValueError, match=f"{name} must be 1 or more, not 0"):
            model.Config(**{name: 0})  # type: ignore[attr-defined]
