"""Which files of a folder are tables with images, as Hugging Face `datasets` keeps them, and of which split.

`Dataset.save_to_disk` writes `.arrow` files beside a `state.json`; a repository on the hub holds `.parquet`
files whose names or folders say the split: `data/train-00000-of-00002.parquet`.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ganzoo.class_names import natural_order
from ganzoo.errors import GanzooError, UsageError
from ganzoo.files import read_bytes
from ganzoo.image_files import formats
from ganzoo.text import brief

logger = logging.getLogger("ganzoo.datasets")

Tables = Mapping[str, Sequence[Path]]
"""The files of the splits "train" and "test"; a split that there is not has none."""

SUFFIXES: Final = (".parquet", ".arrow")

_TRAIN: Final = ("train", "training")
_TEST: Final = ("test", "testing", "val", "valid", "validation", "dev", "eval")
"""What a split may be called; the first that is there is taken."""

_OTHER: Final = ("unsupervised", "unlabelled", "unlabeled", "extra")
"""What a split may be called that is neither."""

_SPLIT: Final = re.compile(rf"(?<![a-z0-9])({'|'.join((*_TRAIN, *_TEST, *_OTHER))})(?![a-z0-9])")

_DEPTH: Final = 3
_MOST_FOLDERS: Final = 64
"""Folders that are looked into: one of class folders has many, and no tables."""

_MOST_PICTURES: Final = 8
"""Beside tables, such as a preview: more of them are the images themselves."""

_MOST_OF_STATE: Final = 2**24


def is_table(path: Path) -> bool:
    """Whether a file is called like a table, or begins like a parquet file."""
    if path.suffix in SUFFIXES:
        return True
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def find_tables(folder: Path) -> Tables | None:
    """The tables of a folder; None where it holds none.

    Raises:
        UsageError: it holds several data sets, or no split for training.
        GanzooError: what says which files there are is damaged.
    """
    if (folder / "dataset_dict.json").is_file():
        splits = _json(folder / "dataset_dict.json").get("splits")
        if not isinstance(splits, list) or not all(map(_is_name, splits)):
            raise GanzooError(f"{folder / 'dataset_dict.json'} lists no splits")
        return _chosen(folder, {split.lower(): _saved(folder / split) for split in splits})
    if (folder / "state.json").is_file() and (folder / "dataset_info.json").is_file():
        return {"train": _saved(folder)}
    found: dict[str, list[Path]] = {}
    for path in sorted(_parquet_files(folder), key=lambda path: natural_order(str(path))):
        found.setdefault(_split_of(path.relative_to(folder)), []).append(path)
    return _chosen(folder, found) if found else None


def _saved(folder: Path) -> list[Path]:
    """The files of one split that `save_to_disk` wrote, in their order."""
    state = _json(folder / "state.json")
    entries = state.get("_data_files")
    listed = entries if isinstance(entries, list) else []
    names = [entry.get("filename") if isinstance(entry, dict) else None for entry in listed]
    if not names or not all(map(_is_name, names)):
        raise GanzooError(f"{folder / 'state.json'} lists no files: {brief(entries)}")
    return [folder / str(name) for name in names]


def _is_name(value: object) -> bool:
    """Whether it is the name of something within a folder."""
    return isinstance(value, str) and value not in ("", "..") and Path(value).name == value


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(read_bytes(path, _MOST_OF_STATE))
    except OSError as error:
        raise GanzooError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise GanzooError(f"{path} is no JSON: {error}") from None
    if not isinstance(content, dict):
        raise GanzooError(f"{path} is no JSON object")
    return content


def _parquet_files(folder: Path) -> list[Path]:
    """Those in a folder and in its subfolders; none where it holds more pictures than a description shows."""
    found, pictures = list[Path](), 0
    waiting, seen = [(folder, 0)], 0
    while waiting and seen < _MOST_FOLDERS:
        place, depth = waiting.pop()
        seen += 1
        try:
            for entry in place.iterdir():
                if formats.is_hidden(entry.name):
                    continue
                if entry.suffix == ".parquet":
                    found.append(entry)
                elif formats.kind_by_name(entry.name) == "image":
                    pictures += 1
                    if pictures > _MOST_PICTURES:
                        return []
                elif depth < _DEPTH and not entry.suffix and entry.is_dir():
                    waiting.append((entry, depth + 1))
        except OSError:
            continue  # who reads the folder says why
    return found


def _split_of(path: Path) -> str:
    """The split that a file's name says, else that of its folders, else training."""
    for part in reversed(path.parts):
        if found := _SPLIT.search(part.lower()):
            return found[1]
    return "train"


def _chosen(folder: Path, found: Mapping[str, Sequence[Path]]) -> Tables:
    """The files of both splits, by whatever they are called."""
    train, test = (next((found[name] for name in names if name in found), ()) for names in (_TRAIN, _TEST))
    if not train:
        raise UsageError(f"{folder} has no split to train on: it has {', '.join(found)}")
    parents = sorted({path.parent for path in train})
    if len(parents) > 1:
        raise UsageError(
            f"{folder} holds several data sets; write one of them:\n"
            + "\n".join(f"--data-dir {parent}" for parent in parents[:10])
        )
    if others := [name for name, paths in found.items() if paths not in (train, test)]:
        logger.warning("left out in %s: the splits %s", folder, ", ".join(others))
    return {"train": train, "test": test}
