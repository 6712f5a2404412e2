"""`ganzoo bench trace RANK...`: what the processes of one training communicate, and who waits for whom."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from ganzoo.trace.intervals import intersection, length, union

ALL_REDUCE = "ncclKernel_AllReduce_RING_LL_Sum_float"


def record(
    recording: Any, name: str, collectives: list[int], info: dict[str, Any] | None, compute: int = 100_000
) -> Path:
    """A rank that computes for so long, then reduces; half of each reduction runs beside more computing."""
    recording.events.clear()
    begin = 1_000_000
    for number, duration in enumerate(collectives):
        recording.kernel(begin, compute, 2 * number)
        recording.kernel(begin + compute, duration, 2 * number + 1, name=ALL_REDUCE, stream=9)
        recording.kernel(begin + compute, duration // 2, 90 + number)
        begin += compute + duration
    root = {"schemaVersion": 1, "traceEvents": list(recording.events)}
    path: Path = recording.write(name, root | ({"distributedInfo": info} if info else {}))
    return path


def of(rank: int, size: int = 3) -> dict[str, Any]:
    return {"backend": "nccl", "rank": rank, "world_size": size}


@pytest.mark.parametrize("order", list(permutations(range(3)))[:4])
def test_the_rank_that_comes_last_is_named_whatever_the_order(
    recording: Any, ganzoo: Callable[..., Any], order: tuple[int, ...]
) -> None:
    durations = {0: [60_000, 40_000], 1: [20_000, 10_000], 2: [50_000, 10_000]}
    files = [record(recording, f"{rank}.json", durations[rank], of(rank)) for rank in range(3)]

    found = ganzoo("bench", "trace", *(files[rank] for rank in order), "--json").json

    assert (found["world_size"], found["straggler"], found["unmatched"]) == (3, 1, "")
    assert [(row["rank"], row["waiting_ns"]) for row in found["ranks"]] == [(0, 70_000), (1, 0), (2, 30_000)]
    first = found["ranks"][0]
    assert (first["span_ns"], first["computing_ns"]) == (300_000, 250_000)
    assert (first["communicating_ns"], first["hidden_ns"], first["overlap"]) == (100_000, 50_000, 0.5)
    assert first["collectives"] == 2


def test_what_a_rank_lacks_is_said_with_its_file(recording: Any, ganzoo: Callable[..., Any]) -> None:
    files = [record(recording, f"{rank}.json", [50_000], of(rank, 2)) for rank in range(2)]
    whole = ganzoo("bench", "trace", *files)
    recording.kernel(1_200_000, -5, 7, name="impossible")
    recording.call(1_300_000, 10, 8)  # whose kernel is missing
    root = {"traceEvents": list(recording.events), "distributedInfo": of(1, 2)}

    result = ganzoo("bench", "trace", files[0], recording.write("lacking.json", root))

    assert (whole.code, whole.err, result.code) == (0, "", 0)
    assert "lacking.json is incomplete: 1 event left out: kernel of negative duration" in result.err
    assert "lacking.json is incomplete: 1 of 1 launches have no kernel" in result.err


def test_two_ranks_are_told_from_two_recordings_to_compare(
    recording: Any, ganzoo: Callable[..., Any]
) -> None:
    first, second = (record(recording, f"{rank}.json", [50_000], of(rank, 2)) for rank in range(2))
    other_training = record(recording, "other.json", [50_000], of(1, 4))

    shown = ganzoo("bench", "trace", first, second)
    assert shown.out.splitlines()[0] == "2 ranks of 2"
    assert shown.out.splitlines()[-1] == "verdict   no rank keeps the others waiting for long"
    assert ganzoo("bench", "trace", first, first).out.startswith("GPU time")
    assert ganzoo("bench", "trace", first, other_training).out.startswith("GPU time")


def test_ranks_that_do_not_match(recording: Any, ganzoo: Callable[..., Any]) -> None:
    ranks = [record(recording, f"{rank}.json", [50_000] * (1 + rank // 2), of(rank)) for rank in range(3)]
    unmatched = ganzoo("bench", "trace", *ranks)
    assert "who waits for whom can't be told: the ranks have 1, 1, 2 kernels" in unmatched.out

    same = ganzoo("bench", "trace", ranks[0], ranks[1], ranks[1])
    assert same.code == 1
    assert "two recordings are of rank 1" in same.err

    other = record(recording, "other.json", [50_000], of(5, 8))
    sizes = ganzoo("bench", "trace", ranks[0], ranks[1], other)
    assert sizes.code == 1
    assert "trainings with 3 and 8 processes" in sizes.err

    table = ganzoo("bench", "trace", ranks[0], ranks[1], "--by", "category")
    assert table.code == 2


def test_ranks_without_numbers_are_numbered_by_their_place(
    recording: Any, ganzoo: Callable[..., Any]
) -> None:
    files = [record(recording, f"{rank}.json", [50_000 + 40_000 * rank], None) for rank in range(3)]
    found = ganzoo("bench", "trace", *files, "--json").json
    assert (found["world_size"], found["straggler"]) == (None, 0)
    assert [row["waiting_ns"] for row in found["ranks"]] == [0, 40_000, 80_000]


def test_a_real_recording_against_one_whose_rank_comes_later(
    shared: Callable[[str], Path], rewrite: Callable[..., Path], ganzoo: Callable[..., Any]
) -> None:
    def late(root: Any) -> None:
        root["distributedInfo"]["rank"] = 1
        for event in root["traceEvents"]:
            if event.get("cat") == "kernel" and "nccl" in event["name"]:
                event["dur"] /= 2
                event["ts"] += event["dur"]

    name = "a100_convnet_ddp_nccl.json.gz"
    found = json.loads(ganzoo("bench", "trace", shared(name), rewrite(name, late), "--json").out)

    waits = [row["waiting_ns"] for row in found["ranks"]]
    assert waits[1] == 0
    assert waits[0] == pytest.approx(found["ranks"][0]["communicating_ns"] / 2, rel=1e-6)


def test_queue_and_delays_by_hand(recording: Any, ganzoo: Callable[..., Any]) -> None:
    """Four launches 1 µs apart; the GPU takes 3 µs for each kernel, one after the other."""
    for number in range(4):
        recording.call(1_000_000 + 1000 * number, 500, number)
        recording.kernel(1_000_500 + 3000 * number, 3000, number)
    found = ganzoo("bench", "trace", recording.write(), "--json").json["launches"]
    # Delays: 0.5, 2.5, 4.5, 6.5 µs. Unfinished at each launch: 0, 1, 2, 3, since the first ends at 3.5 µs.
    assert (found["median_delay_ns"], found["longest_delay_ns"]) == (4500, 6500)
    assert (found["median_queue"], found["longest_queue"]) == (2, 3)


def test_common_time_is_that_of_both() -> None:
    first, second = union([(0, 10), (20, 30)]), union([(5, 22), (29, 40)])
    assert intersection(first, second) == intersection(second, first) == [(5, 10), (20, 22), (29, 30)]
    assert length(intersection(first, first)) == length(first)
    assert intersection(first, []) == []
