"""Shape checks name the tensor, the expected shape and the actual one."""

from __future__ import annotations

import re

import pytest
import torch
from ganzoo_components.layers import require_equal_batches, require_shape


@pytest.mark.parametrize("batch", [0, 1, 7])
def test_any_batch_of_the_right_shape_passes(batch: int) -> None:
    require_shape("images", torch.zeros(batch, 3, 8, 8), 3, 8, 8)


@pytest.mark.parametrize("shape", [(2, 1, 8, 8), (2, 3, 8), (3, 8, 8), (2, 3, 8, 8, 1)])
def test_another_shape_is_named_beside_the_expected_one(shape: tuple[int, ...]) -> None:
    message = re.escape(f"images must be (batch, 3, 8, 8), not {shape}")
    with pytest.raises(ValueError, match=message):
        require_shape("images", torch.zeros(shape), 3, 8, 8)


def test_unequal_batches_are_counted() -> None:
    require_equal_batches(latents=torch.zeros(4, 2), labels=torch.zeros(4))
    with pytest.raises(ValueError, match="not 4 latents and 5 labels"):
        require_equal_batches(latents=torch.zeros(4, 2), labels=torch.zeros(5))
