"""Folders of images, one a class, of a data set whose classes are known."""

from __future__ import annotations

from pathlib import Path

from ganzoo.class_names import find_class_of_folder
from ganzoo.errors import GanzooError, near_matches
from ganzoo.image_files import FolderPlace, Layout, LeftOut, Target, by_class, load_layout, say
from ganzoo.interfaces import LabelledImages
from ganzoo_datasets.messages import logger

_ADVICE = ". For other sizes: --dataset folder --set dataset.size=N"


def load_known_classes(root: Path, class_names: tuple[str, ...], target: Target) -> LabelledImages | None:
    """Loads `root/<class>/*` of a data set whose classes are known, or returns None where there are no
    images in subfolders of `root`, or no `root`. Labels follow `class_names`.

    Folder names match without regard to case and to anything but letters and digits, because a
    folder cannot be called "T-shirt/top".

    Raises:
        GanzooError: a folder is called otherwise, or an image is damaged or of the wrong size.
    """
    if not root.is_dir():
        return None
    place, left_out = FolderPlace(root), LeftOut()
    folders = by_class(place.names(left_out))
    if not folders:
        return None
    say(root, left_out)
    labelled: list[tuple[int, str]] = []
    for folder in folders:
        label = find_class_of_folder(folder, class_names)
        if label is None:
            allowed = [folder_name(each) for each in class_names]
            raise GanzooError(
                f"{root / folder} is not a class of this data set: the folders are called "
                f"{', '.join(allowed)}{near_matches(folder, allowed)}. Other classes: --dataset folder"
            )
        labelled.append((label, folder))
    labelled.sort()
    present = {label for label, _ in labelled}
    if absent := [name for label, name in enumerate(class_names) if label not in present]:
        logger.warning("%s has no images of %s", root, ", ".join(absent))
    names = tuple(name for _, folder in labelled for name in folders[folder])
    labels = tuple(label for label, folder in labelled for _ in folders[folder])
    layout = Layout(names, labels, class_names)
    return load_layout(place, layout, target, part="", advice=_ADVICE)


def folder_name(class_name: str) -> str:
    """Returns the class name as a folder may be called."""
    return class_name.replace("/", "-")
