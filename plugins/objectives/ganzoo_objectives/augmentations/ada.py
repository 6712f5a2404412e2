"""Adaptive discriminator augmentation: as strong as the discriminator's overfitting asks for.

Karras et al., 2020, "Training Generative Adversarial Networks with Limited Data", sections 2 and 3
and appendix B.

These are the transformations of the paper's "bgc": pixel blitting, geometric and colour. Left out are
the filtering of frequency bands, noise and cutout, which the paper's default leaves out too, and the
wavelet filters around the resampling, in place of which pixels are interpolated bilinearly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Final, Literal, final

import torch
from torch import Tensor, distributed

from ganzoo.interfaces import Augmentation
from ganzoo_objectives.augmentations.affine import rotation, scaling, shift
from ganzoo_objectives.augmentations.colours import Colours, recolour
from ganzoo_objectives.augmentations.pixels import warp

LARGEST_SHIFT: Final = 0.125
"""Of whole pixels, as a share of the side; the deviation of fractional ones is as large."""

SCALE_DEVIATION: Final = 0.2
"""Of the binary logarithm of both scalings."""

BRIGHTNESS_DEVIATION: Final = 0.2
CONTRAST_DEVIATION: Final = 0.5
"""Of its binary logarithm."""
SATURATION_DEVIATION: Final = 1.0
"""Of its binary logarithm."""


@final
class ADA(Augmentation):
    """Flips, turns, scalings and colours, adapted to the overfitting (Karras et al., 2020).

    The signs of the logits tell it, so zero must be where the discriminator is undecided. It is with
    the objectives bce, minimax and hinge; with others, fix the strength (`target` none).
    """

    ganzoo_api = 1

    strength: Tensor
    """p, the probability of each transformation, `()` float32."""

    seen: Tensor
    """Since the last adjustment: sum of signs, real logits, updates, `(3,)`. They are floats because
    several processes average their floating-point buffers only."""

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `ada`; their defaults are the paper's."""

        transformations: tuple[Literal["blitting", "geometric", "colour"], ...] = (
            "blitting",
            "geometric",
            "colour",
        )
        """Groups of transformations: blitting is flips, quarter turns and whole-pixel shifts; geometric is
        scalings, rotations and fractional shifts; colour is brightness, contrast, luma flip, hue and
        saturation."""

        target: float | None = 0.6
        """Mean sign of the logits of real images: above it the strength rises, below it falls; none: the
        strength stays as it is."""

        strength: float = 0.0
        """Initial probability of each transformation."""

        images: int = 500_000
        """Real images in which the strength would rise from 0 to 1 without falling."""

        interval: int = 4
        """Updates of the discriminator between two adjustments."""

        def __post_init__(self) -> None:
            if not self.transformations:
                raise ValueError("transformations needs one or more of blitting, geometric, colour")
            if self.target is not None and not -1 < self.target < 1:
                raise ValueError(f"target must be between -1 and 1, or none, not {self.target}")
            if not 0 <= self.strength <= 1:
                raise ValueError(f"strength must be at least 0 and at most 1, not {self.strength}")
            for name in ("images", "interval"):
                if getattr(self, name) < 1:
                    raise ValueError(f"{name} must be 1 or more, not {getattr(self, name)}")

    def __init__(self, config: Config) -> None:
        super().__init__()
        self._transformations = frozenset(config.transformations)
        self._target, self._images, self._interval = config.target, config.images, config.interval
        self.register_buffer("strength", torch.tensor(config.strength))
        self.register_buffer("seen", torch.zeros(3))

    def forward(self, images: Tensor) -> Tensor:
        """Maps images `(B, C, H, W)` in [-1, 1] to as many, which may leave that range."""
        draw = _Draw(len(images), self.strength.to(images.dtype))
        # Each map says where a pixel comes from. A transformation and its inverse are equally likely.
        origins = []
        if "blitting" in self._transformations:
            origins += _blitting(draw, *images.shape[2:])
        if "geometric" in self._transformations:
            origins += _geometric(draw, *images.shape[2:])
        if origins:
            images = warp(images, reduce(torch.matmul, origins))
        if "colour" in self._transformations:
            images = recolour(images, _colours(draw))
        return images

    @torch.no_grad()
    def adapt(self, real_logits: Tensor) -> None:
        """Every `interval` updates, moves the strength a step towards the target (section 3).

        r = E[sign D(x)] is 1 where the discriminator knows every real image, 0 where it guesses. The
        step is as large as the images since the last one make it. The paper bounds the strength below
        by 0; above 1, where it has no meaning, it is bounded too.
        """
        if self._target is None:
            return
        self.seen[0] += real_logits.sign().sum()
        self.seen[1] += len(real_logits)
        self.seen[2] += 1
        signs, images, updates = self.seen
        is_due = updates >= self._interval
        direction = torch.sign(signs / images - self._target)
        step = direction * images * _processes() / self._images
        self.strength.copy_(torch.where(is_due, (self.strength + step).clamp(0, 1), self.strength))
        self.seen.mul_(~is_due)


class _Draw:
    """Random numbers for each image of a batch, drawn with probability p, else what changes nothing."""

    def __init__(self, batch: int, strength: Tensor) -> None:
        self._batch, self._strength = batch, strength

    def normal(self, deviation: float) -> Tensor:
        """N(0, deviation²), else 0, `(B,)`."""
        return torch.where(self._happens(self._strength), deviation * self._random(torch.randn), 0.0)

    def scale(self, deviation: float) -> Tensor:
        """2 to the power of N(0, deviation²), else 1, `(B,)`."""
        return torch.exp2(self.normal(deviation))

    def uniform(self, most: float) -> Tensor:
        """U(-most, most), else 0, `(B,)`."""
        return self._uniform(most, self._strength)

    def uniform_of_two(self, most: float) -> Tensor:
        """U(-most, most), else 0, `(B,)`, so seldom that one of two such happens with probability p."""
        return self._uniform(most, 1 - torch.sqrt(1 - self._strength))

    def one_of(self, count: int) -> Tensor:
        """0, ..., count - 1, else 0, `(B,)` floats."""
        chosen = (count * self._random(torch.rand)).floor()
        return torch.where(self._happens(self._strength), chosen, 0.0)

    def _uniform(self, most: float, probability: Tensor) -> Tensor:
        return torch.where(self._happens(probability), most * (2 * self._random(torch.rand) - 1), 0.0)

    def _happens(self, probability: Tensor) -> Tensor:
        return self._random(torch.rand) < probability

    def _random(self, distribution: Callable[..., Tensor]) -> Tensor:
        return distribution(self._batch, dtype=self._strength.dtype, device=self._strength.device)


def _blitting(draw: _Draw, height: int, width: int) -> list[Tensor]:
    """Horizontal flip, quarter turn, shift by whole pixels."""
    mirror = 1 - 2 * draw.one_of(2)
    turn = draw.one_of(4) * (math.pi / 2)
    right, down = (torch.round(draw.uniform(LARGEST_SHIFT) * side) for side in (width, height))
    return [scaling(mirror, torch.ones_like(mirror)), rotation(turn), shift(right, down)]


def _geometric(draw: _Draw, height: int, width: int) -> list[Tensor]:
    """Isotropic scaling, rotation, anisotropic scaling, rotation, fractional shift."""
    both, first = draw.scale(SCALE_DEVIATION), draw.uniform_of_two(math.pi)
    stretch, second = draw.scale(SCALE_DEVIATION), draw.uniform_of_two(math.pi)
    right, down = (draw.normal(LARGEST_SHIFT) * side for side in (width, height))
    return [
        scaling(both, both),
        rotation(first),
        scaling(stretch, 1 / stretch),
        rotation(second),
        shift(right, down),
    ]


def _colours(draw: _Draw) -> Colours:
    return Colours(
        brightness=draw.normal(BRIGHTNESS_DEVIATION),
        contrast=draw.scale(CONTRAST_DEVIATION),
        luma=1 - 2 * draw.one_of(2),
        hue=draw.uniform(math.pi),
        saturation=draw.scale(SATURATION_DEVIATION),
    )


def _processes() -> int:
    """How many processes show as many real images as this one."""
    return distributed.get_world_size() if distributed.is_available() and distributed.is_initialized() else 1
