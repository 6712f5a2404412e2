"""The cache of decoded images: found by content, written whole, never trusted, never required."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ganzoo_datasets.folder import Folder
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file

import ganzoo.image_files.decoded
import ganzoo.image_files.loading
from ganzoo.errors import GanzooError
from ganzoo.files import cache_folder

NOISE = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), np.uint8)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for number, pixels in enumerate(NOISE):
        Image.fromarray(pixels).save(folder / f"{number}.bmp")
    return folder


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were really decoded, in the order of their names."""
    names: list[str] = []
    decode = ganzoo.image_files.loading.decode

    def spy(data: bytes, name: str, *target: Any, **more: Any) -> Any:
        names.append(Path(name).name)
        return decode(data, name, *target, **more)

    monkeypatch.setattr(ganzoo.image_files.loading, "decode", spy)
    return names


def load(data_dir: Path, size: int = 8, channels: int = 3) -> np.ndarray:
    config = Folder.Config(size=size, channels=channels)  # type: ignore[arg-type]
    return Folder(config, data_dir).load("train").images.numpy()


def expected(noise: np.ndarray = NOISE) -> np.ndarray:
    return noise.transpose(0, 3, 1, 2)


def cache_files(cache: Path) -> list[Path]:
    return sorted((cache / "decoded").iterdir())


def test_the_second_load_decodes_nothing(data_dir: Path, decoded: list[str], cache: Path) -> None:
    np.testing.assert_array_equal(load(data_dir), expected())
    assert len(decoded) == 3
    np.testing.assert_array_equal(load(data_dir), expected())
    assert len(decoded) == 3
    assert [path.suffix for path in cache_files(cache)] == [".safetensors"]


def test_a_moved_folder_is_recognised(data_dir: Path, decoded: list[str]) -> None:
    load(data_dir)
    moved = data_dir.rename(data_dir.with_name("moved"))
    np.testing.assert_array_equal(load(moved), expected())
    assert len(decoded) == 3


def test_changed_content_is_noticed_even_with_the_same_size_and_time(
    data_dir: Path, decoded: list[str]
) -> None:
    load(data_dir)
    path = data_dir / "1.bmp"
    before = path.stat()
    Image.fromarray(255 - NOISE[1]).save(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    np.testing.assert_array_equal(load(data_dir), expected(np.stack([NOISE[0], 255 - NOISE[1], NOISE[2]])))


def test_renamed_added_and_removed_files_are_noticed(data_dir: Path, decoded: list[str]) -> None:
    load(data_dir)
    (data_dir / "0.bmp").rename(data_dir / "9.bmp")
    np.testing.assert_array_equal(load(data_dir), expected(NOISE[[1, 2, 0]]))
    (data_dir / "9.bmp").unlink()
    np.testing.assert_array_equal(load(data_dir), expected(NOISE[[1, 2]]))
    Image.fromarray(NOISE[0]).save(data_dir / "0.bmp")
    np.testing.assert_array_equal(load(data_dir), expected())
    assert len(decoded) == 3 + 3 + 2  # the last is the first again


def test_settings_are_part_of_the_key(data_dir: Path, cache: Path) -> None:
    assert load(data_dir).shape == (3, 3, 8, 8)
    assert load(data_dir, channels=1).shape == (3, 1, 8, 8)
    assert load(data_dir, size=4).shape == (3, 3, 4, 4)
    assert len(cache_files(cache)) == 3


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def swap_sides(path: Path) -> None:
    with safe_open(path, "pt") as file:
        images, metadata = file.get_tensor("images"), file.metadata()
    save_file({"images": images.reshape(3, 8, 3, 8)}, path, metadata=metadata)


@pytest.mark.parametrize(
    "damage",
    [
        flip,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"garbage" * 100),
        lambda path: path.write_bytes(path.read_bytes()[:-5]),
        lambda path: save_file({"images": torch.zeros(3, 3, 8, 8, dtype=torch.uint8)}, path),
        swap_sides,
        lambda path: save_file({"others": torch.zeros(1)}, path),
    ],
    ids=["bit", "empty", "garbage", "truncated", "no checksum", "shape", "name"],
)
def test_a_damaged_cache_file_is_replaced(
    damage: Any, data_dir: Path, decoded: list[str], cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    load(data_dir)
    (path,) = cache_files(cache)
    damage(path)
    np.testing.assert_array_equal(load(data_dir), expected())
    assert len(decoded) == 6
    assert "ignoring" in caplog.text
    np.testing.assert_array_equal(load(data_dir), expected())
    assert len(decoded) == 6


def test_writing_into_the_images_does_not_reach_the_cache(data_dir: Path) -> None:
    load(data_dir)
    config = Folder.Config(size=8)
    Folder(config, data_dir).load("train").images.zero_()
    np.testing.assert_array_equal(load(data_dir), expected())


def test_an_unwritable_cache_is_no_error(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "file"))
    np.testing.assert_array_equal(load(data_dir), expected())
    assert "not kept" in caplog.text


def test_neither_is_a_user_without_a_home(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.delenv("GANZOO_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    np.testing.assert_array_equal(load(data_dir), expected())
    assert "set GANZOO_CACHE" in caplog.text
    with pytest.raises(GanzooError, match="set GANZOO_CACHE"):
        cache_folder()


def test_a_failed_write_leaves_nothing_behind(
    data_dir: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full_disk(tensors: object, path: Path, metadata: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ganzoo.image_files.decoded, "save_file", full_disk)
    np.testing.assert_array_equal(load(data_dir), expected())
    assert cache_files(cache) == []
    assert "No space left" in caplog.text


def test_an_interrupted_write_leaves_no_cache_file(
    data_dir: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load(data_dir)
    assert cache_files(cache) == []


def test_images_that_change_while_they_are_read_are_not_filed_under_the_old_content(
    data_dir: Path, decoded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = (data_dir / "1.bmp").read_bytes()
    lookup = ganzoo.image_files.loading.load_decoded

    def change_then_look(*args: Any) -> Any:
        Image.fromarray(255 - NOISE[1]).save(data_dir / "1.bmp")
        return lookup(*args)

    with monkeypatch.context() as patch:
        patch.setattr(ganzoo.image_files.loading, "load_decoded", change_then_look)
        load(data_dir)
    (data_dir / "1.bmp").write_bytes(original)
    np.testing.assert_array_equal(load(data_dir), expected())


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
    monkeypatch.delenv("GANZOO_CACHE")
    assert cache_folder() == tmp_path / "xdg" / "ganzoo"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == tmp_path / ".cache" / "ganzoo"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == tmp_path / ".cache" / "ganzoo"
