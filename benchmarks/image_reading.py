"""How fast image files become an array: the reader here against torchvision's ImageFolder and DataLoader.

    python benchmarks/image_reading.py FOLDER [--size 32] [--rounds 3]

FOLDER holds one folder a class, with images of one size. Both sides read and decode every file to bytes, in
as many threads or processes as there are cores; they take turns, so a load on the machine meets both. On a
busy machine three processes get more of it than the one here: the ratio of processor time tells more there.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from ganzoo_datasets.folder import Folder
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import PILToTensor


def ours(folder: Path, size: int) -> torch.Tensor:
    """The images `(N, 3, size, size)` uint8, with nothing in the cache."""
    with tempfile.TemporaryDirectory() as cache:
        os.environ["GANZOO_CACHE"] = cache
        return Folder(Folder.Config(size=size), folder).load("train").images.clone()


def theirs(folder: Path, workers: int) -> torch.Tensor:
    """The same by torchvision, in processes."""
    loader = DataLoader(ImageFolder(str(folder), PILToTensor()), batch_size=256, num_workers=workers)
    return torch.cat([images for images, _ in loader])


def timed(read: Callable[[], torch.Tensor]) -> tuple[torch.Tensor, float, float]:
    """What is read, and the seconds of the clock and of the processor, child processes included."""
    clock, processor = time.perf_counter(), _processor()
    images = read()
    return images, time.perf_counter() - clock, _processor() - processor


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> None:
    """Times both in turn and prints images a second and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    by_clock, by_processor = [], []
    for _ in range(arguments.rounds):
        mine, clock, processor = timed(lambda: ours(arguments.folder, arguments.size))
        other, their_clock, their_processor = timed(lambda: theirs(arguments.folder, os.cpu_count() or 1))
        assert torch.equal(mine, other), "both decode the same pixels"
        by_clock.append(their_clock / clock)
        by_processor.append(their_processor / processor)
        print(
            f"here {len(mine) / clock:,.0f} images/s, torchvision {len(mine) / their_clock:,.0f}, "
            f"ratio {by_clock[-1]:.2f}, by processor time {by_processor[-1]:.2f}",
            flush=True,
        )
    for name, ratios in (("clock", by_clock), ("processor", by_processor)):
        low, high = min(ratios), max(ratios)
        print(f"{name}: median ratio {statistics.median(ratios):.2f} ({low:.2f}-{high:.2f})")
    print(f"load of {os.cpu_count()} cores: {' '.join(f'{load:.1f}' for load in os.getloadavg())}")


if __name__ == "__main__":
    main()
