"""Images in a .npz, and in the tables that Hugging Face `datasets` writes, as data sets."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from ganzoo_datasets.folder import Folder
from PIL import Image

from ganzoo.cli.data_command import command as data_command
from ganzoo.errors import GanzooError, UsageError
from ganzoo.interfaces import LabelledImages

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 5, 4, 3), np.uint8)
LABELS = [0, 1, 1, 0, 2, 1]
NAMES = ["T-shirt/top", "bag", "ankle boot"]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))


def load(path: Path, split: str = "train") -> LabelledImages:
    return Folder(Folder.Config(size="original"), path).load(split)


def assert_holds(
    data: LabelledImages, rows: slice = slice(None), names: tuple[str, ...] = tuple(NAMES)
) -> None:
    np.testing.assert_array_equal(data.images.permute(0, 2, 3, 1), PIXELS[rows])
    assert data.labels.tolist() == LABELS[rows]
    assert data.class_names == names


# A .npz


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_array_with_labels(save: Callable[..., None], tmp_path: Path) -> None:
    save(tmp_path / "mine.npz", images=PIXELS, labels=np.array(LABELS))

    assert_holds(load(tmp_path / "mine.npz"), names=("0", "1", "2"))


def test_the_classes_of_an_array_are_called_as_listed_beside_it(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", images=PIXELS, labels=np.array(LABELS))
    (tmp_path / "classes.txt").write_text("\n".join(NAMES))

    assert_holds(load(tmp_path / "mine.npz"))


def test_an_array_of_grey_images_without_labels_or_channels(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", images=PIXELS[..., 0])

    data = load(tmp_path / "mine.npz")

    assert data.class_names == ("mine",)
    np.testing.assert_array_equal(data.images, PIXELS[..., :1].repeat(3, -1).transpose(0, 3, 1, 2))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"images": PIXELS / 255}, "are float64, not uint8"),
        ({"x": PIXELS}, "no array called images; it has x.npy"),
        ({"images": PIXELS, "labels": np.array([*LABELS[:5], -1])}, "has the label -1, which is no class"),
        ({"images": PIXELS, "labels": np.zeros((6, 3))}, "not one integer an image"),
    ],
)
def test_an_array_of_something_else_is_refused(arrays: dict[str, Any], message: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", **arrays)

    with pytest.raises(GanzooError, match=message):
        load(tmp_path / "mine.npz")


def test_an_array_has_no_test_split(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", images=PIXELS)

    with pytest.raises(UsageError, match="has no test split"):
        load(tmp_path / "mine.npz", "test")


def test_an_array_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    np.savez(path, images=PIXELS)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"(6, 5, 4, 3)", b"(9, 5, 4, 3)"))

    with pytest.raises(GanzooError, match="Bad CRC-32"):
        load(path)


# Tables


def table(rows: slice = slice(None), label: str = "label", image: str = "img", labels: Any = None) -> Any:
    """What `datasets` 5.2 writes: PNG files in a struct, and in the schema what each column is."""
    pyarrow = pytest.importorskip("pyarrow", reason="the extra hf is not installed")
    files = []
    for pixels in PIXELS[rows]:
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        files.append({"bytes": buffer.getvalue(), "path": None})
    features = {image: {"_type": "Image"}}
    if labels is None:
        features[label] = {"names": NAMES, "_type": "ClassLabel"}  # type: ignore[dict-item]
    columns = {image: files, label: LABELS[rows] if labels is None else labels}
    kinds = {"type": pyarrow.struct({"bytes": pyarrow.binary(), "path": pyarrow.string()})}
    arrays = [pyarrow.array(columns[image], **kinds), pyarrow.array(columns[label])]
    made = pyarrow.table(arrays, names=[image, label])
    return made.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})


def write_parquet(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pytest.importorskip("pyarrow.parquet").write_table(content, path, row_group_size=2)


def write_saved(folder: Path, *contents: Any) -> None:
    """A folder of `Dataset.save_to_disk`."""
    pyarrow = pytest.importorskip("pyarrow")
    folder.mkdir(parents=True)
    names = [f"data-{number:05}-of-{len(contents):05}.arrow" for number in range(len(contents))]
    for name, content in zip(names, contents, strict=True):
        with pyarrow.ipc.new_stream(str(folder / name), content.schema) as stream:
            stream.write_table(content)
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": name} for name in names]}))
    (folder / "dataset_info.json").write_text("{}")


def test_a_repository_of_parquet_files(tmp_path: Path) -> None:
    write_parquet(tmp_path / "data" / "train-00000-of-00002.parquet", table(slice(0, 4)))
    write_parquet(tmp_path / "data" / "train-00001-of-00002.parquet", table(slice(4, 6)))
    write_parquet(tmp_path / "data" / "validation-00000-of-00001.parquet", table(slice(2, 5)))
    (tmp_path / "README.md").write_text("a card")
    (tmp_path / "preview.png").write_bytes(b"")

    assert_holds(load(tmp_path))
    assert_holds(load(tmp_path, "test"), slice(2, 5))
    assert_holds(load(tmp_path / "data" / "train-00001-of-00002.parquet"), slice(4, 6))


def test_folders_of_save_to_disk(tmp_path: Path) -> None:
    write_saved(tmp_path / "both" / "train", table(slice(0, 3)), table(slice(3, 6)))
    write_saved(tmp_path / "both" / "test", table(slice(1, 2)))
    (tmp_path / "both" / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')

    assert_holds(load(tmp_path / "both"))
    assert_holds(load(tmp_path / "both", "test"), slice(1, 2))
    assert_holds(load(tmp_path / "both" / "train"))


def test_labels_that_are_texts_or_plain_numbers(tmp_path: Path) -> None:
    texts = [NAMES[label] for label in LABELS]
    write_parquet(tmp_path / "texts" / "a.parquet", table(labels=texts))
    write_parquet(tmp_path / "numbers" / "a.parquet", table(labels=LABELS))
    (tmp_path / "numbers" / "classes.txt").write_text("\n".join(NAMES))

    data = load(tmp_path / "texts")
    assert data.class_names == ("T-shirt/top", "ankle boot", "bag")
    assert [data.class_names[label] for label in data.labels] == texts
    assert_holds(load(tmp_path / "numbers"))


def test_what_can_not_be_a_data_set_is_refused_in_words(tmp_path: Path) -> None:
    write_parquet(tmp_path / "two" / "a" / "train.parquet", table())
    write_parquet(tmp_path / "two" / "b" / "train.parquet", table())
    write_parquet(tmp_path / "hidden" / "train.parquet", table())
    write_parquet(tmp_path / "hidden" / "test.parquet", table(labels=[-1] * 6))
    pointer = tmp_path / "lfs" / "train.parquet"
    pointer.parent.mkdir()
    pointer.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    write_parquet(tmp_path / "texts.parquet", table().select(["label"]))

    for path, split, message in (
        ("two", "train", "several data sets; write one of them"),
        ("hidden", "test", "keeps the labels of its test split to itself"),
        ("lfs", "train", "git lfs pull"),
        ("texts.parquet", "train", "no column of images, only"),
        ("texts.parquet", "test", "has no test split"),
    ):
        with pytest.raises(GanzooError, match=message):
            load(tmp_path / path, split)


def test_a_row_without_its_image_is_damaged(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    rows = [{"bytes": b"", "path": None}, table().column("img")[0].as_py()]
    write_parquet(tmp_path / "a.parquet", pyarrow.table({"image": rows}))

    with pytest.raises(GanzooError, match=r"row 0 of .*it is empty(.|\n)*--set dataset.damaged=skip"):
        load(tmp_path / "a.parquet")
    found = Folder(Folder.Config(size="original", damaged="skip"), tmp_path / "a.parquet").load("train")
    assert len(found.images) == 1


def test_without_pyarrow_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(GanzooError, match=r"need the extra `hf`.*pip install 'ganzoo-torch\[hf\]'"):
        load(tmp_path)


def test_a_folder_of_pictures_with_a_table_beside_them_is_one_of_pictures(tmp_path: Path) -> None:
    (tmp_path / "cat").mkdir()
    for number in range(9):
        Image.fromarray(PIXELS[0]).save(tmp_path / "cat" / f"{number}.png")
    (tmp_path / "cat" / "sizes.parquet").write_bytes(b"PAR1")

    assert load(tmp_path).class_names == ("cat",)


def test_data_show_knows_them(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", images=PIXELS, labels=np.array(LABELS))

    result = CliRunner().invoke(data_command, ["show", str(tmp_path / "mine.npz"), "--json"])

    found = json.loads(result.stdout)["splits"]["train"]
    assert found["classes"] == {"0": 2, "1": 3, "2": 1}
    assert found["sizes"] == {"5x4": 6}
