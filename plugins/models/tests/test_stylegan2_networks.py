"""StyleGAN2: counts by hand, modulation by its definition, filters against scipy, noise and labels."""

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
from ganzoo_models.stylegan2 import StyleGAN2, StyleGAN2Conditional
from ganzoo_models.stylegan2.discriminator import HalvingBlock
from ganzoo_models.stylegan2.equalised import DoubledImages, EqualisedConv2d, EqualisedLinear, normalise
from ganzoo_models.stylegan2.generator import ModulatedConv2d, StyledLayer
from scipy import signal
from torch import nn

from ganzoo.errors import UsageError
from ganzoo.interfaces import Discriminator, Generator, ImageSpec

CIFAR = ImageSpec(3, 32, 32)
TINY = {"latent_dim": 6, "style_dim": 5, "channels": 8, "group_size": 4}
TAPS = np.array([1, 3, 3, 1]) / 8


def plain(image: ImageSpec = CIFAR, **settings: Any) -> StyleGAN2:
    return StyleGAN2(StyleGAN2.Config(**settings), image, None)


def conditional(
    image: ImageSpec = CIFAR, num_classes: int | None = 10, conditioning: Any = OneHot, **settings: Any
) -> StyleGAN2Conditional:
    factory = functools.partial(conditioning, conditioning.Config())
    config = StyleGAN2Conditional.Config(**settings)
    return StyleGAN2Conditional(config, image, num_classes, conditioning=factory)


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def test_parameters_of_the_published_sizes() -> None:
    # The released code counts the same. Generator: 2 dense layers of 262,656, a constant of 8,192, seven
    # styled layers of 262,656 + 2,359,296 + 1 + 512, four layers to the image of 262,656 + 1,536 + 3.
    # Discriminator: 2,048 from the image, six convolutions of 2,359,808, one of 513·512·9 + 512, dense layers
    # of 8192·512 + 512 and of 513.
    assert parameters(plain().generator()) == 19_947_539
    assert parameters(plain().discriminator()) == 20_720_641
    # Besides: a layer of 5,632 in each for the label, 512·512 in the mapping, eight layers of 262,656 in the
    # discriminator's, which ends in 512·512 + 512 instead of 513.
    assert parameters(conditional().generator()) == 19_947_539 + 5_632 + 262_144
    assert parameters(conditional().discriminator()) == 20_720_641 + 5_632 + 9 * 262_656 - 513


def test_large_maps_have_fewer_channels() -> None:
    generator = plain(ImageSpec(3, 256, 256)).generator()
    widths = [block.layer.bias.numel() for block in generator.blocks]
    assert widths == [512, 512, 512, 512, 512, 256, 128]  # 4, 8, ..., 256 pixels


@pytest.mark.parametrize("demodulates", [True, False])
def test_modulation_is_that_of_each_images_own_weights(demodulates: bool) -> None:
    torch.manual_seed(0)
    layer = ModulatedConv2d(4, 3, 3, style_dim=5, demodulates=demodulates).double()
    images, styles = torch.randn(2, 4, 6, 7).double(), torch.randn(2, 5).double()
    scales = styles @ layer.to_scales.weight.T / math.sqrt(5) + 1
    expected = []
    for image, scale in zip(images, scales, strict=True):
        weight = layer.weight * scale[None, :, None, None]  # equation 1
        if demodulates:
            weight = weight / weight.square().sum(dim=(1, 2, 3), keepdim=True).add(1e-8).sqrt()  # equation 3
        else:
            weight = weight / math.sqrt(4 * 9)
        expected.append(F.conv2d(image[None], weight, padding=1)[0])
    torch.testing.assert_close(layer(images, styles), torch.stack(expected), rtol=1e-9, atol=1e-9)


def spread(image: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Zeros between the pixels of one map, and none after the last."""
    height, width = image.shape
    result = np.zeros((2 * height - 1, 2 * width - 1))
    result[::2, ::2] = image
    return result


def test_doubling_puts_zeros_between_pixels_convolves_and_filters() -> None:
    torch.manual_seed(0)
    layer = ModulatedConv2d(1, 1, 3, style_dim=2, demodulates=False, doubles=True).double()
    image, style = torch.randn(5, 4).double(), torch.randn(1, 2).double()
    scale = layer.to_scales(style).item() / 3
    kernel = layer.weight[0, 0].detach().numpy()
    convolved = signal.convolve2d(spread(image.numpy()) * scale, kernel)  # (2H + 1, 2W + 1)
    filtered = signal.convolve2d(convolved, 4 * np.outer(TAPS, TAPS))[1:-1, 1:-1]  # (2H + 2, 2W + 2)
    expected = filtered[1:-1, 1:-1]
    np.testing.assert_allclose(
        layer(image[None, None], style)[0, 0].detach().numpy(), expected, rtol=1e-9, atol=1e-12
    )
    assert expected.shape == (10, 8)


def test_images_are_doubled_as_scipy_does() -> None:
    image = np.random.default_rng(0).normal(size=(5, 4))
    rows = signal.upfirdn(2 * TAPS, image, up=2, axis=0)
    expected = signal.upfirdn(2 * TAPS, rows, up=2, axis=1)[1:-1, 1:-1]
    doubled = DoubledImages().double()(torch.from_numpy(image)[None, None])[0, 0].numpy()
    np.testing.assert_allclose(doubled, expected, rtol=1e-12)
    assert doubled.shape == (10, 8)


@pytest.mark.parametrize("kernel_size", [1, 3])
def test_halving_filters_and_then_convolves(kernel_size: int) -> None:
    torch.manual_seed(0)
    layer = EqualisedConv2d(1, 1, kernel_size, bias=False, halves=True).double()
    image = torch.randn(6, 8).double()
    kernel = layer.weight[0, 0].detach().numpy() / kernel_size
    filtered = signal.convolve2d(image.numpy(), np.outer(TAPS, TAPS))  # (H + 3, W + 3)
    cut = 2 - kernel_size // 2  # so that sides are even after the convolution and its stride
    expected = signal.correlate2d(filtered[cut:-cut, cut:-cut], kernel, mode="valid")[::2, ::2]
    np.testing.assert_allclose(
        layer(image[None, None])[0, 0].detach().numpy(), expected, rtol=1e-9, atol=1e-12
    )
    assert expected.shape == (3, 4)


def test_weights_are_scaled_at_run_time() -> None:
    torch.manual_seed(0)
    layer = EqualisedLinear(400, 300, bias=2.0, rate=0.01)
    assert layer.weight.std().item() == pytest.approx(100, rel=0.02)
    vectors = torch.randn(7, 400)
    expected = vectors @ layer.weight.T * 0.01 / 20 + 0.02
    torch.testing.assert_close(layer(vectors), expected)
    with pytest.raises(ValueError, match="kernel_size must be odd, not 4"):
        EqualisedConv2d(1, 1, 4)


def test_vectors_are_scaled_to_a_mean_square_of_one() -> None:
    vectors = normalise(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
    torch.testing.assert_close(vectors[0], torch.tensor([0.6, 0.8]) * math.sqrt(2))
    assert vectors[1].count_nonzero() == 0


def test_a_signal_keeps_its_size_through_the_fresh_networks() -> None:
    torch.manual_seed(0)
    model = plain(ImageSpec(3, 16, 16), channels=64)
    sizes: list[float] = []
    generator, discriminator = model.generator(), model.discriminator()
    for network in (generator, discriminator):
        for module in network.modules():
            if isinstance(module, StyledLayer | HalvingBlock):
                module.register_forward_hook(
                    lambda _m, _i, output: sizes.append(output.square().mean().sqrt().item())
                )
    discriminator(generator(torch.randn(32, 512)).detach())
    assert len(sizes) == 5 + 2
    assert all(0.3 < size < 3 for size in sizes)


def test_the_first_images_have_the_contrast_that_is_asked_for() -> None:
    def images(**settings: float) -> torch.Tensor:
        torch.manual_seed(0)
        generator = plain(channels=32, latent_dim=64, style_dim=64, **settings).generator()
        with torch.no_grad():
            return generator.train()(torch.randn(16, 64))

    published = images()
    assert published.std() > 1  # four layers add to the image, each with a variance of about 1
    torch.testing.assert_close(images(initial_contrast=0.25), 0.25 * published)  # biases are 0 at first
    with pytest.raises(ValueError, match="initial_contrast must be above 0, not 0"):
        StyleGAN2.Config(initial_contrast=0)


def test_shortcuts_are_added_at_equal_strength() -> None:
    torch.manual_seed(0)
    block = HalvingBlock(2, 3, residual=True).double()
    images = torch.randn(2, 2, 6, 6).double()
    plain_part = F.leaky_relu(
        block.halve(F.leaky_relu(block.keep(images), 0.2) * math.sqrt(2)), 0.2
    ) * math.sqrt(2)
    assert block.shortcut is not None
    expected = (plain_part + block.shortcut(images)) / math.sqrt(2)
    torch.testing.assert_close(block(images), expected)
    assert parameters(block) == parameters(HalvingBlock(2, 3, residual=False)) + 2 * 3


def test_noise_is_drawn_while_training_and_fixed_afterwards() -> None:
    torch.manual_seed(0)
    layer = StyledLayer(2, 3, 4, (5, 6))
    images, styles = torch.randn(1, 2, 5, 6).expand(2, -1, -1, -1), torch.randn(1, 4).expand(2, -1)
    untouched = layer(images, styles)
    assert torch.equal(untouched[0], untouched[1])  # it begins with no strength
    with torch.no_grad():
        layer.noise_strength.fill_(0.5)
    drawn = layer(images, styles)
    assert not torch.equal(drawn[0], drawn[1])
    fixed = layer.eval()(images, styles)
    assert torch.equal(fixed[0], fixed[1])
    assert torch.equal(fixed, layer(images, styles))
    expected = F.leaky_relu(layer.convolution(images, styles) + 0.5 * layer.constant_noise, 0.2)
    torch.testing.assert_close(fixed, expected * math.sqrt(2))


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 28, 28), (3, 8, 12), (1, 10, 10)])
def test_draws_and_judges_every_size_that_halves(shape: tuple[int, int, int]) -> None:
    torch.manual_seed(0)
    model = plain(ImageSpec(*shape), **TINY)
    generator, discriminator = model.generator(), model.discriminator()
    assert isinstance(generator, Generator)
    assert isinstance(discriminator, Discriminator)
    images = generator(torch.randn(5, 6))
    assert images.shape == (5, *shape)
    assert discriminator(images).shape == (5,)
    drawn = generator.eval()(100 * torch.randn(5, 6))
    assert drawn.abs().max() <= 1


@pytest.mark.parametrize("conditioning", [OneHot, Embedding])
def test_labels_enter_both_networks(conditioning: Any) -> None:
    torch.manual_seed(0)
    model = conditional(conditioning=conditioning, **TINY)
    generator, discriminator = model.generator().eval(), model.discriminator().eval()
    latents, labels = torch.randn(1, 6).expand(10, -1), torch.arange(10)
    images = generator(latents, labels)
    assert len({image.sum().item() for image in images}) == 10
    logits = discriminator(images[:1].expand(10, -1, -1, -1), labels)
    assert len({logit.item() for logit in logits}) == 10
    with pytest.raises(ValueError, match=re.escape("needs labels (batch,)")):
        generator(latents)


def test_sizes_that_do_not_halve_are_refused() -> None:
    with pytest.raises(UsageError, match=r"stylegan2.*not 7x7"):
        plain(ImageSpec(1, 7, 7))
    with pytest.raises(UsageError, match="needs 1 class or more"):
        conditional(num_classes=None)
    with pytest.raises(ValueError, match="channels must be 1 or more, not 0"):
        StyleGAN2.Config(channels=0)


# Truncation in W


@pytest.mark.parametrize("model", [plain, conditional])
def test_styles_are_drawn_towards_their_mean(model: Any) -> None:
    generator = model(ImageSpec(3, 8, 8), **TINY).generator().eval()
    labels = None if generator.num_classes is None else torch.arange(12) % 10
    latents = torch.randn(12, 6)
    with torch.no_grad():
        styles = generator.styles(latents, labels)
        # Another sample of the same styles, as large: the mean is known to within a few standard errors.
        many = generator.styles(torch.randn(20_000, 6), None if labels is None else torch.arange(20_000) % 10)
        errors = many.std(dim=0) * math.sqrt(1 / 20_000 + 1 / 10_000)

        half, none, whole = (generator.truncated(psi) for psi in (0.5, 0, 1))

        assert (half.mean - many.mean(dim=0)).abs().le(5 * errors + 1e-6).all()
        expected = generator.draw(half.mean + 0.5 * (styles - half.mean))
        torch.testing.assert_close(half(latents, labels), expected)
        assert torch.equal(whole(latents, labels), generator(latents, labels))
        drawn = none(latents, labels)
        assert torch.equal(drawn, drawn[:1].expand_as(drawn))
        torch.testing.assert_close(drawn[:1], generator.draw(half.mean[None]))


def test_truncation_leaves_the_generator_as_it_was() -> None:
    generator = plain(ImageSpec(3, 8, 8), **TINY).generator().train()
    before = {name: tensor.clone() for name, tensor in generator.state_dict().items()}
    state = torch.get_rng_state()

    first, second = generator.truncated(0.7), generator.truncated(0.7)

    assert generator.training
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first.mean, second.mean)
    assert generator.state_dict().keys() == before.keys()
    assert all(torch.equal(generator.state_dict()[name], tensor) for name, tensor in before.items())
