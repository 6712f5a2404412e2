"""Time spent training: what is left out, what a resumed training goes on from."""

from __future__ import annotations

from collections.abc import Iterator

from ganzoo.training.stopwatch import Stopwatch


def clock(*readings: float) -> Iterator[float]:
    return iter(readings)


def test_pauses_are_left_out_and_what_was_before_counts() -> None:
    readings = clock(100.0, 103.0, 110.0, 117.0, 118.0)
    watch = Stopwatch(lambda: next(readings))
    assert watch.seconds == 3
    with watch.paused():
        pass  # from 110 to 117
    watch.add(50.0)
    assert watch.seconds == 50 + 18 - 7
