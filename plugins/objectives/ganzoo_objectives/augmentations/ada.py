"""Adaptive discriminator augmentation: as strong as the discriminator's overfitting asks for.

Karras et al., 2020, "Training Generative Adversarial Networks with Limited Data", sections 2 and 3
and appendix B.

These are the transformations of the paper's "bgc", pixel blitting, geometric and colour, and cutout. Left
out are the filtering of frequency bands and noise, which the paper's default leaves out too, and the wavelet
filters around the resampling, in place of which pixels are interpolated bilinearly. Beyond its edges an image
goes on as its mirror image; the released code does not repeat the pixel at the edge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from typing import Final, Literal, final

import torch
from torch import Tensor, distributed

from ganzoo.interfaces import Augmentation
from ganzoo_objectives.augmentations.affine import rotation, scaling, shift
from ganzoo_objectives.augmentations.colours import Colours, recolour
from ganzoo_objectives.augmentations.draws import Draw
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

CUTOUT: Final = 0.5
"""Sides of the hole, as a share of the image's."""


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
    several processes average their floating-point buffers only. Where the strength follows the images
    seen, there is no adjustment, and only logits are counted, those of all processes."""

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `ada`; their defaults are the paper's."""

        transformations: tuple[Literal["blitting", "geometric", "colour", "cutout"], ...] = (
            "blitting",
            "geometric",
            "colour",
        )
        """Groups of transformations: blitting is flips, quarter turns and whole-pixel shifts; geometric is
        scalings, rotations and fractional shifts; colour is brightness, contrast, luma flip, hue and
        saturation; cutout is a hole of half the sides. R3GAN takes all (Huang et al., 2024, its code)."""

        colour_share: float = 1.0
        """What the strength is multiplied by for each transformation of colour: 0.5 in R3GAN (Huang et al.,
        2024, released code)."""

        target: float | None = 0.6
        """Mean sign of the logits of real images: above it the strength rises, below it falls; none: the
        logits have no say."""

        strength: float = 0.0
        """Initial probability of each transformation."""

        final_strength: float | None = None
        """Probability after `images` real images, reached along a cosine and held; for a `target` of none. It
        is how R3GAN augments (Huang et al., 2024). None: the strength stays where no target moves it."""

        images: int = 500_000
        """Real images in which the strength would rise from 0 to 1 without falling, or reaches the final
        one."""

        interval: int = 4
        """Updates of the discriminator between two adjustments."""

        def __post_init__(self) -> None:
            if not self.transformations:
                raise ValueError("transformations needs one or more of blitting, geometric, colour, cutout")
            if self.target is not None and not -1 < self.target < 1:
                raise ValueError(f"target must be between -1 and 1, or none, not {self.target}")
            for name in ("strength", "colour_share", "final_strength"):
                value = getattr(self, name)
                if value is not None and not 0 <= value <= 1:
                    raise ValueError(f"{name} must be at least 0 and at most 1, not {value}")
            if self.final_strength is not None and self.target is not None:
                raise ValueError("final_strength needs target none: one of the two moves the strength")
            for name in ("images", "interval"):
                if getattr(self, name) < 1:
                    raise ValueError(f"{name} must be 1 or more, not {getattr(self, name)}")

    def __init__(self, config: Config) -> None:
        super().__init__()
        self._transformations = frozenset(config.transformations)
        self._colour_share = config.colour_share
        self._target, self._images, self._interval = config.target, config.images, config.interval
        self._first, self._final = config.strength, config.final_strength
        self.register_buffer("strength", torch.tensor(config.strength))
        self.register_buffer("seen", torch.zeros(3))

    def forward(self, images: Tensor) -> Tensor:
        """Maps images `(B, C, H, W)` in [-1, 1] to as many, which may leave that range."""
        strength = self.strength.to(images.dtype)
        draw = Draw(len(images), strength)
        # Each map says where a pixel comes from. A transformation and its inverse are equally likely.
        origins = []
        if "blitting" in self._transformations:
            origins += _blitting(draw, *images.shape[2:])
        if "geometric" in self._transformations:
            origins += _geometric(draw, *images.shape[2:])
        if origins:
            images = warp(images, reduce(torch.matmul, origins))
        if "colour" in self._transformations:
            images = recolour(images, _colours(Draw(len(images), self._colour_share * strength)))
        if "cutout" in self._transformations:
            images = torch.where(_kept(draw, *images.shape[2:]), images, 0.0)
        return images

    @torch.no_grad()
    def adapt(self, real_logits: Tensor) -> None:
        """Every `interval` updates, moves the strength a step towards the target (section 3).

        r = E[sign D(x)] is 1 where the discriminator knows every real image, 0 where it guesses. The
        step is as large as the images since the last one make it. The paper bounds the strength below
        by 0; above 1, where it has no meaning, it is bounded too. Without a target the strength goes its
        way with the images seen, or stays.
        """
        if self._final is not None:
            self._follow(self._final, len(real_logits))
            return
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

    def _follow(self, final: float, batch: int) -> None:
        """Moves the strength along a cosine, as the schedules of R3GAN's released code."""
        # Those of all processes are counted, since a resumed run may have another number of them.
        self.seen[1] += batch * _processes()
        progress = (self.seen[1] / self._images).clamp(max=1)
        self.strength.copy_(final + (self._first - final) * (1 + torch.cos(math.pi * progress)) / 2)


def _blitting(draw: Draw, height: int, width: int) -> list[Tensor]:
    """Horizontal flip, quarter turn, shift by whole pixels."""
    mirror = 1 - 2 * draw.one_of(2)
    turn = draw.one_of(4) * (math.pi / 2)
    right, down = draw.two_uniform(LARGEST_SHIFT)
    shifted = shift(torch.round(right * width), torch.round(down * height))
    return [scaling(mirror, torch.ones_like(mirror)), rotation(turn), shifted]


def _geometric(draw: Draw, height: int, width: int) -> list[Tensor]:
    """Isotropic scaling, rotation, anisotropic scaling, rotation, fractional shift."""
    both, first = draw.scale(SCALE_DEVIATION), draw.uniform_of_two(math.pi)
    stretch, second = draw.scale(SCALE_DEVIATION), draw.uniform_of_two(math.pi)
    right, down = draw.two_normal(LARGEST_SHIFT)
    return [
        scaling(both, both),
        rotation(first),
        scaling(stretch, 1 / stretch),
        rotation(second),
        shift(right * width, down * height),
    ]


def _colours(draw: Draw) -> Colours:
    return Colours(
        brightness=draw.normal(BRIGHTNESS_DEVIATION),
        contrast=draw.scale(CONTRAST_DEVIATION),
        luma=1 - 2 * draw.one_of(2),
        hue=draw.uniform(math.pi),
        saturation=draw.scale(SATURATION_DEVIATION),
    )


def _kept(draw: Draw, height: int, width: int) -> Tensor:
    """Which pixels of each image stay, `(B, 1, H, W)` bool; of a hole, they are those outside."""
    happens = draw.happens()
    in_hole = [
        ((torch.arange(side, device=happens.device) + 0.5) / side - draw.between(0, 1)[:, None]).abs()
        < CUTOUT / 2
        for side in (height, width)
    ]
    hole = happens[:, None, None] & in_hole[0][:, :, None] & in_hole[1][:, None, :]
    return ~hole[:, None]


def _processes() -> int:
    """How many processes show as many real images as this one."""
    return distributed.get_world_size() if distributed.is_available() and distributed.is_initialized() else 1
