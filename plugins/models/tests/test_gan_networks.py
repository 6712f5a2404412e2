"""GAN: counts and shapes worked out by hand, any image size, and what reaches its weights."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from ganzoo_models.gan import GAN
from ganzoo_objectives import BCE
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Generator, ImageSpec

MNIST = ImageSpec(1, 28, 28)
TINY = GAN.Config(latent_dim=8, hidden=(5, 6))


def test_parameters_of_both_networks() -> None:
    model = GAN(GAN.Config(), MNIST, None)
    # 100·256+256, 256·512+512, 512·1024+1024, 1024·784+784
    assert sum(p.numel() for p in model.generator().parameters()) == 1_486_352
    # 784·1024+1024, 1024·512+512, 512·256+256, 256+1
    assert sum(p.numel() for p in model.discriminator().parameters()) == 1_460_225


def layer_shapes(network: nn.Module, inputs: Tensor) -> list[tuple[str, tuple[int, ...]]]:
    """The output shape, without the batch, of every layer in the order in which they run."""
    shapes = []

    def record(layer: nn.Module, _inputs: Any, output: Tensor) -> None:
        shapes.append((type(layer).__name__, tuple(output.shape[1:])))

    for module in network.modules():
        if not list(module.children()):
            module.register_forward_hook(record)
    network(inputs)
    return shapes


def test_every_shape_of_the_generator() -> None:
    assert layer_shapes(GAN(GAN.Config(), MNIST, None).generator(), torch.randn(2, 100)) == [
        ("Linear", (256,)),
        ("LeakyReLU", (256,)),
        ("Linear", (512,)),
        ("LeakyReLU", (512,)),
        ("Linear", (1024,)),
        ("LeakyReLU", (1024,)),
        ("Linear", (784,)),
    ]


def test_every_shape_of_the_discriminator() -> None:
    assert layer_shapes(GAN(GAN.Config(), MNIST, None).discriminator(), torch.randn(2, 1, 28, 28)) == [
        ("Linear", (1024,)),
        ("LeakyReLU", (1024,)),
        ("Dropout", (1024,)),
        ("Linear", (512,)),
        ("LeakyReLU", (512,)),
        ("Dropout", (512,)),
        ("Linear", (256,)),
        ("LeakyReLU", (256,)),
        ("Dropout", (256,)),
        ("Linear", (1,)),
    ]


@settings(deadline=None)
@given(
    channels=st.sampled_from([1, 3]),
    height=st.integers(1, 12),
    width=st.integers(1, 12),
    hidden=st.lists(st.integers(1, 9), min_size=1, max_size=4),
)
def test_draws_any_size(channels: int, height: int, width: int, hidden: list[int]) -> None:
    image = ImageSpec(channels, height, width)
    model = GAN(GAN.Config(latent_dim=3, hidden=tuple(hidden)), image, None)
    generator, discriminator = model.generator(), model.discriminator()
    images = generator(torch.randn(2, 3))
    assert images.shape == (2, *image.shape)
    assert images.abs().max() <= 1
    assert discriminator(images).shape == (2,)
    assert (generator.latent_dim, generator.image, generator.num_classes) == (3, image, None)
    assert (discriminator.image, discriminator.num_classes) == (image, None)


def test_both_networks_written_out() -> None:
    torch.manual_seed(0)
    model = GAN(TINY, ImageSpec(1, 3, 4), None)
    generator, discriminator = model.generator().double(), model.discriminator().double().eval()
    latents, images = torch.randn(2, 8, dtype=torch.float64), torch.randn(2, 1, 3, 4, dtype=torch.float64)
    said = (generator(latents), discriminator(images))
    found = []
    for network, values in ((generator, latents), (discriminator, images.flatten(1))):
        *hidden, last = [layer for layer in network.layers if isinstance(layer, nn.Linear)]
        for layer in hidden:
            values = values @ layer.weight.T + layer.bias
            values = torch.maximum(values, 0.2 * values)
        found.append(values @ last.weight.T + last.bias)
    torch.testing.assert_close(said[0], found[0].tanh().view(2, 1, 3, 4), rtol=0, atol=1e-12)
    torch.testing.assert_close(said[1], found[1][:, 0], rtol=0, atol=1e-12)


def test_networks_are_of_the_kinds_the_core_knows() -> None:
    model = GAN(TINY, MNIST, None)
    assert isinstance(model.generator(), Generator)
    assert isinstance(model.discriminator(), Discriminator)


def test_gradients_reach_every_parameter() -> None:
    torch.manual_seed(0)
    model = GAN(TINY, MNIST, None)
    generator, discriminator, objective = model.generator(), model.discriminator(), BCE(BCE.Config())
    fakes = generator(torch.randn(16, 8))
    real_logits, fake_logits = discriminator(torch.randn(16, 1, 28, 28)), discriminator(fakes)
    torch.autograd.backward(objective.generator_loss(fake_logits), retain_graph=True)
    torch.autograd.backward(objective.discriminator_loss(real_logits, fake_logits))
    for network in (generator, discriminator):
        for name, parameter in network.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.count_nonzero() > 0, name


def test_the_seed_decides_the_networks() -> None:
    def images(seed: int) -> Tensor:
        torch.manual_seed(seed)
        result: Tensor = GAN(TINY, MNIST, None).generator()(torch.ones(2, 8))
        return result

    assert torch.equal(images(3), images(3))
    assert not torch.equal(images(3), images(4))


def test_one_image_at_a_time_equals_the_batch() -> None:
    torch.manual_seed(0)
    model = GAN(TINY, MNIST, None)
    generator, discriminator = model.generator().eval(), model.discriminator().eval()
    latents = torch.randn(5, 8)
    images = generator(latents)
    torch.testing.assert_close(generator(latents[2:3]), images[2:3])
    torch.testing.assert_close(discriminator(images[2:3]), discriminator(images)[2:3])


def test_dropout_acts_while_training_alone() -> None:
    torch.manual_seed(0)
    discriminator = GAN(GAN.Config(), MNIST, None).discriminator()
    images = torch.randn(2, 1, 28, 28)
    assert not torch.equal(discriminator(images), discriminator(images))
    discriminator.eval()
    assert torch.equal(discriminator(images), discriminator(images))


def test_labels_are_not_looked_at() -> None:
    generator, latents = GAN(TINY, MNIST, None).generator(), torch.randn(2, 8)
    assert torch.equal(generator(latents, torch.tensor([0, 1])), generator(latents))


def test_wrong_shapes_are_named_beside_the_expected_ones() -> None:
    model = GAN(TINY, MNIST, None)
    with pytest.raises(ValueError, match=re.escape("latents must be (batch, 8), not (2, 9)")):
        model.generator()(torch.zeros(2, 9))
    with pytest.raises(ValueError, match=re.escape("images must be (batch, 1, 28, 28), not (2, 784)")):
        model.discriminator()(torch.zeros(2, 784))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"latent_dim": 0}, "latent_dim must be 1 or more, not 0"),
        ({"hidden": ()}, "hidden must be one width or more"),
        ({"hidden": (8, 0)}, "hidden must be one width or more, each 1 or more"),
        ({"dropout": 1.0}, "dropout must be 0 or more and below 1, not 1.0"),
    ],
)
def test_impossible_settings_are_refused(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GAN.Config(**setting)


def test_compiles_as_one_graph_and_runs_in_bfloat16() -> None:
    torch.manual_seed(0)
    model = GAN(TINY, MNIST, None)
    generator, discriminator = model.generator().eval(), model.discriminator().eval()
    latents = torch.randn(4, 8)
    images, logits = generator(latents), discriminator(generator(latents))
    compiled = torch.compile(lambda z: discriminator(generator(z)), backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(latents), logits)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(generator(latents).float(), images, rtol=0.1, atol=0.02)
