"""Folders of images, one a class: which files belong to which label, always in the same order."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from ganzoo.errors import GanzooError, near_matches
from ganzoo.interfaces import LabelledImages
from ganzoo_datasets.cache import logger
from ganzoo_datasets.decoding import SUFFIXES, Target, decode_files

OTHER_PICTURES = frozenset(
    {".arw", ".avif", ".cr2", ".dng", ".heic", ".heif", ".jp2", ".jxl", ".nef", ".svg"}
)
"""Endings of pictures that are not decoded."""


def is_image(name: str) -> bool:
    """Tells by its name whether a file is taken for an image; hidden files are not."""
    return not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES


def images_below(folder: Path) -> list[Path]:
    """Returns the image files in a folder and its subfolders, sorted by path.

    Raises:
        GanzooError: a folder cannot be listed.
    """
    found = []

    def fail(error: OSError) -> None:
        raise GanzooError(f"{error.filename} cannot be listed: {error.strerror}") from error

    # Links to files are followed, and so is `folder` itself; links to folders further down are not,
    # since they may lead back up.
    for parent, folders, files in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(parent, name) for name in files if is_image(name)]
    return sorted(found)


def class_folders(root: Path) -> dict[str, list[Path]]:
    """Returns the images of every visible subfolder that has any, by the subfolder's name, sorted.

    Raises:
        GanzooError: a folder cannot be listed.
    """
    try:
        names = sorted(path.name for path in root.iterdir() if path.is_dir())
    except OSError as error:
        raise GanzooError(f"{root} cannot be listed: {error.strerror}") from error
    candidates = {name: images_below(root / name) for name in names if not name.startswith(".")}
    return {name: images for name, images in candidates.items() if images}


def load_classes(
    root: Path, classes: Mapping[str, Sequence[Path]], class_names: Sequence[str], target: Target
) -> LabelledImages:
    """Decodes images below `root`, given by class; `classes` holds some or all of `class_names`.

    The order is that of `class_names`, and within a class the given one.
    """
    _warn_of_others(root)
    labelled = [(path, label) for label, name in enumerate(class_names) for path in classes.get(name, ())]
    images = decode_files(root, [path.relative_to(root).as_posix() for path, _ in labelled], target)
    labels = torch.tensor([label for _, label in labelled], dtype=torch.int64)
    return LabelledImages(images, labels, tuple(class_names))


def _warn_of_others(root: Path) -> None:
    """Says which pictures are passed over because of their format."""
    found = Counter(Path(name).suffix.lower() for _folder, _folders, files in os.walk(root) for name in files)
    for suffix in sorted(found.keys() & OTHER_PICTURES):
        logger.warning(
            "%s %s in %s can't be decoded and %s passed over: convert to JPEG or PNG",
            f"{found[suffix]:,}", f"{suffix} file{'s' * (found[suffix] != 1)}", root,
            "are" if found[suffix] != 1 else "is",
        )  # fmt: skip


def load_known_classes(root: Path, class_names: Sequence[str], target: Target) -> LabelledImages | None:
    """Loads `root/<class>/*` of a data set whose classes are known, or returns None where there are no
    images in subfolders of `root`, or no `root`. Labels follow `class_names`.

    Folder names match without regard to case and to anything but letters and digits, because a
    folder cannot be called "T-shirt/top".

    Raises:
        GanzooError: a folder is called otherwise, or an image is damaged or of the wrong size.
    """
    folders = class_folders(root) if root.is_dir() else {}
    if not folders:
        return None
    known = {_letters(name): name for name in class_names}
    classes: dict[str, list[Path]] = {}
    for folder, images in folders.items():
        name = known.get(_letters(folder))
        if name is None:
            allowed = [folder_name(each) for each in class_names]
            raise GanzooError(
                f"{root / folder} is not a class of this data set: the folders are called "
                f"{', '.join(allowed)}{near_matches(folder, allowed)}. Other classes: --dataset folder"
            )
        classes.setdefault(name, []).extend(images)
    if absent := [name for name in class_names if name not in classes]:
        logger.warning("%s has no images of %s", root, ", ".join(absent))
    return load_classes(root, classes, class_names, target)


def folder_name(class_name: str) -> str:
    """Returns the class name as a folder may be called."""
    return class_name.replace("/", "-")


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))
