"""Self-attention between the pixels of a feature map (Zhang et al., 2019)."""

from __future__ import annotations

from typing import final

import torch
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
        scores = query.transpose(1, 2) @ key  # (B, H·W, H·W): pixel by what it attends to
        in_full = scores.to(torch.promote_types(scores.dtype, torch.float32))
        attention = in_full.softmax(dim=2).to(value.dtype)
        attended = value @ attention.transpose(1, 2)  # (B, channels/8, H·W)
        attended = self.output(attended.unflatten(2, images.shape[2:]))  # (B, channels, H, W)
        result: Tensor = images + self.scale * attended
        return result
