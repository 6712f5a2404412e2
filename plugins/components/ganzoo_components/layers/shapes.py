"""Checks of the shapes that a network is given, which look at no value in them, and of its settings."""

from __future__ import annotations

from itertools import pairwise

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
    # Compared one by one: while a network is exported, sizes are symbols that can't be hashed.
    if any(first.shape[0] != second.shape[0] for first, second in pairwise(tensors.values())):
        counts = " and ".join(f"{tensor.shape[0]} {name}" for name, tensor in tensors.items())
        raise ValueError(f"a batch needs as many of each, not {counts}")


def require_positive(settings: object, *names: str) -> None:
    """Checks that these attributes of some settings are 1 or more.

    Raises:
        ValueError: one is not; the message shows its name and value.
    """
    for name in names:
        if getattr(settings, name) < 1:
            raise ValueError(f"{name} must be 1 or more, not {getattr(settings, name)}")


def require_probability(settings: object, *names: str) -> None:
    """Checks that these attributes of some settings are at least 0 and below 1.

    Raises:
        ValueError: one is not; the message shows its name and value.
    """
    for name in names:
        if not 0 <= getattr(settings, name) < 1:
            raise ValueError(f"{name} must be 0 or more and below 1, not {getattr(settings, name)}")
