"""The class and the split of each image, told by names alone: `train/cat/0.png`, `cat/0.png` or `0.png`."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ganzoo.class_names import natural_order, normal
from ganzoo.errors import GanzooError, UsageError, near_matches
from ganzoo.image_files.left_out import OUTSIDE, LeftOut

logger = logging.getLogger("ganzoo.datasets")

_TRAIN: Final = ("train", "training")
_TEST: Final = ("test", "testing", "val", "valid", "validation")
"""What a folder with the split may be called, in any case; the first that is there is taken."""


@dataclass(frozen=True)
class Layout:
    """Which files belong to a split, and the class of each."""

    names: tuple[str, ...]
    labels: tuple[int, ...]
    class_names: tuple[str, ...]


def arrange(
    place: Path, names: Sequence[str], split: str, listed: Sequence[str] | None, left_out: LeftOut
) -> Layout:
    """The images of a split; classes in natural order, and their files sorted by path.

    Args:
        place: where they lie, for messages and for the name of a single class.
        names: of all images, sorted.
        split: "train" or "test".
        listed: classes in the order of a `classes.txt`; others are left out.
        left_out: is told what is not taken.

    Raises:
        UsageError: there is no such split, or splits lie one level lower.
        GanzooError: there are no images, or a test class that "train" does not have.
    """
    tops = _by_folder(names)
    folders = _split_folders(tops)
    train_tops = tops if folders is None else _below(tops[folders["train"]], folders["train"])
    if listed is not None and not any(train_tops):
        logger.warning("the classes that %s lists are not heeded: there are no class folders", place)
        listed = None
    if folders is None:
        if split == "test":
            raise UsageError(
                f"{place} has no test split: it would be in {place / 'test'}, beside {place / 'train'}"
            )
        return _labelled(_classes(place, "", tops, place, listed, left_out), listed)
    for top in sorted(tops.keys() - set(folders.values())):
        for name in tops[top]:
            left_out.add(OUTSIDE, name)
    train = folders["train"]
    classes = _classes(place, f"{train}/", train_tops, place, listed, left_out)
    if split == "train":
        return _labelled(classes, listed)
    if split not in folders:
        raise UsageError(f"{place} has no {split} split: there is no {place / split}")
    top = folders[split]
    if top.lower() != split:
        logger.info("the split %s of %s is its folder %s", split, place, top)
    class_names = list(listed or classes)
    tested = _classes(place, f"{top}/", _below(tops[top], top), place, listed, left_out)
    for name in tested:
        if name not in class_names:
            raise GanzooError(
                f"{place / top / name} is a class that {place / train} does not have"
                f"{near_matches(name, class_names)}"
            )
    return _labelled(tested, class_names, "test")


def by_class(names: Sequence[str], below: str = "") -> dict[str, list[str]]:
    """The images in each folder of a folder `below`, by the folder's name; classes in natural order."""
    found: dict[str, list[str]] = {}
    for name in names:
        folder, slash, _ = name.removeprefix(below).partition("/")
        if name.startswith(below) and slash:
            found.setdefault(folder, []).append(name)
    return dict(sorted(found.items(), key=lambda item: natural_order(item[0])))


def read_classes(text: str) -> tuple[str, ...]:
    """The classes of a `classes.txt`, one a line."""
    return tuple(normal(line.strip()) for line in text.splitlines() if line.strip())


def _by_folder(names: Sequence[str]) -> dict[str, list[str]]:
    """The images of each folder at the top; those directly there under an empty name."""
    found: dict[str, list[str]] = {}
    for name in names:
        folder, slash, _ = name.partition("/")
        found.setdefault(folder if slash else "", []).append(name)
    return found


def _below(names: Sequence[str], folder: str) -> dict[str, list[str]]:
    inside = _by_folder([name.removeprefix(f"{folder}/") for name in names])
    return {top: [f"{folder}/{name}" for name in found] for top, found in inside.items()}


def _split_folders(tops: Mapping[str, list[str]]) -> dict[str, str] | None:
    """The folder of each split; None where the folders are classes.

    "train" may also be a class, next to "aeroplane": it is the split where there is a "test" or a "val" too,
    or where it holds classes of its own.
    """
    called = {top.lower(): top for top in tops if top}
    train = next((called[name] for name in _TRAIN if name in called), None)
    if train is None:
        return None
    test = next((called[name] for name in _TEST if name in called), None)
    if test is not None:
        return {"train": train, "test": test}
    return {"train": train} if any(_below(tops[train], train).keys() - {""}) else None


def _classes(
    place: Path,
    below: str,
    tops: Mapping[str, list[str]],
    called: Path,
    listed: Sequence[str] | None,
    left_out: LeftOut,
) -> dict[str, list[str]]:
    """The images of each class in a folder, in natural order; a flat folder is one class."""
    root = place / below if below else place
    flat = tops.get("", [])
    folders = {top: tops[top] for top in sorted(filter(None, tops), key=natural_order)}
    if not folders:
        if not flat:
            raise GanzooError(f"{root} holds no images")
        return {called.resolve().name or "images": list(flat)}
    if flat:
        logger.warning("ignoring %s images directly in %s, which has class folders", len(flat), root)
    for top, names in folders.items():
        inside = _below(names, f"{below}{top}")
        if splits := _split_folders(inside):
            raise UsageError(
                f"{root / top} holds {' and '.join(splits.values())}: it is the data set, one level lower; "
                + ("pack that folder alone" if place.is_file() else f"write --data-dir {root / top}")
            )
        if len(folders) == 1 and not inside.get("") and len(inside) > 1:
            logger.warning(
                "%s holds one folder, %s, so there is one class; for the %s folders in that as classes: "
                "--data-dir %s", root, top, len(inside), root / top,
            )  # fmt: skip
    classes: dict[str, list[str]] = {}
    for top, names in folders.items():
        if normal(top) in classes:
            raise GanzooError(f"{root} has two folders that are called {normal(top)}: make one of them")
        if listed is not None and normal(top) not in listed:
            for name in names:
                left_out.add(OUTSIDE, name)
        else:
            classes[normal(top)] = names
    for folder in sorted(left_out.folders):
        top = folder.removeprefix(below)
        if folder.startswith(below) and top and "/" not in top and top not in folders:
            logger.warning("%s is no class: it holds no image that can be decoded", root / top)
    if not classes:
        raise GanzooError(f"{root} holds no images of the classes {', '.join(listed or ())}")
    return classes


def _labelled(
    classes: Mapping[str, list[str]], class_names: Sequence[str] | None, split: str = "train"
) -> Layout:
    ordered = tuple(class_names or classes)
    if absent := [name for name in ordered if name not in classes]:
        logger.warning("the split %s has no images of %s", split, ", ".join(absent))
    labelled = [(name, label) for label, each in enumerate(ordered) for name in classes.get(each, ())]
    return Layout(tuple(name for name, _ in labelled), tuple(label for _, label in labelled), ordered)
