"""Hostile files of data sets: IDX, plain and gzipped, and the archive of CIFAR-10."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from ganzoo_datasets import official
from ganzoo_datasets.cifar10 import CIFAR10
from ganzoo_datasets.mnist_family import MNIST

from benchmarks.soak.hostile_files.drawing import mapped, one_of
from benchmarks.soak.hostile_files.fuzzing import Reader
from benchmarks.soak.hostile_files.mutation import mutated
from benchmarks.soak.hostile_files.packing import gzipped
from benchmarks.soak.hostile_files.special_files import Make, content, sparse
from benchmarks.soak.hostile_files.weights import RUNS

_IMAGES: Final = struct.pack(">4I", 0x803, 4, 28, 28) + bytes(range(256)) * 12 + bytes(64)
_LABELS: Final = struct.pack(">2I", 0x801, 4) + bytes(range(4))
_FOLDER: Final = "cifar-10-batches-py"
_NAMES: Final = tuple(name for name, _ in official.CIFAR10.train_list)
_BATCH: Final = pickle.dumps(
    {"data": np.zeros((2, 3072), np.uint8), "labels": [0, 1]}, protocol=2
)  # the official files are of 2009's protocol


def readers(folder: Path) -> list[Reader]:
    """What reads the files of data sets."""
    official.CIFAR10.train_list[:] = [(name, hashlib.md5(_BATCH).hexdigest()) for name in _NAMES]
    plain, packed = {"plain": _IMAGES}, {"gzipped": gzipped(_IMAGES)}
    archive = {"the archive": _tar({f"{_FOLDER}/{name}": _BATCH for name in _NAMES})}
    unpacked = gzip.decompress(archive["the archive"])
    neighbour = {"train-labels-idx1-ubyte": _LABELS}
    return [
        Reader("IDX", _mnist, "train-images-idx3-ubyte", plain, mutated([_IMAGES]), _IDX, _writer(neighbour)),
        Reader(
            "IDX, labels", _mnist, "train-labels-idx1-ubyte", {"plain": _LABELS}, mutated([_LABELS]), {},
            _writer({"train-images-idx3-ubyte": _IMAGES}),
        ),
        Reader(
            "IDX, gzipped", _mnist, "train-images-idx3-ubyte.gz", packed,
            one_of(mutated(list(packed.values())), mapped(mutated([_IMAGES]), gzipped)),
            {"a bomb of 1 GB": _bomb(struct.pack(">4I", 0x803, 10**9 // 784, 28, 28))}, _writer(neighbour),
        ),
        Reader(
            "CIFAR-10's archive", _cifar10, "cifar-10-python.tar.gz", archive,
            one_of(mutated(list(archive.values())), mapped(mutated([unpacked]), gzipped)), _ARCHIVES,
        ),
        Reader(
            "CIFAR-10's batch", _cifar10, f"{_FOLDER}/data_batch_3", {"a batch": _BATCH}, mutated([_BATCH]),
            {"a pickle that runs a command": content(pickle.dumps(RUNS))},
            _writer({f"{_FOLDER}/{name}": _BATCH for name in _NAMES}),
        ),
    ]  # fmt: skip


def _mnist(path: Path) -> object:
    return MNIST(None, path.parent).load("train")


def _cifar10(path: Path) -> object:
    folder = path.parent.parent if path.parent.name == _FOLDER else path.parent
    return CIFAR10(None, folder).load("train")


def _writer(files: Mapping[str, bytes]) -> Callable[[Path], object]:
    def write(folder: Path) -> None:
        for name, data in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)

    return write


def _tar(files: Mapping[str, bytes], others: Iterable[Mapping[str, Any]] = ()) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for attributes in others:
            member = tarfile.TarInfo()
            for name, value in attributes.items():
                setattr(member, name, value)
            tar.addfile(member)
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def _bomb(head: bytes, megabytes: int = 1000) -> Make:
    def make(path: Path) -> None:
        path.write_bytes(gzip.compress(head) + gzip.compress(bytes(2**20)) * megabytes)

    return make


def _member(kind: bytes, name: str = f"{_FOLDER}/{_NAMES[0]}", size: int = 10**9) -> bytes:
    """The header of a member that says it is so large."""
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, size
    return member.tobuf(tarfile.GNU_FORMAT)


def _named(kind: bytes, link: str) -> list[dict[str, Any]]:
    return [{"name": f"{_FOLDER}/{name}", "type": kind, "linkname": link} for name in _NAMES]


_IDX: Final[Mapping[str, Make]] = {
    "2**32 - 1 images": content(struct.pack(">4I", 0x803, 2**32 - 1, 28, 28)),
    "images of 2**32 - 1 pixels a side": content(struct.pack(">4I", 0x803, 1, 2**32 - 1, 2**32 - 1)),
    "255 dimensions": content(b"\x00\x00\x08\xff" + b"\xff" * 1020),
    "20 GiB of images": sparse(struct.pack(">4I", 0x803, (20 * 2**30) // 784, 28, 28)),
    "a bomb of 1 GB": _bomb(struct.pack(">4I", 0x803, 10**9 // 784, 28, 28)),
}
_ARCHIVES: Final[Mapping[str, Make]] = {
    "names that lead out": content(_tar({f"../../{_FOLDER}/{name}": _BATCH for name in _NAMES})),
    "absolute names": content(_tar({f"/{_FOLDER}/{name}": _BATCH for name in _NAMES})),
    "links to /etc/passwd": content(_tar({}, _named(tarfile.SYMTYPE, "/etc/passwd"))),
    "links to each other": content(_tar({}, _named(tarfile.SYMTYPE, _NAMES[0]))),
    "hard links to themselves": content(_tar({}, _named(tarfile.LNKTYPE, f"{_FOLDER}/{_NAMES[0]}"))),
    "devices": content(_tar({}, _named(tarfile.CHRTYPE, ""))),
    "pipes": content(_tar({}, _named(tarfile.FIFOTYPE, ""))),
    "pickles that run a command": content(_tar({f"{_FOLDER}/{name}": pickle.dumps(RUNS) for name in _NAMES})),
    "20,000 members": lambda path: path.write_bytes(_tar({f"{_FOLDER}/{i}": b"" for i in range(20_000)})),
    "a batch of 1 GB": _bomb(_member(tarfile.REGTYPE)),
    "another member of 1 GB": _bomb(_member(tarfile.REGTYPE, "other")),
    "a long name of 1 GB": _bomb(_member(tarfile.GNUTYPE_LONGNAME)),
    "a header of 1 GB": _bomb(_member(tarfile.XHDTYPE)),
    "a negative size": content(gzipped(_member(tarfile.REGTYPE, size=-512) + bytes(1024))),
    "1 GB of zeros": _bomb(b""),
}
