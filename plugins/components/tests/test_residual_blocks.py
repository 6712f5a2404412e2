"""Residual blocks written out with torch's functions, counted by hand; sizes; initialisations."""

from __future__ import annotations

import functools
import math

import pytest
import torch
import torch.nn.functional as F
from ganzoo_components.layers import (
    DiscriminatorBlock,
    GeneratorBlock,
    discriminator_blocks,
    doublings,
    halvings,
    he_,
)
from ganzoo_components.upsamplings import ResizeConv
from torch import Tensor, nn

from ganzoo.errors import UsageError
from ganzoo.interfaces import ImageSpec

RESIZE = functools.partial(ResizeConv, ResizeConv.Config())


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def awake(network: nn.Module) -> nn.Module:
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.1)
    return network.double()


@pytest.mark.parametrize("label_features", [None, 3])
def test_generator_block_written_out(label_features: int | None) -> None:
    torch.manual_seed(0)
    block = awake(GeneratorBlock(4, 6, RESIZE, label_features)).eval()
    p = dict(block.named_parameters())
    x, vectors = torch.randn(2, 4, 3, 3, dtype=torch.float64), torch.randn(2, 3, dtype=torch.float64)

    def normalise(images: Tensor, name: str) -> Tensor:
        images = images / math.sqrt(1 + 1e-5)  # running mean 0 and variance 1
        if label_features is None:
            return images * p[f"{name}.weight"][:, None, None] + p[f"{name}.bias"][:, None, None]
        gain, bias = vectors @ p[f"{name}.gain.weight"].T, vectors @ p[f"{name}.bias.weight"].T
        return images * (1 + gain[:, :, None, None]) + bias[:, :, None, None]

    h = normalise(x, "first_normalisation").clamp_min(0)
    h = F.pad(h.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3), (1, 1, 1, 1), mode="replicate")
    h = F.conv2d(h, p["upsampling.convolution.weight"], p["upsampling.convolution.bias"])
    h = normalise(h, "second_normalisation").clamp_min(0)
    h = F.conv2d(h, p["convolution.weight"], p["convolution.bias"], padding=1)
    doubled = x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    expected = h + F.conv2d(doubled, p["shortcut.weight"], p["shortcut.bias"])
    found = block(x, None if label_features is None else vectors)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("downsample", [True, False])
@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("in_channels", [4, 5])
def test_discriminator_block_written_out(downsample: bool, is_first: bool, in_channels: int) -> None:
    torch.manual_seed(0)
    block = awake(DiscriminatorBlock(in_channels, 5, downsample=downsample, is_first=is_first))
    p = dict(block.named_parameters())
    x = torch.randn(2, in_channels, 6, 6, dtype=torch.float64)
    before = x.clone()
    h = x if is_first else x.clamp_min(0)
    h = F.conv2d(h, p["first_convolution.weight"], p["first_convolution.bias"], padding=1).clamp_min(0)
    h = F.conv2d(h, p["second_convolution.weight"], p["second_convolution.bias"], padding=1)
    shortcut = x
    if downsample or in_channels != 5:
        shortcut = F.conv2d(x, p["shortcut.weight"], p["shortcut.bias"])  # first convolved, then pooled
    else:
        assert not [name for name in p if name.startswith("shortcut")]
    expected = h + shortcut
    if downsample:
        expected = F.avg_pool2d(expected, 2)
    torch.testing.assert_close(block(x), expected, rtol=1e-9, atol=1e-9)
    assert torch.equal(x, before)


def test_parameters_are_counted_by_hand() -> None:
    # Miyato et al., 2018, table 4: 2·(256·256·9 + 256) + 256·256 + 256 and two batch norms of 2·256.
    assert count(GeneratorBlock(256, 256, RESIZE)) == 1_246_976
    # With ten classes each batch norm has 10·2·256 numbers instead of 2·256.
    assert count(GeneratorBlock(256, 256, RESIZE, 10)) == 1_246_976 + 2 * 9 * 512
    blocks = discriminator_blocks(3, 128, 2)
    # 3·128·9 + 128 + 128·128·9 + 128 + 3·128 + 128; 2·147,584 + 16,512; 2·147,584 twice.
    assert [count(block) for block in blocks] == [151_680, 311_680, 295_168, 295_168]


def test_weights_start_glorot_uniform_times_sqrt_2_but_on_the_shortcut() -> None:
    torch.manual_seed(0)
    for block in (GeneratorBlock(64, 32, RESIZE), DiscriminatorBlock(64, 32, downsample=True)):
        for name, parameter in block.named_parameters():
            if parameter.ndim == 4:
                area = parameter[0, 0].numel()
                gain = 1 if name.startswith("shortcut") else math.sqrt(2)
                limit = gain * math.sqrt(6 / ((parameter.shape[0] + parameter.shape[1]) * area))
                assert 0.97 * limit < parameter.abs().max().item() <= limit * (1 + 1e-6), name
                assert parameter.std().item() == pytest.approx(limit / math.sqrt(3), rel=0.05), name
            elif name.endswith("bias"):
                assert parameter.count_nonzero() == 0, name


@pytest.mark.parametrize(
    ("layer", "fan_in"),
    [(nn.Linear(200, 300), 200), (nn.Conv2d(64, 96, 3), 576), (nn.Conv2d(64, 640, 3, groups=8), 72)],
)
def test_he_counts_the_inputs_of_one_output(layer: nn.Conv2d | nn.Linear, fan_in: int) -> None:
    torch.manual_seed(0)
    he_(layer, gain=3.0)
    assert layer.weight.std().item() == pytest.approx(3 / math.sqrt(fan_in), rel=0.03)
    assert layer.bias is not None
    assert layer.bias.count_nonzero() == 0


@pytest.mark.parametrize(
    ("size", "up", "down"),
    [
        ((32, 32), 3, 2),  # 4 → 32; 32 → 8
        ((28, 28), 2, 2),  # 7 → 28; 28 → 7
        ((64, 64), 4, 3),
        ((8, 8), 1, 1),  # at least one halving
        ((12, 16), 1, 1),
        ((48, 48), 3, 3),  # 6 → 48; 48 → 6
        ((20, 20), 2, 2),
        ((256, 128), 5, 5),
    ],
)
def test_how_often_sides_double_and_halve(size: tuple[int, int], up: int, down: int) -> None:
    image = ImageSpec(3, *size)
    assert doublings("somegan", image) == up
    assert halvings("somegan", image) == down


@pytest.mark.parametrize(("size", "nearest"), [((7, 7), "8x8"), ((6, 32), "8x32"), ((33, 33), "32x32")])
def test_sizes_that_do_not_halve_are_answered_with_one_that_does(size: tuple[int, int], nearest: str) -> None:
    with pytest.raises(UsageError, match=f"somegan.*such as {nearest}, not {size[0]}x{size[1]}"):
        doublings("somegan", ImageSpec(1, *size))
