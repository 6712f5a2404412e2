"""Hostile tables of images, Arrow and Parquet, as Hugging Face `datasets` keeps them, and what lists them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow
import pyarrow.parquet
from ganzoo_datasets.folder import Folder

from benchmarks.soak.hostile_files.drawing import mapped, one_of
from benchmarks.soak.hostile_files.fuzzing import Reader
from benchmarks.soak.hostile_files.images import honest_images
from benchmarks.soak.hostile_files.json_mutation import edited_json
from benchmarks.soak.hostile_files.mutation import mutated
from benchmarks.soak.hostile_files.special_files import Make, content

_PICTURE: Final = honest_images()["PNG"]
_FEATURES: Final = json.dumps(
    {"info": {"features": {
        "image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": ["a", "b"]},
    }}}
).encode()  # fmt: skip
_STATE: Final = json.dumps({"_data_files": [{"filename": "data.arrow"}], "_split": "train"}).encode()
_SPLITS: Final = json.dumps({"splits": ["train"]}).encode()


def readers(folder: Path) -> list[Reader]:
    """What reads tables."""
    table, plain = _table(), _table(image=[_PICTURE] * 4, label=["b", "a", "b", "a"])
    parquet = {
        "packed": _parquet(table), "zstd": _parquet(table, compression="zstd"),
        "plain": _parquet(plain, compression="none", use_dictionary=False),
    }  # fmt: skip
    arrow = {"a stream": _stream(table), "packed": _stream(table, compression="zstd")}
    said = edited_json([_FEATURES])
    return [
        Reader(
            "table, Parquet", _load, "train.parquet", parquet,
            one_of(mutated(list(parquet.values())), mapped(said, lambda text: _parquet(_table(said=text)))),
            _PARQUET,
        ),
        Reader(
            "table, Arrow", lambda path: _load(path.parent), "data.arrow", arrow,
            one_of(mutated(list(arrow.values())), mapped(said, lambda text: _stream(_table(said=text)))),
            _ARROW, partial(_saved, {"state.json": _STATE}),
        ),
        Reader(
            "table, state.json", lambda path: _load(path.parent), "state.json", {"of one split": _STATE},
            one_of(mutated([_STATE]), edited_json([_STATE])), _STATES, partial(_saved, {}),
        ),
        Reader(
            "table, dataset_dict.json", lambda path: _load(path.parent), "dataset_dict.json",
            {"of one split": _SPLITS}, one_of(mutated([_SPLITS]), edited_json([_SPLITS])), _DICTIONARIES,
            lambda place: _saved({"state.json": _STATE}, place / "train"),
        ),
    ]  # fmt: skip


def _load(path: Path) -> object:
    return Folder(Folder.Config(size=8), path).load("train")


def _saved(more: Mapping[str, bytes], folder: Path) -> None:
    """What `Dataset.save_to_disk` writes."""
    folder.mkdir(exist_ok=True)
    for name, data in {"data.arrow": _stream(_table()), "dataset_info.json": b"{}", **more}.items():
        (folder / name).write_bytes(data)


def _table(said: bytes = _FEATURES, **columns: Any) -> Any:
    """Four pictures and their labels; another column in the place of one of them, or one more."""
    made = {
        "image": pyarrow.array([{"bytes": _PICTURE, "path": "x.png"}] * 4),
        "label": pyarrow.array([0, 1, 0, 1]),
        **{name: pyarrow.array(column) for name, column in columns.items()},
    }
    return pyarrow.table(made).replace_schema_metadata({b"huggingface": said})


def _parquet(table: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer, **{"row_group_size": 2, **options})
    return buffer.getvalue()


def _stream(table: Any, compression: str | None = None) -> bytes:
    buffer = io.BytesIO()
    options = pyarrow.ipc.IpcWriteOptions(compression=compression)
    with pyarrow.ipc.new_stream(buffer, table.schema, options=options) as stream:
        stream.write_table(table)
    return buffer.getvalue()


def _as(write: Callable[..., bytes], make: Callable[[], Any], **options: Any) -> Make:
    return lambda path: path.write_bytes(write(make(), **options))


def _zeros(count: int) -> Any:
    """Numbers that take next to nothing packed."""
    return pyarrow.Array.from_buffers(pyarrow.int64(), count, [None, pyarrow.py_buffer(bytes(8 * count))])


_FEATURES_THAT_LIE: Final = {
    "names that are a number": {"_type": "ClassLabel", "names": 5},
    "names that are numbers": {"_type": "ClassLabel", "names": [1, None]},
    "names with control characters": {"_type": "ClassLabel", "names": ["\x1b[2J", "\r\x07"]},
    "too few names": {"_type": "ClassLabel", "names": []},
}
_SHAPES: Final[Mapping[str, Callable[[], Any]]] = {
    **{
        name: lambda said=said: _table(json.dumps({"info": {"features": {"label": said}}}).encode())
        for name, said in _FEATURES_THAT_LIE.items()
    },
    "labels that are images": lambda: _table(
        b'{"info": {"features": {"image": {"_type": "ClassLabel", "names": ["a"]}}}}'
    ),
    "labels that are lists": lambda: _table(label=[[0], [1], [0], [1]]),
    "labels that are numbers and nothing": lambda: _table(label=[0, None, 1, None]),
    "a label of 2**62": lambda: _table(label=[0, 1, 2**62, 0]),
    "a label of 2**20 - 1": lambda: _table(label=[0, 1, 2**20 - 1, 0]),
    "images that are texts": lambda: _table(image=["x.png"] * 4),
    "images elsewhere": lambda: _table(image=[{"bytes": None, "path": "/etc/passwd"}] * 4),
    "columns with control characters": lambda: pyarrow.table({"\x1b[2J": [1], "\r\x07": [b""], "b": [b""]}),
    "no columns": lambda: pyarrow.table({}),
    "no rows": lambda: _table().slice(0, 0),
    "2**24 rows of nothing": lambda: pyarrow.table(
        {"image": pyarrow.array([b""]).take(_zeros(2**24)), "label": _zeros(2**24)}
    ),
    "an image of 600 MB": lambda: _table(image=[bytes(6 * 10**8), b"", b"", b""]),
    "10,000 rows of one image of 1 MB": lambda: pyarrow.table({"image": pyarrow.array([bytes(2**20)] * 500)}),
}
_PARQUET: Final[Mapping[str, Make]] = {
    **{name: _as(_parquet, make, compression="zstd", row_group_size=2**24) for name, make in _SHAPES.items()},
    "a pointer of Git LFS": content(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
    "a footer of 2 GB": content(b"PAR1" + bytes(100) + (2**31 - 1).to_bytes(4, "little") + b"PAR1"),
}
_ARROW: Final[Mapping[str, Make]] = {
    name: _as(_stream, make, compression="zstd") for name, make in _SHAPES.items()
}
_STATES: Final[Mapping[str, Make]] = {
    f"files called {name!r}": content(json.dumps({"_data_files": [{"filename": name}]}).encode())
    for name in ("..", ".", "../data.arrow", "/etc/passwd", "a\0b", "\x1b[2J", "x" * 5000)
}
_DICTIONARIES: Final[Mapping[str, Make]] = {
    f"a split called {name!r}": content(json.dumps({"splits": [name, "train"]}).encode())
    for name in ("..", "/", "", "a\0b", "\x1b[2J", "x" * 5000, "../train")
}
