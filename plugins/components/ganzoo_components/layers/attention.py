"""Self-attention between the pixels of a feature map (Zhang et al., 2019): the paper's and its code's."""

from __future__ import annotations

from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganzoo_components.layers.initialisation import glorot_


@final
class SelfAttention2d(nn.Module):
    """Adds to every pixel what it attends to in all others (Zhang et al., 2019, equations 1 to 3).

    Queries, keys and values have an eighth of the channels (section 3); four 1x1 convolutions without
    biases. The learned scale starts at 0, so that the layer starts as the identity. The attention of
    (H·W)² pairs is written out rather than left to torch's fused attention, whose gradient can't be
    differentiated again, as gradient penalties need.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        inner = max(1, channels // 8)
        self.query = nn.Conv2d(channels, inner, kernel_size=1, bias=False)
        self.key = nn.Conv2d(channels, inner, kernel_size=1, bias=False)
        self.value = nn.Conv2d(channels, inner, kernel_size=1, bias=False)
        self.output = nn.Conv2d(inner, channels, kernel_size=1, bias=False)
        self.scale = nn.Parameter(torch.zeros(1))
        glorot_(self)

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, channels, H, W)` to the same shape."""
        query, key, value = (
            convolution(images).flatten(2)  # (B, channels/8, H·W)
            for convolution in (self.query, self.key, self.value)
        )
        result: Tensor = images + self.scale * self.output(_attend(query, key, value, images.shape))
        return result


@final
class PooledSelfAttention2d(nn.Module):
    """Self-attention as the released codes of SAGAN and BigGAN have it, which differs from the paper's.

    Keys and values are the maxima of squares of 2x2 pixels, a quarter as many, and values have half of the
    channels. Four 1x1 convolutions without biases; the learned scale starts at 0.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        inner, half = max(1, channels // 8), max(1, channels // 2)
        self.query = nn.Conv2d(channels, inner, kernel_size=1, bias=False)
        self.key = nn.Conv2d(channels, inner, kernel_size=1, bias=False)
        self.value = nn.Conv2d(channels, half, kernel_size=1, bias=False)
        self.output = nn.Conv2d(half, channels, kernel_size=1, bias=False)
        self.scale = nn.Parameter(torch.zeros(1))
        glorot_(self)

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, channels, H, W)`, H and W of 2 or more, to the same shape."""
        query = self.query(images).flatten(2)  # (B, channels/8, H·W)
        key = F.max_pool2d(self.key(images), 2).flatten(2)  # (B, channels/8, H·W/4)
        value = F.max_pool2d(self.value(images), 2).flatten(2)  # (B, channels/2, H·W/4)
        result: Tensor = images + self.scale * self.output(_attend(query, key, value, images.shape))
        return result


def _attend(query: Tensor, key: Tensor, value: Tensor, shape: torch.Size) -> Tensor:
    """Gives every pixel the values of what it attends to.

    Args:
        query: `(B, D, H·W)`, of each pixel that asks.
        key: `(B, D, M)`, of each that is looked at.
        value: `(B, V, M)`, likewise.
        shape: of the feature map, `(B, C, H, W)`.

    Returns:
        `(B, V, H, W)`.
    """
    scores = query.transpose(1, 2) @ key  # (B, H·W, M): pixel by what it attends to
    in_full = scores.to(torch.promote_types(scores.dtype, torch.float32))
    attention = in_full.softmax(dim=2).to(value.dtype)
    return (value @ attention.transpose(1, 2)).reshape(shape[0], -1, shape[2], shape[3])
