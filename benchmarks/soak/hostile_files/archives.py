"""Hostile data sets of image files: zips, tars, and the notes that lie beside images."""

from __future__ import annotations

import gzip
import io
import json
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from ganzoo_datasets.folder import Folder

from benchmarks.soak.hostile_files.drawing import mapped, one_of
from benchmarks.soak.hostile_files.fuzzing import Reader
from benchmarks.soak.hostile_files.images import honest_images
from benchmarks.soak.hostile_files.json_mutation import edited_json
from benchmarks.soak.hostile_files.mutation import mutated
from benchmarks.soak.hostile_files.packing import zipped
from benchmarks.soak.hostile_files.special_files import Make, content, sparse

_PICTURE: Final = honest_images()["PNG"]
_NAMES: Final = ("a/x.png", "b/y.png")
_LABELS: Final = json.dumps({"labels": [[_NAMES[0], 0], [_NAMES[1], 1]]}).encode()
_CLASSES: Final = b"a\nb\n"
_IMAGES: Final = dict.fromkeys(_NAMES, _PICTURE)
_WHOLE: Final[Mapping[str, bytes]] = {**_IMAGES, "dataset.json": _LABELS}


def readers(folder: Path) -> list[Reader]:
    """What reads packed images, and what is said of images."""
    zips = {
        "stored": zipped(_WHOLE), "without labels": zipped(_IMAGES),
        **{name: zipped(_WHOLE, kind) for name, kind in _PACKED.items()},
    }  # fmt: skip
    tars = {"with labels": _tar(_WHOLE), "of 1988": _tar(_IMAGES, tarfile.USTAR_FORMAT)}
    return [
        Reader("zip of images", _load, "images.zip", zips, mutated(list(zips.values())), _ZIPS),
        Reader("tar of images", _load, "images.tar", tars, mutated(list(tars.values())), _TARS),
        Reader(
            "labels of images, dataset.json", _beside, "dataset.json", {"labels": _LABELS},
            one_of(mutated([_LABELS]), edited_json([_LABELS])), _LABELLED, _images_beside,
        ),
        Reader(
            "labels of images, in a zip", _load, "images.zip", {"labels": zipped(_WHOLE)},
            mapped(one_of(mutated([_LABELS]), edited_json([_LABELS])),
                   lambda data: zipped({**_IMAGES, "dataset.json": data})),
        ),
        Reader(
            "classes of images, classes.txt", _beside, "classes.txt", {"classes": _CLASSES},
            mutated([_CLASSES]), {"a line of 100 MB": sparse(b"a", 10**8)}, _images_beside,
        ),
    ]  # fmt: skip


def _load(path: Path) -> object:
    return Folder(Folder.Config(size=8), path).load("train")


def _beside(path: Path) -> object:
    return _load(path.parent)


def _images_beside(folder: Path) -> None:
    for name, data in _IMAGES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)


def _tar(members: Mapping[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def _bomb(name: str, megabytes: int, compression: int, head: bytes = b"") -> Make:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", compression, compresslevel=1) as archive:
            archive.writestr("a/x.png", _PICTURE)
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(head)
                for _ in range(megabytes):
                    member.write(bytes(2**20))

    return make


def _linked(path: Path) -> None:
    """A zip with a link, as zip -y stores one: its content is where it leads."""
    with zipfile.ZipFile(path, "w") as archive:
        member = zipfile.ZipInfo("a/x.png")
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(member, "/etc/passwd")


def _end(count: int, size: int, start: int) -> bytes:
    """The end of a zip's directory that says so."""
    return struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, size, start, 0)


def _far_directory(path: Path) -> None:
    """A directory of 2 GB of nothing."""
    size = 2**31
    with path.open("wb") as file:
        file.write(zipped(_IMAGES))
        start = file.tell()
        file.seek(start + size)
        file.write(_end(65_535, size, start))


def _members_alike(count: int) -> Make:
    """Entries of a directory that all lead to the same file."""

    def make(path: Path) -> None:
        honest = zipped({"a/x.png": _PICTURE})
        start = honest.index(b"PK\1\2")
        entry = honest[start : honest.index(b"PK\5\6")]
        named = [entry.replace(b"a/x.png", b"a/%05d" % index) for index in range(count)]
        directory = b"".join(named)
        path.write_bytes(honest[:start] + directory + _end(count, len(directory), start))

    return make


def _header(kind: bytes, name: str = "a/x.png", size: int = 0, **more: Any) -> bytes:
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, size
    for attribute, value in more.items():
        setattr(member, attribute, value)
    return member.tobuf(tarfile.GNU_FORMAT)


def _pax(text: bytes) -> bytes:
    """A header that says something of the file behind it."""
    padded = text.ljust(-(-len(text) // 512) * 512, b"\0")
    return _header(tarfile.XHDTYPE, "pax", len(text)) + padded + _tar(_IMAGES)


def _chained(kind: bytes, count: int) -> bytes:
    return (_header(kind, "long", 5) + b"a/x\0\0".ljust(512, b"\0")) * count


def _written(text: Callable[[], bytes]) -> Make:
    return lambda path: path.write_bytes(text())


_PACKED: Final = {
    "deflated": zipfile.ZIP_DEFLATED, "of bzip2": zipfile.ZIP_BZIP2, "of LZMA": zipfile.ZIP_LZMA,
}  # fmt: skip
_LABELLED: Final[Mapping[str, Make]] = {
    "64 MB of empty lists": _written(lambda: b'{"labels": [' + b"[]," * (2**26 // 3 - 10) + b"1]}"),
    "64 MB of numbers": _written(lambda: b'{"labels": [' + b"1.5," * (2**26 // 4 - 10) + b"1]}"),
    "64 MB of keys": _written(
        lambda: b"{" + b",".join(b'"%d":{}' % index for index in range(5_000_000)) + b"}"
    ),
    "nested 100,000 deep": content(b"[" * 100_000),
    "labels of 5,000 digits": content(b'{"labels": [["a/x.png", 1' + b"0" * 5000 + b"]]}"),
    "a label of 2**20 - 1": content(b'{"labels": [["a/x.png", 0], ["b/y.png", 1048575]]}'),
    "control characters": content(b'{"labels": [["\\u001b[2J", "\\u0007"]]}'),
    "names that lead out": content(b'{"labels": [["../../etc/passwd", 0], ["/etc/passwd", 1]]}'),
}
_ZIPS: Final[Mapping[str, Make]] = {
    **{f"names that lead {where}": content(zipped({name: _PICTURE, f"b{name}": _PICTURE}))
       for where, name in {"out": "../../x.png", "to the root": "/x.png", "by Windows": "C:\\..\\x.png",
                           "to a folder": "a/../../b/x.png"}.items()},
    "a link": _linked,
    "names with control characters": content(
        zipped({"\x1b[2J\x1b]0;x\x07/x.png": b"", "a\r/x.png": _PICTURE})
    ),
    "the same name twice": content(zipped(_IMAGES) + zipped(_IMAGES)),
    **{f"a picture of 1 GB, {name}": _bomb("b/y.png", 1000, kind, _PICTURE[:33])
       for name, kind in _PACKED.items()},
    "labels of 1 GB": _bomb("dataset.json", 1000, zipfile.ZIP_DEFLATED, b"["),
    "classes of 1 GB": _bomb("classes.txt", 1000, zipfile.ZIP_DEFLATED, b"a"),
    "a directory of 2 GB": _far_directory,
    "30,000 names of one file": _members_alike(30_000),
    "65,535 files that are not there": content(_end(65_535, 2**32 - 2, 0)),
    "an encrypted file": lambda path: path.write_bytes(
        zipped(_IMAGES).replace(b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0")
    ),
    "an unknown method": lambda path: path.write_bytes(
        zipped(_IMAGES).replace(b"PK\1\2\x14\3\x14\0\0\0\0\0", b"PK\1\2\x14\3\x14\0\0\0\x63\0")
    ),
    **{f"labels: {name}": partial(lambda make, path: _packed_labels(make, path), make)
       for name, make in _LABELLED.items() if "64 MB" not in name},
}  # fmt: skip


def _packed_labels(make: Make, path: Path) -> None:
    make(path)
    path.write_bytes(zipped({**_IMAGES, "dataset.json": path.read_bytes()}))


_TARS: Final[Mapping[str, Make]] = {
    **{f"names that lead {where}": content(_tar({name: _PICTURE, f"b{name}": _PICTURE}))
       for where, name in {"out": "../../x.png", "to the root": "/x.png"}.items()},
    **{f"{name} to /etc/passwd": content(_header(kind, linkname="/etc/passwd") + bytes(1024))
       for name, kind in {"a link": tarfile.SYMTYPE, "a hard link": tarfile.LNKTYPE}.items()},
    "a device": content(_header(tarfile.CHRTYPE) + bytes(1024)),
    "a pipe": content(_header(tarfile.FIFOTYPE) + bytes(1024)),
    "a picture that is said to have 8 GB": content(_header(tarfile.REGTYPE, size=2**33 - 1) + bytes(1024)),
    "a picture of 2**80 bytes": content(_header(tarfile.REGTYPE, size=2**80) + bytes(1024)),
    "a picture of 1 GB": sparse(_header(tarfile.REGTYPE, size=10**9), 10**9 + 2048),
    "a negative size": content(_header(tarfile.REGTYPE, size=-512) + bytes(1024)),
    "a long name of 2 GB": sparse(_header(tarfile.GNUTYPE_LONGNAME, size=2**31), 2**31 + 2048),
    "a header of 2 GB": sparse(_header(tarfile.XHDTYPE, size=2**31), 2**31 + 2048),
    "a header for all of 2 GB": sparse(_header(tarfile.XGLTYPE, size=2**31), 2**31 + 2048),
    "a chain of long names": content(_chained(tarfile.GNUTYPE_LONGNAME, 5000) + _tar(_IMAGES)),
    "a size that is no number": content(_pax(b"12 size=abc\n")),
    "a time that is no number": content(_pax(b"13 mtime=abcd\n")),
    "a size of 10**30": content(_pax(b"40 size=1" + b"0" * 30 + b"\n")),
    "a name of nothing": content(_pax(b"7 path=\n")),
    "holes that are no numbers": content(_pax(b"25 GNU.sparse.map=a,b,c,d\n")),
    "holes of version 1": content(_pax(b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n")),
    "10,000 pictures": lambda path: path.write_bytes(_tar({f"a/{i}.png": b"" for i in range(10_000)})),
    "a long name of 2 GB, gzipped": lambda path: path.write_bytes(
        gzip.compress(_header(tarfile.GNUTYPE_LONGNAME, size=2**30) + bytes(2**29), 1)
    ),
}  # fmt: skip
