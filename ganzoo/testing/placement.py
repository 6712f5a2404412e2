"""Where checks take place: the device, what is put there, and how exactly its numbers can be repeated."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from ganzoo.devices import choose_device
from ganzoo.engine.storage import move
from ganzoo.errors import UsageError
from ganzoo.sampling.generation import full_float32

CPU: Final = torch.device("cpu")

_ATOMICS: Final = 1e-4
"""Share of the largest value by which two results of a CUDA device may differ: the sums of some of its
operations have no fixed order, whatever torch is told."""

T = TypeVar("T")


def device_of_checks(name: str) -> torch.device:
    """Turns `auto`, `cpu`, `cuda` or `cuda:1` into a device that is there.

    Raises:
        UsageError: no such device is known, or no checks run there.
        GanzooError: the device is not there.
    """
    if name.partition(":")[0] == "mps":
        raise UsageError("checks need float64, which mps has not; allowed: auto, cpu, cuda, cuda:N")
    return choose_device(name)


def place(what: T, device: torch.device) -> T:
    """Puts a tensor or a module on a device, a module as a training does; anything else stays as it is."""
    if isinstance(what, Tensor):
        return what.to(device)  # type: ignore[return-value]
    if isinstance(what, nn.Module):
        return move(what, device, torch.preserve_format)  # type: ignore[return-value]
    return what


def repeats(first: Tensor, second: Tensor) -> bool:
    """Whether a result has come out again: bit for bit, or on CUDA as nearly as it can be."""
    if first.device.type == "cpu" or not first.is_floating_point() or first.shape != second.shape:
        return torch.equal(first, second)
    apart, largest = (first - second).abs(), first.abs()
    return not apart.numel() or bool(apart.max() <= _ATOMICS * largest.max())


@contextmanager
def own_state(device: torch.device) -> Iterator[None]:
    """Every check draws the same numbers, whatever ran before it, and leaves no trace for the caller.

    Products are of full float32, and cuDNN takes algorithms that repeat themselves.
    """
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng([device] if device.type == "cuda" else []), full_float32():
        torch.manual_seed(0)
        random.seed(0)
        np.random.seed(0)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)
