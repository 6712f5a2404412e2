"""Which class and split an image belongs to, and what is said where folders lie unexpectedly."""

from __future__ import annotations

import json
import logging
import shutil
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from ganzoo_datasets.folder import Folder
from PIL import Image

from ganzoo.class_names import find_class, find_class_of_folder, natural_order
from ganzoo.errors import GanzooError, UsageError
from ganzoo.evaluation.image_files import from_place
from ganzoo.image_files import FolderPlace
from ganzoo.interfaces import ImageSpec, LabelledImages
from ganzoo.sampling.labels import choose_labels


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))


def write(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), "red").save(path)
    return folder


def load(folder: Path, split: str = "train") -> LabelledImages:
    return Folder(Folder.Config(size=4), folder).load(split)


def messages(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["10", "2", "1"], ["1", "2", "10"]),
        (["img10", "img9", "Img1"], ["Img1", "img9", "img10"]),
        (["1.10", "1.9", "1"], ["1", "1.9", "1.10"]),
        (["007", "7", "8"], ["007", "7", "8"]),
        (["b", "a", "9", ""], ["", "9", "a", "b"]),
        (["9" * 5000, "1" + "0" * 5000], ["9" * 5000, "1" + "0" * 5000]),
    ],
)
def test_numbers_sort_as_numbers(names: Sequence[str], expected: Sequence[str]) -> None:
    assert sorted(names, key=natural_order) == expected


NFD = unicodedata.normalize("NFD", "Café")


def test_a_class_is_found_as_it_is_typed_or_called() -> None:
    assert find_class("1", ["3", "2", "1"]) == 2
    assert find_class("Café", [NFD, "Tea"]) == find_class(NFD, ["Café", "Tea"]) == 0
    assert find_class("cat", ["Cat", "dog"]) == 0
    assert find_class("CAT", ["Cat", "cat"]) is None
    assert find_class("cat", ["Cat", "cat"]) == 1
    assert find_class_of_folder("t-shirt-top", ["Bag", "T-shirt/top"]) == 1
    assert find_class_of_folder("C", ["C++", "C"]) == 1
    assert find_class_of_folder("c#", ["C++", "C"]) is None


def test_a_name_wins_over_a_number_where_classes_are_numbers() -> None:
    def label(asked: str | int, *names: str) -> int:
        labels = choose_labels(names, asked, 1)
        assert labels is not None
        return int(labels)

    assert [label(name, "1", "2", "3") for name in ("1", "2", "3")] == [0, 1, 2]
    assert label("0", "1", "2", "3") == 0
    assert label(1, "1", "2", "3") == 1
    assert label("Café", NFD) == 0


@pytest.mark.parametrize("names", [["1", "2", "3"], [str(n) for n in range(12)], ["a", "b", "c"], [NFD, "é"]])
def test_the_labels_of_samples_are_those_of_the_data_set(names: list[str], tmp_path: Path) -> None:
    folder = write(tmp_path / "data", *(f"{name}/{number}.png" for name in names for number in range(2)))

    data = load(folder)
    samples = from_place(FolderPlace(folder), data.class_names, ImageSpec(3, 4, 4))

    assert data.class_names == tuple(unicodedata.normalize("NFC", name) for name in names)
    assert samples.labels is not None
    order = sorted(range(len(data.labels)), key=lambda i: names[int(data.labels[i])])  # samples go by path
    assert torch.equal(samples.labels, data.labels[torch.tensor(order)])


def test_folders_called_by_number_have_labels_where_no_class_is_called_so(tmp_path: Path) -> None:
    samples = from_place(
        FolderPlace(write(tmp_path, "0/a.png", "1/a.png")), ("bag", "coat"), ImageSpec(3, 4, 4)
    )

    assert samples.labels is not None
    assert samples.labels.tolist() == [0, 1]
    mixed = from_place(FolderPlace(write(tmp_path, "bag/a.png")), ("bag", "coat"), ImageSpec(3, 4, 4))
    assert mixed.labels is None


@pytest.mark.parametrize("test", ["test", "val", "Validation"])
def test_train_beside_another_split_is_no_class(
    test: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, "train/a/0.png", "train/b/0.png", f"{test}/b/0.png", "unlabelled/0.png")

    with caplog.at_level(logging.INFO, "ganzoo"):
        assert load(tmp_path).class_names == ("a", "b")
        assert load(tmp_path, "test").labels.tolist() == [1]

    assert "1 outside the folders that are read: unlabelled/0.png" in messages(caplog)
    assert (f"the split test of {tmp_path} is its folder {test}" in messages(caplog)) == (test != "test")


def test_flat_splits_beside_each_other(tmp_path: Path) -> None:
    folder = write(tmp_path / "faces", "train/0.png", "val/0.png", "val/1.png")

    assert load(folder).class_names == ("faces",)
    assert len(load(folder, "test").images) == 2


def test_splits_one_level_lower_are_not_mixed(tmp_path: Path) -> None:
    write(tmp_path, "pictures/train/a/0.png", "pictures/test/a/0.png")

    with pytest.raises(UsageError, match=r"pictures holds train and test: .*--data-dir .*/pictures"):
        load(tmp_path)


def test_a_folder_one_level_too_high_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert load(write(tmp_path, "pictures/a/0.png", "pictures/b/0.png")).class_names == ("pictures",)

    assert f"so there is one class; for the 2 folders in that as classes: --data-dir {tmp_path}/pictures" in (
        messages(caplog)
    )


def test_two_folders_of_one_name_are_refused(tmp_path: Path) -> None:
    write(tmp_path, f"{NFD}/0.png", "Café/0.png")
    if len(list(tmp_path.iterdir())) == 2:  # else the disk itself makes one of them
        with pytest.raises(GanzooError, match="two folders that are called Café"):
            load(tmp_path)


def with_labels(folder: Path, content: object) -> Path:
    """A zip as StyleGAN2-ADA packs it."""
    write(folder, *(f"00000/img{number:08}.png" for number in range(4)))
    (folder / "dataset.json").write_text(json.dumps(content))
    return Path(shutil.make_archive(str(folder), "zip", folder))


def test_the_labels_of_a_zip_as_stylegan_packs_it(tmp_path: Path) -> None:
    labels = [[f"00000/img{number:08}.png", label] for number, label in enumerate([2, 0, 2, 1])]

    data = load(with_labels(tmp_path / "zip", {"labels": labels}))

    assert (data.class_names, data.labels.tolist()) == (("0", "1", "2"), [0, 1, 2, 2])
    with pytest.raises(UsageError, match="has no test split"):
        load(tmp_path / "zip.zip", "test")
    (tmp_path / "zip" / "classes.txt").write_text("cat\ndog\nowl")
    assert load(tmp_path / "zip").class_names == ("cat", "dog", "owl")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"labels": [["00000/img00000000.png", 0]]}, "3 of 4 images have no label"),
        ({"labels": [["a.png", -1]]}, "the label -1, which is no class"),
        ({"labels": [["a.png", [0.5, 0.5]]]}, "labels of several numbers, such as .*take the file out"),
        ({"labels": {"a.png": 1}}, "no list of"),
        ("text", "no list of"),
    ],
)
def test_a_file_of_labels_that_says_something_else_is_refused(
    content: object, said: str, tmp_path: Path
) -> None:
    with pytest.raises(GanzooError, match=f"(?s){said}"):
        load(with_labels(tmp_path / "zip", content))


def test_a_list_of_classes_gives_their_order(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path, "cat/0.png", "dog/0.png", "owl/0.png")
    (tmp_path / "classes.txt").write_text("dog\ncat\n", encoding="utf-8")

    data = load(tmp_path)

    assert (data.class_names, data.labels.tolist()) == (("dog", "cat"), [0, 1])
    assert "1 outside the folders that are read: owl/0.png" in messages(caplog)
    for wrong in ("dog\ndog\n", "\n", b"\xff\xfe\x00"):
        (tmp_path / "classes.txt").write_bytes(wrong if isinstance(wrong, bytes) else wrong.encode())
        with pytest.raises(GanzooError, match=r"classes\.txt (names a class twice, or none|is no text)"):
            load(tmp_path)
