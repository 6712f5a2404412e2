"""Work on many files in threads: Pillow and the disk release the interpreter meanwhile."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Final, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_CHUNK: Final = 64


def in_threads(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Maps in order; the first item that fails, in that order, decides the exception."""
    chunks = [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [
            result
            for results in pool.map(lambda chunk: [*map(function, chunk)], chunks)
            for result in results
        ]


def streamed(function: Callable[[Item], Result], items: Iterable[Item], ahead: int) -> Iterator[Result]:
    """Maps in order and holds at most `ahead` results that nobody has taken yet."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        left = iter(items)
        pending = deque(pool.submit(function, item) for item in islice(left, ahead))
        try:
            while pending:
                yield pending.popleft().result()
                pending.extend(pool.submit(function, item) for item in islice(left, 1))
        finally:
            for future in pending:
                future.cancel()
