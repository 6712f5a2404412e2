"""Bytes made wrong: flipped, cut, spliced, repeated, and overwritten with extreme numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

_WHOLE: Final = 2**16
"""Places in a file are drawn as so many parts of its length."""

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


@dataclass(frozen=True)
class Mutation:
    """One change of a file's bytes."""

    kind: str
    place: int
    """Where, in `_WHOLE` parts of the length."""
    extent: int
    """How many bytes it concerns, or which bit."""
    content: bytes

    def apply(self, to: bytes, donor: bytes) -> bytes:
        """The changed bytes; a splice goes on with those of the donor."""
        start = self.place * len(to) // _WHOLE
        end = min(len(to), start + self.extent)
        match self.kind:
            case "flip" if to:
                start = min(start, len(to) - 1)
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
                return to[:start] + donor[self.place * len(donor) // _WHOLE :]
        return to


MUTATIONS: Final = st.builds(
    Mutation,
    st.sampled_from(
        ("flip", "flip", "cut", "delete", "repeat", "overwrite", "overwrite", "insert", "splice")
    ),
    # Headers, where the damage is greatest, are at the beginning of most formats.
    st.one_of(st.integers(0, _WHOLE - 1), st.integers(0, _WHOLE // 50)),
    st.integers(0, 64),
    st.sampled_from((*NUMBERS, *TEXTS)),
)


def mutated(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """One of the seeds, changed once to three times."""
    return st.builds(
        _apply,
        st.sampled_from(range(len(seeds))).map(lambda index: seeds[index]),
        st.lists(MUTATIONS, min_size=1, max_size=3),
        st.sampled_from(range(len(seeds))).map(lambda index: seeds[index]),
    )


def _apply(content: bytes, mutations: Sequence[Mutation], donor: bytes) -> bytes:
    for mutation in mutations:
        content = mutation.apply(content, donor)
    return content
