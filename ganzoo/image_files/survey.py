"""What the images of a split are: how many of which class, size and format, and which are damaged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ganzoo.errors import GanzooError
from ganzoo.image_files.decoding import MOST_PIXELS, Target, decode, open_image, orientation, quiet, upright
from ganzoo.image_files.layout import Layout
from ganzoo.image_files.places import ImagePlace
from ganzoo.image_files.threads import in_threads

_WHOLE = Target(3, 1, 1, "stretch")
"""Decodes an image to its last byte, whatever its size."""


@dataclass(frozen=True)
class Survey:
    """What was found in one split."""

    classes: Mapping[str, int]
    """Images of each class, in the order of the labels."""
    sizes: Mapping[str, int]
    """Images of each size, height x width, upright; the most frequent first."""
    formats: Mapping[str, int]
    """The same of formats, `JPEG`."""
    modes: Mapping[str, int]
    """The same of Pillow's modes: `RGB`, `L` (grey), `P` (palette), `I;16` (16 bits), `CMYK`."""
    with_transparency: int
    with_profile: int
    """Images with a colour profile, which is not applied."""
    turned: int
    """Images whose EXIF data say that they lie on a side or upside down."""
    damaged: tuple[str, ...]
    """What is wrong with each image that can't be decoded."""


def survey(place: ImagePlace, layout: Layout) -> Survey:
    """Decodes every image of a split; one that can't be read is damaged."""
    with quiet():
        facts = in_threads(lambda name: _facts_of(place, name), layout.names)
    found = [fact for fact in facts if isinstance(fact, _Facts)]
    labels = Counter(layout.labels)
    return Survey(
        classes={name: labels[label] for label, name in enumerate(layout.class_names)},
        sizes=_counted([fact.size for fact in found]),
        formats=_counted([fact.format for fact in found]),
        modes=_counted([fact.mode for fact in found]),
        with_transparency=sum(fact.is_transparent for fact in found),
        with_profile=sum(fact.has_profile for fact in found),
        turned=sum(fact.is_turned for fact in found),
        damaged=tuple(fact for fact in facts if isinstance(fact, str)),
    )


@dataclass(frozen=True)
class _Facts:
    size: str
    format: str
    mode: str
    is_transparent: bool
    has_profile: bool
    is_turned: bool


def _facts_of(place: ImagePlace, name: str) -> _Facts | str:
    """What one image is, or what is wrong with it."""
    try:
        data = place.read(name)
        decode(data, place.called(name), _WHOLE)
    except GanzooError as error:
        return str(error)
    with open_image(data, MOST_PIXELS) as image:
        mode, form, has_profile = image.mode, image.format or "", "icc_profile" in image.info
        is_transparent, is_turned = image.has_transparency_data, orientation(image) != 1
        size = upright(image).size
    return _Facts(f"{size[1]}x{size[0]}", form, mode, is_transparent, has_profile, is_turned)


def _counted(values: list[str]) -> dict[str, int]:
    return dict(Counter(values).most_common())
