"""A recording as a flame: scopes by their total and over time, against sums by hand, and its page."""

from __future__ import annotations

import json
import re
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from ganzoo.trace.analysis import analyse
from ganzoo.trace.events import GpuEvent, HostEvent, Trace
from ganzoo.trace.flame import Scope, by_total
from ganzoo.trace.reader import read
from ganzoo.trace.scopes import DEEPEST
from ganzoo.trace.timeline import PIXELS, over_time

MAIN, OTHER = (1, 1), (1, 2)


def scope(name: str, start: int, duration: int, thread: Any = MAIN) -> HostEvent:
    return HostEvent(name, start, duration, thread)


def kernel(name: str, start: int, duration: int, correlation: int | None, stream: int = 7) -> GpuEvent:
    return GpuEvent("kernel", name, start, duration, 0, stream, correlation)


def launch(start: int, correlation: int, thread: Any = MAIN) -> HostEvent:
    return HostEvent("cudaLaunchKernel", start, 1, thread, correlation)


def paths(found: Scope, before: str = "") -> dict[str, int]:
    """Every scope by its path, with its total."""
    own = {}
    for inner in found.inner.values():
        path = f"{before}/{inner.name}"
        own |= {path: inner.total, **paths(inner, path)}
    return own


TRACE = Trace(
    ranges=(scope("step", 0, 1000), scope("step", 1000, 1000)),
    operators=(scope("conv", 10, 100), scope("conv", 1010, 100), scope("add", 120, 10, OTHER)),
    calls=(launch(20, 1), launch(1020, 2), launch(500, 3), launch(125, 4, OTHER)),
    gpu=(
        kernel("gemm", 50, 40, 1),
        kernel("gemm", 1050, 60, 2),
        kernel("copy", 510, 5, 3),
        kernel("add", 600, 7, 4),
        kernel("lost", 700, 9, None),
    ),
)


def test_kernels_lie_below_the_scopes_that_launched_them() -> None:
    found = by_total(TRACE)

    assert (found.name, found.total, found.calls) == ("GPU", 121, 5)
    # A kernel is its launch's, whenever it runs; one without a launch has no scope.
    assert paths(found) == {
        "/step": 105, "/step/conv": 100, "/step/conv/gemm": 100, "/step/copy": 5,
        "/add": 7, "/add/add": 7, "/lost": 9,
    }  # fmt: skip
    assert list(found.inner) == ["step", "lost", "add"]  # the largest first


def test_without_a_gpu_it_is_the_hosts_time() -> None:
    found = by_total(Trace(ranges=TRACE.ranges, operators=TRACE.operators))

    assert (found.name, found.total) == ("host", 2010)
    assert paths(found) == {"/step": 2000, "/step/conv": 200, "/add": 10}


def test_what_is_small_is_put_together() -> None:
    many = tuple(kernel(f"k{index}", index, 1, None) for index in range(1000))
    found = by_total(Trace(gpu=(*many, kernel("large", 0, 99_000, None))))

    (large, rest) = found.inner.values()
    assert (large.name, large.total) == ("large", 99_000)
    assert (rest.name, rest.total, rest.calls, rest.is_rest) == ("1,000 smaller", 1000, 1000, True)


def test_over_time_every_stream_and_thread_has_a_lane() -> None:
    found = over_time(TRACE)

    assert [lane.title for lane in found.lanes] == ["GPU 0, stream 7", "thread 1", "thread 2"]
    main = found.lanes[1]
    assert [[(box.name, box.start, box.end) for box in row] for row in main.rows] == [
        [("step", 0, 1000), ("step", 1000, 2000)],
        [("conv", 10, 110), ("conv", 1010, 1110)],
    ]
    assert found.span == 2000


def test_short_neighbours_are_one_box_with_how_much_they_fill() -> None:
    short = [kernel("k", 100_000 + 20 * index, 10, None) for index in range(50)]
    found = over_time(
        Trace(gpu=(kernel("long", 0, 50_000, None), *short, kernel("end", 599_000, 1000, None)))
    )

    row = found.lanes[0].rows[0]
    assert [(box.name, box.count) for box in row] == [("long", 1), ("k", 50), ("end", 1)]
    assert (row[1].start, row[1].end, row[1].busy) == (100_000, 100_990, 500)


def test_the_largest_recording_has_a_flame_of_bounded_size() -> None:
    deep = tuple(scope(f"s{index}", index, 10_000 - 2 * index) for index in range(200))
    wide = tuple(kernel("k", 10 * index, 5, None) for index in range(20_000))
    found = over_time(Trace(ranges=deep, gpu=wide))

    assert max(len(lane.rows) for lane in found.lanes) == DEEPEST
    assert max(len(row) for lane in found.lanes for row in lane.rows) <= 2 * PIXELS
    depth, inner = 0, by_total(Trace(ranges=deep))
    while inner.inner:
        depth, inner = depth + 1, next(iter(inner.inner.values()))
    assert depth == DEEPEST


def test_a_flame_takes_no_object_for_every_event() -> None:
    each = 10_000
    trace = Trace(
        operators=[scope(f"op{index % 7}", 100 * index, 90) for index in range(each)],
        calls=[launch(100 * index + 10, index) for index in range(each)],
        gpu=[kernel("k", 100 * index + 50, 80, index) for index in range(each)],
    )
    tracemalloc.start()
    try:
        by_total(trace)
        over_time(trace)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 3 * each * 60  # bytes; the tuple of an event takes more than 100 without its numbers


@pytest.mark.parametrize("name", ["a100_convnet_ddp_nccl.json.gz", "mi250_rocm_train.json.gz"])
def test_the_flame_of_a_recording_adds_up(shared: Any, name: str) -> None:
    recording = read(shared(name))
    found = by_total(recording)

    assert found.total == sum(event.duration for event in recording.gpu)
    assert found.calls == len(recording.gpu)
    assert analyse(recording).kernels.total <= found.total
    for each in found.inner.values():
        assert sum(inner.total for inner in each.inner.values()) <= each.total


HOSTILE = {
    "ph": "X", "cat": "cpu_op", "name": 'A&B" onload="x</span><img src=x>', "ts": 1, "dur": 5,
    "pid": 1, "tid": 1,
}  # fmt: skip


def test_the_page_escapes_all_and_loads_nothing(ganzoo: Any, tmp_path: Path) -> None:
    file = tmp_path / "<b>hostile.json"
    file.write_text(json.dumps({"traceEvents": [HOSTILE]}), encoding="utf-8")

    result = ganzoo("bench", "trace", str(file), "--html", "page.html")

    assert result.code == 0, result.err
    assert "wrote page.html" in result.err
    page = Path("page.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<b>" not in page
    assert "<img" not in page
    assert "A&amp;B&#34; onload=&#34;x" in page
    assert "default-src 'none'" in page
    assert re.findall(r'(?:src|href)="([^"]*)"', page) == ["data:,"]
    assert "light-dark(" in page


def test_the_page_is_of_one_recording(ganzoo: Any, tmp_path: Path) -> None:
    for arguments, code, said in (
        (["a.json", "b.json", "--html", "page.html"], 2, "--html is the page of one recording"),
        (["a.json", "--html", "missing/page.html"], 1, "choose another place with --html"),
        (["a.json", "--html", "page.txt"], 2, "--html is a .html file, not 'page.txt'"),
    ):
        result = ganzoo("bench", "trace", *arguments)
        assert result.code == code
        assert said in result.err
