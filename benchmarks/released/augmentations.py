"""Records what ADA's transformations draw, from the authors' code, each alone and at strength 0.3.

    python benchmarks/released/augmentations.py --checkout stylegan2-ada-pytorch

What their functions for matrices are called with is kept; luma flip, saturation and cutout, which call none,
are read off what they make of a flat image. Imports what `stylegan2.py` needs.
"""

from __future__ import annotations

import importlib
from typing import Any

import torch
from recording import arguments, write
from torch import Tensor

STRENGTH, BATCH, SIDES = 0.3, 3000, (16, 32)
BY_MATRIX = {
    "xflip": "scale2d_inv",
    "rotate90": "rotate2d_inv",
    "xint": "translate2d_inv",
    "scale": "scale2d_inv",
    "rotate": "rotate2d_inv",
    "aniso": "scale2d_inv",
    "xfrac": "translate2d_inv",
    "brightness": "translate3d",
    "contrast": "scale3d",
    "hue": "rotate3d",
}
"""Transformation to the function that is called with what it draws."""

COLOUR = torch.tensor([0.9, 0.3, 0.0]).reshape(3, 1, 1)


def main() -> None:
    """Writes the recording."""
    source, folder = arguments(
        "augmentations.py",
        "NVlabs/stylegan2-ada-pytorch",
        "NVIDIA Source Code License; only numbers are here",
    )
    code = importlib.import_module("training.augment")
    torch.manual_seed(0)
    images = COLOUR.expand(BATCH, 3, *SIDES).contiguous()
    tensors: dict[str, Tensor] = {}
    for name, function in BY_MATRIX.items():
        for number, values in enumerate(_called(code, function, name, images)):
            tensors[f"{name}.{number}"] = values
    grey = COLOUR.mean()
    for name in ("lumaflip", "saturation"):
        changed = _pipe(code, name)(images)[:, :, 0, 0]
        tensors[f"{name}.0"] = (
            changed.mean(1) / grey
            if name == "lumaflip"
            else (changed - grey)[:, 0] / (COLOUR[0, 0, 0] - grey)
        )
    holes = _pipe(code, "cutout")(torch.ones(BATCH, 1, *SIDES)) == 0
    tensors["cutout.0"], tensors["cutout.1"] = (
        holes[:, 0].any(axis).sum(1).to(torch.uint8) for axis in (2, 1)
    )
    path = folder / "augmentations.safetensors"
    write(tensors, source, path, strength=STRENGTH, batch=BATCH, sides=SIDES)


def _pipe(code: Any, name: str) -> Any:
    pipe = code.AugmentPipe(**{name: 1})
    pipe.p.fill_(STRENGTH)
    return pipe


def _called(code: Any, function: str, name: str, images: Tensor) -> list[Tensor]:
    """The numbers `(B,)` that a function is called with while images are transformed in one way."""
    original = getattr(code, function)
    found: list[Tensor] = []

    def listening(*given: Any, **options: Any) -> Any:
        for value in given:
            if (
                isinstance(value, Tensor)
                and value.shape == (len(images),)
                and all(value is not x for x in found)
            ):
                found.append(value)
        return original(*given, **options)

    setattr(code, function, listening)
    try:
        _pipe(code, name)(images)
    finally:
        setattr(code, function, original)
    return found


if __name__ == "__main__":
    main()
