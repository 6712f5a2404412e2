"""Nothing vanishes without a word: folders without images, links, files that can't be read, whole splits."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from ganzoo_datasets.folder import Folder
from PIL import Image

from ganzoo.cli.data_command import command as data_command
from ganzoo.errors import GanzooError
from ganzoo.interfaces import LabelledImages


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def write(folder: Path, *names: str) -> Path:
    """Images of one grey each: 0, 1, 2."""
    for grey, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4), grey).save(path)
    return folder


def load(folder: Path, split: str = "train", damaged: str = "stop") -> LabelledImages:
    return Folder(Folder.Config(size=4, damaged=damaged), folder).load(split)  # type: ignore[arg-type]


def greys(data: LabelledImages) -> list[int]:
    return [int(image[0, 0, 0]) for image in data.images]


def test_a_class_folder_without_images_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = write(tmp_path / "data", "cat/0.png", "dog/0.png")
    for name in ("empty", "others", ".hidden"):
        (folder / name).mkdir()
    (folder / "others" / "film.mp4").write_bytes(b"film")

    with caplog.at_level(logging.WARNING, "ganzoo"):
        data = load(folder)

    assert data.class_names == ("cat", "dog")
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        f"{folder / name} is no class: it holds no image that can be decoded" for name in ("empty", "others")
    ]


def test_a_link_to_a_folder_that_is_not_followed_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    more = write(tmp_path / "more", "9.png")
    folder = write(tmp_path / "data", "train/cat/0.png", "test/cat/0.png")
    (folder / "train" / "dog").symlink_to(more)
    (folder / "train" / "cat" / "more").symlink_to(more)
    (folder / "train" / "cat" / "up").symlink_to("..")

    data = load(folder)

    assert data.class_names == ("cat", "dog")
    assert len(data.images) == 2
    assert "1 links that are not followed: train/cat/more" in caplog.text


def test_classes_that_are_listed_where_there_are_no_folders_are_not_heeded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for below in ("", "train/"):
        folder = write(tmp_path / f"data{len(below)}", f"{below}0.png", f"{below}1.png")
        if below:
            write(folder, "test/0.png")
        (folder / "classes.txt").write_text("cat\ndog\n")  # as programs that draw boxes leave it

        data = load(folder)

        assert (data.labels.tolist(), data.class_names, greys(data)) == ([0, 0], (folder.name,), [0, 1])
        assert f"the classes that {folder} lists are not heeded" in caplog.text


def test_files_that_cannot_be_read_are_damaged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = write(tmp_path / "data", "a/0.png", "a/1.png", "b/0.png")
    for name in ("a/2.png", "b/1.png"):
        (folder / name).symlink_to(tmp_path / "elsewhere.png")

    with pytest.raises(GanzooError, match="2 of 5 images can't be used") as raised:
        load(folder)
    assert str(raised.value).count("cannot be read: No such file") == 2

    for _ in range(2):  # decoded, and from the cache
        data = load(folder, damaged="skip")
        assert (greys(data), data.labels.tolist()) == ([0, 1, 2], [0, 0, 1])
    assert "2 of 5 images" in caplog.text

    shown = CliRunner().invoke(data_command, ["show", str(folder), "--json"])
    (split,) = json.loads(shown.stdout)["splits"].values()
    assert [line.partition(" cannot be read")[0] for line in split["damaged"]] == [
        str(folder / name) for name in ("a/2.png", "b/1.png")
    ]

    write(tmp_path, "elsewhere.png")
    assert greys(load(folder, damaged="skip")) == [0, 1, 0, 2, 0]


def test_one_that_could_not_be_read_is_read_again_though_nothing_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "data", "a/0.png", "a/1.png")
    monkeypatch.setattr("ganzoo.image_files.index._TOO_FRESH", -(10**15))
    with monkeypatch.context() as failing:
        failing.setattr("ganzoo.image_files.places.read_bytes", refusing("1.png"))
        assert greys(load(folder, damaged="skip")) == [0]

    assert greys(load(folder, damaged="skip")) == [0, 1]


def refusing(name: str):  # type: ignore[no-untyped-def]
    """Reads files as a disk does that fails at one of them."""

    def read(path: Path, most: int) -> bytes:
        if path.name == name:
            raise OSError("Input/output error")
        return path.read_bytes()

    return read


def test_arrays_besides_images_and_labels_are_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    np.savez(tmp_path / "mine.npz", images=np.zeros((2, 4, 4), np.uint8), label=np.array([0, 1]))

    assert load(tmp_path / "mine.npz").class_names == ("mine",)

    assert f"left out in {tmp_path / 'mine.npz'}: the arrays label" in caplog.text


@pytest.mark.parametrize("is_packed", [True, False])
def test_an_array_is_read_where_nothing_can_be_kept(
    is_packed: bool, tmp_path: Path, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache.write_text("no folder", encoding="utf-8")
    pixels = np.arange(96, dtype=np.uint8).reshape(2, 4, 4, 3)
    (np.savez_compressed if is_packed else np.savez)(tmp_path / "mine.npz", images=pixels)

    data = load(tmp_path / "mine.npz")

    np.testing.assert_array_equal(data.images.permute(0, 2, 3, 1), pixels)
    assert "the decoded images are not kept" in caplog.text
