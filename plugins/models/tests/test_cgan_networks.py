"""cGAN: counts and shapes worked out by hand, what the labels do, and what reaches its weights."""

from __future__ import annotations

import functools
import math
import re
from typing import Any

import pytest
import torch
from ganzoo_components.conditionings import Embedding, OneHot
from ganzoo_components.layers import SameConv2d, SameConvTranspose2d
from ganzoo_components.upsamplings import PixelShuffle, ResizeConv, TransposedConv
from ganzoo_models.cgan import CGAN
from ganzoo_objectives import BCE
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from ganzoo.errors import UsageError
from ganzoo.interfaces import Discriminator, Generator, ImageSpec, UpsamplingFactory

KERNEL_4: UpsamplingFactory = functools.partial(TransposedConv, TransposedConv.Config(kernel_size=4))
UPSAMPLINGS: list[Any] = [TransposedConv, ResizeConv, PixelShuffle]
CONDITIONINGS: list[Any] = [Embedding, OneHot]
FASHION = ImageSpec(1, 28, 28)
TINY = CGAN.Config(latent_dim=8, channels=4)


def build(
    config: CGAN.Config = TINY,
    image: ImageSpec = FASHION,
    num_classes: int | None = 10,
    *,
    upsampling: UpsamplingFactory = KERNEL_4,
    conditioning: Any = Embedding,
) -> CGAN:
    factory = functools.partial(conditioning, conditioning.Config())
    return CGAN(config, image, num_classes, upsampling=upsampling, conditioning=factory)


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def layer_shapes(network: nn.Module, *inputs: Tensor) -> list[tuple[str, tuple[int, ...]]]:
    """The output shape, without the batch, of every layer in the order in which they run."""
    shapes = []

    def record(layer: nn.Module, _inputs: Any, output: Tensor) -> None:
        shapes.append((type(layer).__name__, tuple(output.shape[1:])))

    hooks = [m.register_forward_hook(record) for m in network.modules() if not list(m.children())]
    network(*inputs)
    for hook in hooks:
        hook.remove()
    return shapes


# 6272 Z + 6272, 10·50, 50·49+49, 129·128·16+128, 128·128·16+128, 128·49+1
@pytest.mark.parametrize(("latent_dim", "expected"), [(128, 1_344_952), (100, 1_169_336)])
def test_parameters_of_the_generator(latent_dim: int, expected: int) -> None:
    assert parameters(build(CGAN.Config(latent_dim=latent_dim)).generator()) == expected


def test_parameters_of_the_discriminator() -> None:
    # 10·50, 50·784+784, 2·128·9+128, 128·128·9+128, 6272+1
    assert parameters(build(CGAN.Config()).discriminator()) == 196_773


def test_one_hot_changes_only_what_reads_it() -> None:
    embedding, one_hot = build(CGAN.Config()), build(CGAN.Config(), conditioning=OneHot)
    # No table of 10·50, and 10 rather than 50 inputs of the dense layer: 500 + 40·49, 500 + 40·784.
    assert parameters(one_hot.generator()) == 1_344_952 - 2_460
    assert parameters(one_hot.discriminator()) == 196_773 - 31_860
    for first, second in (
        (embedding.generator(), one_hot.generator()),
        (embedding.discriminator(), one_hot.discriminator()),
    ):
        shapes, others = (
            {name: tuple(p.shape) for name, p in network.named_parameters()} for network in (first, second)
        )
        assert {name for name in shapes if shapes[name] != others.get(name)} == {
            "label_map.conditioning.embedding.weight",
            "label_map.dense.weight",
        }


def test_every_shape_of_the_chapter_generator() -> None:
    generator = build(CGAN.Config()).generator()
    entered = []
    generator.upsamplings.register_forward_pre_hook(lambda _, inputs: entered.append(inputs[0].shape[1:]))
    assert layer_shapes(generator, torch.randn(2, 128), torch.tensor([0, 9])) == [
        ("Linear", (6272,)),
        ("Embedding", (50,)),
        ("Linear", (49,)),
        ("SameConvTranspose2d", (128, 14, 14)),
        ("LeakyReLU", (128, 14, 14)),
        ("SameConvTranspose2d", (128, 28, 28)),
        ("LeakyReLU", (128, 28, 28)),
        ("SameConv2d", (1, 28, 28)),
    ]
    assert entered == [(129, 7, 7)]


def test_every_shape_of_the_chapter_discriminator() -> None:
    discriminator = build(CGAN.Config()).discriminator()
    entered = []
    discriminator.convolutions.register_forward_pre_hook(
        lambda _, inputs: entered.append(inputs[0].shape[1:])
    )
    assert layer_shapes(discriminator, torch.randn(2, 1, 28, 28), torch.tensor([0, 9])) == [
        ("Embedding", (50,)),
        ("Linear", (784,)),
        ("SameConv2d", (128, 14, 14)),
        ("LeakyReLU", (128, 14, 14)),
        ("SameConv2d", (128, 7, 7)),
        ("LeakyReLU", (128, 7, 7)),
        ("Dropout", (6272,)),
        ("Linear", (1,)),
    ]
    assert entered == [(2, 28, 28)]


def test_the_generator_written_out() -> None:
    """The published network layer by layer, fed with the generator's own weights."""
    torch.manual_seed(0)
    generator = build().generator()
    latents, labels = torch.randn(3, 8), torch.tensor([4, 0, 9])
    weights = dict(generator.named_parameters())
    slope, F = 0.2, nn.functional
    maps = F.leaky_relu(latents @ weights["dense.weight"].T + weights["dense.bias"], slope).view(3, 4, 7, 7)
    vectors = weights["label_map.conditioning.embedding.weight"][labels]
    label_map = vectors @ weights["label_map.dense.weight"].T + weights["label_map.dense.bias"]
    maps = torch.cat([maps, label_map.view(3, 1, 7, 7)], dim=1)
    for index in (0, 2):
        weight, bias = (weights[f"upsamplings.{index}.convolution.{part}"] for part in ("weight", "bias"))
        maps = F.leaky_relu(F.conv_transpose2d(maps, weight, bias, stride=2, padding=1), slope)
    maps = F.pad(maps, (3, 3, 3, 3), mode="replicate")
    images = torch.tanh(F.conv2d(maps, weights["upsamplings.4.weight"], weights["upsamplings.4.bias"]))
    torch.testing.assert_close(generator(latents, labels), images)


def test_the_discriminator_written_out() -> None:
    """The published network layer by layer, fed with the discriminator's own weights."""
    torch.manual_seed(0)
    discriminator = build().discriminator().eval()
    images, labels = torch.randn(3, 1, 28, 28), torch.tensor([4, 0, 9])
    weights = dict(discriminator.named_parameters())
    slope, F = 0.2, nn.functional
    vectors = weights["label_map.conditioning.embedding.weight"][labels]
    label_map = vectors @ weights["label_map.dense.weight"].T + weights["label_map.dense.bias"]
    maps = torch.cat([images, label_map.view(3, 1, 28, 28)], dim=1)
    for index in (0, 2):
        weight, bias = (weights[f"convolutions.{index}.{part}"] for part in ("weight", "bias"))
        # 'same', kernel 3, stride 2 on an even side: nothing before, one zero after.
        maps = F.leaky_relu(F.conv2d(F.pad(maps, (0, 1, 0, 1)), weight, bias, stride=2), slope)
    logits = maps.flatten(1) @ weights["dense.weight"][0] + weights["dense.bias"]
    torch.testing.assert_close(discriminator(images, labels), logits)


@pytest.mark.parametrize("conditioning", CONDITIONINGS)
@pytest.mark.parametrize("upsampling", UPSAMPLINGS)
@settings(deadline=None, max_examples=8)
@given(
    base=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    layers=st.integers(1, 3),
    channels=st.sampled_from([1, 3]),
    num_classes=st.integers(1, 12),
)
def test_draws_every_size_of_the_form_base_times_a_power_of_two(
    conditioning: Any, upsampling: Any, base: tuple[int, int], layers: int, channels: int, num_classes: int
) -> None:
    image = ImageSpec(channels, base[0] << layers, base[1] << layers)
    factory = functools.partial(upsampling, upsampling.Config())
    config = CGAN.Config(latent_dim=8, channels=4, layers=layers)
    model = build(config, image, num_classes, upsampling=factory, conditioning=conditioning)
    generator, discriminator = model.generator(), model.discriminator()
    labels = torch.tensor([0, num_classes - 1])
    images = generator(torch.randn(2, 8), labels)
    assert images.shape == (2, *image.shape)
    assert images.abs().max() <= 1
    assert discriminator(images, labels).shape == (2,)
    assert (generator.latent_dim, generator.image, generator.num_classes) == (8, image, num_classes)
    assert (discriminator.image, discriminator.num_classes) == (image, num_classes)


@settings(deadline=None)
@given(height=st.integers(1, 99), width=st.integers(1, 99))
def test_exactly_the_sizes_that_halve_often_enough_are_accepted(height: int, width: int) -> None:
    if height % 4 == 0 and width % 4 == 0:
        build(image=ImageSpec(1, height, width))
    else:
        with pytest.raises(UsageError, match=f"must divide by 4.*not {height}x{width}"):
            build(image=ImageSpec(1, height, width))


@pytest.mark.parametrize(("size", "nearest"), [((33, 33), "32x32"), ((27, 28), "28x28"), ((1, 8), "4x8")])
def test_a_size_it_cannot_draw_is_answered_with_one_it_can(size: tuple[int, int], nearest: str) -> None:
    with pytest.raises(UsageError, match=f"such as {nearest}"):
        build(image=ImageSpec(1, *size))


@pytest.mark.parametrize("num_classes", [None, 0])
def test_data_without_classes_are_refused(num_classes: int | None) -> None:
    with pytest.raises(UsageError, match=f"needs 1 class or more, not {num_classes}"):
        build(num_classes=num_classes)


def test_networks_are_of_the_kinds_the_core_knows() -> None:
    assert CGAN.conditional
    assert isinstance(build().generator(), Generator)
    assert isinstance(build().discriminator(), Discriminator)


@pytest.mark.parametrize("conditioning", CONDITIONINGS)
def test_labels_matter(conditioning: Any) -> None:
    torch.manual_seed(0)
    model = build(conditioning=conditioning)
    generator, discriminator = model.generator(), model.discriminator().eval()
    labels = torch.arange(10)
    images = generator(torch.randn(1, 8).expand(10, 8), labels)
    logits = discriminator(torch.randn(1, 1, 28, 28).expand(10, 1, 28, 28), labels)
    for first in range(10):
        for second in range(first):
            assert not torch.equal(images[first], images[second])
            assert logits[first] != logits[second]


def test_each_network_has_a_conditioning_of_its_own() -> None:
    model = build()
    first, second = model.generator(), model.discriminator()
    assert not {id(p) for p in first.parameters()} & {id(p) for p in second.parameters()}


def test_labels_are_required() -> None:
    model = build()
    with pytest.raises(ValueError, match=re.escape("needs labels (batch,) in 0..9")):
        model.generator()(torch.zeros(2, 8))
    with pytest.raises(ValueError, match=re.escape("needs labels (batch,) in 0..9")):
        model.discriminator()(torch.zeros(2, 1, 28, 28))


@pytest.mark.parametrize("labels", [torch.zeros(2), torch.zeros(2, 1, dtype=torch.int64)])
def test_labels_of_another_type_or_shape_are_refused(labels: Tensor) -> None:
    with pytest.raises(ValueError, match=re.escape("labels must be (batch,) int64")):
        build().generator()(torch.zeros(2, 8), labels)


def test_wrong_shapes_are_named_beside_the_expected_ones() -> None:
    model, labels = build(), torch.zeros(2, dtype=torch.int64)
    with pytest.raises(ValueError, match=re.escape("latents must be (batch, 8), not (2, 9)")):
        model.generator()(torch.zeros(2, 9), labels)
    with pytest.raises(ValueError, match=re.escape("images must be (batch, 1, 28, 28), not (2, 1, 32, 32)")):
        model.discriminator()(torch.zeros(2, 1, 32, 32), labels)
    with pytest.raises(ValueError, match="not 3 latents and 2 labels"):
        model.generator()(torch.zeros(3, 8), labels)
    with pytest.raises(ValueError, match="not 3 images and 2 labels"):
        model.discriminator()(torch.zeros(3, 1, 28, 28), labels)


def test_weights_are_initialised_as_keras_does() -> None:
    torch.manual_seed(0)
    model = build(CGAN.Config())
    # sqrt(6 / (fan_in + fan_out)) with the kernel's area in both fans.
    limits = {
        "dense.weight": math.sqrt(6 / (128 + 6272)),
        "label_map.dense.weight": math.sqrt(6 / (50 + 49)),
        "label_map.conditioning.embedding.weight": 0.05,
        "upsamplings.0.convolution.weight": math.sqrt(6 / (16 * 129 + 16 * 128)),
        "upsamplings.2.convolution.weight": math.sqrt(6 / (16 * 128 + 16 * 128)),
        "upsamplings.4.weight": math.sqrt(6 / (49 * 128 + 49)),
    }
    generator = dict(model.generator().named_parameters())
    assert set(limits) == {name for name in generator if name.endswith("weight")}
    for name, limit in limits.items():
        assert 0.98 * limit < generator[name].abs().max().item() <= limit * (1 + 1e-6), name
        assert generator[name].std().item() == pytest.approx(limit / math.sqrt(3), rel=0.06), name
    for network in (model.generator(), model.discriminator()):
        for name, parameter in network.named_parameters():
            assert parameter.count_nonzero() == 0 or not name.endswith("bias"), name


def test_torchs_own_initialisation_is_left_where_that_is_asked_for() -> None:
    torch.manual_seed(0)
    model = build(CGAN.Config(initialisation="torch"))
    # kaiming_uniform(a=sqrt(5)) is uniform in ±1/sqrt(fan_in), and so are torch's biases. In a
    # transposed convolution torch counts the output's channels: 128 times the kernel's 16.
    fans_in = {
        "dense": 128,
        "label_map.dense": 50,
        "upsamplings.0.convolution": 16 * 128,
        "upsamplings.2.convolution": 16 * 128,
        "upsamplings.4": 49 * 128,
    }
    fans_in_of_discriminator = {
        "dense": 6272,
        "label_map.dense": 50,
        "convolutions.0": 9 * 2,
        "convolutions.2": 9 * 128,
    }
    for network, fans in (
        (model.generator(), fans_in),
        (model.discriminator(), fans_in_of_discriminator),
    ):
        parameters = dict(network.named_parameters())
        embedding = parameters.pop("label_map.conditioning.embedding.weight")
        assert embedding.std().item() == pytest.approx(1, abs=0.1)  # 500 numbers from N(0, 1)
        assert {name.rpartition(".")[0] for name in parameters} == set(fans)
        for name, parameter in parameters.items():
            limit = 1 / math.sqrt(fans[name.rpartition(".")[0]])
            assert parameter.abs().max().item() <= limit * (1 + 1e-6), name
            if parameter.numel() > 100:
                assert parameter.abs().max().item() > 0.95 * limit, name
                assert parameter.std().item() == pytest.approx(limit / math.sqrt(3), rel=0.15), name
            assert parameter.count_nonzero() == parameter.numel(), name


def test_no_layer_normalises() -> None:
    model = build()
    kinds = {type(m) for m in [*model.generator().modules(), *model.discriminator().modules()]}
    assert {SameConv2d, SameConvTranspose2d} < kinds
    assert not {kind for kind in kinds if "Norm" in kind.__name__}


def test_the_seed_decides_the_networks() -> None:
    def images(seed: int) -> Tensor:
        torch.manual_seed(seed)
        result: Tensor = build().generator()(torch.ones(2, 8), torch.tensor([1, 2]))
        return result

    assert torch.equal(images(3), images(3))
    assert not torch.equal(images(3), images(4))


@pytest.mark.parametrize("conditioning", CONDITIONINGS)
@pytest.mark.parametrize("upsampling", UPSAMPLINGS)
def test_gradients_reach_every_parameter(conditioning: Any, upsampling: Any) -> None:
    torch.manual_seed(0)
    factory = functools.partial(upsampling, upsampling.Config())
    model = build(image=ImageSpec(1, 8, 8), upsampling=factory, conditioning=conditioning)
    generator, discriminator, objective = model.generator(), model.discriminator(), BCE(BCE.Config())
    labels = torch.tensor([0, 3, 9, 9])
    fakes = generator(torch.randn(4, 8), labels)
    real_logits, fake_logits = discriminator(torch.randn(4, 1, 8, 8), labels), discriminator(fakes, labels)
    torch.autograd.backward(objective.generator_loss(fake_logits), retain_graph=True)
    for name, parameter in generator.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.count_nonzero() > 0, name
    torch.autograd.backward(objective.discriminator_loss(real_logits, fake_logits))
    for name, parameter in discriminator.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.count_nonzero() > 0, name


def test_one_image_at_a_time_equals_the_batch() -> None:
    torch.manual_seed(0)
    model = build()
    generator, discriminator = model.generator().eval(), model.discriminator().eval()
    latents, labels = torch.randn(5, 8), torch.arange(5)
    images = generator(latents, labels)
    torch.testing.assert_close(generator(latents[2:3], labels[2:3]), images[2:3])
    logits = discriminator(images, labels)
    torch.testing.assert_close(discriminator(images[2:3], labels[2:3]), logits[2:3])


def test_dropout_acts_while_training_alone() -> None:
    torch.manual_seed(0)
    discriminator = build(CGAN.Config(channels=4, dropout=0.4)).discriminator()
    images, labels = torch.randn(4, 1, 28, 28), torch.arange(4)
    assert not torch.equal(discriminator(images, labels), discriminator(images, labels))
    discriminator.eval()
    assert torch.equal(discriminator(images, labels), discriminator(images, labels))


@pytest.mark.parametrize("name", ["latent_dim", "channels", "layers"])
def test_settings_below_one_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be 1 or more, not 0"):
        CGAN.Config(**{name: 0})


@pytest.mark.parametrize("dropout", [-0.1, 1.0])
def test_a_dropout_outside_its_range_is_refused(dropout: float) -> None:
    with pytest.raises(ValueError, match=f"dropout must be 0 or more and below 1, not {dropout}"):
        CGAN.Config(dropout=dropout)


@pytest.mark.parametrize("conditioning", CONDITIONINGS)
def test_compiles_as_one_graph_and_runs_in_bfloat16_channels_last(conditioning: Any) -> None:
    torch.manual_seed(0)
    model = build(image=ImageSpec(3, 16, 16), conditioning=conditioning)
    generator, discriminator = model.generator().eval(), model.discriminator().eval()
    latents, labels = torch.randn(4, 8), torch.arange(4)
    images = generator(latents, labels)
    logits = discriminator(images, labels)
    compiled = torch.compile(lambda z, y: discriminator(generator(z, y), y), backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(latents, labels), logits)
    generator.to(memory_format=torch.channels_last)
    discriminator.to(memory_format=torch.channels_last)
    torch.testing.assert_close(generator(latents, labels), images)
    torch.testing.assert_close(discriminator(images, labels), logits)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(generator(latents, labels).float(), images, rtol=0.1, atol=0.02)


@pytest.mark.parametrize("layers", [33, 10**9, 2**63])
def test_layers_beyond_any_memory_are_refused(layers: int) -> None:
    with pytest.raises(UsageError, match="halves the sides of an image"):
        CGAN(CGAN.Config(layers=layers), ImageSpec(1, 28, 28), 10, upsampling=None, conditioning=None)
