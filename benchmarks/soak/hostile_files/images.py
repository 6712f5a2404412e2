"""Hostile images: of a data set, of samples to judge, and of a run's grids."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from ganzoo_datasets.folder import Folder
from PIL import Image

from benchmarks.soak.hostile_files.drawing import mapped, one_of
from benchmarks.soak.hostile_files.fuzzing import Reader
from benchmarks.soak.hostile_files.mutation import mutated
from benchmarks.soak.hostile_files.special_files import Make, content, sparse
from ganzoo.evaluation.image_files import from_place
from ganzoo.evaluation.samples import Samples, checked
from ganzoo.image_files import FolderPlace
from ganzoo.interfaces import ImageSpec
from ganzoo.sampling.pictures import read_picture

_FORMATS: Final = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
_MODES: Final = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I", "F")
_SIDE: Final = 8


def readers(folder: Path) -> list[Reader]:
    """What reads folders of images."""
    seeds = honest_images()
    mutants = one_of(mutated(list(seeds.values())), mapped(mutated([seeds["PNG"]]), _with_right_checksums))
    neighbour = seeds["PNG"]

    def prepare(folder: Path) -> None:
        for place in ("a", "b"):
            (folder / place).mkdir(exist_ok=True)
            (folder / place / "honest.png").write_bytes(neighbour)

    return [
        Reader("image of a data set", _load, "a/x.png", seeds, mutants, _crafted(), prepare),
        Reader("image to judge", _judge, "a/x.png", seeds, mutants, _crafted(), prepare),
        Reader(
            "picture to invert",
            _invert,
            "x.png",
            {k: v for k, v in seeds.items() if k != "PPM"},
            mutants,
            _crafted(),
        ),
    ]


def _load(path: Path) -> object:
    config = Folder.Config(size=_SIDE)
    return Folder(config, path.parent.parent).load("train")


def _judge(path: Path) -> object:
    return drained(from_place(FolderPlace(path.parent.parent), ("a", "b"), ImageSpec(3, _SIDE, _SIDE)))


def _invert(path: Path) -> object:
    return read_picture(path, ImageSpec(3, _SIDE, _SIDE), resizes=True)


def drained(samples: Samples) -> int:
    """Reads all images of samples as an evaluation does; how many there are."""
    return sum(len(batch) for batch in checked(samples, (3, _SIDE, _SIDE), lambda warning: None))


def honest_images() -> dict[str, bytes]:
    """The same picture in every format that is read."""
    pixels = np.random.default_rng(0).integers(0, 256, (_SIDE, _SIDE, 3), dtype=np.uint8)
    return {name: _saved(Image.fromarray(pixels), name) for name in _FORMATS}


def _saved(image: Image.Image, form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _with_right_checksums(data: bytes) -> bytes:
    """A changed PNG whose chunks fit their checksums again, so that the decoder gets to see them."""
    made, place = [data[:8]], 8
    while place + 12 <= len(data):
        length = struct.unpack(">I", data[place : place + 4])[0]
        name, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        made.append(_chunk(name, body))
        place += 12 + length
    return b"".join(made)


def png(width: int, height: int, pixels: bytes, depth: int = 1, colour: int = 0) -> bytes:
    """A PNG whose header says so, with these bytes as its compressed pixels."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def bomb(side: int) -> Make:
    """A black picture of one bit a pixel, which takes next to nothing on the disk."""

    def make(path: Path) -> None:
        packer, row = zlib.compressobj(9), bytes(1 + (side + 7) // 8)
        pixels = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
        path.write_bytes(png(side, side, pixels))

    return make


def _many(count: int) -> Make:
    """A picture, and so many files around it."""

    def make(path: Path) -> None:
        path.write_bytes(honest_images()["PNG"])
        for index in range(count):
            os.close(os.open(path.parent / f"{index}.txt", os.O_CREAT))

    return make


def _crafted() -> Mapping[str, Make]:
    picture = Image.new("RGB", (_SIDE, _SIDE), "red")
    frames = [Image.new("P", (_SIDE, _SIDE), index) for index in range(50)]
    inflated = zlib.compress(bytes(10**8), 9)
    packed, head, tail = b"a\x00\x00" + inflated, _saved(picture, "PNG")[:33], _saved(picture, "PNG")[33:]
    modes = {
        f"mode {mode}": content(_saved(picture.convert("L").convert(mode), form))
        for mode in _MODES
        for form in ["JPEG" if mode in ("CMYK", "YCbCr") else "TIFF" if mode in ("I", "F") else "PNG"]
    }
    return {
        **modes,
        "14,000 pixels a side": bomb(14_000),
        "9,400 pixels a side": bomb(9_400),
        "6,000 pixels a side": bomb(6_000),
        "2**31 - 1 pixels a side": content(png(2**31 - 1, 2**31 - 1, b"")),
        "2**32 - 1 pixels a side": content(png(2**32 - 1, 2**32 - 1, b"")),
        "a width of nothing": content(png(0, 8, b"")),
        "16 bits and 9,400 pixels a side": content(png(9_400, 9_400, zlib.compress(bytes(10**7), 9), 16)),
        "100 MB of pixels behind 8 by 8": content(png(8, 8, inflated)),
        "a text of 100 MB": content(head + _chunk(b"zTXt", packed) + tail),
        "a colour profile of 100 MB": content(head + _chunk(b"iCCP", packed) + tail),
        "an animation": content(_saved(frames[0], "GIF", save_all=True, append_images=frames[1:])),
        "an animated PNG": content(_saved(picture, "PNG", save_all=True, append_images=[picture] * 3)),
        "a GIF of 65,535 pixels a side": content(
            b"GIF89a" + b"\xff" * 4 + b"\x00\x00\x00,\x00\x00\x00\x00" + b"\xff" * 4
            + b"\x00\x02\x02\x44\x01\x00;"
        ),
        "a script called a picture": content(b"#!/bin/sh\nrm -rf /\n"),
        "PostScript": content(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(x) run\n"),
        "SVG": content(b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
        "half a PNG": content(_saved(picture, "PNG")[:50]),
        "half a JPEG": content(_saved(picture, "JPEG")[:300]),
        "an orientation of 65,535": content(_saved(picture, "JPEG", exif=_orientation(65_535))),
        "a PPM of 10**9 pixels a side": content(b"P6\n1000000000 1000000000\n255\n" + bytes(100)),
        "a PPM with a number of 10,000 digits": content(b"P6\n" + b"9" * 10_000 + b" 8\n255\n"),
        "a BMP of 30,000 pixels a side on 20 GiB": sparse(
            b"BM" + struct.pack("<IHHIIiiHHIIiiII", 0, 0, 0, 54, 40, 30_000, 30_000, 1, 24, 0, 0, 0, 0, 0, 0)
        ),
        "20,000 files beside it": _many(20_000),
    }  # fmt: skip


def _orientation(value: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = value
    return exif.tobytes()
