"""The memorisation check against scipy's Mann-Whitney statistic, and generators whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
import torch
from sklearn.metrics import pairwise_distances

from ganzoo.evaluation.memorisation import estimate_memorisation
from ganzoo.evaluation.resampling import GROUPS


def estimate(generated: np.ndarray, training: np.ndarray, held_out: np.ndarray) -> float:
    groups = torch.arange(len(generated)) % GROUPS
    vectors = map(torch.from_numpy, (training, held_out))
    return estimate_memorisation(torch.from_numpy(generated), groups, *vectors).value


def test_agrees_with_scipy() -> None:
    random = np.random.default_rng(0)
    generated, training, held_out = (
        random.normal(m, 1, size=(n, 3)) for m, n in ((0.2, 50), (0, 90), (0, 40))
    )
    generated[:5] = training[:5]
    nearest = [pairwise_distances(v, training).min(1) for v in (generated, held_out)]
    nearest[0][:5] = 0

    theirs = scipy.stats.mannwhitneyu(nearest[1], nearest[0]).statistic / (50 * 40)

    assert estimate(generated, training, held_out) == pytest.approx(theirs, rel=1e-12)


def test_ties_count_half() -> None:
    training = np.zeros((20, 1))

    assert estimate(np.ones((20, 1)), training, np.ones((10, 1))) == 0.5


def test_copies_are_noticed_and_fresh_samples_are_not() -> None:
    random = np.random.default_rng(1)
    training, held_out, fresh = (random.normal(size=(400, 5)) for _ in range(3))
    copies = training + 1e-3 * random.normal(size=(400, 5))

    assert estimate(copies, training, held_out) > 0.99
    assert estimate(fresh, training, held_out) == pytest.approx(0.5, abs=0.08)
    assert estimate(random.normal(50, 1, size=(400, 5)), training, held_out) == 0
