"""How fast image files become an array: the reader here against torchvision's ImageFolder and DataLoader.

    python benchmarks/image_reading.py FOLDER [--size 32] [--rounds 3]

FOLDER holds one folder a class, with images of one size. Both sides read and decode every file to bytes, in
as many threads or processes as there are cores; they take turns, so a load on the machine meets both.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
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


def main() -> None:
    """Times both in turn and prints images a second and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    ratios = []
    for _ in range(arguments.rounds):
        begin = time.perf_counter()
        mine = ours(arguments.folder, arguments.size)
        middle = time.perf_counter()
        other = theirs(arguments.folder, os.cpu_count() or 1)
        end = time.perf_counter()
        assert torch.equal(mine, other), "both decode the same pixels"
        ratios.append((end - middle) / (middle - begin))
        print(
            f"here {len(mine) / (middle - begin):,.0f} images/s, "
            f"torchvision {len(mine) / (end - middle):,.0f}, ratio {ratios[-1]:.2f}",
            flush=True,
        )
    print(f"median ratio {statistics.median(ratios):.2f} over {arguments.rounds} rounds")


if __name__ == "__main__":
    main()
