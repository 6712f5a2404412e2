"""Changes of colour that are linear in RGB, each image of a batch in its own way.

In the order of Karras et al., 2020, appendix B: brightness, contrast, luma flip, hue, saturation. With
v = (1, 1, 1)/√3 the grey axis, all but brightness are multiples of the projection on v and rotations
about it. They commute, and their product needs no matrix: contrast and luma flip stretch the grey part
of a pixel; contrast, saturation and hue stretch and turn the rest.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor


class Colours(NamedTuple):
    """What happens to the colours of each image, all `(B,)`."""

    brightness: Tensor
    """Is added to all channels."""
    contrast: Tensor
    """Multiplies all channels, about 0, the middle of the range."""
    luma: Tensor
    """1, or -1 where light and dark change places and colours stay what they are."""
    hue: Tensor
    """Angle of the rotation about the grey axis."""
    saturation: Tensor
    """Multiplies what is not grey."""


def recolour(images: Tensor, colours: Colours) -> Tensor:
    """Changes the colours of images `(B, C, H, W)`; grey ones have neither hue nor saturation."""
    brightness, contrast, luma, hue, saturation = (value[:, None, None, None] for value in colours)
    images = images + brightness
    grey = images.mean(dim=1, keepdim=True)  # the projection on v
    rest = images - grey
    # v × image, the rest turned by a right angle about v; zero where there is one channel only.
    turned = (images.roll(1, dims=1) - images.roll(-1, dims=1)) / math.sqrt(3)
    return contrast * (luma * grey + saturation * (torch.cos(hue) * rest + torch.sin(hue) * turned))
