"""Checks of the shapes that a network is given; they look at sizes only, never at values."""

from __future__ import annotations

from torch import Tensor


def require_shape(name: str, tensor: Tensor, *sizes: int) -> None:
    """Checks that `tensor` is `(batch, *sizes)`, for any batch.

    Raises:
        ValueError: it is not; the message shows the expected and the actual shape.
    """
    if tuple(tensor.shape[1:]) != sizes:
        expected = ", ".join(["batch", *map(str, sizes)])
        raise ValueError(f"{name} must be ({expected}), not {tuple(tensor.shape)}")


def require_equal_batches(**tensors: Tensor) -> None:
    """Checks that the tensors, given by name, hold as many examples each.

    Raises:
        ValueError: they do not; the message shows each name with its count.
    """
    if len({tensor.shape[0] for tensor in tensors.values()}) > 1:
        counts = " and ".join(f"{tensor.shape[0]} {name}" for name, tensor in tensors.items())
        raise ValueError(f"a batch needs as many of each, not {counts}")
