"""Files are read within limits: no pipe, no device, nothing larger than its kind."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from ganzoo.files import TENSOR_HEADER, read_bytes, read_text, require_file, require_tensor_file

READERS = [
    lambda path: read_bytes(path, 10),
    lambda path: read_text(path, 10),
    require_file,
    require_tensor_file,
]


def test_a_file_within_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes("ä".encode() * 5)
    (tmp_path / "link").symlink_to(path)

    assert read_bytes(path, 10) == read_bytes(tmp_path / "link", 10) == "ä".encode() * 5
    assert read_text(path, 10) == "ä" * 5


def test_a_larger_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.truncate(2**40)

    with pytest.raises(
        OSError, match=r"^it has 1,099,511,627,776 bytes, and no file of its kind has more than 10$"
    ):
        read_bytes(path, 10)


@pytest.mark.parametrize("read", READERS)
def test_a_pipe_and_a_device_are_refused(read: Callable[[Path], object], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zeros").symlink_to("/dev/zero")

    for name in ("pipe", "zeros"):
        with pytest.raises(OSError, match=r"^it is a pipe or a device, not a file$"):
            read(tmp_path / name)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("name", ["absent", "a\x00b"])
def test_what_is_not_there_is_an_error_of_the_system(
    read: Callable[[Path], object], name: str, tmp_path: Path
) -> None:
    with pytest.raises(OSError, match=r"No such file|null"):
        read(tmp_path / name)


@pytest.mark.parametrize(
    ("length", "is_refused"), [(TENSOR_HEADER, False), (TENSOR_HEADER + 1, True), (2**64 - 1, True)]
)
def test_a_long_header_of_tensors_is_refused(length: int, is_refused: bool, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(struct.pack("<Q", length))

    if is_refused:
        with pytest.raises(OSError, match=f"its header claims {length:,} bytes"):
            require_tensor_file(path)
    else:
        require_tensor_file(path)
