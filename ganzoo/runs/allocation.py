"""A limit on what building a network may allocate: a stranger's settings may ask for any size."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import torch
from torch.overrides import TorchFunctionMode

from ganzoo.errors import GanzooError

_FACTORIES: Final = {torch.empty, torch.full, torch.ones, torch.rand, torch.randn, torch.zeros}
"""What modules make their weights with, before they draw them."""

_TENSORS: Final = (64, 1_000)
_NUMBERS: Final = (8, 2**22)
"""How many times what the checkpoint holds, and how much besides, building may allocate: weights are made,
then normalised, averaged or replaced."""


class AllocationLimit(TorchFunctionMode):
    """While it is entered, no more is allocated than a network can need whose weights a file holds.

    Args:
        shapes: those of the weights in the file, by name.

    Raises:
        GanzooError: the network is growing larger; raised from within its construction.
    """

    def __init__(self, shapes: Mapping[str, Sequence[int]]) -> None:
        super().__init__()
        factor, besides = _TENSORS
        self._tensors = factor * len(shapes) + besides
        factor, besides = _NUMBERS
        self._numbers = factor * sum(map(math.prod, shapes.values())) + besides

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Counts what a factory makes before it makes it."""
        kwargs = kwargs or {}
        if func in _FACTORIES:
            self._tensors -= 1
            self._numbers -= _size(args, kwargs)
            if self._tensors < 0 or self._numbers < 0:
                raise GanzooError("the network that it describes is larger than what it holds")
        return func(*args, **kwargs)


def _size(arguments: Sequence[Any], by_name: Mapping[str, Any]) -> int:
    """How many numbers a factory is asked for: `size=(2, 3)`, `(2, 3)` or `2, 3`."""
    size = by_name.get("size", arguments[0] if arguments else ())
    if not isinstance(size, Sequence):
        size = [each for each in arguments if isinstance(each, int)]
    return math.prod(size)
