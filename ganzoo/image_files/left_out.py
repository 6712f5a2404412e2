"""What was found beside the images that are read: counted, and said with three examples."""

from __future__ import annotations

from collections import Counter
from typing import Final

FOREIGN: Final = "of a format that can't be decoded (convert to JPEG or PNG)"
HIDDEN: Final = "hidden"
OTHER: Final = "no pictures"
LINK: Final = "links that are not followed"
DAMAGED: Final = "damaged"
OUTSIDE: Final = "outside the folders that are read"

_EXAMPLES: Final = 3


class LeftOut:
    """Counts what is left out, by reason."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        """How many files, or hidden folders, of each reason."""
        self._examples: dict[str, list[str]] = {}
        self.folders: set[str] = set()
        """Folders that were looked into: one without images is no class, though it may have been meant."""

    def add(self, reason: str, name: str) -> None:
        """Counts a file, `name` below the place where it was found."""
        self.counts[reason] += 1
        examples = self._examples.setdefault(reason, [])
        if len(examples) < _EXAMPLES:
            examples.append(name)

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
        return any(self.counts[reason] for reason in (FOREIGN, DAMAGED, OUTSIDE, LINK))
