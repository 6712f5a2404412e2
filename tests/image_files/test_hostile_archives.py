"""Archives and notes of strangers: forged sizes and damaged packing are refused in words, and cheaply."""

from __future__ import annotations

import contextlib
import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganzoo.errors import GanzooError
from ganzoo.image_files import archive_files
from ganzoo.image_files.label_file import read_labels
from ganzoo.image_files.left_out import LeftOut
from ganzoo.image_files.opening import place_of


def header(kind: bytes, size: int, **more: str) -> bytes:
    member = tarfile.TarInfo("a/x.png")
    member.type, member.size, member.pax_headers = kind, size, more
    return member.tobuf(tarfile.GNU_FORMAT)


def sparse(path: Path, head: bytes, size: int) -> Path:
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size)
    return path


def names(path: Path) -> list[str]:
    place = place_of(path)
    assert place is not None
    return place.names(LeftOut())


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_a_tar_with_a_name_of_gigabytes_is_refused_unread(kind: bytes, tmp_path: Path) -> None:
    path = sparse(tmp_path / "images.tar", header(kind, 2**33 - 1), 2**33)

    with pytest.raises(GanzooError, match=r"can't be read as a tar: .*more than 1,048,576 bytes"):
        names(path)


@pytest.mark.parametrize(
    "more", [b"25 GNU.sparse.map=a,b,c,d\n", b"13 mtime=abcd\n", b"40 size=1" + b"0" * 30 + b"\n"]
)
def test_what_a_tar_says_that_is_no_number_is_no_traceback(more: bytes, tmp_path: Path) -> None:
    path = tmp_path / "images.tar"
    path.write_bytes(header(tarfile.XHDTYPE, len(more)) + more.ljust(512, b"\0") + header(tarfile.REGTYPE, 0))

    with contextlib.suppress(GanzooError):
        names(path)


def test_a_tar_of_names_upon_names_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "images.tar"
    path.write_bytes((header(tarfile.GNUTYPE_LONGNAME, 5) + b"a/x\0\0".ljust(512, b"\0")) * 5000)

    with pytest.raises(GanzooError, match="can't be read as a tar"):
        names(path)


def test_whether_a_file_is_a_tar_is_told_by_its_beginning(tmp_path: Path) -> None:
    assert place_of(sparse(tmp_path / "zeros", b"", 20 * 2**30)) is None  # xz would look for its end
    packed = tmp_path / "images.tar.gz"
    packed.write_bytes(gzip.compress(header(tarfile.REGTYPE, 0) + bytes(1024)))
    with pytest.raises(GanzooError, match="is a packed tar"):
        place_of(packed)
    text = tmp_path / "notes.gz"
    text.write_bytes(gzip.compress(b"no tar" * 200))
    assert place_of(text) is None


def test_a_zip_whose_directory_is_said_to_have_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    start = 100
    end = b"PK\5\6" + bytes(4) + b"\xff\xff" * 2 + (2**31).to_bytes(4, "little") + start.to_bytes(4, "little")
    path = sparse(tmp_path / "images.zip", b"PK\3\4", start + 2**31)
    with path.open("ab") as file:
        file.write(end + bytes(2))

    with pytest.raises(GanzooError, match=r"can't be read as a zip: .*more than 134,217,728 bytes"):
        names(path)


def test_a_zip_damaged_within_its_packing_is_refused(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    picture = io.BytesIO()
    Image.fromarray(pixels).save(picture, "PNG")
    for kind in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        path = tmp_path / f"{kind}.zip"
        with zipfile.ZipFile(path, "w", kind) as archive:
            archive.writestr("x.png", picture.getvalue())
        whole = path.read_bytes()
        refused = 0
        for at in range(40, 400, 9):
            path.write_bytes(whole[:at] + b"\xff\x00\xff" + whole[at + 3 :])
            place = place_of(path)
            assert place is not None
            try:
                place.read(place.names(LeftOut())[0])
            except GanzooError as error:
                refused += "cannot be read" in str(error)
        assert refused, kind


def test_unpacking_takes_no_more_than_is_asked_for() -> None:
    assert archive_files.unpacked(io.BytesIO(bytes(3 * 2**20)), 2**20 + 7) == bytes(2**20 + 7)
    assert archive_files.unpacked(io.BytesIO(b"all"), 10) == b"all"


def test_labels_of_more_values_than_any_file_has_are_refused_unparsed() -> None:
    with pytest.raises(GanzooError, match=r"dataset\.json has more than 4,194,304 values"):
        read_labels(b'{"labels": [' + b"[]," * (2**22 + 1) + b"1]}", "dataset.json")
