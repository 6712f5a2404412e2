"""Minibatch standard deviation: shows the discriminator how much the images of a batch differ."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn


@final
class MinibatchStandardDeviation(nn.Module):
    """Appends one feature map, the mean standard deviation within a group of images (Karras et al.,
    2018, section 3).

    The batch is cut into groups of `group_size` images, of which the members lie B / group_size apart;
    all of a group get the same number. A batch that does not divide is one group. The paper's group is
    the whole batch (`group_size=None`); Karras et al., 2020, use groups of 4.
    """

    def __init__(self, group_size: int | None = None) -> None:
        super().__init__()
        self.group_size = group_size

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, C, H, W)` to `(B, C + 1, H, W)`."""
        batch, _, height, width = images.shape
        size = self.group_size or batch
        if batch % size:
            size = batch
        in_full = images.to(torch.promote_types(images.dtype, torch.float32))
        groups = in_full.reshape(size, batch // size, -1)  # (group_size, groups, C·H·W)
        # The small number keeps the root's gradient finite where the images of a group are equal.
        deviation = (groups.var(dim=0, correction=0) + 1e-8).sqrt().mean(dim=1)  # (groups,)
        features = deviation.to(images.dtype).repeat(size)[:, None, None, None]  # (B, 1, 1, 1)
        return torch.cat((images, features.expand(batch, 1, height, width)), dim=1)
