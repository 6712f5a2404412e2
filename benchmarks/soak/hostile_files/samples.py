"""Hostile .npz files of samples to judge: pickles, bombs, and arrays that are not what they say."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.soak.hostile_files.drawing import mapped, one_of
from benchmarks.soak.hostile_files.fuzzing import Reader
from benchmarks.soak.hostile_files.images import drained
from benchmarks.soak.hostile_files.mutation import mutated
from benchmarks.soak.hostile_files.packing import zipped
from benchmarks.soak.hostile_files.special_files import Make, content
from benchmarks.soak.hostile_files.weights import RUNS
from ganzoo.evaluation.image_files import from_file

_IMAGES: Final = np.arange(4 * 8 * 8 * 3, dtype=np.uint8).reshape(4, 8, 8, 3)
_LABELS: Final = np.arange(4, dtype=np.int64)
_MEGABYTE: Final = bytes(2**20)


def readers(folder: Path) -> list[Reader]:
    """What reads .npz files."""
    seeds = {
        "with labels": _npz(images=_IMAGES, labels=_LABELS),
        "without": _npz(images=_IMAGES),
        "compressed": _npz(True, images=_IMAGES, labels=_LABELS),
    }
    images, labels = _npy(_IMAGES), _npy(_LABELS)
    inner = one_of(
        mapped(mutated([images]), lambda data: zipped({"images.npy": data, "labels.npy": labels})),
        mapped(mutated([labels]), lambda data: zipped({"images.npy": images, "labels.npy": data})),
    )
    return [
        Reader(
            "samples, .npz",
            _read,
            "samples.npz",
            seeds,
            one_of(mutated(list(seeds.values())), inner),
            _CRAFTED,
        )
    ]


def _read(path: Path) -> object:
    return drained(from_file(path))


def _npz(packs: bool = False, **arrays: Any) -> bytes:
    buffer = io.BytesIO()
    (np.savez_compressed if packs else np.savez)(buffer, **arrays)
    return buffer.getvalue()


def _npy(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def _header(shape: tuple[int, ...], dtype: str = "|u1", order: bool = False) -> bytes:
    text = repr({"descr": dtype, "fortran_order": order, "shape": shape}).encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def _packed(images: Iterable[bytes], labels: Iterable[bytes] | None = None) -> Make:
    """An archive whose members are written in pieces, since they are gigantic."""

    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, pieces in (("images", images), ("labels", labels)):
                if pieces is not None:
                    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                        for piece in pieces:
                            member.write(piece)

    return make


def _zeros(head: bytes, megabytes: int) -> list[bytes]:
    return [head, *[_MEGABYTE] * megabytes]


def _with_images(head: bytes, rest: bytes = b"") -> Make:
    return content(zipped({"images.npy": head + rest}))


def _lying_about_its_size(path: Path) -> None:
    """An archive whose directory says that a member unpacks to 2**40 bytes."""
    data = bytearray(_npz(True, images=_IMAGES))
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = b"\xfe\xff\xff\xff"
    path.write_bytes(bytes(data))


_CRAFTED: Final[Mapping[str, Callable[[Path], object]]] = {
    "images that are a pickle": content(_npz(images=np.array([RUNS], dtype=object))),
    "labels that are a pickle": content(_npz(images=_IMAGES, labels=np.array([RUNS] * 4, dtype=object))),
    "a pickle called images": content(zipped({"images.npy": pickle.dumps(RUNS)})),
    "a pickle in place of the archive": content(pickle.dumps(RUNS)),
    "images of 600 MB in 3 MB": _packed(_zeros(_header((600 * 2**10, 32, 32, 1)), 600)),
    "one image of 600 MB": _packed(_zeros(_header((1, 600, 2**20, 1)), 600)),
    "images of 16 MB each": _packed(_zeros(_header((40, 4096, 4096, 1)), 640)),
    "labels of 640 MB": _packed(
        _zeros(_header((80 * 2**20, 1, 1, 1)), 80), _zeros(_header((80 * 2**20,), "<i8"), 640)
    ),
    "an array's header of 600 MB": _packed(
        [b"\x93NUMPY\x02\x00" + struct.pack("<I", 600 * 2**20), *[b" " * 2**20] * 600]
    ),
    "labels of 2**60": content(
        zipped({"images.npy": _header((2**60, 1, 1, 1)), "labels.npy": _header((2**60,), "<i8")})
    ),
    "labels of 2**40 beside four images": content(
        zipped({"images.npy": _npy(_IMAGES), "labels.npy": _header((2**40,), "<i8")})
    ),
    "labels of a dtype of 2 GB": content(
        zipped({"images.npy": _npy(_IMAGES), "labels.npy": _header((4,), "|V2000000000")})
    ),
    "images of 2**63": _with_images(_header((2**63, 1, 1, 1))),
    "images of 10**30": _with_images(_header((10**30, 1, 1, 1))),
    "a negative number of images": _with_images(_header((-4, 8, 8, 3)), bytes(768)),
    "no images": content(_npz(images=_IMAGES[:0])),
    "images of no height": content(_npz(images=_IMAGES[:, :0])),
    "images of truth values": _with_images(_header((True, 8, 8, 3)), bytes(192)),
    "images in Fortran's order": content(_npz(images=np.asfortranarray(_IMAGES))),
    "images as floats": content(_npz(images=_IMAGES.astype(np.float32))),
    "images that are NaN": content(_npz(images=np.full((4, 8, 8, 3), np.nan))),
    "images of 64 dimensions": _with_images(_header((1,) * 64)),
    "four channels": content(_npz(images=np.zeros((4, 8, 8, 4), np.uint8))),
    "labels as floats": content(_npz(images=_IMAGES, labels=_LABELS + np.nan)),
    "labels of 2**64 - 1": content(_npz(images=_IMAGES, labels=np.full(4, 2**64 - 1, np.uint64))),
    "labels without a shape": content(_npz(images=_IMAGES, labels=np.int64(3))),
    "a header that is code": _with_images(
        b"\x93NUMPY\x01\x00\x40\x00" + b'__import__("os").system(":")'.ljust(63) + b"\n"
    ),
    "a header nested 5,000 deep": _with_images(b"\x93NUMPY\x01\x00" + struct.pack("<H",
    10_000) + b"(" * 10_000),
    "a header of version 3": content(
        zipped({"images.npy": b"\x93NUMPY\x03\x00" + struct.pack("<I", 62) + b"{'\xff'}".ljust(61) + b"\n"})
    ),
    "a size that is a lie": _lying_about_its_size,
    "an archive with a password": content(zipped({"images.npy": _npy(_IMAGES)}).replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01")),
    "images twice": content(zipped({"images.npy": _npy(_IMAGES)}) + zipped({"images.npy": _npy(_IMAGES)})),
    "20,000 members": lambda path: path.write_bytes(
        zipped({"images.npy": _npy(_IMAGES), **{f"{i}.npy": b"" for i in range(20_000)}})
    ),
    "20,000 other members": lambda path: path.write_bytes(
        zipped({f"{i}\x1b[2J.npy": b"" for i in range(20_000)})
    ),
}  # fmt: skip
