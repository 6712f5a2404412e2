"""Tables of strangers: what is no table, lies about its size or leads elsewhere is refused in words."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganzoo.errors import GanzooError
from ganzoo.image_files.left_out import LeftOut
from ganzoo.image_files.opening import place_of
from ganzoo.image_files.tables import TablePlace

pyarrow = pytest.importorskip("pyarrow", reason="the extra hf is not installed")
parquet = pytest.importorskip("pyarrow.parquet")


def as_parquet(path: Path, table: Any) -> Path:
    parquet.write_table(table, path / "train.parquet", compression="zstd")
    return path / "train.parquet"


def as_stream(path: Path, table: Any, **options: Any) -> Path:
    options = {"compression": "zstd", **options}
    with pyarrow.ipc.new_stream(
        path / "train.arrow", table.schema, options=pyarrow.ipc.IpcWriteOptions(**options)
    ) as stream:
        stream.write_table(table)
    return path / "train.arrow"


def as_file(path: Path, table: Any) -> Path:
    options = pyarrow.ipc.IpcWriteOptions(compression="zstd")
    with pyarrow.ipc.new_file(path / "train.arrow", table.schema, options=options) as file:
        file.write_table(table)
    return path / "train.arrow"


every_format = pytest.mark.parametrize("write", [as_parquet, as_stream, as_file])
Write = Callable[[Path, Any], Path]


def read(path: Path) -> tuple[list[bytes], Any]:
    place = place_of(path)
    assert isinstance(place, TablePlace)
    return [place.read(name) for name in place.names(LeftOut())], place.layout("train", None)


def table(features: Any = None, **columns: Any) -> Any:
    made = pyarrow.table({"image": [b"one", b"two"], "label": [0, 1], **columns})
    said = {"info": {"features": features}}
    return made.replace_schema_metadata({b"huggingface": json.dumps(said).encode()}) if features else made


@every_format
def test_packed_tables_are_read(write: Write, tmp_path: Path) -> None:
    images, layout = read(write(tmp_path, table()))
    assert (images, layout.labels, layout.class_names) == ([b"one", b"two"], (0, 1), ("0", "1"))


@every_format
def test_an_image_that_unpacks_to_far_more_than_it_is_is_refused(write: Write, tmp_path: Path) -> None:
    path = write(tmp_path, table(image=[bytes(2**27), b""]))
    assert path.stat().st_size < 2**17
    with pytest.raises(GanzooError, match=r"unpack[s]? to 1[0-9,]+ bytes from [0-9,]+"):
        read(path)


def test_a_page_larger_than_the_footer_says_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = as_parquet(tmp_path, table(image=[bytes(2**27), b""]))
    part = next(
        part
        for part in map(parquet.ParquetFile(path).metadata.row_group(0).column, (0, 1))
        if part.path_in_schema == "image"
    )
    said = varint(part.total_uncompressed_size)
    whole = path.read_bytes()
    footer = whole.rindex(said)
    path.write_bytes(whole[:footer] + varint(1000, len(said)) + whole[footer + len(said) :])
    changed = parquet.ParquetFile(path).metadata.row_group(0)
    assert 1000 in [changed.column(index).total_uncompressed_size for index in (0, 1)]

    usual = pyarrow.default_memory_pool()
    counted = pyarrow.proxy_memory_pool(usual)
    pyarrow.set_memory_pool(counted)
    try:
        with pytest.raises(GanzooError, match=r"unpacks to 1[0-9,]+ bytes from [0-9,]+"):
            read(path)
    finally:
        pyarrow.set_memory_pool(usual)
    assert counted.max_memory() < 2**24


def varint(number: int, length: int = 0) -> bytes:
    """A whole number as Thrift writes it, in so many bytes."""
    number <<= 1
    digits = []
    while number or not digits or len(digits) < length:
        digits.append(number & 127)
        number >>= 7
    return bytes([*(digit | 128 for digit in digits[:-1]), digits[-1]])


def test_many_parts_that_each_unpack_to_little_are_summed(tmp_path: Path) -> None:
    pieces = [table(image=[bytes(2**25), b""], label=["a" * 2**25, "b"])] * 3
    parquet.write_table(
        pyarrow.concat_tables(pieces), tmp_path / "a.parquet", row_group_size=2, compression="zstd"
    )
    place = place_of(tmp_path / "a.parquet")
    assert isinstance(place, TablePlace)
    assert len(place.read("train/00000000")) == 2**25  # a group by itself is within the limit
    with pytest.raises(GanzooError, match=r"unpacks to [0-9,]+ bytes from [0-9,]+"):
        place.layout("train", None)
    with pytest.raises(GanzooError, match=r"unpacks to [0-9,]+ bytes from [0-9,]+"):
        place_of_rows(as_stream(tmp_path, pyarrow.concat_tables(pieces)))


def place_of_rows(path: Path) -> list[str]:
    place = place_of(path)
    assert place is not None
    return place.names(LeftOut())


def test_rows_that_repeat_one_image_are_refused_before_they_fill_the_memory(tmp_path: Path) -> None:
    with pytest.raises(GanzooError, match=r"unpacks to [0-9,]+ bytes from [0-9,]+"):
        read(as_parquet(tmp_path, pyarrow.table({"image": [bytes(2**20)] * 100})))


@every_format
def test_more_rows_than_a_file_can_hold_are_refused_unread(write: Write, tmp_path: Path) -> None:
    path = write(
        tmp_path, pyarrow.table({"image": pyarrow.array([b""] * 2**17), "label": np.zeros(2**17, int)})
    )
    with pytest.raises(GanzooError, match=r"says that it holds 131,072 rows in [0-9,]+ bytes"):
        read(path)


@every_format
@pytest.mark.parametrize(
    ("labels", "kind"), [([[0], [1]], "list<.*>"), ([0.5, 1.0], "double")], ids=["lists", "fractions"]
)
def test_labels_that_are_no_classes_are_refused(write: Write, labels: Any, kind: str, tmp_path: Path) -> None:
    said = {"label": {"_type": "ClassLabel", "names": ["a", "b"]}}
    with pytest.raises(GanzooError, match=f"the column label of .* is {kind}; labels are classes"):
        read(write(tmp_path, table(said, label=labels)))


@pytest.mark.parametrize("names", [5, None, {}, "ab"])
def test_names_of_classes_that_are_no_list_are_left_out(names: Any, tmp_path: Path) -> None:
    path = as_parquet(tmp_path, table({"label": {"_type": "ClassLabel", "names": names}}))
    assert read(path)[1].class_names == ("0", "1")


def test_files_that_disagree_about_labels_are_refused(tmp_path: Path) -> None:
    for name, labels in (("a", ["x", "y"]), ("b", [0, 1]), ("c", ["", "x"])):
        (tmp_path / name).mkdir()
        Path(as_parquet(tmp_path / name, table(label=labels))).rename(tmp_path / f"train-{name}.parquet")
        (tmp_path / name).rmdir()
    with pytest.raises(GanzooError, match=r"has the class 0, which is none of"):
        read(tmp_path)


@pytest.mark.parametrize("name", ["train.parquet", "train.arrow"])
def test_a_pipe_is_refused(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / name)
    (tmp_path / "state.json").write_text(json.dumps({"_data_files": [{"filename": name}]}))
    (tmp_path / "dataset_info.json").write_text("{}")
    with pytest.raises(GanzooError, match="it is a pipe or a device"):
        read(tmp_path)


@pytest.mark.parametrize("split", ["..", ".", "", "../train", "/"])
def test_a_split_that_is_another_folder_is_refused(split: str, tmp_path: Path) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    for place in (tmp_path, folder):
        (place / "state.json").write_text(json.dumps({"_data_files": [{"filename": "train.arrow"}]}))
        as_stream(place, table())
    (folder / "dataset_dict.json").write_text(json.dumps({"splits": ["train", split]}))
    with pytest.raises(GanzooError, match="lists no splits"):
        place_of(folder)


def test_offsets_that_lead_out_of_a_table_are_refused_before_they_are_followed(tmp_path: Path) -> None:
    """pyarrow would end the process, or read what lies beyond."""
    path = as_stream(tmp_path, table(), compression=None)
    whole = path.read_bytes()
    honest, forged = (struct.pack("<3i", *offsets) for offsets in ((0, 3, 6), (0, -3, 2**30)))
    assert whole.count(honest) == 1
    path.write_bytes(whole.replace(honest, forged))
    with pytest.raises(GanzooError, match="can't be read as a table"):
        read(path)
