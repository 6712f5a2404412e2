"""A data set under check: its splits, read once, and read again in another process."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ganzoo.errors import UsageError
from ganzoo.interfaces import LabelledImages
from ganzoo.plugins.lookup import find_any
from ganzoo.settings.binding import bind_section
from ganzoo.settings.configuration import Section
from ganzoo.settings.keys import settings_from
from ganzoo.testing.checks import Failure, Subject
from ganzoo.testing.importing import environment


class DatasetSubject(Subject):
    """A data set, read once for all checks."""

    def load(self, split: str) -> LabelledImages:
        """Reads a split anew, as training does."""
        data: LabelledImages = self.bound.make(self.data_dir).load(split)
        return data

    @cached_property
    def train(self) -> LabelledImages:
        """The split "train"."""
        return self.load("train")

    @cached_property
    def test(self) -> LabelledImages | None:
        """The split "test"; None where the data set says that it has none."""
        try:
            return self.load("test")
        except UsageError:
            return None

    def splits(self) -> Iterator[tuple[str, LabelledImages]]:
        """The splits that there are, by name."""
        yield "train", self.train
        if self.test is not None:
            yield "test", self.test

    def read_elsewhere(self) -> str:
        """The digest of the training images as a process reads them that hashes and draws otherwise.

        Raises:
            Failure: it can't.
        """
        given = {
            "name": self.name_elsewhere,
            "settings": dict(self.settings),
            "data_dir": None if self.data_dir is None else str(self.data_dir),
        }
        process = subprocess.run(
            [sys.executable, "-m", __name__, json.dumps(given)],
            env={**environment(), "PYTHONHASHSEED": "12345"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        lines = process.stdout.split()
        if process.returncode or not lines:
            last = process.stderr.strip().rpartition("\n")[2]
            raise Failure(f"another process can't read it: {last or f'exit code {process.returncode}'}")
        return lines[-1]


def digest(data: LabelledImages) -> str:
    """The SHA-256 of images, labels and class names, in their order."""
    found = hashlib.sha256(repr((tuple(data.images.shape), data.class_names)).encode())
    for tensor in (data.images, data.labels):
        for part in torch.split(tensor, 4096):  # images may be mapped, and more than memory holds
            found.update(part.contiguous().numpy().tobytes())
    return found.hexdigest()


def _read(given: dict[str, Any]) -> str:
    plugin = find_any(given["name"], "dataset")
    settings = settings_from("dataset", plugin, given["settings"])
    bound = bind_section(Section("dataset", plugin, settings))
    folder = given["data_dir"]
    torch.manual_seed(12345)
    np.random.seed(12345)
    random.seed(12345)
    return digest(bound.make(None if folder is None else Path(folder)).load("train"))


if __name__ == "__main__":
    print(_read(json.loads(sys.argv[1])))
