"""DiffAugment: real and generated images alike are changed at random, in the updates of both players.

Zhao et al., 2020, "Differentiable Augmentation for Data-Efficient GAN Training". The transformations
and their sizes are those of section 3.2 and the released code, for images in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, final

import torch
from torch import Tensor

from ganzoo.interfaces import Augmentation
from ganzoo_objectives.augmentations.pixels import translate

BRIGHTNESS: Final = 0.5
"""Most that is added to an image or taken from it."""

SATURATION: Final = (0.0, 2.0)
"""What the colours are multiplied with, about the grey of their pixel."""

CONTRAST: Final = (0.5, 1.5)
"""What the pixels are multiplied with, about the mean of their image."""

TRANSLATION: Final = 1 / 8
"""Most that an image is moved, as a share of its side."""


@final
class DiffAugment(Augmentation):
    """Random colour, translation and holes, for few images (Zhao et al., 2020)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `diffaugment`."""

        policy: tuple[Literal["colour", "translation", "cutout"], ...] = ("colour", "translation", "cutout")
        """Transformations, in the order in which they are applied."""

        cutout: float = 0.5
        """Sides of the hole, as a share of the image's: 0.5 in Zhao et al., 0.2 in projected GANs (Sauer et
        al., 2021, released code)."""

        def __post_init__(self) -> None:
            if not 0 < self.cutout <= 1:
                raise ValueError(f"cutout must be above 0 and at most 1, not {self.cutout}")
            if not self.policy:
                raise ValueError(f"policy needs one or more of {', '.join(TRANSFORMATIONS)}")

    def __init__(self, config: Config) -> None:
        super().__init__()
        hole: Callable[[Tensor], Tensor] = partial(cutout, share=config.cutout)
        transformations = {**TRANSFORMATIONS, "cutout": hole}
        self._transformations = tuple(transformations[name] for name in config.policy)

    def forward(self, images: Tensor) -> Tensor:
        """Maps images `(B, C, H, W)` in [-1, 1] to as many, which may leave that range."""
        for transform in self._transformations:
            images = transform(images)
        return images

    def adapt(self, real_logits: Tensor) -> None:
        """Keeps its strength."""


def colour(images: Tensor) -> Tensor:
    """Changes brightness, saturation and contrast, in this order. Grey images have no saturation."""
    images = images + _uniform(images, -BRIGHTNESS, BRIGHTNESS)
    images = _stretch(images, images.mean(dim=1, keepdim=True), _uniform(images, *SATURATION))
    return _stretch(images, images.mean(dim=(1, 2, 3), keepdim=True), _uniform(images, *CONTRAST))


def translation(images: Tensor) -> Tensor:
    """Moves each image by whole pixels; what comes in is 0."""
    rows, columns = (_whole(images, -most, most) for most in _shares(images, TRANSLATION))
    return translate(images, rows, columns)


def cutout(images: Tensor, share: float = 0.5) -> Tensor:
    """Sets a rectangle of each image to 0, with this share of its sides. Its centre lies in the image, so it
    may reach beyond.
    """
    sides = _shares(images, share)
    in_row, in_column = (_hole(images, axis, side) for axis, side in zip((2, 3), sides, strict=True))
    return torch.where((in_row[:, :, None] & in_column[:, None, :])[:, None], 0.0, images)


TRANSFORMATIONS: Final[Mapping[str, Callable[[Tensor], Tensor]]] = {
    "colour": colour,
    "translation": translation,
    "cutout": cutout,
}


def _stretch(images: Tensor, centre: Tensor, factor: Tensor) -> Tensor:
    return centre + factor * (images - centre)


def _shares(images: Tensor, share: float) -> tuple[int, int]:
    """A share of height and width, rounded to pixels, halves up."""
    height, width = images.shape[2:]
    return int(height * share + 0.5), int(width * share + 0.5)


def _uniform(images: Tensor, low: float, high: float) -> Tensor:
    """A number for each image, `(B, 1, 1, 1)`."""
    return low + (high - low) * torch.rand(len(images), 1, 1, 1, dtype=images.dtype, device=images.device)


def _whole(images: Tensor, low: int, high: int) -> Tensor:
    """A whole number from `low` to `high`, both included, for each image, `(B,)`."""
    return torch.randint(low, high + 1, (len(images),), device=images.device)


def _hole(images: Tensor, axis: int, side: int) -> Tensor:
    """Which places along an axis lie in the hole, `(B, places)`. The centre of an even side is a corner
    of pixels, of which there is one more than pixels.
    """
    size = images.shape[axis]
    first = _whole(images, 0, size - side % 2) - side // 2
    from_first = torch.arange(size, device=images.device) - first[:, None]
    return (from_first >= 0) & (from_first < side)
