"""Recordings of several processes of one training: what each communicates, and who waits for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from ganzoo.errors import GanzooError
from ganzoo.trace import launches, problems
from ganzoo.trace.callers import join
from ganzoo.trace.categories import categorise
from ganzoo.trace.events import GpuEvent, Trace
from ganzoo.trace.intervals import intersection, length, merged_in_order, union

COMMUNICATION: Final = "communication"

CLEAR: Final = 0.05
"""Share of a rank's span that it has to wait for another before that one is called a straggler."""


@dataclass(frozen=True)
class Rank:
    """One process's recording. Times in nanoseconds."""

    rank: int
    """Its number as the recording has it; that of its place in the list where none is recorded."""
    span: int
    """From the start of its first event on the GPU to the end of its last."""
    computing: int
    """Time in which any kernel ran that doesn't communicate."""
    communicating: int
    """Time in which any kernel ran that does."""
    hidden: int
    """The part of `communicating` in which another kernel computed: what overlapping saves."""
    collectives: int
    """Kernels that communicate."""
    waiting: int | None = None
    """Time in collectives beyond the rank's that was in the same one for the shortest: it waited there. None
    where the ranks' collectives don't match.
    """

    @property
    def overlap(self) -> float | None:
        """Share of the communication that is hidden; None where there is none."""
        return self.hidden / self.communicating if self.communicating else None


@dataclass(frozen=True)
class Ranks:
    """All ranks, in order of their numbers."""

    ranks: tuple[Rank, ...]
    straggler: int | None
    """The rank that the others wait for; None where no wait is clear, or none is known."""
    world_size: int | None
    """How many processes the training had, as far as recorded."""
    unmatched: str
    """Why who waits for whom can't be told; empty where it can."""


@dataclass(frozen=True)
class RankRecording:
    """What is kept of one process's recording to compare it with others."""

    rank: Rank
    world_size: int | None
    durations: tuple[tuple[str, int], ...]
    """Name and nanoseconds of each kernel that communicates, in order of time."""
    problems: tuple[str, ...] = ()
    """Why its figures may be wrong; empty where the recording is complete."""


def of_one_training(traces: Sequence[Trace]) -> bool:
    """Whether recordings say that they are of different processes of as many as one training had."""
    numbers = {trace.rank for trace in traces}
    sizes = {trace.world_size for trace in traces}
    return None not in numbers | sizes and len(numbers) == len(traces) and len(sizes) == 1


def read_rank(trace: Trace, place: int) -> RankRecording:
    """What a recording says of its process, which is the one at this place where it has no number."""
    collectives = sorted(
        (event for event in trace.gpu if event.kind == "kernel" and _communicates(event)),
        key=lambda event: (event.start, event.end),
    )
    communicating = union((event.start, event.end) for event in collectives)
    computing = list(
        merged_in_order(
            (event.start, event.end)
            for event in trace.gpu
            if event.kind == "kernel" and not _communicates(event)
        )
    )
    begin = trace.gpu[0].start if trace.gpu else 0
    rank = Rank(
        rank=place if trace.rank is None else trace.rank,
        span=max((event.end for event in trace.gpu), default=0) - begin,
        computing=length(computing),
        communicating=length(communicating),
        hidden=length(intersection(communicating, computing)),
        collectives=len(collectives),
    )
    callers = join(trace)
    return RankRecording(
        rank,
        trace.world_size,
        tuple((event.name, event.duration) for event in collectives),
        problems.find(trace, callers, launches.summarise(trace, callers)),
    )


def compare_ranks(recordings: Sequence[RankRecording]) -> Ranks:
    """Compares what several processes that trained together have recorded.

    A collective ends on all ranks at once and begins on each when it arrives, so the rank that is in it for
    the shortest is the one that came last. Only durations are compared: clocks of machines differ.

    Raises:
        GanzooError: two recordings are of the same rank, or of trainings with different numbers of processes.
    """
    ordered = sorted(recordings, key=lambda recording: recording.rank.rank)
    for one, next_one in pairwise(ordered):
        if one.rank.rank == next_one.rank.rank:
            raise GanzooError(
                f"two recordings are of rank {one.rank.rank}; name one recording of each process"
            )
    sizes = sorted({recording.world_size for recording in ordered if recording.world_size is not None})
    if len(sizes) > 1:
        raise GanzooError(
            f"the recordings are of trainings with {' and '.join(map(str, sizes))} processes\n"
            "name those of one training"
        )
    unmatched = _why_unmatched([recording.durations for recording in ordered])
    ranks = tuple(recording.rank for recording in ordered)
    if not unmatched:
        ranks = tuple(
            replace(recording.rank, waiting=waiting)
            for recording, waiting in zip(ordered, _waits(ordered), strict=True)
        )
    return Ranks(ranks, _straggler(ranks), next(iter(sizes), None), unmatched)


def _waits(recordings: Sequence[RankRecording]) -> list[int]:
    """Nanoseconds of each rank in collectives, beyond the rank that was in the same one for the shortest."""
    durations = [[duration for _, duration in recording.durations] for recording in recordings]
    shortest = sum(map(min, zip(*durations, strict=True)))
    return [sum(own) - shortest for own in durations]


def _communicates(event: GpuEvent) -> bool:
    return categorise(event.name, None) == COMMUNICATION


def _why_unmatched(collectives: Sequence[Sequence[tuple[str, int]]]) -> str:
    counts = [len(same) for same in collectives]
    if not any(counts):
        return "no rank has a kernel that communicates"
    if len(set(counts)) > 1:
        return f"the ranks have {', '.join(f'{count:,}' for count in counts)} kernels that communicate"
    for place, same in enumerate(zip(*collectives, strict=True), start=1):
        if len({name for name, _ in same}) > 1:
            return f"kernel {place:,} that communicates is not the same on all ranks"
    return ""


def _straggler(ranks: Sequence[Rank]) -> int | None:
    waits = [(rank.waiting, rank) for rank in ranks if rank.waiting is not None]
    if len(waits) < len(ranks) or len(ranks) < 2:
        return None
    longest, waiting = max(waits, key=lambda found: found[0])
    least, last = min(waits, key=lambda found: found[0])
    return last.rank if longest - least >= CLEAR * waiting.span else None
