"""Zips and tars of every program: names, links and the folder that was packed, against the files."""

from __future__ import annotations

import logging
import os
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from ganzoo_datasets.folder import Folder
from PIL import Image

from ganzoo.errors import GanzooError, UsageError
from ganzoo.interfaces import LabelledImages

GREYS = {"café/0.png": 10, "café/1.png": 20, "dog/0.png": 30, "dog/1.png": 40}
"""The files, and the value of all their pixels."""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, grey in GREYS.items():
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (grey,) * 3).save(path)
    return tmp_path / "data"


def load(path: Path, split: str = "train", damaged: str = "stop") -> LabelledImages:
    return Folder(Folder.Config(size=4, damaged=damaged), path).load(split)  # type: ignore[arg-type]


def assert_holds(data: LabelledImages, greys: Mapping[str, list[int]]) -> None:
    found: dict[str, list[int]] = {name: [] for name in data.class_names}
    for image, label in zip(data.images, data.labels.tolist(), strict=True):
        found[data.class_names[label]].append(int(image[0, 0, 0]))
    assert found == greys
    assert all(len(np.unique(image)) == 1 for image in data.images)


ALL = {"café": [10, 20], "dog": [30, 40]}


def packed(folder: Path, path: Path, top: str = "") -> Path:
    """A zip or a tar of a folder, all in another folder."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for file in files:
                archive.write(file, f"{top}{file.relative_to(folder)}")
    else:
        with tarfile.open(path, "w") as tar:
            for file in files:
                tar.add(file, f"{top}{file.relative_to(folder)}")
    return path


@pytest.mark.parametrize("name", ["images.zip", "images.tar"])
@pytest.mark.parametrize("top", ["", "./", "/", "my pictures/", "a/b/c/"])
def test_the_folder_that_everything_was_packed_in_is_no_class(
    name: str, top: str, folder: Path, tmp_path: Path
) -> None:
    (folder / "README.txt").write_text("what this is")

    assert_holds(load(packed(folder, tmp_path / name, top)), ALL)


@pytest.mark.parametrize("name", ["images.zip", "images.tar"])
def test_splits_and_notes_in_the_folder_that_was_packed(name: str, folder: Path, tmp_path: Path) -> None:
    (folder / "classes.txt").write_text("dog\ncafé\n")
    top = tmp_path / "top" / "pictures"
    for split in ("train", "val"):
        packed(folder, tmp_path / "each.zip")
        with zipfile.ZipFile(tmp_path / "each.zip") as archive:
            archive.extractall(top / split)
    (top / "train" / "classes.txt").rename(top / "classes.txt")

    path = packed(top.parent, tmp_path / name)

    for split in ("train", "test"):
        data = load(path, split)
        assert data.class_names == ("dog", "café")
        assert_holds(data, ALL)


def test_the_single_class_of_an_archive_keeps_its_name(folder: Path, tmp_path: Path) -> None:
    assert_holds(load(packed(folder / "dog", tmp_path / "images.zip", "dog/")), {"dog": [30, 40]})


def test_splits_that_do_not_lie_in_one_folder_are_refused_with_a_way_out(
    folder: Path, tmp_path: Path
) -> None:
    for part in ("a/train", "a/test", "b"):
        packed(folder, tmp_path / "each.zip")
        with zipfile.ZipFile(tmp_path / "each.zip") as archive:
            archive.extractall(tmp_path / "mixed" / part)

    with pytest.raises(UsageError, match="one level lower; pack that folder alone"):
        load(packed(tmp_path / "mixed", tmp_path / "images.tar"))


def test_a_zip_with_backslashes_as_old_programs_for_windows_write_it(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as archive:
        for name in GREYS:
            info = zipfile.ZipInfo(name)
            info.filename, info.create_system = name.replace("/", "\\"), 0
            archive.writestr(info, (folder / name).read_bytes())

    assert_holds(load(tmp_path / "images.zip"), ALL)


def test_a_zip_that_does_not_say_that_its_names_are_in_utf_8(folder: Path, tmp_path: Path) -> None:
    path = packed(folder, tmp_path / "images.zip")
    data = path.read_bytes()
    for mark, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):  # as macOS writes it: without the flag
        at = -1
        while (at := data.find(mark, at + 1)) >= 0:
            (value,) = struct.unpack_from("<H", data, at + flags)
            data = data[: at + flags] + struct.pack("<H", value & ~0x800) + data[at + flags + 2 :]
    path.write_bytes(data)

    assert_holds(load(path), ALL)


def test_links_in_a_tar_are_followed_as_those_of_a_folder(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    os.link(folder / "dog/0.png", folder / "dog/2.png")
    (folder / "dog/3.png").symlink_to("../café/1.png")
    (folder / "dog/4.png").symlink_to("3.png")
    with tarfile.open(tmp_path / "images.tar", "w") as archive:
        archive.add(folder, "pictures")
        away = tarfile.TarInfo("pictures/dog/away.png")
        away.type, away.linkname = tarfile.SYMTYPE, "/elsewhere.png"
        archive.addfile(away)
    with_links = {"café": [10, 20], "dog": [30, 40, 30, 20, 20]}

    assert_holds(load(folder), with_links)
    assert_holds(load(tmp_path / "images.tar"), with_links)

    assert "1 links that are not followed: dog/away.png" in caplog.text


def test_links_in_a_zip_are_followed(folder: Path, tmp_path: Path) -> None:
    path = packed(folder, tmp_path / "images.zip")
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("dog/2.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "../café/0.png")

    assert_holds(load(path), {"café": [10, 20], "dog": [30, 40, 10]})


def test_a_damaged_file_of_a_zip_is_left_out_where_that_is_wanted(folder: Path, tmp_path: Path) -> None:
    path = packed(folder, tmp_path / "images.zip")
    data = bytearray(path.read_bytes())
    data[data.find(b"IDAT") + 8] ^= 0xFF
    path.write_bytes(data)

    assert_holds(load(path, damaged="skip"), {"café": [20], "dog": [30, 40]})
    with pytest.raises(GanzooError, match=r"café/0\.png cannot be read: Bad CRC-32.*damaged=skip"):
        load(path)


def test_a_folder_of_an_archive_without_images_is_said(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with tarfile.open(tmp_path / "images.tar", "w") as archive:
        archive.add(folder, ".")
        empty = tarfile.TarInfo("zebra")
        empty.type = tarfile.DIRTYPE
        archive.addfile(empty)

    with caplog.at_level(logging.WARNING, "ganzoo"):
        load(tmp_path / "images.tar")

    assert "zebra is no class: it holds no image that can be decoded" in caplog.text
