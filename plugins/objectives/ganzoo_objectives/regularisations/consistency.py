"""Consistency: what is real stays so when it is mirrored or moved a little.

Zhang et al., 2020, "Consistency Regularization for Generative Adversarial Networks" (CR-GAN).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from ganzoo.interfaces import Batch, Discriminator, Judge, Regularisation
from ganzoo_objectives.augmentations import flip, translate
from ganzoo_objectives.regularisations.settings import PenaltySettings


def flip_and_shift(images: Tensor, most: int) -> Tensor:
    """Mirrors each image `(B, C, H, W)` or not, and moves it up to `most` pixels along each side."""
    batch, device = len(images), images.device
    rows, columns = torch.randint(-most, most + 1, (2, batch), device=device)
    return translate(flip(images, torch.rand(batch, device=device) < 0.5), rows, columns)


@final
class Consistency(Regularisation):
    """Equal logits for a real image and the same, flipped and shifted (Zhang et al., 2020)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config(PenaltySettings):
        """Settings of `consistency`."""

        weight: float = 10.0
        """Weight of the penalty, λ (Zhang et al., 2020, section 4)."""

        shift: int = 4
        """Largest shift of an image along either side, in pixels: 4 for CIFAR-10 and CelebA, 16 for ImageNet
        (Zhang et al., 2020, section 4)."""

        def __post_init__(self) -> None:
            super().__post_init__()
            if self.shift < 0:
                raise ValueError(f"shift must be 0 or more, not {self.shift}")

    def __init__(self, config: Config) -> None:
        self.every = config.every
        self._weight, self._shift = config.weight, config.shift

    def penalty(self, judge: Judge, real: Batch, fake: Batch) -> Tensor:
        """`λ · E[(D(x) - D(T(x)))²]` over real images, a scalar.

        T mirrors every other image left to right and moves it by up to `shift` pixels; what comes in
        is 0, the middle of the range. Under an augmentation both images are augmented, each anew.
        """
        moved = flip_and_shift(real.images, self._shift)
        difference = judge(real.images, real.labels) - judge(moved, real.labels)
        return self._weight * difference.square().mean()

    def constrain(self, discriminator: Discriminator) -> None:
        """Leaves the weights as they are."""
