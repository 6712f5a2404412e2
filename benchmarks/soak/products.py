"""What commands make of runs and pictures, on disks without room: words, and what was there before stays."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from unittest.mock import patch

import numpy as np
from PIL import Image

from benchmarks.soak.endings import here

_FEATURES: Final = f"{Path(__file__).with_name('plugins.py')}:Pixels"

_SHARES: Final = (0.0, 0.5)
"""Of what a product takes: the room that is left for it."""

_BLOCK: Final = 4096


@dataclass(frozen=True)
class Product:
    """A command that makes something: `{out}` is the disk, the other names are those of `Sources`."""

    words: str
    is_replaced: bool = True
    """Whether it writes over what is there, as it is asked to."""
    is_in_cache: bool = False
    """Whether the cache is what it writes."""


@dataclass(frozen=True)
class Sources:
    """What products are made of."""

    run: Path
    pictures: Path
    picture: Path


_STUDY: Final = (
    "study gan --dataset digits --vary objective=bce,hinge --seeds 2 --budget steps=4 --evaluations 1 "
    "--set training.batch_size=32 --set model.hidden=8 --set run.evaluate_num=40 "
    f"--set run.evaluate_features={_FEATURES} --plan --out {{out}}/study"
)

QUICK: Final = {
    "report": Product("report {run} --out {out}/page.html"),
    "samples": Product("sample {run} --num 64 --out {out}/grid.png"),
    "arrays": Product("sample {run} --num 2000 --out {out}/samples.npz"),
    "film": Product("sample {run} --walk 4 --out {out}/walk.gif"),
    "inversion": Product("invert {run} {picture} --steps 2 --out {out}/found.png --force"),
    "sheet": Product("data show {pictures} --out {out}/sheet.png"),
    "prepared data": Product(
        "data prepare folder --data-dir {pictures} --set dataset.size=32", is_replaced=False, is_in_cache=True
    ),
    "safetensors": Product("export {run} --format safetensors --out {out}/generator.safetensors --force"),
    "package": Product("new upsampling soft-pixels --out {out}/package", is_replaced=False),
    "weights": Product(
        "new weights gan.tiny --run {run} --licence MIT --out {out}/weights", is_replaced=False
    ),
}
"""What takes no time to make."""

ALL: Final[Mapping[str, Product]] = {
    **QUICK,
    "ONNX": Product("export {run} --format onnx --out {out}/generator.onnx --force"),
    "torch.export": Product("export {run} --format torch-export --out {out}/generator.pt2 --force"),
    "study": Product(_STUDY, is_replaced=False),
    "study in SQLite": Product(f"{_STUDY} --storage sqlite:///{{out}}/studies.db", is_replaced=False),
    "batch": Product(
        "bench gan --find-batch --launches 1 --max-time 0.1 --dataset digits --out {out}/batch.json --force"
    ),
}


def prepare(folder: Path, run: Path) -> Sources:
    """Draws the pictures."""
    noise = np.random.default_rng(0)
    sources = Sources(run, folder / "pictures", folder / "picture.png")
    for number in range(40):
        place = sources.pictures / "ab"[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        pixels = noise.integers(0, 256, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(place / f"{number}.png")
    Image.fromarray(noise.integers(0, 256, (8, 8), dtype=np.uint8)).save(sources.picture)
    return sources


def attack(product: Product, sources: Sources, disk: Path) -> tuple[list[str], int]:
    """Makes a product with room, then without, then with room again; what is wrong, and in how many tries."""
    words = [word.format(out=disk, **vars(sources)) for word in product.words.split()]
    temporary, cache = disk / "temporary", {"GANZOO_CACHE": str(disk / "cache")}
    temporary.mkdir()
    with (
        patch.dict(os.environ, {"TMPDIR": str(temporary), **(cache if product.is_in_cache else {})}),
        patch.object(tempfile, "tempdir", None),
    ):
        wrong = here(words).complaints(0)
        made = _files(disk)
        size = sum(path.stat().st_blocks * 512 for path in disk.rglob("*"))
        for share in _SHARES:
            if not product.is_replaced:
                _empty(disk, temporary)
            before = _files(disk)
            _fill(disk, int(share * size))
            ending = here(words)
            (disk / "filler").unlink()
            wrong += [] if ending.code == 0 and share else ending.complaints(1)
            if ending.code and not (
                "No space left on device" in ending.output and str(disk) in ending.output
            ):
                wrong.append(f"does not say that there is no space, and where:\n{ending.output}")
            if ending.code and _files(disk) != before:
                wrong.append(f"with {share:.0%} of the room other files are there than before")
        wrong += here(words).complaints(0)
        if _files(disk).keys() != made.keys():
            wrong.append("with room again other files are made than at first")
    return wrong, len(_SHARES)


def _files(disk: Path) -> dict[Path, str]:
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in disk.rglob("*") if path.is_file()}


def _empty(disk: Path, but: Path) -> None:
    for path in disk.iterdir():
        if path.is_dir() and path != but:
            shutil.rmtree(path)
        elif path != but:
            path.unlink()


def _fill(disk: Path, room: int) -> None:
    """Leaves so many bytes on a disk."""
    left = os.statvfs(disk)
    blocks = max(0, left.f_bavail * left.f_frsize - room) // _BLOCK
    (disk / "filler").write_bytes(bytes(blocks * _BLOCK))
