"""The kernel distance against sums written out, and torch-fidelity's KID on one subset of everything."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, kid_features_to_metric

from ganzoo.evaluation import kernel as module
from ganzoo.evaluation.kernel import estimate_kernel_distance
from ganzoo.evaluation.resampling import GROUPS


def written_out(x: np.ndarray, y: np.ndarray) -> float:
    """Every pair, one at a time."""

    def k(a: np.ndarray, b: np.ndarray) -> float:
        return float((a @ b / len(a) + 1) ** 3)

    own = [np.mean([k(v[i], v[j]) for i in range(len(v)) for j in range(len(v)) if i != j]) for v in (x, y)]
    return float(sum(own) - 2 * np.mean([k(a, b) for a in x for b in y]))


def estimate(x: np.ndarray, y: np.ndarray) -> module.Estimate:
    return estimate_kernel_distance(torch.from_numpy(x), torch.arange(len(x)) % GROUPS, torch.from_numpy(y))


def test_one_dimension_by_hand() -> None:
    # All generated at 0: k = 1 among them and to everything. Real at ±1, ten each: among them
    # 8 where the signs agree (180 ordered pairs), else 0 (200 pairs): 180 * 8 / 380.
    generated, real = np.zeros((20, 1)), np.repeat([[1.0], [-1.0]], 10, axis=0)

    assert estimate(generated, real).value == pytest.approx(1 + 180 * 8 / 380 - 2, rel=1e-14)


@pytest.mark.parametrize("counts", [(20, 20), (23, 37), (41, 20)])
def test_agrees_with_sums_written_out(counts: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(counts[0], 5)), random.normal(0.5, 1, size=(counts[1], 5))

    assert estimate(x, y).value == pytest.approx(written_out(x, y), rel=1e-11)


def test_agrees_with_torch_fidelity() -> None:
    random = np.random.default_rng(1)
    x, y = random.normal(size=(300, 16)), random.normal(0.2, 1.1, size=(300, 16))

    theirs = kid_features_to_metric(
        torch.from_numpy(x), torch.from_numpy(y), kid_subsets=1, kid_subset_size=300, verbose=False
    )

    assert estimate(x, y).value == pytest.approx(theirs[KEY_METRIC_KID_MEAN], rel=1e-10)


def test_the_error_leaves_each_group_out() -> None:
    random = np.random.default_rng(2)
    x, y = random.normal(size=(40, 3)), random.normal(1, 1, size=(30, 3))
    groups = np.arange(40) % GROUPS

    without = np.array([written_out(x[groups != g], y) for g in range(GROUPS)])

    expected = np.sqrt((GROUPS - 1) / GROUPS * ((without - without.mean()) ** 2).sum())
    assert estimate(x, y).standard_error == pytest.approx(expected, rel=1e-9)


def test_the_size_of_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    x, y = random.normal(size=(50, 4)), random.normal(size=(70, 4))
    whole = estimate(x, y)

    monkeypatch.setattr(module, "_ENTRIES", 7 * 70)

    assert estimate(x, y).value == pytest.approx(whole.value, rel=1e-12)
    assert estimate(x, y).standard_error == pytest.approx(whole.standard_error, rel=1e-9)


def test_equal_distributions_are_near_zero_on_either_side() -> None:
    random = np.random.default_rng(4)
    values = [estimate(random.normal(size=(100, 4)), random.normal(size=(100, 4))).value for _ in range(40)]

    assert min(values) < 0 < max(values), "unbiased: what is zero is sometimes estimated below"
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(40)
