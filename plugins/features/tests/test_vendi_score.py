"""The Vendi score, on features of which the number of different ones is known."""

from __future__ import annotations

import pytest
import torch
from ganzoo_features.vendi import VendiScore

from ganzoo.interfaces import LabelledFeatures


def score(vectors: torch.Tensor, order: float = 1.0) -> float:
    features = LabelledFeatures(vectors, None, None)
    return VendiScore(VendiScore.Config(order=order)).measure(features, features, lambda split: features)


@pytest.mark.parametrize("different", [1, 3, 8])
def test_it_counts_different_images(different: int) -> None:
    directions = torch.eye(8)[torch.arange(24) % different]
    lengths = torch.linspace(1, 5, 24).unsqueeze(1)

    assert score(directions * lengths) == pytest.approx(different)


def test_it_is_the_definition() -> None:
    vectors = torch.randn(30, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    unit = torch.nn.functional.normalize(vectors)
    eigenvalues = torch.linalg.eigvalsh(unit @ unit.T / 30).clamp(min=1e-300)  # the N×N matrix

    assert score(vectors) == pytest.approx((-(eigenvalues * eigenvalues.log()).sum()).exp().item())


@pytest.mark.parametrize("order", [0.5, 2.0, 100.0])
def test_of_another_order_rare_images_count_more_or_less(order: float) -> None:
    vectors = torch.eye(3)[torch.tensor([0] * 6 + [1] * 3 + [2])]
    shares = torch.tensor([0.6, 0.3, 0.1], dtype=torch.float64)

    assert score(vectors, order) == pytest.approx(float((shares**order).sum() ** (1 / (1 - order))))
    assert score(torch.eye(3), order) == pytest.approx(3)
