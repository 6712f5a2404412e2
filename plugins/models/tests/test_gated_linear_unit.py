"""The gate of `lightweight`: torch's values, and gradients that lie in memory as their map does."""

from __future__ import annotations

import pytest
import torch
from ganzoo_models.lightweight.blocks import GatedLinearUnit


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_it_is_torchs_but_for_where_its_gradients_lie(memory_format: torch.memory_format) -> None:
    maps = torch.randn(2, 6, 5, 4, dtype=torch.float64).contiguous(memory_format=memory_format)
    maps.requires_grad_()
    weights = torch.randn(2, 3, 5, 4, dtype=torch.float64).contiguous(memory_format=memory_format)

    expected = torch.nn.functional.glu(maps, dim=1)
    (expected_gradient,) = torch.autograd.grad(expected, maps, weights)
    found = GatedLinearUnit()(maps)
    (gradient,) = torch.autograd.grad(found, maps, weights)

    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(gradient, expected_gradient)
    assert found.is_contiguous(memory_format=memory_format)
    assert gradient.is_contiguous(memory_format=memory_format)
