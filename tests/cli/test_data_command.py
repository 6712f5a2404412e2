"""`ganzoo data`: a folder of pictures is looked at, and a data set is made ready."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.image_files.odd_images import COLOUR, HEIC, exif

Ganzoo = Callable[..., Any]


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two classes and two splits, with some of everything."""
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    for name in ("train/10", "train/9", "test/9"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for number in range(3):
            Image.fromarray(COLOUR).save(tmp_path / "pictures" / name / f"{number}.png")
    folder = tmp_path / "pictures" / "train" / "9"
    Image.fromarray(COLOUR).save(folder / "turned.jpg", exif=exif(6))
    Image.new("LA", (4, 6), (7, 99)).save(folder / "grey.png")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "telephone.heic").write_bytes(HEIC)
    return tmp_path / "pictures"


@pytest.mark.parametrize("form", [None, "zip", "tar"])
def test_what_is_in_a_folder_or_an_archive_is_shown(form: str | None, pictures: Path, ganzoo: Ganzoo) -> None:
    source = Path(shutil.make_archive(str(pictures), form, pictures)) if form else pictures

    result = ganzoo("data", "show", source, "--out", "sheet.png")

    assert result.code == 0, result.err
    lines = [line.split() for line in result.out.splitlines()]
    assert ["class", "9", "6"] in lines
    assert lines.index(["class", "9", "6"]) < lines.index(["class", "10", "3"])
    assert ["height", "x", "width", "6x4", "7"] in lines
    assert ["height", "x", "width", "4x6", "1"] in lines
    assert ["format", "PNG", "7"] in lines
    assert ["turned", "by", "EXIF", "data", "1"] in lines
    assert ["with", "transparency", "1"] in lines
    assert ["damaged", "1"] in lines
    assert "broken.png cannot be decoded" in result.out
    assert " ".join(result.err.split()).count("1 of a format that can't be decoded") == 1
    with Image.open("sheet.png") as sheet:
        assert sheet.size == (8 * 66 + 2, 2 * 66 + 2)
    json = ganzoo("data", "show", source, "--json").json
    assert json["splits"]["test"]["classes"] == {"9": 3, "10": 0}
    assert [(reason[:40], number) for reason, number in json["left_out"].items()] == [
        ("of a format that can't be decoded (conve", 1)
    ]


def test_what_is_no_source_is_refused(pictures: Path, ganzoo: Ganzoo) -> None:
    for source, said in (
        ("nowhere", "there is no nowhere"),
        (pictures / "train/9/0.png", "is no folder, no zip"),
    ):
        refused = ganzoo("data", "show", source)
        assert refused.code == 2
        assert said in refused.err


def test_a_cache_that_takes_nothing_fails_a_preparation_and_no_training(
    pictures: Path, ganzoo: Ganzoo, tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("no folder", encoding="utf-8")
    data = ("--data-dir", pictures / "test", "--set", "dataset.size=4x8")

    prepared = ganzoo("data", "prepare", "folder", *data)
    trained = ganzoo("train", "gan", "--dataset", "folder", *data, "--max-steps", "1", "--batch-size", "2")

    assert (prepared.code, trained.code) == (1, 0), trained.err
    assert f"error: the decoded images are not kept in {tmp_path / 'cache'}: " in prepared.err
    assert "free some space there, or set GANZOO_CACHE to another folder" in prepared.err
    assert "the decoded images are not kept, and the next start makes them anew" in trained.err


def test_a_data_set_is_made_ready_for_training(pictures: Path, ganzoo: Ganzoo, tmp_path: Path) -> None:
    prepare = (
        "data", "prepare", "folder", "--data-dir", pictures, "--set", "dataset.size=4x8",
        "--set", "dataset.damaged=skip",
    )  # fmt: skip

    first, again, verified = ganzoo(*prepare), ganzoo(*prepare), ganzoo(*prepare, "--verify")

    for result in (first, again, verified):
        assert result.code == 0, result.err
        assert "train: 8 images of 3x4x8, 2 classes" in result.err
        assert "test: 3 images of 3x4x8, 2 classes" in result.err
    assert "decoding 9 images" in first.err
    assert "decoding" not in again.err + verified.err
    assert len(list((tmp_path / "cache" / "decoded").iterdir())) == 2, "one a split"
    assert "broken.png cannot be decoded" in ganzoo(*prepare[:-2]).err
    assert ganzoo("data", "prepare", "digits").code == 0


def test_pictures_given_as_a_data_set_are_sent_to_data_dir(pictures: Path, ganzoo: Ganzoo) -> None:
    refused = ganzoo("data", "prepare", pictures)
    assert refused.code == 2
    assert f"it is a folder; name the data set that reads it, and say --data-dir {pictures}" in refused.err
    assert "folder, mnist" in refused.err
