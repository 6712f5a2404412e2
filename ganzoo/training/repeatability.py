"""Tells of operations that a CUDA device can't repeat bit for bit, in words rather than torch's warning."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

_SAID_BY_TORCH: Final = re.compile(r"^(\w+) does not have a deterministic implementation")


@contextmanager
def unrepeatable_told(warned: Callable[[str], None]) -> Iterator[None]:
    """Surrounds a training; `warned` is told once of each operation whose sums differ from run to run.

    Args:
        warned: takes a sentence for the user.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("always", message=_SAID_BY_TORCH.pattern)
        show = warnings.showwarning
        told = set[str]()

        def tell(message: Warning | str, *where: Any, **more: Any) -> None:
            found = _SAID_BY_TORCH.match(str(message))
            if found is None:
                show(message, *where, **more)
            elif found[1] not in told:
                told.add(found[1])
                warned(
                    f"{found[1]} adds in an order of its own on a CUDA device: this run can't be repeated or "
                    "resumed bit for bit"
                )

        warnings.showwarning = tell
        yield
