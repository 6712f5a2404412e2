"""What holds of every recording, and brute-force references for what is computed cleverly."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ganzoo import trace
from ganzoo.trace import GpuEvent, HostEvent, Trace
from ganzoo.trace.intervals import length, union
from ganzoo.trace.names import shorten

TIMES = st.integers(0, 60)
DURATIONS = st.integers(0, 12)
THREADS = st.sampled_from([(1, 1), (1, "2")])
NAMES = st.sampled_from(["a", "b", "c"])


@st.composite
def recordings(draw: st.DrawFn) -> Trace:
    """Small recordings with every coincidence: equal times, empty events, several streams and threads."""
    correlations = st.integers(1, 8)
    kinds = st.sampled_from(["kernel", "kernel", "memcpy", "memset"])
    gpu = st.builds(
        GpuEvent, kinds, NAMES, TIMES.map(lambda time: time + 1), DURATIONS, st.sampled_from([0, 1]),
        st.sampled_from([7, 20]), st.none() | correlations, st.just(0),
    )  # fmt: skip
    calls = st.sampled_from(["cudaLaunchKernel", "cudaMemcpyAsync", "cudaGraphLaunch", "cudaFree"])
    call = st.builds(HostEvent, calls, TIMES, DURATIONS, THREADS, st.none() | correlations)
    host = st.builds(HostEvent, NAMES, TIMES, DURATIONS, THREADS)
    return Trace(
        gpu=tuple(draw(st.lists(gpu, max_size=12))),
        calls=tuple(draw(st.lists(call, max_size=12))),
        operators=tuple(draw(st.lists(host, max_size=12))),
        ranges=tuple(draw(st.lists(host, max_size=6))),
    )


def moments(events: Any) -> set[int]:
    """Every nanosecond in which any of the events runs."""
    return {time for event in events for time in range(event.start, event.end)}


@settings(deadline=None)
@given(recordings())
def test_totals_agree_with_a_count_of_nanoseconds(recording: Trace) -> None:
    analysis = trace.analyse(recording)
    kernels = [event for event in recording.gpu if event.kind == "kernel"]

    assert analysis.kernels.union == len(moments(kernels)) <= analysis.kernels.total
    assert analysis.busy == len(moments(recording.gpu)) <= analysis.span
    assert analysis.busy + analysis.idle.total == analysis.span
    assert sum(device.kernels for device in analysis.devices) == len(kernels)
    assert sum(row.total for row in analysis.table) == analysis.kernels.total
    assert sum(row.total for row in analysis.categories) == analysis.kernels.total
    for table in (analysis.table, analysis.categories, analysis.ranges, analysis.memcpy_kinds):
        assert [row.total for row in table] == sorted((row.total for row in table), reverse=True)


@settings(deadline=None)
@given(recordings())
def test_ranges_and_the_rest_are_everything(recording: Trace) -> None:
    analysis = trace.analyse(recording)

    own = sum(row.own_total for row in analysis.ranges) + analysis.unattributed.total
    own_kernels = sum(row.own_kernels for row in analysis.ranges) + analysis.unattributed.count
    assert (own, own_kernels) == (analysis.kernels.total, analysis.kernels.count)
    for row in analysis.ranges:
        assert 0 <= row.own_kernels <= row.kernels <= analysis.kernels.count
        assert row.host_total == len(moments(r for r in recording.ranges if r.name == row.name))


@settings(deadline=None)
@given(recordings())
def test_a_ranges_kernels_are_those_launched_inside(recording: Trace) -> None:
    # Correlations are made unique, so that there is no question of which call it was.
    recording = Trace(
        recording.gpu,
        tuple({call.correlation: call for call in recording.calls if call.correlation}.values()),
        ranges=recording.ranges,
    )
    call_of = {call.correlation: call for call in recording.calls}
    starts = [
        (call_of[event.correlation].start, event.duration)
        for event in recording.gpu
        if event.kind == "kernel" and event.correlation in call_of
    ]

    for row in trace.analyse(recording).ranges:
        inside = moments(instance for instance in recording.ranges if instance.name == row.name)
        assert row.kernels == sum(start in inside for start, _ in starts)
        assert row.total == sum(duration for start, duration in starts if start in inside)


@settings(deadline=None)
@given(recordings())
def test_own_time_goes_to_the_operator_that_began_last(recording: Trace) -> None:
    expected: Counter[str] = Counter()
    for thread in {operator.thread for operator in recording.operators}:
        # Of two that begin together, the shorter is inside the longer.
        on_thread = sorted(
            (operator for operator in recording.operators if operator.thread == thread),
            key=lambda operator: (operator.start, -operator.duration, operator.name),
        )
        for time in moments(on_thread):
            expected[[o for o in on_thread if o.start <= time < o.end][-1].name] += 1

    rows = trace.analyse(recording).operators
    assert {row.name: row.own for row in rows if row.own} == dict(expected)
    assert all(row.own <= row.total for row in rows)
    assert [row.own for row in rows] == sorted((row.own for row in rows), reverse=True)


@settings(deadline=None)
@given(recordings(), st.randoms())
def test_the_order_of_events_does_not_matter(recording: Trace, chance: Any) -> None:
    def shuffled(events: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(chance.sample(events, len(events)))

    again = Trace(*map(shuffled, (recording.gpu, recording.calls, recording.operators, recording.ranges)))

    assert trace.to_json(trace.analyse(again)) == trace.to_json(trace.analyse(recording))


def test_nor_does_that_of_two_calls_at_the_same_time() -> None:
    names = ("cudaLaunchKernel", "cudaGraphLaunch")
    calls = tuple(HostEvent(name, 5, 2, (1, 1), 3) for name in names)
    one, other = (
        trace.to_json(trace.analyse(Trace(gpu=(), calls=order, operators=(), ranges=())))
        for order in (calls, calls[::-1])
    )
    assert one == other


@settings(deadline=None)
@given(recordings(), NAMES)
def test_a_selection_is_a_part(recording: Trace, name: str) -> None:
    if name not in {instance.name for instance in recording.ranges}:
        return
    whole = trace.analyse(recording)
    part = trace.analyse(trace.within(recording, name))
    row = next(row for row in whole.ranges if row.name == name)

    assert (part.kernels.count, part.kernels.total) == (row.kernels, row.total)
    assert part.busy <= whole.busy
    assert part.busy <= part.span <= whole.span


@given(st.lists(st.tuples(TIMES, DURATIONS).map(lambda pair: (pair[0], pair[0] + pair[1]))))
def test_union(intervals: list[tuple[int, int]]) -> None:
    merged = union(intervals)

    assert length(merged) == len({time for start, end in intervals for time in range(start, end)})
    assert all(left[1] < right[0] for left, right in itertools.pairwise(merged))


@given(st.text(alphabet="ab<>(){}:_Z1 -,") | st.text(max_size=40))
def test_every_name_has_a_short_form(name: str) -> None:
    assert len(shorten(name)) <= len(name) + 2
    assert shorten(name) or not name.strip()
