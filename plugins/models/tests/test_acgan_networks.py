"""ACGAN: the paper's table counted by hand, and the classifier's loss worked out in float64."""

from __future__ import annotations

import functools
import re
from typing import Any

import numpy as np
import pytest
import torch
from ganzoo_components.conditionings import Embedding, OneHot
from ganzoo_components.upsamplings import PixelShuffle, ResizeConv, TransposedConv
from ganzoo_models.acgan import ACGAN
from torch import nn

from ganzoo.errors import UsageError
from ganzoo.interfaces import Discriminator, Generator, ImageSpec, Judgement

CIFAR = ImageSpec(3, 32, 32)
KERNEL_5 = functools.partial(TransposedConv, TransposedConv.Config(kernel_size=5))
TINY = {"latent_dim": 6, "channels": 4, "discriminator_channels": 2, "max_channels": 8}


def build(
    image: ImageSpec = CIFAR,
    num_classes: int | None = 10,
    upsampling: Any = KERNEL_5,
    conditioning: Any = OneHot,
    **settings: Any,
) -> ACGAN:
    factory = functools.partial(conditioning, conditioning.Config())
    config = ACGAN.Config(**settings)
    return ACGAN(config, image, num_classes, upsampling=upsampling, conditioning=factory)


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def test_parameters_of_the_table_for_cifar() -> None:
    # (100 + 10)·6144 + 6144; 384·192·25 + 2·192; 192·96·25 + 2·96; 96·3·25 + 3.
    assert parameters(build().generator()) == 2_993_763
    # 3·16·9 + 16; 16·32·9 + 64; 32·64·9 + 128; 64·128·9 + 256; 128·256·9 + 512; 256·512·9 + 1024;
    # 8192 + 1; 8192·10 + 10.
    assert parameters(build().discriminator()) == 1_663_883
    # 50 features of an embedding instead of 10, and its table of 10·50.
    assert parameters(build(conditioning=Embedding).generator()) == 2_993_763 + 40 * 6144 + 500


def test_the_maps_of_the_table_for_cifar() -> None:
    model = build()
    shapes = []
    discriminator, generator = model.discriminator(), model.generator()
    for network in (generator.upsamplings, discriminator.convolutions):
        for module in network.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                module.register_forward_hook(lambda _m, _i, output: shapes.append(tuple(output.shape[1:])))
    labels = torch.tensor([0, 9])
    discriminator(generator(torch.randn(2, 100), labels), labels)
    assert generator.base_shape == (384, 4, 4)
    assert shapes == [
        *[(192, 8, 8), (96, 16, 16), (3, 32, 32)],
        *[(16, 16, 16), (32, 16, 16), (64, 8, 8), (128, 8, 8), (256, 4, 4), (512, 4, 4)],
    ]


def test_the_auxiliary_loss_is_the_cross_entropy_of_the_class() -> None:
    torch.manual_seed(0)
    labels = torch.tensor([2, 0, 1, 1])
    for weight in (1.0, 0.25):
        discriminator = build(num_classes=3, classifier_weight=weight, **TINY).discriminator().double().eval()
        images = torch.randn(4, 3, 32, 32, dtype=torch.float64)
        said = discriminator(images, labels)
        assert isinstance(said, Judgement)
        features = discriminator.convolutions(images).flatten(1).detach().numpy()
        w, b = (p.detach().numpy() for p in discriminator.classifier.parameters())
        scores = np.exp(features @ w.T + b)
        share = scores / scores.sum(axis=1, keepdims=True)
        expected = -weight * np.log(share[np.arange(4), labels.numpy()])
        np.testing.assert_allclose(said.auxiliary_loss.detach().numpy(), expected, rtol=1e-9)
        w, b = (p.detach().numpy() for p in discriminator.dense.parameters())
        np.testing.assert_allclose(said.logits.detach().numpy(), (features @ w.T + b)[:, 0], rtol=1e-9)


def test_the_generator_of_the_table_written_out() -> None:
    """Linear, ReLU; 5x5, stride 2, batch normalisation, ReLU, twice; 5x5, stride 2, tanh."""
    torch.manual_seed(0)
    generator = build(num_classes=3, **TINY).generator().double()
    latents, labels = torch.randn(4, 6, dtype=torch.float64), torch.tensor([2, 0, 1, 1])
    weights, F = dict(generator.named_parameters()), nn.functional
    inputs = torch.cat((latents, F.one_hot(labels, 3).double()), dim=1)
    maps = (inputs @ weights["dense.weight"].T + weights["dense.bias"]).relu().view(4, 8, 4, 4)
    for index in (1, 4):
        # Each pixel is spread over 5x5, from one before twice its place; what lies beyond the image is cut.
        maps = F.conv_transpose2d(maps, weights[f"upsamplings.{index}.convolution.weight"], stride=2)
        maps = F.batch_norm(maps[:, :, 1:-2, 1:-2], None, None, training=True).relu()
    last = (weights[f"upsamplings.7.convolution.{part}"] for part in ("weight", "bias"))
    expected = F.conv_transpose2d(maps, *last, stride=2)[:, :, 1:-2, 1:-2].tanh()
    torch.testing.assert_close(generator(latents, labels), expected, rtol=0, atol=1e-12)


def test_the_discriminator_of_the_table_written_out() -> None:
    """3x3 with strides 2 and 1 in turn, batch normalisation but in the first, leaky ReLU 0.2; two heads."""
    torch.manual_seed(0)
    discriminator = build(num_classes=3, dropout=0.0, **TINY).discriminator().double()
    images, labels = torch.randn(4, 3, 32, 32, dtype=torch.float64), torch.tensor([2, 0, 1, 1])
    weights, F = dict(discriminator.named_parameters()), nn.functional
    maps = images
    for index in range(6):
        # 'same' of an even side: with stride 2 a zero after, with stride 1 one on either side.
        pad, stride = ((1, 1, 1, 1), 1) if index % 2 else ((0, 1, 0, 1), 2)
        bias = weights.get(f"convolutions.{4 * index}.bias")
        maps = F.conv2d(F.pad(maps, pad), weights[f"convolutions.{4 * index}.weight"], bias, stride)
        maps = maps if index == 0 else F.batch_norm(maps, None, None, training=True)
        maps = F.leaky_relu(maps, 0.2)
    features = maps.flatten(1)
    said = discriminator(images, labels)
    logits = features @ weights["dense.weight"][0] + weights["dense.bias"]
    torch.testing.assert_close(said.logits, logits, rtol=0, atol=1e-12)
    shares = (features @ weights["classifier.weight"].T + weights["classifier.bias"]).softmax(1)
    torch.testing.assert_close(said.auxiliary_loss, -shares[range(4), labels].log(), rtol=0, atol=1e-12)


def test_the_logits_do_not_look_at_labels() -> None:
    torch.manual_seed(0)
    discriminator = build(**TINY).discriminator().double().eval()
    images = torch.randn(2, 3, 32, 32, dtype=torch.float64)
    first, second = (discriminator(images, torch.tensor(labels)) for labels in ([0, 1], [5, 6]))
    assert torch.equal(first.logits, second.logits)
    assert (first.auxiliary_loss != second.auxiliary_loss).all()


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
    upsampling: Any, conditioning: Any, shape: tuple[int, int, int]
) -> None:
    factory = functools.partial(upsampling, upsampling.Config())
    model = build(ImageSpec(*shape), upsampling=factory, conditioning=conditioning, **TINY)
    generator, discriminator, labels = model.generator(), model.discriminator(), torch.tensor([0, 9])
    assert isinstance(generator, Generator)
    assert isinstance(discriminator, Discriminator)
    images = generator(torch.randn(2, 6), labels)
    assert images.shape == (2, *shape)
    assert images.abs().max() <= 1
    assert [part.shape for part in discriminator(images, labels)] == [(2,), (2,)]


def test_weights_start_normal_and_biases_at_zero() -> None:
    torch.manual_seed(0)
    model = build()
    for network in (model.generator(), model.discriminator()):
        for name, parameter in network.named_parameters():
            if parameter.ndim > 1 and parameter.numel() > 2000:
                assert parameter.std().item() == pytest.approx(0.02, rel=0.05), name
            elif name.endswith("bias"):
                assert parameter.count_nonzero() == 0, name


def test_wrong_inputs_are_named() -> None:
    model, labels = build(**TINY), torch.zeros(2, dtype=torch.int64)
    with pytest.raises(ValueError, match=re.escape("latents must be (batch, 6), not (2, 7)")):
        model.generator()(torch.zeros(2, 7), labels)
    with pytest.raises(ValueError, match=re.escape("images must be (batch, 3, 32, 32)")):
        model.discriminator()(torch.zeros(2, 3, 28, 28), labels)
    for network, first in (
        (model.generator(), torch.zeros(2, 6)),
        (model.discriminator(), torch.zeros(2, 3, 32, 32)),
    ):
        with pytest.raises(ValueError, match=re.escape("needs labels (batch,) in 0..9")):
            network(first)
    with pytest.raises(UsageError, match=r"acgan draws images by class.*not 0"):
        build(num_classes=0)
    with pytest.raises(UsageError, match="such as 28x26, not 28x27"):
        build(ImageSpec(1, 28, 27))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("channels", 0, "channels must be 1 or more, not 0"),
        ("max_channels", -1, "max_channels must be 1 or more, not -1"),
        ("dropout", 1.0, "dropout must be 0 or more and below 1, not 1.0"),
        ("classifier_weight", 0.0, "classifier_weight must be above 0, not 0.0"),
    ],
)
def test_settings_outside_their_range_are_refused(name: str, value: float, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        ACGAN.Config(**{name: value})
