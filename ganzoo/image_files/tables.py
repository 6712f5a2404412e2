"""Images in a column of Arrow or Parquet tables, as Hugging Face `datasets` keeps them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ganzoo.class_names import natural_order
from ganzoo.errors import GanzooError, UsageError
from ganzoo.image_files.array_place import by_number
from ganzoo.image_files.decoding import MOST_BYTES
from ganzoo.image_files.layout import Layout
from ganzoo.image_files.left_out import LeftOut
from ganzoo.image_files.places import bounded, stamps_of_parts
from ganzoo.image_files.table_files import Tables
from ganzoo.image_files.table_shard import Shard
from ganzoo.text import brief


class TablePlace:
    """Tables with a column of images and, where there are classes, one of labels.

    An image is called by its split and row, `train/00000012`. Classes are a `ClassLabel`, numbers or texts.
    """

    def __init__(self, path: Path, tables: Tables) -> None:
        self.path = path
        self._tables = tables
        self._splits: dict[str, _Split] = {}

    def _split(self, name: str) -> _Split:
        if name not in self._splits:
            self._splits[name] = _Split(self._tables[name])
        return self._splits[name]

    def names(self, left_out: LeftOut) -> list[str]:
        """See `ImagePlace`."""
        return [name for split, files in self._tables.items() if files for name in self._names(split)]

    def _names(self, split: str) -> list[str]:
        return [f"{split}/{row:08}" for row in range(self._split(split).rows)]

    def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """See `ImagePlace`."""
        split, row = name.split("/")
        return bounded(self._split(split).image(int(row)), most, self.called(name))

    def stamps(self, names: Sequence[str]) -> npt.NDArray[np.int64]:
        """See `ImagePlace`: those of each file, with the row in it."""
        pairs = [name.split("/") for name in names]
        stamps = np.zeros((len(names), 4), np.int64)
        for split in {split for split, _ in pairs}:
            found = self._split(split)
            mine = np.array([place for place, (each, _) in enumerate(pairs) if each == split], np.int64)
            rows = np.array([int(pairs[place][1]) for place in mine], np.int64)
            for start, end, path in found.extents:
                inside = (rows >= start) & (rows < end)
                stamps[mine[inside]] = stamps_of_parts(path, (rows[inside] - start).tolist())
        return stamps

    def has(self, name: str) -> bool:
        """See `ImagePlace`."""
        return False

    def called(self, name: str) -> str:
        """See `ImagePlace`."""
        split, row = name.split("/")
        path, inside = self._split(split).locate(int(row))
        return f"row {inside:,} of {path}"

    def layout(self, split: str, listed: Sequence[str] | None) -> Layout:
        """See `LabelledPlace`.

        Raises:
            UsageError: there is no such split, or it is without its labels.
            GanzooError: a label is no class, or one that "train" does not have.
        """
        if not self._tables.get(split):
            raise UsageError(
                f"{self.path} has no {split} split: it would be called so, as in {split}-00000.parquet"
            )
        found, names = self._split(split), self._names(split)
        if not names:
            raise GanzooError(f"{self.path} holds no images")
        labels = found.labels()
        if labels is None:
            return Layout(tuple(names), (0,) * len(names), (self.path.resolve().stem or "images",))
        if split != "train" and set(labels) == {-1}:
            raise UsageError(f"{self.path} keeps the labels of its {split} split to itself: all are -1")
        if any(isinstance(label, str) for label in labels):
            texts = listed or sorted(
                {str(each) for each in self._split("train").labels() or ()}, key=natural_order
            )
            number_of = {text: number for number, text in enumerate(texts)}
            unknown = [label for label in labels if label not in number_of]
            if unknown:
                raise GanzooError(
                    f"{self.path} has the class {brief(unknown[0])}, which is none of {brief(texts)}"
                )
            return by_number(self.path, names, [number_of[str(label)] for label in labels], texts)
        of_train = self._split("train").class_names
        if found.class_names != of_train:
            raise GanzooError(
                f"{self.path} has the classes {brief(found.class_names)} in its {split} split and "
                f"{brief(of_train)} in that for training: their labels would mean other things"
            )
        return by_number(self.path, names, labels, of_train or listed)


class _Split:
    """The tables of one split, one after the other."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._shards = [Shard(path) for path in paths]
        self._ends = list(accumulate(shard.rows for shard in self._shards))
        first = self._shards[0]
        self._image, self._label = first.image_column(), first.label_column()

    @property
    def rows(self) -> int:
        return self._ends[-1]

    @property
    def extents(self) -> list[tuple[int, int, Path]]:
        """The first row of each file, the row after its last, and the file."""
        return [
            (end - shard.rows, end, shard.path) for shard, end in zip(self._shards, self._ends, strict=True)
        ]

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """Those of a `ClassLabel`; None where labels are plain numbers.

        Raises:
            GanzooError: one file has other classes than the others, or in another order.
        """
        if self._label is None:
            return None
        found = [shard.class_names(self._label) for shard in self._shards]
        other = next((number for number, names in enumerate(found) if names != found[0]), None)
        if other is not None:
            raise GanzooError(
                f"{self._shards[other].path} has the classes {brief(found[other])} and "
                f"{self._shards[0].path} {brief(found[0])}: their labels would mean other things"
            )
        return found[0]

    def locate(self, row: int) -> tuple[Path, int]:
        """The file of a row, and its row in that."""
        number = bisect_right(self._ends, row)
        shard = self._shards[number]
        return shard.path, row - (self._ends[number] - shard.rows)

    def image(self, row: int) -> bytes:
        """The bytes of an image file."""
        number = bisect_right(self._ends, row)
        shard = self._shards[number]
        return shard.image(self._image, row - (self._ends[number] - shard.rows))

    def labels(self) -> list[Any] | None:
        """A label for each row, numbers or texts; None where no column holds any."""
        if self._label is None:
            return None
        labels = [label for shard in self._shards for label in shard.column(self._label)]
        if any(label is None for label in labels):
            raise GanzooError(f"{self._shards[0].path} has rows without a {self._label}")
        wrong = next((label for label in labels if not isinstance(label, (int, str))), None)
        if wrong is not None:
            raise GanzooError(
                f"{self._shards[0].path} has the label {brief(wrong)}, which is no class: "
                "classes are numbers or texts"
            )
        return labels
