"""Many files to one array: what a second start reads, what is left out, and what goes by way of the disk."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from ganzoo_datasets.folder import Folder
from PIL import Image

from ganzoo.errors import GanzooError, UsageError
from ganzoo.image_files import FolderPlace, Target, load_images
from ganzoo.image_files.index import verifying
from ganzoo.image_files.places import read_bytes
from ganzoo.interfaces import LabelledImages

NOISE = np.random.default_rng(0).integers(0, 256, (9, 6, 4, 3), np.uint8)
NAMES = [f"{name}/{number}.png" for name in "abc" for number in range(3)]
TARGET = Target(3, 6, 4)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, pixels in zip(NAMES, NOISE, strict=True):
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    return tmp_path / "data"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were read, one after the other; their times are taken for long past."""
    names: list[str] = []

    def spy(path: Path, most: int) -> bytes:
        names.append(path.name)
        return read_bytes(path, most)

    monkeypatch.setattr("ganzoo.image_files.places.read_bytes", spy)
    monkeypatch.setattr("ganzoo.image_files.index._TOO_FRESH", -(10**15))
    return names


def load(folder: Path, **settings: object) -> LabelledImages:
    return Folder(Folder.Config(**{"size": "original", **settings}), folder).load("train")  # type: ignore[arg-type]


def images(folder: Path, *, verify: bool = False) -> np.ndarray:
    with verifying(verify):
        found, broken = load_images(FolderPlace(folder), NAMES, TARGET)
    assert broken == []
    return found.permute(0, 2, 3, 1).numpy()


def test_a_second_start_reads_no_file(folder: Path, reads: list[str]) -> None:
    assert np.array_equal(images(folder), NOISE)
    assert len(reads) == 18, "once for the key, once for the pixels"
    reads.clear()

    assert np.array_equal(images(folder), NOISE)
    assert reads == []
    assert np.array_equal(images(folder, verify=True), NOISE)
    assert len(reads) == 9, "all of them where that is asked for"


def exchange(path: Path) -> None:
    """Other pixels in a file of the same size and time."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    Image.fromarray(255 - NOISE[3]).save(path)
    changed = path.read_bytes()[: len(content)].ljust(len(content), b"\0")
    path.write_bytes(changed)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_second_start_reads_what_has_changed(folder: Path, reads: list[str]) -> None:
    images(folder)
    reads.clear()
    exchange(folder / "b" / "0.png")

    assert np.array_equal(images(folder), np.concatenate([NOISE[:3], 255 - NOISE[3:4], NOISE[4:]]))
    assert reads[0] == "0.png", "it alone for the key"
    assert len(reads) == 1 + 9
    reads.clear()
    images(folder)
    assert reads == []


def test_a_file_that_was_written_a_moment_ago_is_read_again(
    folder: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ganzoo.image_files.index._TOO_FRESH", 10**15)
    images(folder)
    reads.clear()

    assert np.array_equal(images(folder), NOISE)
    assert len(reads) == 9


def test_a_damaged_index_and_a_damaged_cache_are_done_without(
    folder: Path, cache: Path, reads: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    images(folder)
    for part in ("index", "decoded"):
        for path in (cache / part).iterdir():
            path.write_bytes(b"garbage")

    assert np.array_equal(images(folder), NOISE)
    assert "ignoring what the cache says" in caplog.text
    assert "ignoring decoded images" in caplog.text


def test_images_beyond_memory_are_the_same_by_way_of_the_disk(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    in_memory = load(folder)
    shutil.rmtree(cache)
    monkeypatch.setattr("ganzoo.image_files.loading._IN_MEMORY", 0)

    mapped, again = load(folder), load(folder)

    for data in (mapped, again):
        assert torch.equal(data.images, in_memory.images)
        assert torch.equal(data.labels, in_memory.labels)
    (kept,) = (cache / "decoded").iterdir()
    assert kept.suffix == ".safetensors"
    (folder / "b" / "1.png").write_bytes(b"damaged")
    assert torch.equal(load(folder, damaged="skip").images, in_memory.images[[0, 1, 2, 3, 5, 6, 7, 8]])
    with pytest.raises(GanzooError, match=r"b/1\.png cannot be decoded"):
        load(folder)
    assert not list((cache / "decoded").glob("*.tmp"))
    monkeypatch.setattr("ganzoo.image_files.decoded.cache_folder", lambda: Path("/dev/null"))
    assert len(load(folder, damaged="skip").images) == 8
    assert "have no room in /dev/null" in caplog.text


@pytest.mark.parametrize("is_cached", [False, True])
def test_damaged_files_are_left_out_and_counted_where_that_is_wanted(
    is_cached: bool, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a/0.png", "c/2.png"):
        (folder / name).write_bytes(b"damaged")
    if is_cached:
        load(folder, damaged="skip")
        caplog.clear()

    data = load(folder, damaged="skip")

    assert np.array_equal(data.images.permute(0, 2, 3, 1), NOISE[1:8])
    assert data.labels.tolist() == [0, 0, 1, 1, 1, 2, 2]
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert said[-1] == f"2 of 9 images in {folder} are damaged and left out"
    for name in NAMES:
        (folder / name).write_bytes(b"damaged")
    with pytest.raises(GanzooError, match="9 of 9 images can't be used"):
        load(folder, damaged="skip", size=4)


def cropped(image: Image.Image) -> Image.Image:
    return image.resize((12, 8), Image.Resampling.LANCZOS).crop((4, 0, 8, 8))


def padded(image: Image.Image) -> Image.Image:
    whole = Image.new("RGB", (4, 8), "black")
    whole.paste(image.resize((4, 3), Image.Resampling.LANCZOS), (0, 2))
    return whole


def stretched(image: Image.Image) -> Image.Image:
    return image.resize((4, 8), Image.Resampling.LANCZOS)


@pytest.mark.parametrize(("fit", "expected"), [("crop", cropped), ("pad", padded), ("stretch", stretched)])
def test_images_are_brought_to_a_rectangle(
    fit: str, expected: Callable[[Image.Image], Image.Image], tmp_path: Path
) -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (16, 24, 3), np.uint8))
    image.save(tmp_path / "0.png")

    data = load(tmp_path, size="8x4", fit=fit, background="black")

    assert data.images.shape == (1, 3, 8, 4)
    difference = data.images[0].permute(1, 2, 0).numpy().astype(int) - np.asarray(expected(image))
    assert np.abs(difference).max() <= 2


def test_original_size_is_that_of_all(folder: Path) -> None:
    assert load(folder).images.shape == (9, 3, 6, 4)
    Image.new("RGB", (5, 6)).save(folder / "c" / "2.png")
    with pytest.raises(UsageError, match=r"2\.png is 5x6 pixels; images here are 4x6.*dataset\.size=64"):
        load(folder)


@pytest.mark.parametrize("size", ["64x", "0x4", "large", "4x4x3", "", "6,4"])
def test_a_size_that_is_none_is_refused(size: str) -> None:
    with pytest.raises(ValueError, match=f"such as 64x96, or original, not '{size}'"):
        Folder.Config(size=size)


def test_black_or_white_behind_transparent_pixels(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (255, 0, 0, 51)).save(tmp_path / "0.png")

    assert load(tmp_path).images[0, :, 0, 0].tolist() == [255, 204, 204]
    assert load(tmp_path, background="black").images[0, :, 0, 0].tolist() == [51, 0, 0]


def test_a_packed_tar_is_refused_with_a_way_out(tmp_path: Path, folder: Path) -> None:
    path = shutil.make_archive(str(tmp_path / "images"), "gztar", folder)

    with pytest.raises(GanzooError, match=r"is a packed tar.*\nunpack it: mkdir images && tar xf"):
        load(Path(path))
