"""Events as columns: what is put in comes out, in order, in the memory of its numbers."""

from __future__ import annotations

import random
import tracemalloc
from typing import Any

import pytest

from ganzoo.trace import HostEvent, Trace, columns
from ganzoo.trace.columns import Events


def some(count: int) -> list[HostEvent]:
    chance = random.Random(0)
    return [
        HostEvent(
            chance.choice(("aten::mm", "aten::add")), chance.randrange(-50, 50), chance.randrange(9),
            (1, chance.choice((7, "main"))), chance.choice((None, 0, 2**62)),
        )
        for _ in range(count)
    ]  # fmt: skip


def test_what_is_put_in_comes_out() -> None:
    events = some(50)
    packed = Events(events)
    assert list(packed) == events
    assert [packed[place] for place in range(-50, 50)] == [events[place] for place in range(-50, 50)]
    assert list(packed[10:40:3]) == events[10:40:3]


@pytest.mark.parametrize("run", [1, 7, 1000])
def test_a_trace_has_its_events_in_order_of_time(monkeypatch: Any, run: int) -> None:
    monkeypatch.setattr(columns, "RUN", run)
    events = some(300)
    kept = Trace(operators=events).operators
    expected = sorted(events, key=lambda event: (event.start, -event.duration, event.name))
    assert [(e.start, e.duration, e.name) for e in kept] == [(e.start, e.duration, e.name) for e in expected]
    assert sorted(map(str, kept)) == sorted(map(str, events))


@pytest.mark.parametrize("impossible", [-1, -5, 2**63, 10**300])
def test_a_correlation_that_cannot_be_is_none(impossible: int) -> None:
    assert Events([HostEvent("call", 1, 1, (1, 1), impossible)])[0].correlation is None


def test_an_event_takes_the_memory_of_its_numbers() -> None:
    count = 20_000
    tracemalloc.start()
    try:
        kept = Events(
            HostEvent(f"aten::{i % 50}", 10**15 + i, 1000 + i, (1, i % 3), 10**6 + i) for i in range(count)
        )
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(kept) == count
    assert held < 40 * count  # 28 bytes, an eighth more that arrays keep free, and the 150 distinct ones
