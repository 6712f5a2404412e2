"""What a training borrows from its process, and gives back as it was: the global state of torch."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ganzoo.errors import UsageError

_guard = threading.Lock()
_trains_in: int | None = None
"""The process that trains; in a fork of it, another one than the fork itself."""


@contextmanager
def borrowed_torch(device: torch.device) -> Iterator[None]:
    """Lets a training set torch's global state, and has it as the caller left it afterwards.

    That is: random numbers, default type, recording of gradients, precision of float32 products.

    Args:
        device: where the training runs; its random numbers are restored too.

    Raises:
        UsageError: another thread trains in this process: they would draw from the same random numbers, and
            neither run could be repeated.
    """
    with _alone(), torch.random.fork_rng([device] if device.type == "cuda" else []), torch.enable_grad():
        dtype, precision = torch.get_default_dtype(), torch.get_float32_matmul_precision()
        allows_tf32 = torch.backends.cudnn.allow_tf32
        torch.set_default_dtype(torch.float32)
        try:
            yield
        finally:
            torch.set_default_dtype(dtype)
            torch.set_float32_matmul_precision(precision)
            torch.backends.cudnn.allow_tf32 = allows_tf32


@contextmanager
def _alone() -> Iterator[None]:
    global _trains_in
    with _guard:
        if _trains_in == os.getpid():
            raise UsageError(
                "a training is under way in this process, and two would draw from the same random numbers; "
                "wait for its end, or start another process"
            )
        _trains_in = os.getpid()
    try:
        yield
    finally:
        _trains_in = None
