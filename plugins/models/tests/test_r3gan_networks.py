"""R3GAN: counts by hand, Fixup's start, bilinear filters against numpy, blocks written out."""

from __future__ import annotations

import functools
import math
import re
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from ganzoo_components.conditionings import Embedding, OneHot
from ganzoo_models.r3gan import R3GAN, R3GANConditional
from ganzoo_models.r3gan.blocks import Downsample, GenerativeBasis, ResidualBlock, Upsample
from torch import nn

from ganzoo.errors import UsageError
from ganzoo.interfaces import Discriminator, Generator, ImageSpec

CIFAR = ImageSpec(3, 32, 32)
TINY = {"latent_dim": 6, "channels": 16, "blocks": 1}


def plain(image: ImageSpec = CIFAR, **settings: int) -> R3GAN:
    return R3GAN(R3GAN.Config(**settings), image, None)


def conditional(
    image: ImageSpec = CIFAR, num_classes: int | None = 10, conditioning: Any = OneHot, **settings: int
) -> R3GANConditional:
    factory = functools.partial(conditioning, conditioning.Config())
    return R3GANConditional(R3GANConditional.Config(**settings), image, num_classes, conditioning=factory)


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def test_parameters_of_the_published_sizes() -> None:
    # A block of 768: 2·768·1536 + 1536·16·9 + 2·1536 = 2,583,552; eight of them.
    # Generator: 768·16 + 64·768, the blocks, 768·3. Discriminator: 3·768, the blocks, 768·16 + 768.
    assert parameters(plain().generator()) == 20_732_160
    assert parameters(plain().discriminator()) == 20_683_776
    # Besides, 10·64 and as many inputs again: 64·768; 10·768 and 768·768 instead of 768.
    assert parameters(conditional().generator()) == 20_732_160 + 640 + 49_152
    assert parameters(conditional().discriminator()) == 20_683_776 + 7_680 + 767 * 768
    # At 256x256 eight blocks of 768, two each of 384 (701,952), 192 (203,520) and 96 (64,896), and
    # 768·384 + 384·192 + 192·96 between them.
    large = plain(ImageSpec(3, 256, 256))
    assert parameters(large.generator()) == 23_057_952
    assert parameters(large.discriminator()) == 23_009_568


def test_a_block_written_out() -> None:
    torch.manual_seed(0)
    block = ResidualBlock(8, group_width=4, blocks=2).double()
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.3)
    p = dict(block.named_parameters())
    assert p["mix.weight"].shape == (16, 4, 3, 3)
    x = torch.randn(2, 8, 5, 5, dtype=torch.float64)
    h = torch.einsum("oi,bihw->bohw", p["expand.weight"][:, :, 0, 0], x)
    h = F.leaky_relu(h + p["first_activation.bias"][:, None, None], 0.2)
    h = torch.cat(
        [
            F.conv2d(part, weight, padding=1)
            for part, weight in zip(h.chunk(4, 1), p["mix.weight"].chunk(4), strict=True)
        ],
        dim=1,
    )
    h = F.leaky_relu(h + p["second_activation.bias"][:, None, None], 0.2)
    expected = x + torch.einsum("oi,bihw->bohw", p["reduce.weight"][:, :, 0, 0], h)
    torch.testing.assert_close(block(x), expected, rtol=1e-9, atol=1e-9)


def test_every_block_starts_as_the_identity_and_scaled_down() -> None:
    torch.manual_seed(0)
    generator = plain(channels=256).generator()
    blocks = [module for module in generator.modules() if isinstance(module, ResidualBlock)]
    assert len(blocks) == 8
    images = torch.randn(1, 256, 4, 4)
    # LeakyReLU's gain, and 8 blocks of 3 layers: 8 to the power -1 / (2·3 - 2).
    gain = math.sqrt(2 / 1.04) * 8 ** (-1 / 4)
    for block in blocks:
        assert torch.equal(block(images), images)
        assert block.reduce.weight.count_nonzero() == 0
        assert block.expand.weight.std().item() == pytest.approx(gain / math.sqrt(256), rel=0.02)
        assert block.mix.weight.std().item() == pytest.approx(gain / math.sqrt(16 * 9), rel=0.02)


def test_a_signal_keeps_its_size_through_the_fresh_networks() -> None:
    torch.manual_seed(0)
    model = plain(ImageSpec(3, 16, 16), channels=256)
    images = model.generator()(torch.randn(32, 64))
    assert 0.3 < images.std().item() < 3
    logits = model.discriminator()(torch.randn(32, 3, 16, 16))
    assert 0.001 < logits.std().item() < 3


def test_upsampling_is_bilinear() -> None:
    # Along a row: three quarters of the nearest pixel and a quarter of the next, which is 0 beyond the edge.
    doubled = Upsample(1, 1)(torch.tensor([[[[0.0, 4.0, 8.0]]]]))
    expected = 0.75 * torch.tensor([0.0, 1.0, 3.0, 5.0, 7.0, 6.0])  # there is one row only
    torch.testing.assert_close(doubled[0, 0], expected.expand(2, 6))


def test_downsampling_is_the_mirrored_filter() -> None:
    rng = np.random.default_rng(0)
    images = rng.normal(size=(2, 3, 6, 8))
    layer = Downsample(3, 3).double()
    assert parameters(layer) == 0
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="constant")
    taps = np.array([1, 3, 3, 1]) / 8
    expected = np.zeros((2, 3, 3, 4))
    for y, x in np.ndindex(3, 4):
        window = padded[:, :, 2 * y : 2 * y + 4, 2 * x : 2 * x + 4]
        expected[:, :, y, x] = np.einsum("bcij,i,j->bc", window, taps, taps)
    np.testing.assert_allclose(layer(torch.from_numpy(images)).numpy(), expected, rtol=1e-12)


def test_channels_change_by_a_convolution_on_the_smaller_map() -> None:
    torch.manual_seed(0)
    up, down = Upsample(4, 6), Downsample(6, 4)
    assert (parameters(up), parameters(down)) == (24, 24)
    sides = []
    for layer in (up, down):
        layer.convolution.register_forward_hook(lambda _m, _i, output: sides.append(output.shape[-1]))
    assert down(up(torch.randn(2, 4, 5, 5))).shape == (2, 4, 5, 5)
    assert sides == [5, 5]


def test_the_smallest_map_is_a_basis_times_numbers() -> None:
    torch.manual_seed(0)
    layer = GenerativeBasis(3, 5, (4, 4))
    latents = torch.randn(2, 3)
    numbers = latents @ layer.dense.weight.T
    expected = torch.einsum("chw,bc->bchw", layer.basis, numbers)
    torch.testing.assert_close(layer(latents), expected)


def test_images_are_cut_in_evaluation_mode_alone() -> None:
    torch.manual_seed(0)
    generator = plain(**TINY).generator()
    latents = 10 * torch.randn(8, 6)
    free = generator(latents)
    assert free.abs().max() > 1
    torch.testing.assert_close(generator.eval()(latents), free.clamp(-1, 1))


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 28, 28), (1, 8, 8), (3, 64, 64), (1, 12, 16)])
@pytest.mark.parametrize("group_width", [16, 3])
def test_draws_and_judges_every_size_that_halves(shape: tuple[int, int, int], group_width: int) -> None:
    image = ImageSpec(*shape)
    labels = torch.tensor([0, 9])
    for model, given in ((plain, ()), (conditional, (labels,))):
        built = model(image, group_width=group_width, **TINY)  # type: ignore[operator]
        generator, discriminator = built.generator(), built.discriminator()
        assert isinstance(generator, Generator)
        assert isinstance(discriminator, Discriminator)
        images = generator(torch.randn(2, 6), *given)
        assert images.shape == (2, *shape)
        assert discriminator(images, *given).shape == (2,)


@pytest.mark.parametrize("conditioning", [OneHot, Embedding])
def test_the_logit_is_the_projection(conditioning: Any) -> None:
    torch.manual_seed(0)
    discriminator = conditional(conditioning=conditioning, **TINY).discriminator().double()
    images, labels = torch.randn(3, 3, 32, 32, dtype=torch.float64), torch.tensor([7, 0, 7])
    features = discriminator.basis(discriminator.layers(discriminator.from_image(images)))
    assert discriminator.label is not None
    assert discriminator.conditioning is not None
    rows = discriminator.conditioning(labels) @ discriminator.label.weight.T
    torch.testing.assert_close(discriminator(images, labels), (features * rows).sum(1))


def test_wrong_inputs_are_named() -> None:
    model, labels = conditional(**TINY), torch.zeros(2, dtype=torch.int64)
    with pytest.raises(ValueError, match=re.escape("latents must be (batch, 6), not (2, 7)")):
        model.generator()(torch.zeros(2, 7), labels)
    with pytest.raises(ValueError, match=re.escape("images must be (batch, 3, 32, 32)")):
        model.discriminator()(torch.zeros(2, 3, 28, 28), labels)
    with pytest.raises(ValueError, match=re.escape("needs labels (batch,) in 0..9")):
        model.generator()(torch.zeros(2, 6))
    with pytest.raises(UsageError, match=r"r3gan-conditional draws images by class.*not None"):
        conditional(num_classes=None)
    with pytest.raises(UsageError, match=r"r3gan.*such as 8x8, not 4x4"):
        plain(ImageSpec(1, 4, 4))
    for name in ("latent_dim", "channels", "blocks", "group_width"):
        with pytest.raises(ValueError, match=f"{name} must be 1 or more, not 0"):
            plain(**{name: 0})
