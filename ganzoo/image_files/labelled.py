"""A folder or an archive of images to one split of a data set, in memory or mapped into it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch

from ganzoo.errors import GanzooError
from ganzoo.image_files.decoding import Target, measure, quiet
from ganzoo.image_files.label_file import LABELS, MOST_OF_LABELS, arrange_by_labels, read_labels
from ganzoo.image_files.layout import Layout, arrange, read_classes
from ganzoo.image_files.left_out import LeftOut
from ganzoo.image_files.loading import OnDamage, load_images
from ganzoo.image_files.places import FolderPlace, ImagePlace, LabelledPlace
from ganzoo.interfaces import LabelledImages

logger = logging.getLogger("ganzoo.datasets")

CLASSES: Final = "classes.txt"
_MOST_OF_CLASSES: Final = 2**22


def find_split(place: ImagePlace, split: str, left_out: LeftOut | None = None) -> Layout:
    """The files of a split and their classes.

    Args:
        place: where they lie.
        split: "train" or "test".
        left_out: is told what else there is; None: the user is.

    Raises:
        UsageError: there is no such split, or splits lie one level lower.
        GanzooError: there are no images, or a test class that "train" does not have.
    """
    if isinstance(place, LabelledPlace):
        return place.layout(
            split, _listed(FolderPlace(place.path if place.path.is_dir() else place.path.parent))
        )
    others = LeftOut() if left_out is None else left_out
    names = place.names(others)
    listed = _listed(place)
    labels = None
    if place.has(LABELS):
        labels = read_labels(place.read(LABELS, MOST_OF_LABELS), place.called(LABELS))
    try:
        if labels is None:
            layout = arrange(place.path, names, split, listed, others)
        else:
            layout = arrange_by_labels(place.path, names, split, labels, listed)
    finally:
        if left_out is None:
            say(place.path, others)
    return layout


def _listed(place: ImagePlace) -> tuple[str, ...] | None:
    """The classes of a `classes.txt`; None where there is none.

    Raises:
        GanzooError: it is no such file.
    """
    if not place.has(CLASSES):
        return None
    try:
        listed = read_classes(place.read(CLASSES, _MOST_OF_CLASSES).decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise GanzooError(f"{place.called(CLASSES)} is no text in UTF-8") from None
    if not listed or len(set(listed)) < len(listed):
        raise GanzooError(f"{place.called(CLASSES)} names a class twice, or none: one a line")
    return listed


def say(path: Path, left_out: LeftOut) -> None:
    """Logs what is left out."""
    if sentence := left_out.sentence():
        log = logger.warning if left_out.is_grave else logger.info
        log("left out in %s: %s", path, sentence)


def load_layout(
    place: ImagePlace,
    layout: Layout,
    target: Target,
    *,
    part: str,
    damaged: OnDamage = "stop",
    advice: str = "",
    advice_on_damage: str = "",
) -> LabelledImages:
    """Decodes the files of a layout, or finds them decoded.

    Raises:
        GanzooError: as `load_images` does.
    """
    images, broken = load_images(
        place,
        layout.names,
        target,
        part=part,
        damaged=damaged,
        advice=advice,
        advice_on_damage=advice_on_damage,
    )
    labels = torch.tensor(layout.labels, dtype=torch.int64)
    if broken:
        is_kept = torch.ones(len(labels), dtype=torch.bool)
        is_kept[broken] = False
        labels = labels[is_kept]
    return LabelledImages(images, labels, layout.class_names)


def common_size(place: ImagePlace, names: Sequence[str]) -> tuple[int, int]:
    """Height and width of the first image that can be measured, which all others are to have.

    Raises:
        GanzooError: none can.
    """
    first: GanzooError | None = None
    with quiet():
        for name in names:
            try:
                return measure(place.read(name), place.called(name))
            except GanzooError as error:
                first = first or error
    assert first is not None, "there is an image"
    raise first
