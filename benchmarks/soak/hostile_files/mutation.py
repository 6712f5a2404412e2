"""Bytes made wrong: flipped, cut, spliced, repeated, and overwritten with extreme numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from benchmarks.soak.hostile_files.drawing import Draw

NUMBERS: Final = tuple(
    number.to_bytes(size, order, signed=False)
    for size in (1, 2, 4, 8)
    for number in (0, 1, 2 ** (8 * size - 1) - 1, 2 ** (8 * size - 1), 2 ** (8 * size) - 1)
    for order in ("little", "big")
)
"""Extremes of whole numbers, as files hold them."""

TEXTS: Final = (
    b"\x00", b"\n", b"\xff\xfe", b"\xed\xa0\x80", b"\x1b[2J\x1b]0;x\x07", b'"', b"{", b"[" * 500, b"]",
    b"NaN", b"Infinity", b"-1", b"1e400", b"9" * 5000, b"A" * 5000, b"../../x",
)  # fmt: skip


KINDS: Final = ("flip", "flip", "cut", "delete", "repeat", "overwrite", "overwrite", "insert", "splice")
"""What a mutation does; what stands here twice is done twice as often."""

MOST_MUTATIONS: Final = 3
"""Of one file."""


@dataclass(frozen=True)
class Mutation:
    """One change of a file's bytes."""

    kind: str
    place: float
    """Where, as a share of the length, in [0, 1)."""
    extent: int
    """How many bytes it concerns, or which bit."""
    content: bytes

    def apply(self, to: bytes, donor: bytes) -> bytes:
        """The changed bytes; a splice goes on with those of the donor."""
        start = int(self.place * len(to))
        end = min(len(to), start + self.extent)
        match self.kind:
            case "flip" if to:
                return to[:start] + bytes([to[start] ^ (1 << self.extent % 8)]) + to[start + 1 :]
            case "cut":
                return to[:start]
            case "delete":
                return to[:start] + to[end:]
            case "repeat":
                return to[:end] + to[start:]
            case "overwrite":
                return to[:start] + self.content + to[start + len(self.content) :]
            case "insert":
                return to[:start] + self.content + to[start:]
            case "splice":
                return to[:start] + donor[int(self.place * len(donor)) :]
        return to


def mutated(seeds: Sequence[bytes]) -> Draw[bytes]:
    """One of the seeds, changed once to three times."""

    def draw(random: Random) -> bytes:
        content, donor = random.choice(seeds), random.choice(seeds)
        for _ in range(random.randint(1, MOST_MUTATIONS)):
            content = _mutation(random).apply(content, donor)
        return content

    return draw


def _mutation(random: Random) -> Mutation:
    kind = random.choice(KINDS)
    return Mutation(kind, _place(random), random.randint(0, 64), random.choice((*NUMBERS, *TEXTS)))


def _place(random: Random) -> float:
    """Anywhere, half of them near an end: the header of most formats is the beginning, an archive's directory
    the end.
    """
    near = random.random() / 50
    return random.choice((random.random(), random.random(), near, 1 - 1 / 50 + near))
