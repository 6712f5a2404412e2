"""The IDX parser: what it reads, and that anything else is a GanzooError."""

from __future__ import annotations

import gzip
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
from ganzoo_datasets.idx import read_idx
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from ganzoo.errors import GanzooError


def idx_bytes(array: np.ndarray) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def read(data: bytes, item_shape: tuple[int, ...]) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "some-idx")
        path.write_bytes(data)
        return read_idx(path, item_shape).numpy()


def test_a_file_written_by_hand() -> None:
    data = bytes.fromhex("00000803 00000002 00000002 00000003 000102 030405 0a0b0c 0d0eff")
    np.testing.assert_array_equal(read(data, (2, 3)), [[[0, 1, 2], [3, 4, 5]], [[10, 11, 12], [13, 14, 255]]])


@settings(deadline=None)
@given(arrays(np.uint8, array_shapes(min_dims=1, max_dims=3, max_side=6)), st.booleans())
def test_round_trip(array: np.ndarray, compress: bool) -> None:
    data = idx_bytes(array)
    result = read(gzip.compress(data) if compress else data, array.shape[1:])
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(result, array)


@settings(deadline=None)
@given(
    st.one_of(
        st.binary(max_size=64),
        st.binary(max_size=64).map(lambda data: b"\x1f\x8b" + data),
        st.binary(max_size=64).map(lambda data: b"\x1f\x8b\x08\x00" + data),
        st.binary(max_size=64).map(lambda data: bytes([0, 0, 8, 3]) + data),
        st.binary(max_size=64).map(gzip.compress),
    )
)
def test_random_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(GanzooError, match="some-idx"):
        read(data, (28, 28))


@settings(deadline=None)
@given(st.data(), st.booleans())
def test_every_truncation_and_extension_is_refused(data: st.DataObject, compress: bool) -> None:
    whole = idx_bytes(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))
    whole = gzip.compress(whole) if compress else whole
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(GanzooError, match="not a whole IDX file"):
        read(whole[:cut], (3, 4))
    with pytest.raises(GanzooError, match="not a whole IDX file"):
        read(whole + b"x", (3, 4))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "starts with nothing"),
        (bytes([0, 0, 9, 1]) + bytes(8), "starts with 00 00 09 01, not 00 00 08 01"),
        (bytes([0, 0, 8, 3]) + bytes(12), "starts with 00 00 08 03"),
        (bytes([0, 0, 8, 1, 0, 0]), "inside its header"),
        (bytes([0, 0, 8, 1, 0, 0, 0, 0]), "holds no items"),
        (bytes([0, 0, 8, 1, 0, 0, 0, 3, 1, 2]), "announces 3 bytes of values, it holds 2"),
        (bytes([0, 0, 8, 1, 0, 0, 0, 1, 1, 2]), "announces 1 bytes of values, it holds more"),
        (bytes([0, 0, 8, 1, 255, 255, 255, 255, 1]), "announces 4,294,967,295 bytes"),
    ],
)
def test_the_reason_is_given(data: bytes, reason: str) -> None:
    with pytest.raises(GanzooError, match=reason):
        read(data, ())


def test_another_image_size_is_named() -> None:
    with pytest.raises(GanzooError, match="items are 3x4, not 28x28"):
        read(idx_bytes(np.zeros((2, 3, 4), np.uint8)), (28, 28))


def test_a_flipped_bit_in_a_gzip_is_noticed() -> None:
    packed = bytearray(gzip.compress(idx_bytes(np.zeros(1000, np.uint8))))
    packed[-6] ^= 1  # in the checksum that ends the stream
    with pytest.raises(GanzooError, match="CRC"):
        read(bytes(packed), ())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(GanzooError, match="absent"):
        read_idx(tmp_path / "absent", ())


def test_a_bomb_is_refused_by_what_its_header_announces() -> None:
    data = gzip.compress(struct.pack(">BBBB3I", 0, 0, 8, 3, 10**6, 28, 28)) + gzip.compress(bytes(2**20))

    with pytest.raises(
        GanzooError, match="announces 784,000,000 bytes of values, and no more than 67,108,864"
    ):
        read(data, (28, 28))


def test_a_plain_file_can_not_announce_more_than_it_holds() -> None:
    with pytest.raises(GanzooError, match="no more than 16 are read"):
        read(struct.pack(">BBBB3I", 0, 0, 8, 3, 2**32 - 1, 28, 28), (28, 28))
