"""What was found beside the images that are read: counted, and said with three examples."""

from __future__ import annotations

from collections import Counter
from typing import Final

FOREIGN: Final = "of a format that can't be decoded (convert to JPEG or PNG)"
HIDDEN: Final = "hidden"
OTHER: Final = "no pictures"
DAMAGED: Final = "damaged"
OUTSIDE: Final = "outside the folders that are read"

_EXAMPLES: Final = 3


class LeftOut:
    """Counts what is left out, by reason."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        """How many files, or hidden folders, of each reason."""
        self._examples: dict[str, list[str]] = {}
        self.foreign_folders: set[str] = set()
        """Folders that hold a picture which can't be decoded: a class may have no others."""

    def add(self, reason: str, name: str) -> None:
        """Counts a file, `name` below the place where it was found."""
        self.counts[reason] += 1
        examples = self._examples.setdefault(reason, [])
        if len(examples) < _EXAMPLES:
            examples.append(name)
        if reason == FOREIGN:
            self.foreign_folders.add(name.rpartition("/")[0])

    def sentence(self) -> str:
        """`2 of a format that can't be decoded (convert to JPEG or PNG): a.heic, b.heic; 1 hidden: .x`."""
        return "; ".join(
            f"{count:,} {reason}: {', '.join(self._examples[reason])}"
            f"{', ...' if count > len(self._examples[reason]) else ''}"
            for reason, count in self.counts.items()
        )

    @property
    def is_grave(self) -> bool:
        """Whether a picture is missing: of hidden files and of notes nobody has to be warned."""
        return any(self.counts[reason] for reason in (FOREIGN, DAMAGED, OUTSIDE))
