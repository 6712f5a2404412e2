"""Training images that lie on the device as uint8, shuffled and normalised there."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ganzoo.errors import UsageError
from ganzoo.interfaces import LabelledImages


class ResidentData:
    """A whole split on the device; a batch costs one gather and one normalisation.

    The order of an epoch depends on the seed and the epoch's number alone, so it needs no state to
    be kept and is the same on every device. The last images of an epoch that don't fill a batch are
    left out; the next epoch shuffles anew, so they get their turn.

    Raises:
        UsageError: there are fewer images than one batch holds.
    """

    def __init__(self, data: LabelledImages, batch_size: int, seed: int, device: torch.device) -> None:
        count = len(data.images)
        if count < batch_size:
            raise UsageError(
                f"the data set has {count} images, fewer than one batch of {batch_size}; "
                f"use --batch-size {max(1, count)} or fewer"
            )
        self.images = data.images.to(device)
        self.labels = data.labels.to(device)
        self.batch_size = batch_size
        self.steps_per_epoch = count // batch_size
        self._seed = seed
        self._device = device

    def epoch(self, number: int, first_step: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """Yields `(images (B, C, H, W) float in [-1, 1], labels (B,) int64)` from `first_step` on."""
        # Odd multiplier: distinct epochs of one seed never share an order by construction of the sum.
        generator = torch.Generator().manual_seed((self._seed * 1_000_003 + number) % 2**63)
        order = torch.randperm(len(self.images), generator=generator)
        for step in range(first_step, self.steps_per_epoch):
            indices = order[step * self.batch_size : (step + 1) * self.batch_size].to(self._device)
            yield normalise(self.images[indices]), self.labels[indices]


def normalise(images: Tensor) -> Tensor:
    """Maps uint8 0..255 to floats in [-1, 1], the range of the generator's tanh."""
    return images.to(torch.float32).div_(127.5).sub_(1)
