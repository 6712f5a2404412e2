"""The kind `weights`: a trained generator, and what is promised of its file and of what is said of it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final

import torch
from PIL import Image
from torch import Tensor

from ganzoo.files import read_bytes
from ganzoo.image_files.decoding import MOST_BYTES, MOST_PIXELS, read_image
from ganzoo.runs import checkpoints
from ganzoo.runs.ancestry import ancestry_of, in_words
from ganzoo.runs.pretrained import DIGEST, describe, file_beside, weights_file
from ganzoo.runs.trained import TrainedGenerator, load
from ganzoo.sampling.grids import picture_of
from ganzoo.settings.configuration import written
from ganzoo.testing.checks import Check, Subject, Suite, check, require
from ganzoo.testing.every import EVERY


class WeightsKind:
    """A trained generator, ready to draw."""

    ganzoo_api = 1
    position = 11
    group = "ganzoo.weights"
    interface = "ganzoo.interfaces:Weights"
    attributes: ClassVar = {
        "file": "str",
        "sha256": "str",
        "picture": "str",
        "model": "str",
        "dataset": "str",
        "image": "tuple[int, int, int]",
        "classes": "tuple[str, ...]",
        "licence": "str",
        "command": "str",
        "steps": "int",
        "images_seen": "int",
        "cost": "str",
        "figures": "dict[str, tuple[float, str]]",
        "ancestors": "tuple[str, ...]",
        "remarks": "tuple[str, ...]",
    }
    checks = "ganzoo.kinds.weights:SUITE"


_OPTIONAL: Final = frozenset({"ancestors", "remarks"})
_LEVELS: Final = 2
"""Grey levels, of 256, by which another processor's rounding may change a pixel."""


class WeightsSubject(Subject):
    """Weights, and the generator that they are of."""

    @cached_property
    def path(self) -> Path:
        """The file."""
        return weights_file(self.plugin)

    @cached_property
    def trained(self) -> TrainedGenerator:
        """The generator."""
        return load(self.path)


@check(
    why="Who draws with somebody's weights wants to know what they are, how they came about, and whether "
    "that is allowed.",
    remedy="Give every attribute of ganzoo.interfaces.Weights a value, written out.",
    is_gate=True,
)
def they_say_what_they_are(subject: WeightsSubject) -> None:
    said = describe(subject.plugin)
    for name in sorted(WeightsKind.attributes.keys() - _OPTIONAL):
        require(hasattr(subject.cls, name), f"there is no {name}")
        same = said.get(name) == getattr(subject.cls, name)
        require(same, f"{name}: the text says {said.get(name)!r}, the class {getattr(subject.cls, name)!r}")
    empty = [
        n for n in ("model", "dataset", "licence", "command", "cost") if not getattr(subject.cls, n).strip()
    ]
    require(not empty, f"{', '.join(empty)} is empty")
    digest = subject.cls.sha256
    require(bool(DIGEST.fullmatch(digest)), f"sha256 is {digest!r}, not 64 hexadecimal digits")
    for name in ("steps", "images_seen"):
        require(getattr(subject.cls, name) > 0, f"{name} is {getattr(subject.cls, name)}")


@check(
    why="A damaged or exchanged file draws something else, or runs into an error far from its cause.",
    remedy="Put the file beside the module, and its SHA-256 into the class.",
    is_gate=True,
)
def the_file_is_the_one_named(subject: WeightsSubject) -> None:
    require(subject.path.is_file(), "there is no file")


@check(
    why="Listings believe the class, and drawing believes the file.",
    remedy="Write the package anew from the run: ganzoo new weights NAME --run RUN.",
)
def the_class_agrees_with_the_file(subject: WeightsSubject) -> None:
    metadata = checkpoints.read_metadata(subject.path)
    settings = written(metadata["configuration"])
    held: dict[str, Any] = {
        "image": tuple(metadata["image"]),
        "classes": tuple(metadata["class_names"]),
        "steps": metadata["step"],
        "model": settings["model.name"],
        "dataset": settings["dataset.name"],
        "ancestors": tuple(in_words(record) for record in ancestry_of(metadata)),
    }
    for name, value in held.items():
        said = getattr(subject.cls, name)
        require(said == value, f"the class says the {name} {said!r}, the file {value!r}")


@check(
    why="The weights of another version of the model load, and draw something else.",
    remedy="Draw the picture anew with this version, or correct what has changed in the model.",
)
def they_draw_their_picture(subject: WeightsSubject) -> None:
    file = file_beside(subject.plugin, subject.cls.picture)
    stored = _pixels(read_image(read_bytes(file, MOST_BYTES), file.name, most_pixels=MOST_PIXELS))
    drawn = _pixels(picture_of(subject.place(subject.trained.generator)))
    same = drawn.shape == stored.shape
    require(same, f"the picture is {_size(stored)}, and what is drawn {_size(drawn)}")
    apart = int((drawn - stored).abs().max())
    require(apart <= _LEVELS, f"the picture and what is drawn differ by {apart} of 256 levels")


def _pixels(image: Image.Image) -> Tensor:
    """`(height, width, 3)` int16."""
    rgb = image.convert("RGB")
    pixels = torch.frombuffer(bytearray(rgb.tobytes()), dtype=torch.uint8)
    return pixels.reshape(rgb.height, rgb.width, 3).to(torch.int16)


def _size(pixels: Tensor) -> str:
    return f"{pixels.shape[1]}x{pixels.shape[0]}"


_CHECKS: Final[tuple[Check[Any], ...]] = (
    they_say_what_they_are,
    the_file_is_the_one_named,
    the_class_agrees_with_the_file,
    they_draw_their_picture,
)

SUITE = Suite(WeightsSubject, (*EVERY, *_CHECKS), minimum=5)
