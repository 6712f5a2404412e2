"""Zips of strangers, wherever one is read: forged directories and bombs are refused in words, unread."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from ganzoo_features.weights import read_state

from ganzoo.errors import GanzooError
from ganzoo.evaluation.image_files import from_file
from ganzoo.image_files.left_out import LeftOut
from ganzoo.image_files.opening import place_of
from ganzoo.plugins import packages
from ganzoo.runs.pickles import read_torch_file


def images(path: Path) -> object:
    place = place_of(path)
    assert place is not None
    return place.names(LeftOut())


def package(path: Path) -> object:
    with packages.opened(path) as opened:
        return opened


READERS = {
    "images.zip": images, "images.npz": images, "samples.npz": from_file, "acme-1-py3-none-any.whl": package,
    "weights.pth": read_state, "released.pth": read_torch_file,
}  # fmt: skip

every_reader = pytest.mark.parametrize(("name", "read"), READERS.items(), ids=READERS)


@every_reader
def test_a_directory_that_is_said_to_have_a_gigabyte_is_refused_unread(
    name: str, read: Callable[[Path], object], tmp_path: Path
) -> None:
    start, size = 100, 2**30 - 1000  # a wheel is no larger
    path = tmp_path / name
    with path.open("wb") as file:
        file.write(b"PK\3\4")
        file.seek(start + size)  # nothing of it is on the disk
        file.write(b"PK\5\6" + bytes(4) + b"\xff\xff" * 2)
        file.write(size.to_bytes(4, "little") + start.to_bytes(4, "little") + bytes(2))

    with pytest.raises(GanzooError, match=r"what it says of its files has more than"):
        read(path)


@every_reader
def test_a_file_without_a_name_is_refused_in_words(
    name: str, read: Callable[[Path], object], tmp_path: Path
) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("x", b"")
    path = tmp_path / name
    path.write_bytes(  # its name in the directory has no length, and is then a part of what is said besides
        data.getvalue().replace(b"\1\0\0\0\0\0\0\0\0\0\0\0\x80\1", b"\0\0\1\0\0\0\0\0\0\0\0\0\x80\1")
    )
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [""]

    with pytest.raises(GanzooError, match="a file in it has no name"):
        read(path)


def test_images_that_would_fill_the_disk_of_the_cache_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "images.npz"
    np.savez_compressed(path, images=np.zeros((100, 1000, 1000, 1), np.uint8))
    place = place_of(path)
    assert place is not None
    with pytest.raises(GanzooError, match=r"it unpacks to 100,000,000 bytes from"):
        place.read("00000000.ppm")

    np.savez(path, images=np.zeros((4, 8, 8, 3), np.uint8))
    with zipfile.ZipFile(path) as archive:
        honest = archive.read("images.npy")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:  # and far more than its header says
        archive.writestr("images.npy", honest + bytes(10**8))
    place = place_of(path)
    assert place is not None
    assert place.read("00000003.ppm").endswith(bytes(192))


@pytest.mark.parametrize("read", [read_state, read_torch_file])
def test_weights_that_unpack_to_more_than_they_are_are_refused(
    read: Callable[[Path], object], tmp_path: Path
) -> None:
    torch.save({"a": torch.zeros(10**6)}, tmp_path / "honest.pth")
    path = tmp_path / "bomb.pth"
    with (
        zipfile.ZipFile(tmp_path / "honest.pth") as honest,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for member in honest.namelist():
            bomb.writestr(member, honest.read(member))

    with pytest.raises(GanzooError, match=r"and torch\.save never packs"):
        read(path)
