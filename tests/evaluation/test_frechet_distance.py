"""The Fréchet distance against closed forms, scipy's matrix square root and torch-fidelity."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_fidelity.metric_fid import KEY_METRIC_FID, fid_statistics_to_metric

from ganzoo.evaluation.frechet import (
    Moments,
    estimate_frechet_distance,
    estimate_intra_class_distance,
    frechet_distance,
    merge,
    moments,
)
from ganzoo.evaluation.resampling import GROUPS


def gaussian(mean: object, covariance: object) -> Moments:
    """The moments of a Gaussian that is known exactly."""
    covariance = torch.as_tensor(covariance, dtype=torch.float64)
    return Moments(2, torch.as_tensor(mean, dtype=torch.float64), covariance)


def by_scipy(first: np.ndarray, second: np.ndarray) -> float:
    """The textbook formula in float64 with scipy's general square root."""
    means = ((first.mean(0) - second.mean(0)) ** 2).sum()
    covariances = [np.cov(vectors, rowvar=False) for vectors in (first, second)]
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1])
    return float(means + np.trace(covariances[0] + covariances[1] - 2 * root.real))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # One dimension: (μ₁ - μ₂)² + (σ₁ - σ₂)².
        (gaussian([0.0], [[1.0]]), gaussian([3.0], [[4.0]]), 9 + 1),
        # Covariances that commute: ‖μ₁ - μ₂‖² + Σ (√λ - √κ)².
        (gaussian([1.0, 0.0], [[9.0, 0], [0, 1.0]]), gaussian([0.0, 0.0], [[1.0, 0], [0, 16.0]]), 1 + 4 + 9),
        # Equal Gaussians.
        (gaussian([1.0, 2.0], [[2.0, 1], [1, 2.0]]), gaussian([1.0, 2.0], [[2.0, 1], [1, 2.0]]), 0.0),
        # Covariances that don't: tr Σ₁ + tr Σ₂ - 2 tr (Σ₁Σ₂)^½ with Σ₁Σ₂ = [[2, 0], [1, 2]]... by hand:
        # Σ₁ = [[2, 1], [1, 2]], Σ₂ = diag(1, 4): det Σ₁Σ₂ = 12, tr Σ₁Σ₂ = 10, and in two dimensions
        # tr A^½ = √(tr A + 2 √det A) = √(10 + 2√12).
        (
            gaussian([0.0, 0.0], [[2.0, 1], [1, 2.0]]),
            gaussian([0.0, 0.0], [[1.0, 0], [0, 4.0]]),
            4 + 5 - 2 * (10 + 2 * 12**0.5) ** 0.5,
        ),
        # Singular: a point against a Gaussian.
        (gaussian([0.0, 0.0], [[0.0, 0], [0, 0.0]]), gaussian([0.0, 2.0], [[1.0, 0], [0, 9.0]]), 4 + 10),
    ],
)
def test_closed_forms(first: Moments, second: Moments, expected: float) -> None:
    assert frechet_distance(first, second) == pytest.approx(expected, abs=1e-12)
    assert frechet_distance(second, first) == pytest.approx(expected, abs=1e-12)


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(30, 200), dimensions=st.integers(2, 12))
@settings(max_examples=25, deadline=None)
def test_agrees_with_scipy_and_torch_fidelity(seed: int, count: int, dimensions: int) -> None:
    random = np.random.default_rng(seed)
    first = random.normal(size=(count, dimensions)) @ random.normal(size=(dimensions, dimensions))
    second = random.normal(size=(2 * count, dimensions)) + 1

    distance = frechet_distance(moments(torch.from_numpy(first)), moments(torch.from_numpy(second)))

    assert distance == pytest.approx(by_scipy(first, second), rel=1e-9, abs=1e-9)
    statistics = [{"mu": v.mean(0), "sigma": np.cov(v, rowvar=False)} for v in (first, second)]
    assert distance == pytest.approx(
        fid_statistics_to_metric(*statistics, verbose=False)[KEY_METRIC_FID], rel=1e-9, abs=1e-9
    )


def test_agrees_where_there_are_fewer_samples_than_features() -> None:
    random = np.random.default_rng(3)
    first, second = random.normal(size=(20, 40)), random.normal(size=(25, 40))

    distance = frechet_distance(moments(torch.from_numpy(first)), moments(torch.from_numpy(second)))

    # The eigenvalues that are zero come out near 1e-16, their roots near 1e-8.
    assert distance == pytest.approx(by_scipy(first, second), abs=1e-5)


def test_moments_are_numpys_however_the_set_is_cut() -> None:
    vectors = np.random.default_rng(1).normal(5, 2, size=(9000, 3)).astype(np.float32)

    whole = moments(torch.from_numpy(vectors))
    parts = merge(moments(torch.from_numpy(part)) for part in np.split(vectors, [1, 17, 5000]))

    for found in (whole, parts):
        np.testing.assert_allclose(found.mean, vectors.astype(np.float64).mean(0), rtol=1e-13)
        np.testing.assert_allclose(
            found.covariance, np.cov(vectors.astype(np.float64), rowvar=False), rtol=1e-11, atol=1e-11
        )


def test_large_offsets_are_not_lost_to_rounding() -> None:
    vectors = np.random.default_rng(1).normal(size=(5000, 2))

    shifted = moments(torch.from_numpy(vectors + 1e6))

    np.testing.assert_allclose(shifted.covariance, np.cov(vectors, rowvar=False), rtol=1e-6, atol=1e-6)


def test_the_estimate_leaves_each_group_out() -> None:
    random = np.random.default_rng(2)
    generated, real = random.normal(size=(60, 3)), random.normal(1, 2, size=(80, 3))
    groups = np.arange(60) % GROUPS

    estimate = estimate_frechet_distance(
        torch.from_numpy(generated), torch.from_numpy(groups), moments(torch.from_numpy(real))
    )

    without = np.array([by_scipy(generated[groups != g], real) for g in range(GROUPS)])
    assert estimate.value == pytest.approx(by_scipy(generated, real), rel=1e-9)
    expected = np.sqrt((GROUPS - 1) / GROUPS * ((without - without.mean()) ** 2).sum())
    assert estimate.standard_error == pytest.approx(expected, rel=1e-6)


def test_the_intra_class_distance_is_the_mean_of_those_within_the_classes() -> None:
    random = np.random.default_rng(4)
    labels, real_labels = np.arange(90) % 3, np.arange(120) % 3
    generated = random.normal(size=(90, 2)) + labels[:, None]
    real = random.normal(size=(120, 2)) + 2 * real_labels[:, None]
    groups = torch.arange(90) // 3 % GROUPS

    estimate = estimate_intra_class_distance(
        *map(torch.from_numpy, (generated, labels)), groups, *map(torch.from_numpy, (real, real_labels))
    )

    expected = np.mean([by_scipy(generated[labels == k], real[real_labels == k]) for k in range(3)])
    assert estimate.value == pytest.approx(expected, rel=1e-9)
    assert estimate.standard_error > 0


def test_a_matrix_that_is_no_covariance_is_refused() -> None:
    impossible = gaussian([0.0, 0.0], [[1.0, 2.0], [2.0, 1.0]])  # eigenvalues 3 and -1

    with pytest.raises(ArithmeticError, match="eigenvalue -1"):
        frechet_distance(gaussian([0.0, 0.0], [[1.0, 0], [0, 1.0]]), impossible)
