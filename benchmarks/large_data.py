"""Training from more images than should be in memory: what it costs, and whether a run goes on exactly.

    python benchmarks/large_data.py FOLDER [--images 1000000] [--side 64] [--steps 20]

Makes a tar of JPEG files in FOLDER (3 GB for a million of 64x64, and 12 GB of decoded images), prepares it
with `ganzoo data prepare`, trains `dcgan` on it, and trains it again with a stop in the middle. Of each
command it prints the anonymous memory, which is what can't be given back as the pages of a mapped file can,
and of the training the share of a step in which it waits for images. FOLDER's files are removed afterwards.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from safetensors.numpy import load_file

_DISTINCT = 20_000
"""Images that are drawn; a file has a number of its own behind the image, so that no two are the same."""

_TRAIN = """
import atexit, sys, time
from ganzoo.cli import main
from ganzoo.engine.engine import Engine
waited, taken = [], []
def timed(method, into):
    def call(self):
        begin = time.perf_counter()
        result = method(self)
        into.append(time.perf_counter() - begin)
        return result
    return call
Engine.take_batches = timed(Engine.take_batches, waited)
Engine.take_step = timed(Engine.take_step, taken)
def tell():
    mean = sum(taken[1:]) / len(taken[1:])
    share = sum(waited[1:]) / sum(taken[1:])
    print(f"waited for images: {share:.2%} of a step of {1000 * mean:.0f} ms; "
          f"the first batch {1000 * waited[0]:.0f} ms", flush=True)
atexit.register(tell)
main()
"""


def make(path: Path, count: int, side: int) -> None:
    """Writes the tar, ten classes."""
    rng = np.random.default_rng(0)
    files = []
    for _ in range(min(count, _DISTINCT)):
        buffer = io.BytesIO()
        small = Image.fromarray(rng.integers(0, 256, (8, 8, 3), np.uint8))
        small.resize((side, side), Image.Resampling.BILINEAR).save(buffer, "JPEG", quality=90)
        files.append(buffer.getvalue())
    with tarfile.open(path, "w") as archive:
        for number in range(count):
            data = files[number % len(files)] + number.to_bytes(8, "little")
            info = tarfile.TarInfo(f"{number % 10}/{number:08}.jpg")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def run(title: str, *command: str) -> None:
    """Runs a command of GanZoo and prints its seconds, and its anonymous memory over time in megabytes."""
    begin, memory = time.monotonic(), []
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
        except OSError:
            break
        if found := re.search(r"RssAnon:\s+(\d+) kB", status):
            memory.append(int(found[1]) // 1024)
        time.sleep(0.5)
    output, _ = process.communicate()
    assert process.returncode == 0, f"{title} failed"
    tenths = [memory[len(memory) * tenth // 10] for tenth in range(10)]
    print(f"{title}: {time.monotonic() - begin:.0f} s; most anonymous memory {max(memory):,} MB; "
          f"at each tenth of the time {' '.join(map(str, tenths))}")  # fmt: skip
    for line in output.splitlines():
        if line.startswith("waited"):
            print(f"  {line}")
    sys.stdout.flush()


def main() -> None:
    """Makes, prepares, trains, compares."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--steps", type=int, default=20)
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    folder.mkdir(parents=True)
    try:
        os.environ["GANZOO_CACHE"] = str(folder / "cache")
        path = folder / "images.tar"
        begin = time.monotonic()
        make(path, arguments.images, arguments.side)
        print(f"{arguments.images:,} images made: {time.monotonic() - begin:.0f} s", flush=True)
        data = ["--data-dir", str(path), "--set", f"dataset.size={arguments.side}"]
        run("data prepare", "-m", "ganzoo", "data", "prepare", "folder", *data)
        train = ["-c", _TRAIN, "train", "dcgan", "--dataset", "folder", *data, "--batch-size", "64"]
        often = ["--checkpoint-every", str(arguments.steps // 2)]
        steps = str(arguments.steps)
        run("train", *train, *often, "--max-steps", steps, "--out", str(folder / "a"))
        half = str(arguments.steps // 2)
        run("train, first half", *train, *often, "--max-steps", half, "--out", str(folder / "b"))
        run("train --resume", "-c", _TRAIN, "train", "--resume", str(folder / "b"), "--max-steps", steps)
        print(f"resumed bit for bit: {same(folder / 'a', folder / 'b', arguments.steps)}")
    finally:
        shutil.rmtree(folder)


def same(one: Path, other: Path, step: int) -> bool:
    """Whether two runs have the same tensors at a step."""
    found: list[dict[str, Any]] = [
        load_file(run / "checkpoints" / f"step-{step:08}.safetensors") for run in (one, other)
    ]
    names = [name for name in found[0] if not name.startswith("meter.")]
    return found[0].keys() == found[1].keys() and all(
        np.array_equal(found[0][name], found[1][name], equal_nan=True) for name in names
    )


if __name__ == "__main__":
    main()
