"""The same odd files wherever images are read: the same pixels everywhere, or the same refusal."""

from __future__ import annotations

import logging
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from ganzoo_datasets.class_folders import load_known_classes
from ganzoo_datasets.folder import Folder
from PIL import features

from ganzoo.errors import GanzooError
from ganzoo.evaluation.image_files import from_place
from ganzoo.image_files import FolderPlace, Target
from ganzoo.interfaces import ImageSpec
from ganzoo.sampling.pictures import read_picture
from tests.image_files.odd_images import HEIGHT, WIDTH, Odd, Pixels, passed_over, readable, refused

Reader = Callable[[Path], Pixels]

READABLE = [odd for odd in readable() if features.check("avif") or not odd.name.endswith(".avif")]


def as_data_set(folder: Path) -> Pixels:
    """`ganzoo train --dataset folder`."""
    data = Folder(Folder.Config(size="original"), folder).load("train")
    return data.images.permute(0, 2, 3, 1).numpy()


def as_samples(folder: Path) -> Pixels:
    """`ganzoo evaluate FOLDER`."""
    samples = from_place(FolderPlace(folder), ("any",), ImageSpec(3, HEIGHT, WIDTH))
    return np.concatenate([batch.permute(0, 2, 3, 1).numpy() for batch in samples.open()])


def as_known_classes(folder: Path) -> Pixels:
    """`ganzoo train --dataset cifar10 --data-dir DIR` and the like."""
    data = load_known_classes(folder, ("any",), Target(3, HEIGHT, WIDTH))
    if data is None:
        raise GanzooError("holds no images")
    return data.images.permute(0, 2, 3, 1).numpy()


def as_zip(folder: Path) -> Pixels:
    """`--data-dir images.zip`."""
    path = folder.with_name("images.zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    return as_data_set(path)


def as_tar(folder: Path) -> Pixels:
    """`--data-dir images.tar`."""
    path = folder.with_name("images.tar")
    with tarfile.open(path, "w") as archive:
        archive.add(folder, ".")
    return as_data_set(path)


def as_table(folder: Path) -> Pixels:
    """`--data-dir images.parquet`, whose rows hold the files."""
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    rows = [{"bytes": file.read_bytes(), "path": file.name} for file in files]
    path = folder.with_name("images.parquet")
    parquet.write_table(pyarrow.table({"image": rows}), path, row_group_size=7)
    return as_data_set(path)


def as_pictures(folder: Path) -> Pixels:
    """`ganzoo invert RUN PICTURE`."""
    shape = ImageSpec(3, HEIGHT, WIDTH)
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    pictures = [read_picture(file, shape, resizes=False)[0] for file in files]
    return np.stack([picture.permute(1, 2, 0).numpy() for picture in pictures])


FILE_READERS: Sequence[Reader] = (as_data_set, as_samples, as_known_classes, as_zip, as_tar)
READERS: Sequence[Reader] = (*FILE_READERS, as_table)
"""Where a file is a row of a table, nothing else lies beside it."""


def called(reader: Reader) -> str:
    return reader.__name__


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))


def folder_of(path: Path, odds: Sequence[Odd]) -> Path:
    """A folder with one class that holds these files."""
    for odd in odds:
        file = path / "any" / odd.name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(odd.content)
    return path


def test_the_table_has_the_files_that_were_asked_for() -> None:
    assert len(READABLE) + len(refused()) + len(passed_over()) >= 55


@pytest.mark.parametrize("reader", [*READERS, as_pictures], ids=called)
def test_every_readable_file_gives_its_pixels(reader: Reader, tmp_path: Path) -> None:
    odds = sorted(READABLE, key=lambda odd: odd.name)

    found = reader(folder_of(tmp_path / "data", odds))

    assert found.shape == (len(odds), HEIGHT, WIDTH, 3)
    wrong = {
        odd.name: difference
        for odd, pixels in zip(odds, found, strict=True)
        if (difference := int(np.abs(pixels.astype(int) - odd.pixels).max())) > odd.tolerance
    }
    assert wrong == {}


@pytest.mark.parametrize("reader", READERS, ids=called)
def test_every_unreadable_file_is_refused_in_the_same_words(reader: Reader, tmp_path: Path) -> None:
    odds = sorted(refused(), key=lambda odd: odd.name)

    with pytest.raises(GanzooError) as raised:
        reader(folder_of(tmp_path / "data", odds))

    lines = str(raised.value).splitlines()
    for row, odd in enumerate(odds):
        name = f"row {row} of " if reader is as_table else f"/any/{odd.name} "
        (line,) = [line for line in lines if name in line]
        assert odd.refusal is not None
        assert odd.refusal in line
        assert "Replace the file, or delete it" in line or " bytes" in line


@pytest.mark.parametrize("reader", FILE_READERS, ids=called)
def test_what_is_passed_over_is_counted_and_said(
    reader: Reader, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = next(odd for odd in READABLE if odd.name == "colour.png")

    with caplog.at_level(logging.INFO, "ganzoo"):
        found = reader(folder_of(tmp_path / "data", [good, *passed_over()]))

    assert len(found) == 1
    (said,) = {r.getMessage() for r in caplog.records if r.getMessage().startswith("left out in")}
    assert "3 of a format that can't be decoded (convert to JPEG or PNG): any/drawing.svg" in said
    assert "4 hidden: any/._x.png, any/.hidden.png, any/.ipynb_checkpoints, ..." in said
    assert "2 no pictures: any/Thumbs.db, any/notes.txt" in said


@pytest.mark.parametrize("reader", FILE_READERS, ids=called)
def test_a_folder_of_nothing_but_those_holds_no_images(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(GanzooError, match=r"holds no (run, no checkpoint and no )?images"):
        reader(folder_of(tmp_path / "data", passed_over()))
