"""The checks that a data set is the same each time that it is read, here and in another process."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch

from ganzoo.testing.checks import check, require
from ganzoo.testing.dataset_subject import DatasetSubject, digest


@check(
    why="A resumed run goes on in the order of the data, and two runs with one seed see the same batches.",
    remedy="Sort file names, and shuffle nothing: training shuffles by its own seed.",
)
def order_is_deterministic(subject: DatasetSubject) -> None:
    first = subject.train
    torch.manual_seed(1)
    np.random.seed(1)
    random.seed(1)
    again = subject.load("train")
    same_size = again.images.shape == first.images.shape
    require(same_size and torch.equal(again.images, first.images), "a second load gives other images")
    require(torch.equal(again.labels, first.labels), "a second load gives other labels")


@check(
    why="A run is resumed in another process, in which Python hashes text otherwise and other numbers are "
    "drawn. What it reads must be the same images in the same order.",
    remedy="Sort file names and names of classes; go through no set, and shuffle nothing.",
    unless=lambda subject: None if subject.name_elsewhere else "another process can't import its class",
    is_long=True,
)
def another_process_reads_the_same(subject: DatasetSubject) -> None:
    require(subject.read_elsewhere() == digest(subject.train), "another process reads other training images")


@check(
    why="The seed of a run is set before the data are read: what reads them must not use it up.",
    remedy="Draw from a torch.Generator of the data set's own, with a fixed seed, or not at all.",
)
def loading_leaves_the_random_state(subject: DatasetSubject) -> None:
    before = _random_states()
    subject.load("train")
    moved = [name for name, state in _random_states().items() if state != before[name]]
    require(not moved, f"load moves the random state of {', '.join(moved)}")


def _random_states() -> dict[str, Any]:
    numpy: Any = np.random.get_state()
    return {
        "torch": torch.get_rng_state().tolist(),
        "Python": random.getstate(),
        "NumPy": (numpy[1].tolist(), numpy[2]),
    }
