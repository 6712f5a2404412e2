"""Affine maps of the plane as `(B, 3, 3)` matrices for (x, y, 1), a map for each image."""

from __future__ import annotations

import torch
from torch import Tensor


def scaling(x: Tensor, y: Tensor) -> Tensor:
    """Stretches the axes by `(B,)` each."""
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    return _matrices((x, zero, zero), (zero, y, zero), (zero, zero, one))


def rotation(angle: Tensor) -> Tensor:
    """Turns x towards y by an angle `(B,)`."""
    cos, sin = torch.cos(angle), torch.sin(angle)
    zero, one = torch.zeros_like(angle), torch.ones_like(angle)
    return _matrices((cos, -sin, zero), (sin, cos, zero), (zero, zero, one))


def shift(x: Tensor, y: Tensor) -> Tensor:
    """Moves by `(B,)` each."""
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    return _matrices((one, zero, x), (zero, one, y), (zero, zero, one))


def _matrices(*rows: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)
