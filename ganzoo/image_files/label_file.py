"""The labels of a `dataset.json`, as StyleGAN2-ADA and its successors pack them beside their images.

The file is `{"labels": [["00000/img00000000.png", 6], ...]}`, or has null for labels (`dataset_tool.py`): its
folders hold a thousand images each and are no classes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ganzoo.errors import GanzooError, UsageError
from ganzoo.image_files.layout import Layout
from ganzoo.text import brief

logger = logging.getLogger("ganzoo.datasets")

LABELS: Final = "dataset.json"

MOST_OF_LABELS: Final = 2**26
"""Bytes of the file; a million labels take 40 million."""

_MOST_VALUES: Final = 2**22
"""Commas in the file; a million labels have two million."""

_MOST_CLASSES: Final = 2**20


def read_labels(data: bytes, called: str) -> dict[str, int] | None:
    """The label of each image by its name, none where there are no classes; None where it is another file.

    Raises:
        GanzooError: it is no such file, or its labels are neither numbers nor lists of numbers.
    """
    if data.count(b",") > _MOST_VALUES:
        raise GanzooError(f"{called} has more than {_MOST_VALUES:,} values, as no file of labels has")
    try:
        content: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise GanzooError(f"{called} is no JSON: {error}") from None
    if isinstance(content, dict) and "labels" not in content:
        return None
    pairs = content["labels"] if isinstance(content, dict) else content
    if pairs is None:
        return {}
    if not isinstance(pairs, list) or not all(
        isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) for pair in pairs
    ):
        raise GanzooError(f"{called} has no list of [name, label] under labels")
    if pairs and all(isinstance(label, list) for _, label in pairs):
        raise GanzooError(
            f"{called} has labels of several numbers, such as {brief(pairs[0][1])}; labels are classes, one "
            "whole number an image\n"
            f"to train without labels, take the file out (of a zip: zip -d FILE {LABELS})"
        )
    for name, label in pairs:
        if type(label) is not int or not 0 <= label < _MOST_CLASSES:
            raise GanzooError(f"{called} gives {brief(name)} the label {brief(label)}, which is no class")
    labels = dict(pairs)
    if contradicted := next((name for name, label in pairs if labels[name] != label), None):
        raise GanzooError(f"{called} gives {brief(contradicted)} two labels")
    return labels


def arrange_by_labels(
    place: Path, names: Sequence[str], split: str, labels: dict[str, int], listed: Sequence[str] | None
) -> Layout:
    """The images of the only split, in the order of their classes; a class is called by its number, or as a
    `classes.txt` says. Without labels there is one class, whatever folders the images were packed in.

    Raises:
        UsageError: another split is asked for.
        GanzooError: an image has no label, or the classes that are listed are fewer.
    """
    if split != "train":
        raise UsageError(f"{place} has no {split} split: its labels are in {LABELS}, which knows none")
    if names and not labels:
        return Layout(tuple(names), (0,) * len(names), (place.resolve().name or "images",))
    missing = [name for name in names if name not in labels]
    if missing or not names:
        found = f"{len(missing):,} of {len(names):,} images have no label in {LABELS}: {brief(missing[:3])}"
        raise GanzooError(f"{place}: {found}" if names else f"{place} holds no images")
    if gone := sorted(labels.keys() - set(names)):
        logger.warning(
            "%s of %s images in the %s of %s are not there: %s",
            f"{len(gone):,}", f"{len(labels):,}", LABELS, place, brief(gone[:3]),
        )  # fmt: skip
    ordered = sorted(names, key=lambda name: labels[name])
    number = max(labels[name] for name in names) + 1
    if listed is not None and len(listed) < number:
        raise GanzooError(
            f"{place} has {number:,} classes in {LABELS}, and classes.txt lists {len(listed):,}"
        )
    class_names = tuple(listed) if listed else tuple(map(str, range(number)))
    return Layout(tuple(ordered), tuple(labels[name] for name in ordered), class_names)
