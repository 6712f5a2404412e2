"""Files that are no recording: refused with the reason, never with a traceback, never with a wrong number."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ganzoo import trace
from ganzoo.errors import GanzooError, UsageError
from ganzoo.trace import file_text, json_stream
from ganzoo.trace.clock import nanoseconds

KERNEL = {"ph": "X", "cat": "kernel", "name": "gemm", "ts": 5, "dur": 1, "pid": 0, "tid": 7}


def refusal(tmp_path: Path, content: bytes | str) -> str:
    """The message with which a file of this content is refused."""
    path = tmp_path / "trace.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(GanzooError) as caught:
        trace.read(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    return message


def events(*changed: Any) -> str:
    return json.dumps({"traceEvents": list(changed)})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is empty"),
        (b"\xef\xbb\xbf", "not valid JSON|does not begin"),
        ("hello", "does not begin as JSON does"),
        ("<html></html>", "does not begin as JSON does"),
        (b"PK\x03\x04zip", "does not begin as JSON does"),
        (b"PK\x03\x04zip", "\nit is a zip archive; only plain and gzipped JSON in UTF-8 are read"),
        (b"\x28\xb5\x2f\xfd\x00", "is not UTF-8 text .*\nit is compressed by zstd"),
        (b"BZh91AY&SY\xff", "is not UTF-8 text .*\nit is compressed by bzip2"),
        ("[]".encode("utf-16"), "byte 0 is not UTF-8 text .*\nit is UTF-16 text"),
        ('[{"name": "é'.encode()[:-1], "is cut off: it ends within a character, after 12 bytes"),
        ("[]x", "not valid JSON: Extra data at character 2 of 3, line 1"),
        (b"\x80\x05pickle", "byte 0 is not UTF-8"),
        ("5", "does not begin as JSON does|without a list"),
        ("{}", "without a list of 'traceEvents'"),
        ('{"schema": 1, "rows": []}', "without a list of 'traceEvents'"),
        ('{"traceEvents": 5}', "without a list of 'traceEvents'"),
        ('{"traceEvents": {"a": 1}}', "without a list of 'traceEvents'"),
        ('{"traceEvents": null}', "without a list of 'traceEvents'"),
        ('{"traceEvents": []}', "empty recording"),
        ("[]", "empty recording"),
        ("[1, 2]", "its events hold 1, which is not an event"),
        ('{"traceEvents": ["kernel"]}', "its events hold 'kernel', which is not an event"),
        ('{"traceEvents": [[]]}', r"its events hold \[\], which is not an event"),
        (events({"ph": "X", "cat": "v8", "name": "GC", "ts": 1}), "Chrome trace of another program"),
        (events({"ph": "M", "name": "process_name"}), "Chrome trace of another program"),
        ('{"traceEvents": [}', "not valid JSON: Expecting value at character 17 of 18, line 1"),
        ('{"traceEvents": [],}', "not valid JSON"),
        ('{"traceEvents": [' + "1" * 5000 + "]}", "is not a recording: Exceeds the limit"),
        ("[" * 200_000, "nested deeper|cut off"),
        ('{"a":' * 200_000, "nested deeper|cut off"),
        ('{"traceEvents": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested deeper"),
        ("\x00" * 100, "does not begin as JSON does"),
    ],
    ids=str,
)  # fmt: skip
def test_a_file_that_is_no_recording(tmp_path: Path, content: bytes | str, reason: str) -> None:
    assert re.search(reason, refusal(tmp_path, content))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ts": "abc"}, "'gemm' has ts 'abc', which is not a number"),
        ({"ts": None}, "ts None, which is not a number"),
        ({"dur": ...}, "dur None, which is not a number"),  # without one it would count as no time
        ({"ts": True}, "ts True, which is not a number"),
        ({"ts": []}, r"ts \[\], which is not a number"),
        ({"ts": {}}, r"ts \{\}, which is not a number"),
        ({"ts": float("nan")}, "ts 'NaN', which is not a number"),
        ({"dur": float("inf")}, "dur 'Infinity', which is not a number"),
        ({"dur": float("-inf")}, "dur '-Infinity', which is not a number"),
        ({"ts": 10**17}, "is beyond 2.63 nanoseconds"),
        ({"ts": 10**400}, "is beyond 2.63 nanoseconds"),
        ({"ts": "1e999999999"}, "is beyond 2.63 nanoseconds"),
        ({"dur": 1e300}, "is beyond 2.63 nanoseconds"),
        ({"name": None}, "a kernel has the name None"),
        ({"name": ["gemm"]}, "a kernel has the name"),
        ({"args": 5}, "has the args 5, which are not an object"),
        ({"args": []}, r"has the args \[\], which are not an object"),
        ({"pid": {}}, r"is on \{\}, which names no process"),
        ({"tid": [7]}, r"is on \[7\], which names no process"),
        ({"args": {"stream": [1]}}, r"is on \[1\], which names no process"),
    ],
    ids=str,
)
def test_an_event_of_the_wrong_type(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    event = {key: value for key, value in (KERNEL | change).items() if value is not ...}
    assert re.search(reason, refusal(tmp_path, events(KERNEL, event)))


@pytest.mark.parametrize(
    "args",
    [
        {"correlation": "x"},
        {"correlation": [1]},
        {"correlation": None},
        {"correlation": 10**30},
        {"correlation": 1.5},
        {"device": {}, "bytes": "many"},
    ],
    ids=str,
)
def test_an_argument_that_says_nothing_is_as_if_it_were_missing(tmp_path: Path, args: dict[str, Any]) -> None:
    path = tmp_path / "trace.json"
    path.write_text(events(KERNEL | {"args": args}))

    assert trace.analyse(trace.read(path)).kernels.count == 1


def test_nothing_but_impossible_times(tmp_path: Path) -> None:
    message = refusal(tmp_path, events(KERNEL | {"ts": 0}, KERNEL | {"dur": -1}))

    assert "all it holds is 1 kernel at time zero or before, 1 kernel of negative duration" in message


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_recording_that_was_cut_off(tmp_path: Path, shared: Callable[[str], Path], share: float) -> None:
    packed = shared("mi250_rocm_train.json.gz").read_bytes()
    text = gzip.decompress(packed)

    message = refusal(tmp_path, text[: int(len(text) * share)])
    assert "is cut off: its JSON stops at character" in message or "is not valid JSON" in message
    assert "is cut off: its gzip stream ends after" in refusal(tmp_path, packed[: int(len(packed) * share)])


def test_every_way_to_cut_a_recording_off_is_called_so(tmp_path: Path) -> None:
    text = json.dumps({"traceEvents": [KERNEL | {"args": {"a": 12, "flag": [True, False], "x": None}}]})
    text = text.replace("12", '12.5e-3, "b": -4, "c": NaN, "d": -Infinity, "e": "\\u00e9\\n", "f": Infinity')

    for end in range(1, len(text)):
        assert "is cut off" in refusal(tmp_path, text[:end]), text[:end]


def test_a_gzip_file_that_is_damaged(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(events(KERNEL).encode() * 50))
    packed[len(packed) // 2] ^= 0xFF

    assert "damaged gzip file" in refusal(tmp_path, bytes(packed))
    assert "damaged gzip file" in refusal(tmp_path, bytes(packed[:12]) + b"garbage" * 9)
    assert "is empty" in refusal(tmp_path, gzip.compress(b""))


def test_a_gzip_bomb(tmp_path: Path) -> None:
    squeeze = zlib.compressobj(9, wbits=31)
    million = b" " * 2**20
    packed = b"".join(squeeze.compress(million) for _ in range(300)) + squeeze.flush()
    assert len(packed) < 2**19

    assert "it unpacks to more than 200 times its" in refusal(tmp_path, packed)


def test_text_that_is_not_utf_8(tmp_path: Path) -> None:
    assert "byte 19 is not UTF-8" in refusal(tmp_path, b'{"traceEvents": [ "\xff" ]}')


def test_a_path_that_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        trace.read(tmp_path / "missing.json")
    with pytest.raises(UsageError, match="is a folder"):
        trace.read(tmp_path)
    with pytest.raises(GanzooError, match="is a pipe or a device"):
        trace.read("/dev/zero")


def test_control_characters_in_names_are_read(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    path.write_text('[{"ph": "X", "cat": "kernel", "name": "a\tb\n", "ts": 5, "dur": 1}]')

    assert trace.analyse(trace.read(path)).table[0].name == "a\tb\n"


def written(tmp_path: Path, content: str | bytes) -> trace.Analysis:
    path = tmp_path / "trace.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return trace.analyse(trace.read(path))


def test_only_entries_of_the_list_are_events(tmp_path: Path) -> None:
    marker = {"ph": "M", "name": "process_name", "args": {"inner": KERNEL}}
    content = json.dumps({"other": [KERNEL, {"traceEvents": [KERNEL]}], "traceEvents": [marker, KERNEL]})

    assert written(tmp_path, content).kernels.count == 1


@pytest.mark.parametrize("change", [str.encode, lambda text: b"\xef\xbb\xbf" + text.encode()])
def test_line_ends_and_byte_order_marks_do_not_matter(tmp_path: Path, change: Callable[[str], bytes]) -> None:
    assert written(tmp_path, change(events(KERNEL, KERNEL).replace(" ", "\r\n\t"))).kernels.count == 2


def test_a_copy_of_fewer_bytes_than_none(tmp_path: Path) -> None:
    analysis = written(tmp_path, events(KERNEL | {"cat": "gpu_memcpy", "args": {"bytes": -8}}))

    assert (analysis.memcpy.count, analysis.memcpy.bytes) == (1, 0)


@pytest.mark.parametrize("length", [1, 2, 3, 5, 7, 64])
def test_where_the_text_is_cut_into_pieces_does_not_matter(
    tmp_path: Path, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_text, "PIECE", length)
    named = KERNEL | {"name": "é\N{GRINNING FACE}", "ts": 12345.678, "args": {"a": [1.5e3, None]}}
    content = json.dumps({"traceEvents": [named, KERNEL], "n": -12.5e3}, ensure_ascii=False, indent=1)

    analysis = written(tmp_path, content)

    assert {row.name: row.total for row in analysis.table} == {"é\N{GRINNING FACE}": 1000, "gemm": 1000}
    assert "Extra data at character 4 of 5, line 3" in refusal(tmp_path, "[]\n\nx")


def test_a_value_without_end_takes_no_more_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "LONGEST", 1000)
    monkeypatch.setattr(file_text, "PIECE", 100)

    message = refusal(tmp_path, '{"traceEvents": ["' + "x" * 5000)
    assert "one value is longer than 1,000 characters at character 17 of 5,018, line 1" in message


# The clock


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, 0),
        (1712195495519689, 1712195495519689000),
        ("1712195495519689.0", 1712195495519689000),
        ("4458676522690.655", 4458676522690655),
        ("0.001", 1),
        ("0.5", 500),
        ("-0.5", -500),
        ("-12.25", -12250),
        ("1.7e15", 1700000000000000000),
        ("1E-3", 1),
        ("0.0004", 0),
        ("0.0005", 0),  # half to even
        ("0.0015", 2),
        ("2.00051", 2001),
        ("1e-999999999", 0),
        ("12.", 12000),
    ],
)
def test_microseconds_become_nanoseconds_exactly(value: Any, expected: int) -> None:
    assert nanoseconds(value) == expected


@given(st.integers(-(2**63) + 1, 2**63 - 1))
@example(1712195495519689123)
def test_every_nanosecond_is_kept(count: int) -> None:
    sign, digits = "-" * (count < 0), f"{abs(count):04d}"

    assert nanoseconds(f"{sign}{digits[:-3]}.{digits[-3:]}") == count


@pytest.mark.parametrize("value", ["", ".", "x", "1.2.3", "nan", "inf", "1 2", "0x10", 1.5, None, b"1", "٣x"])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        nanoseconds(value)


# Anything at all


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "ph": st.sampled_from(["X", "X", "X", "M", 5]),
        "cat": st.sampled_from(
            ["kernel", "cuda_runtime", "cpu_op", "user_annotation", "gpu_memcpy", None, 3]
        ),
        "name": st.sampled_from(["cudaLaunchKernel", "ProfilerStep#1", "a"]) | JSON,
        "ts": st.integers(-2, 99) | JSON,
        "dur": st.integers(-2, 99) | JSON,
        "pid": st.integers(0, 2) | JSON,
        "tid": st.integers(0, 2) | JSON,
        "args": st.dictionaries(
            st.sampled_from(["correlation", "device", "stream", "bytes"]), st.integers(0, 5) | JSON
        )
        | JSON,
    },
)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(FIELDS | JSON, max_size=6))
def test_any_json_is_analysed_or_refused(tmp_path: Path, entries: list[Any]) -> None:
    path = tmp_path / "trace.json"
    path.write_text(json.dumps({"traceEvents": entries, "deviceProperties": entries}))

    try:
        analysis = trace.analyse(trace.read(path))
    except GanzooError:
        return
    assert 0 <= analysis.busy <= analysis.span
    json.dumps(trace.to_json(analysis), allow_nan=False)
