"""DCGAN: counts and shapes worked out by hand, the sizes it can draw, and what reaches its weights."""

from __future__ import annotations

import functools
import re
from typing import Any

import pytest
import torch
from ganzoo_components.layers import SameConv2d, SameConvTranspose2d
from ganzoo_components.upsamplings import PixelShuffle, ResizeConv, TransposedConv
from ganzoo_models.dcgan import DCGAN
from ganzoo_objectives import BCE
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from ganzoo.errors import UsageError
from ganzoo.interfaces import Discriminator, Generator, ImageSpec, UpsamplingFactory

KERNEL_5: UpsamplingFactory = functools.partial(TransposedConv, TransposedConv.Config(kernel_size=5))
UPSAMPLINGS: list[Any] = [TransposedConv, ResizeConv, PixelShuffle]
CIFAR = ImageSpec(3, 32, 32)
TINY = DCGAN.Config(latent_dim=8, channels=4, max_channels=8)


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def layer_shapes(network: nn.Module, inputs: Tensor) -> list[tuple[str, tuple[int, ...]]]:
    """The output shape, without the batch, of every layer in the order in which they run."""
    shapes = []

    def record(layer: nn.Module, _inputs: Any, output: Tensor) -> None:
        shapes.append((type(layer).__name__, tuple(output.shape[1:])))

    hooks = [m.register_forward_hook(record) for m in network.modules() if not list(m.children())]
    network(inputs)
    for hook in hooks:
        hook.remove()
    return shapes


def test_parameters_of_the_chapter_network() -> None:
    model = DCGAN(DCGAN.Config(), CIFAR, None, upsampling=KERNEL_5)
    # 128·2048+2048 +1024, 512·256·25 +512, 256·128·25 +256, 128·64·25 +128, 64·3·25+3
    assert parameters(model.generator()) == 4_571_715
    # 3·64·25+64, 64·128·25 +256, 128·256·25 +512, 256·512·25 +1024, 2048+1
    assert parameters(model.discriminator()) == 4_309_505


def test_parameters_with_biases_everywhere() -> None:
    model = DCGAN(DCGAN.Config(bias=True), CIFAR, None, upsampling=KERNEL_5)
    assert parameters(model.generator()) == 4_572_163  # +256 +128 +64
    assert parameters(model.discriminator()) == 4_310_401  # +128 +256 +512


def test_parameters_of_the_published_twin_with_latents_of_100() -> None:
    config = DCGAN.Config(bias=True, latent_dim=100)
    assert parameters(DCGAN(config, CIFAR, None, upsampling=KERNEL_5).generator()) == 4_514_819


def test_every_shape_of_the_chapter_generator() -> None:
    generator = DCGAN(DCGAN.Config(), CIFAR, None, upsampling=KERNEL_5).generator()
    assert layer_shapes(generator, torch.randn(2, 128)) == [
        ("Linear", (2048,)),
        ("BatchNorm2d", (512, 2, 2)),
        ("ReLU", (512, 2, 2)),
        ("SameConvTranspose2d", (256, 4, 4)),
        ("BatchNorm2d", (256, 4, 4)),
        ("ReLU", (256, 4, 4)),
        ("SameConvTranspose2d", (128, 8, 8)),
        ("BatchNorm2d", (128, 8, 8)),
        ("ReLU", (128, 8, 8)),
        ("SameConvTranspose2d", (64, 16, 16)),
        ("BatchNorm2d", (64, 16, 16)),
        ("ReLU", (64, 16, 16)),
        ("SameConvTranspose2d", (3, 32, 32)),
    ]


def test_every_shape_of_the_chapter_discriminator() -> None:
    discriminator = DCGAN(DCGAN.Config(), CIFAR, None, upsampling=KERNEL_5).discriminator()
    assert layer_shapes(discriminator, torch.randn(2, 3, 32, 32)) == [
        ("SameConv2d", (64, 16, 16)),
        ("LeakyReLU", (64, 16, 16)),
        ("SameConv2d", (128, 8, 8)),
        ("BatchNorm2d", (128, 8, 8)),
        ("LeakyReLU", (128, 8, 8)),
        ("SameConv2d", (256, 4, 4)),
        ("BatchNorm2d", (256, 4, 4)),
        ("LeakyReLU", (256, 4, 4)),
        ("SameConv2d", (512, 2, 2)),
        ("BatchNorm2d", (512, 2, 2)),
        ("LeakyReLU", (512, 2, 2)),
        ("Linear", (1,)),
    ]


@pytest.mark.parametrize(
    ("height", "width", "widths_and_base"),
    [
        (8, 8, (128, 2, 2)),
        (28, 28, (128, 7, 7)),
        (32, 16, (256, 4, 2)),
        (34, 34, (64, 17, 17)),
        (64, 64, (512, 4, 4)),
        (128, 128, (512, 8, 8)),
    ],
)
def test_base_of_other_sizes(height: int, width: int, widths_and_base: tuple[int, int, int]) -> None:
    generator = DCGAN(DCGAN.Config(), ImageSpec(1, height, width), None, upsampling=KERNEL_5).generator()
    name, shape = layer_shapes(generator, torch.randn(2, 128))[1]
    assert (name, shape) == ("BatchNorm2d", widths_and_base)


def test_leaky_relu_has_slope_a_fifth_in_the_discriminator_alone() -> None:
    model = DCGAN(TINY, CIFAR, None, upsampling=KERNEL_5)
    slopes = [m.negative_slope for m in model.discriminator().modules() if isinstance(m, nn.LeakyReLU)]
    assert slopes == [0.2, 0.2, 0.2, 0.2]
    assert not [m for m in model.generator().modules() if isinstance(m, nn.LeakyReLU)]


def test_leaky_relu_in_both_networks_is_a_setting() -> None:
    config = DCGAN.Config(channels=4, generator_slope=0.2)
    generator = DCGAN(config, CIFAR, None, upsampling=KERNEL_5).generator()
    slopes = [m.negative_slope for m in generator.modules() if isinstance(m, nn.LeakyReLU)]
    assert slopes == [0.2, 0.2, 0.2, 0.2]
    assert not [m for m in generator.modules() if isinstance(m, nn.ReLU)]


@pytest.mark.parametrize("upsampling", UPSAMPLINGS)
@settings(deadline=None, max_examples=12)
@given(
    base=st.tuples(st.integers(2, 7), st.integers(2, 7)),
    doublings=st.integers(1, 3),
    channels=st.sampled_from([1, 3]),
)
def test_draws_every_size_of_the_form_base_times_a_power_of_two(
    upsampling: Any, base: tuple[int, int], doublings: int, channels: int
) -> None:
    image = ImageSpec(channels, base[0] << doublings, base[1] << doublings)
    factory = functools.partial(upsampling, upsampling.Config())
    model = DCGAN(TINY, image, None, upsampling=factory)
    generator, discriminator = model.generator(), model.discriminator()
    images = generator(torch.randn(2, 8))
    assert images.shape == (2, *image.shape)
    assert images.abs().max() <= 1
    assert discriminator(images).shape == (2,)
    assert (generator.latent_dim, generator.image, generator.num_classes) == (8, image, None)
    assert (discriminator.image, discriminator.num_classes) == (image, None)


@settings(deadline=None)
@given(height=st.integers(1, 99), width=st.integers(1, 99))
def test_exactly_the_sizes_that_halve_are_accepted(height: int, width: int) -> None:
    if height % 2 == 0 and width % 2 == 0 and min(height, width) >= 4:
        DCGAN(TINY, ImageSpec(1, height, width), None, upsampling=KERNEL_5)
    else:
        with pytest.raises(UsageError, match=f"not {height}x{width}"):
            DCGAN(TINY, ImageSpec(1, height, width), None, upsampling=KERNEL_5)


@pytest.mark.parametrize(("size", "nearest"), [((33, 33), "32x32"), ((2, 2), "4x4"), ((33, 28), "32x28")])
def test_a_size_it_cannot_draw_is_answered_with_one_it_can(size: tuple[int, int], nearest: str) -> None:
    with pytest.raises(UsageError, match=f"even and at least 4, such as {nearest}"):
        DCGAN(TINY, ImageSpec(3, *size), None, upsampling=KERNEL_5)


def test_networks_are_of_the_kinds_the_core_knows() -> None:
    model = DCGAN(TINY, CIFAR, None, upsampling=KERNEL_5)
    assert isinstance(model.generator(), Generator)
    assert isinstance(model.discriminator(), Discriminator)


def test_weights_are_normal_with_deviation_a_fiftieth() -> None:
    torch.manual_seed(0)
    model = DCGAN(DCGAN.Config(), CIFAR, None, upsampling=KERNEL_5)
    for network in (model.generator(), model.discriminator()):
        for layer in network.modules():
            if isinstance(layer, SameConv2d | SameConvTranspose2d | nn.Linear):
                # 2,048 weights at least: the deviation is known to 1.6 % and four times that is plenty.
                assert layer.weight.std().item() == pytest.approx(0.02, rel=0.065)
                assert layer.bias is None or layer.bias.count_nonzero() == 0
            elif isinstance(layer, nn.BatchNorm2d):
                assert layer.weight.eq(1).all()
                assert layer.bias.eq(0).all()


def test_the_seed_decides_the_networks() -> None:
    def images(seed: int) -> Tensor:
        torch.manual_seed(seed)
        generator = DCGAN(TINY, CIFAR, None, upsampling=KERNEL_5).generator()
        result: Tensor = generator(torch.linspace(-1, 1, 24).reshape(3, 8))
        return result

    assert torch.equal(images(3), images(3))
    assert not torch.equal(images(3), images(4))


def normalise(maps: Tensor) -> Tensor:
    """Batch normalisation as initialised: weight 1, bias 0."""
    centred = maps - maps.mean(dim=(0, 2, 3), keepdim=True)
    return centred / torch.sqrt(centred.square().mean(dim=(0, 2, 3), keepdim=True) + 1e-5)


def test_the_generator_written_out() -> None:
    """The chapter's network layer by layer, fed with the generator's own weights."""
    torch.manual_seed(0)
    generator = DCGAN(TINY, CIFAR, None, upsampling=KERNEL_5).generator().double()
    latents = torch.randn(3, 8, dtype=torch.float64)
    weights = dict(generator.named_parameters())
    maps = (latents @ weights["dense.weight"].T + weights["dense.bias"]).view(3, 8, 2, 2)
    for index in (2, 5, 8, 11):
        kernel = weights[f"upsamplings.{index}.convolution.weight"]
        # Kernel 5, 'same': one row and column cut before, two after.
        maps = nn.functional.conv_transpose2d(normalise(maps).relu(), kernel, stride=2)[:, :, 1:-2, 1:-2]
    maps = maps + weights["upsamplings.11.convolution.bias"].view(-1, 1, 1)
    torch.testing.assert_close(generator(latents), torch.tanh(maps))


def test_the_discriminator_written_out() -> None:
    """The chapter's network layer by layer, fed with the discriminator's own weights."""
    torch.manual_seed(0)
    discriminator = DCGAN(TINY, CIFAR, None, upsampling=KERNEL_5).discriminator().double()
    maps = images = torch.randn(3, 3, 32, 32, dtype=torch.float64)
    weights = dict(discriminator.named_parameters())
    for index in (0, 2, 5, 8):
        # Kernel 5, 'same', stride 2 on an even side: one zero before, two after.
        kernel = weights[f"convolutions.{index}.weight"]
        maps = nn.functional.conv2d(nn.functional.pad(maps, (1, 2, 1, 2)), kernel, stride=2)
        maps = normalise(maps) if index else maps + weights["convolutions.0.bias"].view(-1, 1, 1)
        maps = torch.where(maps > 0, maps, 0.2 * maps)
    logits = maps.flatten(1) @ weights["dense.weight"][0] + weights["dense.bias"]
    torch.testing.assert_close(discriminator(images), logits)


@pytest.mark.parametrize("upsampling", UPSAMPLINGS)
@pytest.mark.parametrize("bias", [False, True])
def test_gradients_reach_every_parameter(upsampling: Any, bias: bool) -> None:
    torch.manual_seed(0)
    config = DCGAN.Config(latent_dim=8, channels=4, max_channels=8, bias=bias)
    factory = functools.partial(upsampling, upsampling.Config())
    model = DCGAN(config, ImageSpec(1, 16, 16), None, upsampling=factory)
    generator, discriminator, objective = model.generator(), model.discriminator(), BCE(BCE.Config())
    fakes = generator(torch.randn(4, 8))
    real_logits, fake_logits = discriminator(torch.randn(4, 1, 16, 16)), discriminator(fakes)
    torch.autograd.backward(objective.generator_loss(fake_logits), retain_graph=True)
    for name, parameter in generator.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.count_nonzero() > 0, name
    torch.autograd.backward(objective.discriminator_loss(real_logits, fake_logits))
    for name, parameter in discriminator.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.count_nonzero() > 0, name


def test_one_image_at_a_time_equals_the_batch_once_trained() -> None:
    torch.manual_seed(0)
    model = DCGAN(TINY, CIFAR, None, upsampling=KERNEL_5)
    generator, discriminator = model.generator(), model.discriminator()
    latents = torch.randn(5, 8)
    discriminator(generator(latents))
    generator.eval()
    discriminator.eval()
    images = generator(latents)
    torch.testing.assert_close(generator(latents[2:3]), images[2:3])
    torch.testing.assert_close(discriminator(images[2:3]), discriminator(images)[2:3])


def test_labels_are_not_looked_at() -> None:
    generator = DCGAN(TINY, CIFAR, None, upsampling=KERNEL_5).generator().eval()
    latents = torch.randn(2, 8)
    assert torch.equal(generator(latents, torch.tensor([0, 1])), generator(latents))


@pytest.mark.parametrize("shape", [(2, 9), (8,), (2, 8, 1)])
def test_latents_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    generator = DCGAN(TINY, CIFAR, None, upsampling=KERNEL_5).generator()
    with pytest.raises(ValueError, match=re.escape(f"latents must be (batch, 8), not {shape}")):
        generator(torch.zeros(shape))


@pytest.mark.parametrize("shape", [(2, 1, 32, 32), (2, 3, 28, 28), (3, 32, 32)])
def test_images_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    discriminator = DCGAN(TINY, CIFAR, None, upsampling=KERNEL_5).discriminator()
    with pytest.raises(ValueError, match=re.escape(f"images must be (batch, 3, 32, 32), not {shape}")):
        discriminator(torch.zeros(shape))


@pytest.mark.parametrize("name", ["latent_dim", "channels", "max_channels", "layers", "kernel_size"])
def test_settings_below_one_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be 1 or more, not 0"):
        DCGAN.Config(**{name: 0})  # type: ignore[arg-type]


@pytest.mark.parametrize("slope", [-0.1, 1.0])
def test_a_slope_outside_its_range_is_refused(slope: float) -> None:
    with pytest.raises(ValueError, match=f"generator_slope must be 0 or more and below 1, not {slope}"):
        DCGAN.Config(generator_slope=slope)


def test_compiles_as_one_graph_and_runs_in_bfloat16_channels_last() -> None:
    torch.manual_seed(0)
    model = DCGAN(TINY, ImageSpec(3, 16, 16), None, upsampling=KERNEL_5)
    generator, discriminator = model.generator().eval(), model.discriminator().eval()
    latents = torch.randn(4, 8)
    images, logits = generator(latents), discriminator(generator(latents))
    compiled = torch.compile(lambda z: discriminator(generator(z)), backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(latents), logits)
    generator.to(memory_format=torch.channels_last)
    discriminator.to(memory_format=torch.channels_last)
    torch.testing.assert_close(generator(latents), images)
    torch.testing.assert_close(discriminator(images), logits)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(generator(latents).float(), images, rtol=0.1, atol=0.02)
