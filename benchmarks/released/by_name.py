"""Weights that are in no file: drawn by name, from a frozen stream, so that a test can draw them again."""

from __future__ import annotations

import zlib
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

KEPT: Final = 16
"""Numbers of a gradient that are kept, beside its largest."""


def numbers(name: str, *sizes: int) -> Tensor:
    """Normal numbers of this name, in float64, from numpy's `RandomState`."""
    stream = np.random.RandomState(zlib.crc32(name.encode()))
    return torch.from_numpy(stream.standard_normal(sizes))


def drawn(name: str, like: Tensor) -> Tensor:
    """The weight or buffer of this name: N(0, 1/inputs), and what is no matrix, near where it begins."""
    values = numbers(name, *like.shape)
    if like.ndim > 1:
        return values / like[0].numel() ** 0.5
    if name.endswith(("._u", "._v")):
        return F.normalize(values, dim=0)
    return 0.1 * values.abs() + 1 if name.endswith(("weight", "running_var")) else 0.1 * values


def some(gradient: Tensor) -> Tensor:
    """Its largest number in size, then numbers at equal distances."""
    flat = gradient.flatten()
    return torch.cat((flat.abs().max()[None], flat[:: max(1, len(flat) // KEPT)][:KEPT]))
