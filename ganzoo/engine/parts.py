"""Names for the parts of a training step, so that whoever measures can tell where its time goes.

    with part("generator forward"):
        images = generator(latents)

Nobody listens in a training, and naming a part then costs a fraction of a microsecond.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

OTHER: Final = "other"
"""What lies between the parts that have a name: noise, losses, zeroing of gradients, Python."""

Entered = Callable[[str], None]
"""Called with the name of each part as it begins, and with `OTHER` as it ends."""

_NOBODY: Final[AbstractContextManager[None]] = nullcontext()
_listener: Entered | None = None
_is_inside = False


def part(name: str) -> AbstractContextManager[None]:
    """Gives the code inside `with` a name. A part inside another part is not told apart from it."""
    return _NOBODY if _listener is None or _is_inside else _named(name, _listener)


@contextmanager
def _named(name: str, entered: Entered) -> Iterator[None]:
    global _is_inside
    _is_inside = True
    entered(name)
    try:
        yield
    finally:
        _is_inside = False
        entered(OTHER)


@contextmanager
def listening(entered: Entered) -> Iterator[None]:
    """Calls `entered` at the beginning and the end of every part meanwhile; one listener at a time."""
    global _listener
    assert _listener is None, "one listens at a time"
    _listener = entered
    try:
        yield
    finally:
        _listener = None
