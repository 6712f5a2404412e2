"""Labels where a file could be taken for another: read as they are meant, or refused, and never dropped."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ganzoo_datasets.folder import Folder
from PIL import Image

from ganzoo.errors import GanzooError
from ganzoo.evaluation.image_files import from_place
from ganzoo.image_files import FolderPlace
from ganzoo.interfaces import ImageSpec, LabelledImages


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))


def png(grey: int = 0) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (4, 4), grey).save(buffer, "PNG")
    return buffer.getvalue()


def load(path: Path, split: str = "train") -> LabelledImages:
    return Folder(Folder.Config(size=4), path).load(split)


def stylegan_zip(path: Path, content: object, count: int = 4, in_a_folder: int = 2) -> Path:
    """As `dataset_tool.py` packs it: so many images a folder, whatever their classes."""
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number // in_a_folder:05}/img{number:08}.png", png(number))
        archive.writestr("dataset.json", json.dumps(content))
    return path


def test_the_folders_of_a_zip_without_labels_are_no_classes(tmp_path: Path) -> None:
    data = load(stylegan_zip(tmp_path / "faces.zip", {"labels": None}))

    assert (data.labels.tolist(), data.class_names) == ([0] * 4, ("faces.zip",))
    assert [int(image[0, 0, 0]) for image in data.images] == [0, 1, 2, 3]


def test_a_dataset_json_about_other_things_is_not_heeded(tmp_path: Path) -> None:
    data = load(stylegan_zip(tmp_path / "mine.zip", {"name": "mine", "version": 2}))

    assert (data.labels.tolist(), data.class_names) == ([0, 0, 1, 1], ("00000", "00001"))


def test_labels_of_images_that_are_not_there_are_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    labels = [[f"{number // 2:05}/img{number:08}.png", number % 2] for number in range(6)]

    data = load(stylegan_zip(tmp_path / "mine.zip", {"labels": labels}))

    assert data.labels.tolist() == [0, 0, 1, 1]
    assert "2 of 6 images in the dataset.json" in caplog.text
    with pytest.raises(GanzooError, match=r"gives '00000/img00000000\.png' two labels"):
        load(stylegan_zip(tmp_path / "twice.zip", {"labels": [*labels, [labels[0][0], 1]]}))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["cat/0/a.png", "cat/1/a.png", "dog/0/a.png", "dog/1/a.png"], [0, 0, 1, 1]),
        (["cat/2024/a.png", "dog/2025/a.png"], [0, 1]),
        (["train/cat/a.png", "train/dog/a.png"], [0, 1]),
        (["1/cat/a.png", "0/dog/a.png"], [0, 1]),
        (["0/1/a.png", "1/0/a.png"], [0, 1]),
        (["cat/a.png", "b.png"], None),
    ],
)
def test_samples_have_the_class_of_their_outermost_folder_as_data_sets_have(
    names: Sequence[str], expected: list[int] | None, tmp_path: Path
) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(png())

    labels = from_place(FolderPlace(tmp_path), ("cat", "dog"), ImageSpec(3, 4, 4)).labels

    in_order = sorted(zip(names, expected, strict=True)) if expected else []
    assert (None if labels is None else labels.tolist()) == (expected and [label for _, label in in_order])


# Tables


def table(path: Path, labels: Any, names: Sequence[str] | None = None) -> Path:
    """A parquet file with an image a label; with names, labels are a `ClassLabel`."""
    pyarrow = pytest.importorskip("pyarrow", reason="the extra hf is not installed")
    images = pyarrow.array([{"bytes": png(number), "path": None} for number in range(len(labels))])
    made = pyarrow.table({"image": images, "label": labels})
    if names is not None:
        features = {"image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": [*names]}}
        made = made.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    path.parent.mkdir(parents=True, exist_ok=True)
    pytest.importorskip("pyarrow.parquet").write_table(made, path)
    return path


def test_labels_of_every_type_are_classes_or_refused(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="the extra hf is not installed")
    categories = load(table(tmp_path / "pandas.parquet", pyarrow.array(["b", "a", "b"]).dictionary_encode()))
    truths = load(table(tmp_path / "truths.parquet", pyarrow.array([True, False, True])))

    assert (categories.labels.tolist(), categories.class_names) == ([1, 0, 1], ("a", "b"))
    assert (truths.labels.tolist(), truths.class_names) == ([1, 0, 1], ("0", "1"))
    for labels in (pyarrow.array([0.5, 1.0]), pyarrow.array([[1], [0]])):
        with pytest.raises(
            GanzooError, match=r"the column label of .* is (double|list<.*>); labels are classes"
        ):
            load(table(tmp_path / "other.parquet", labels))


def test_tables_whose_classes_are_in_another_order_are_refused(tmp_path: Path) -> None:
    table(tmp_path / "data" / "train-00000.parquet", [0, 1], ["cat", "dog"])
    table(tmp_path / "data" / "test-00000.parquet", [0, 1], ["dog", "cat"])

    assert load(tmp_path / "data").class_names == ("cat", "dog")
    with pytest.raises(GanzooError, match=r"\('dog', 'cat'\) in its test split and \('cat', 'dog'\)"):
        load(tmp_path / "data", "test")
    table(tmp_path / "data" / "train-00001.parquet", [0, 1], ["dog", "cat"])
    with pytest.raises(GanzooError, match=r"train-00001\.parquet has the classes \('dog', 'cat'\)"):
        load(tmp_path / "data")


def test_tables_are_in_natural_order_and_other_splits_are_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number, labels in ((1, [0]), (2, [1]), (10, [2])):
        table(tmp_path / f"train-{number}.parquet", labels)
    for split in ("validation", "test", "unsupervised"):
        table(tmp_path / f"{split}.parquet", [0])

    assert load(tmp_path).labels.tolist() == [0, 1, 2]

    assert "the splits unsupervised, validation" in caplog.text
