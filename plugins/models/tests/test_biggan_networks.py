"""BigGAN and ReACGAN: counts and cross-entropy by hand, where latents enter, singular values of 1."""

from __future__ import annotations

import functools
import math
import re
from typing import Any

import numpy as np
import pytest
import torch
from ganzoo_components.conditionings import Embedding, OneHot
from ganzoo_components.layers import PooledSelfAttention2d, SelfAttention2d
from ganzoo_components.upsamplings import PixelShuffle, ResizeConv, TransposedConv
from ganzoo_models.biggan.biggan import BigGAN
from ganzoo_models.biggan.reacgan import ReACGAN, data_to_data_cross_entropy
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from ganzoo.errors import UsageError
from ganzoo.interfaces import ImageSpec, Judgement

CIFAR = ImageSpec(3, 32, 32)
TINY = {"latent_dim": 10, "label_features": 6, "channels": 8, "discriminator_channels": 8}


def build(
    model: Any = BigGAN,
    image: ImageSpec = CIFAR,
    num_classes: int | None = 10,
    upsampling: Any = ResizeConv,
    conditioning: Any = OneHot,
    **settings: Any,
) -> Any:
    slots = {
        "upsampling": functools.partial(upsampling, upsampling.Config()),
        "conditioning": functools.partial(conditioning, conditioning.Config()),
    }
    return model(model.Config(**settings), image, num_classes, **slots)


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def test_parameters_are_counted_by_hand() -> None:
    convolution, shortcut = 384 * 384 * 9 + 384, 384 * 384 + 384
    block = 4 * (128 + 20) * 384 + 2 * convolution + shortcut  # gains and biases of two normalisations
    attention = 2 * 384 * 48 + 2 * 384 * 192 + 1
    dense, embedding, last = (20 + 1) * 384 * 16, 10 * 128, 2 * 384 + 384 * 27 + 3
    assert parameters(build().generator()) == embedding + dense + 3 * block + attention + last == 9_416_196

    convolution, shortcut = 192 * 192 * 9 + 192, 192 * 192 + 192
    first = (3 * 9 + 1) * 192 + convolution + (3 + 1) * 192
    trunk = first + 6 * convolution + shortcut + 2 * 192 * 24 + 2 * 192 * 96 + 1
    assert parameters(build().discriminator()) == trunk + 193 + 10 * 192 == 2_415_170
    assert parameters(build(ReACGAN).generator()) == 9_416_196
    assert parameters(build(ReACGAN).discriminator()) == trunk + 193 + 193 * 512 + 10 * 512 == 2_517_186


@pytest.mark.parametrize(
    ("side", "generator", "discriminator"),
    [
        (28, [4, 4, 4], [2, 2, 2, 2]),
        (32, [4, 4, 4, 4], [2, 2, 2, 2]),
        (64, [16, 8, 4, 2, 1], [1, 2, 4, 8, 16]),
        (128, [16, 16, 8, 4, 2, 1], [1, 2, 4, 8, 16, 16]),
    ],
)
def test_widths_are_the_published_ones(side: int, generator: list[int], discriminator: list[int]) -> None:
    """Brock et al., 2019, appendix B, table 4; 32x32 and 64x64 as in PyTorch-StudioGAN."""
    model = build(image=ImageSpec(3, side, side), channels=1, discriminator_channels=1)
    networks = model.generator(), model.discriminator()
    blocks = [*networks[0].blocks, networks[0].last_block]
    widths = [networks[0].base_shape[0], *(block.shortcut.out_channels for block in blocks)]
    assert widths == generator
    first, attention, *others = networks[1].blocks
    assert isinstance(attention, PooledSelfAttention2d)
    widths = [block.second_convolution.out_channels for block in (first, *others)]
    assert widths == discriminator
    halved = sum(block.downsample for block in (first, *others))
    assert halved == (len(others) if side >= 64 else 2)


def test_every_block_has_a_part_of_the_latents_of_its_own() -> None:
    """The part of a block moves what comes after it, and the first part alone the first feature map."""
    generator = build(**TINY | {"latent_dim": 10}).generator()
    assert generator.parts == [3, 3, 2, 2]
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    generator.eval()
    seen: list[Tensor] = []
    for module in (generator.dense, *generator.blocks, generator.last_block):
        module.register_forward_hook(lambda _m, _i, output: seen.append(output.flatten()))
    labels = torch.tensor([1])

    def maps(latents: Tensor) -> list[Tensor]:
        seen.clear()
        generator(latents, labels)
        return list(seen)

    base = maps(torch.zeros(1, 10))
    for index, start in enumerate((0, 3, 6, 8)):
        latents = torch.zeros(1, 10)
        latents[0, start] = 1.0
        moved = [not torch.equal(*pair) for pair in zip(base, maps(latents), strict=True)]
        assert moved == [number >= index for number in range(4)]


@pytest.mark.parametrize("model", [BigGAN, ReACGAN])
def test_every_weight_is_spectrally_normalised_but_the_embedding(model: Any) -> None:
    torch.manual_seed(0)
    made = build(model, ImageSpec(3, 16, 16), conditioning=Embedding, **TINY)
    generator, discriminator, labels = made.generator(), made.discriminator(), torch.tensor([0, 1])
    for _ in range(60):
        discriminator(generator(torch.randn(2, 10), labels), labels)
    for network in (generator.eval(), discriminator.eval()):
        layers = {n: m for n, m in network.named_modules() if isinstance(m, nn.Conv2d | nn.Linear)}
        exempt = {name for name in layers if name.startswith(("embedding", "conditioning"))}
        assert len(exempt) == (network is generator)
        for name in layers.keys() - exempt:
            weight = layers[name].weight.detach().double().numpy()
            largest = np.linalg.svd(weight.reshape(len(weight), -1), compute_uv=False)[0]
            assert largest == pytest.approx(1, abs=5e-3), name


@pytest.mark.parametrize("model", [BigGAN, ReACGAN])
@pytest.mark.parametrize(
    ("shape", "upsampling"),
    [((1, 28, 28), TransposedConv), ((1, 8, 8), PixelShuffle), ((3, 64, 64), ResizeConv)],
)
def test_draws_and_judges_every_size_that_halves(
    model: Any, upsampling: Any, shape: tuple[int, int, int]
) -> None:
    made = build(model, ImageSpec(*shape), 10, upsampling, Embedding, **TINY)
    labels = torch.tensor([0, 9])
    images = made.generator()(torch.randn(2, 10), labels)
    assert images.shape == (2, *shape)
    assert images.abs().max() <= 1
    said = made.discriminator()(images, labels)
    assert (said.logits if isinstance(said, Judgement) else said).shape == (2,)


@pytest.mark.parametrize("layer", [SelfAttention2d, PooledSelfAttention2d])
def test_attention_is_a_graph_for_any_batch(layer: Any) -> None:
    batch = torch.export.Dim("batch", min=1, max=64)
    graph = torch.export.export(layer(8), (torch.randn(5, 8, 4, 4),), dynamic_shapes=({0: batch},))
    assert graph.module()(torch.randn(3, 8, 4, 4)).shape == (3, 8, 4, 4)


def by_hand(features: Any, proxies: Any, labels: Any, margin: float, temperature: float) -> list[float]:
    """Kang et al., 2021, section 3, written out for each image in float64."""
    losses = []
    for i in range(len(features)):
        drawn = math.exp(min(0.0, float(features[i] @ proxies[i]) - margin) / temperature)
        pushed = sum(
            math.exp(max(0.0, float(features[i] @ features[j]) - (1 - margin)) / temperature)
            for j in range(len(features))
            if labels[i] != labels[j]
        )
        losses.append(-math.log(drawn / (drawn + pushed)))
    return losses


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**31),
    count=st.integers(1, 8),
    margin=st.floats(0.5, 1.0),
    temperature=st.floats(0.1, 2.0),
)
def test_the_cross_entropy_is_the_papers(seed: int, count: int, margin: float, temperature: float) -> None:
    chance = torch.Generator().manual_seed(seed)
    features, proxies = (
        nn.functional.normalize(torch.randn(count, 5, generator=chance, dtype=torch.float64), dim=1)
        for _ in range(2)
    )
    labels = torch.randint(3, (count,), generator=chance)
    losses = data_to_data_cross_entropy(features, proxies, labels, margin, temperature)
    expected = by_hand(features.numpy(), proxies.numpy(), labels.tolist(), margin, temperature)
    assert losses.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_the_logits_of_reacgan_know_nothing_of_the_labels_and_fakes_cost_its_discriminator_nothing() -> None:
    discriminator = build(ReACGAN, **TINY).discriminator().eval()
    images = torch.randn(4, 3, 32, 32)
    one, other = (discriminator(images, torch.tensor(labels)) for labels in ([0, 0, 1, 1], [2, 3, 3, 2]))
    assert torch.equal(one.logits, other.logits)
    assert not torch.equal(one.auxiliary_loss, other.auxiliary_loss)
    assert not discriminator.pays_for_fakes


def test_wrong_inputs_are_named() -> None:
    model, labels = build(**TINY), torch.zeros(2, dtype=torch.int64)
    with pytest.raises(ValueError, match=re.escape("latents must be (batch, 10), not (2, 7)")):
        model.generator()(torch.zeros(2, 7), labels)
    with pytest.raises(ValueError, match=re.escape("needs labels (batch,) in 0..9")):
        model.generator()(torch.zeros(2, 10))
    with pytest.raises(UsageError, match=r"biggan draws images by class.*not None"):
        build(num_classes=None)
    with pytest.raises(
        UsageError,
        match=r"reacgan draws images that halve five times at most, such as 128x128, not 1024x1024",
    ):
        build(ReACGAN, ImageSpec(1, 1024, 1024))
    for setting in ({"margin": 0.0}, {"temperature": 0.0}, {"classifier_weight": -1.0}):
        with pytest.raises(ValueError, match=next(iter(setting))):
            build(ReACGAN, **setting)
