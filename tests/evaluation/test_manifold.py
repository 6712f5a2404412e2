"""Precision, recall, density and coverage against hand-made cases, sklearn and torch-fidelity."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors
from torch_fidelity.metric_prc import calculate_precision_recall_full

from ganzoo.evaluation import manifold as module
from ganzoo.evaluation.manifold import ManifoldEstimates, estimate_manifold
from ganzoo.evaluation.resampling import GROUPS

NAMES = ("precision", "recall", "density", "coverage")


def by_sklearn(generated: np.ndarray, real: np.ndarray) -> list[float]:
    """The definitions, with sklearn's neighbours and the whole matrix of distances."""

    def radii(vectors: np.ndarray, k: int) -> np.ndarray:
        return NearestNeighbors(n_neighbors=k).fit(vectors).kneighbors()[0][:, -1]

    distances = pairwise_distances(generated, real)  # (generated, real)
    precision = (distances <= radii(real, 3)).any(1).mean()
    recall = (radii(generated, 3) >= distances.T).any(1).mean()
    density = (distances < radii(real, 5)).sum(1).mean() / 5
    coverage = (distances.min(0) < radii(real, 5)).mean()
    return [float(v) for v in (precision, recall, density, coverage)]


def estimate(generated: np.ndarray, real: np.ndarray, groups: np.ndarray | None = None) -> ManifoldEstimates:
    groups = np.arange(len(generated)) % GROUPS if groups is None else groups
    return estimate_manifold(*map(torch.from_numpy, (generated, groups, real)))


def values(estimates: ManifoldEstimates) -> list[float]:
    return [getattr(estimates, name).value for name in NAMES]


def test_a_line_by_hand() -> None:
    """Real at 0, 1, ..., 19; generated at 0.5, ..., 9.5 twice each, but for rounding, and never above.

    Real radii: r₃ is 2 inside (two neighbours on one side at most 2 away), 3 at the ends; every generated
    point lies within: precision 1. Generated radii: the twin at 0.001, then neighbours 1 away: r₃ is
    about 1 (or 1.001); so real 0 to 10 are reached, 11 to 19 are not: recall 11/20.
    """
    real = np.arange(20.0)[:, None]
    generated = np.concatenate([np.arange(10) + 0.5, np.arange(10) + 0.501])[:, None]

    found = values(estimate(generated, real))

    assert found[0] == 1
    assert found[1] == 11 / 20
    # Coverage, r₅ = 3 inside, real 12 is at 2.499 of the last generated point, 13 is out of reach: 0 to 12.
    assert found[3] == 13 / 20
    # Density: strictly within r₅ of x. r₅: 5 at 0 and 19, 4 at 1, 3 from 2 to 17, 4 at 18. A point at
    # p + 0.5 is within 3 of the real at p-2..p+3 (6 of them), where they are: from 2.5 on also all
    # inside. Counted for p = 0 .. 9: x in 2..17 with |x - p - 0.5| < 3, plus 0 (5), plus 1 (4).
    radii = [5, 4] + [3] * 16 + [4, 5]
    counted = [sum(abs(x - g) < radii[x] for x in range(20)) for g in generated[:, 0]]
    assert found[2] == pytest.approx(sum(counted) / 5 / 20, rel=1e-12)


def test_another_neighbour_counts_for_precision_and_recall_alone() -> None:
    random = np.random.default_rng(3)
    generated, real = random.normal(0.5, 1, size=(80, 3)), random.normal(size=(80, 3))
    given = (*map(torch.from_numpy, (generated, np.arange(80) % GROUPS, real)),)

    found = values(estimate_manifold(*given, neighbours=5))

    distances = pairwise_distances(generated, real)
    radii = [NearestNeighbors(n_neighbors=5).fit(v).kneighbors()[0][:, -1] for v in (generated, real)]
    assert found[:2] == [
        (distances <= radii[1]).any(1).mean(),
        (distances <= radii[0][:, None]).any(0).mean(),
    ]
    assert found[2:] == values(estimate_manifold(*given))[2:]


def test_sets_far_apart_share_nothing() -> None:
    random = np.random.default_rng(0)

    assert values(estimate(random.normal(size=(40, 3)), random.normal(100, 1, size=(40, 3)))) == [0, 0, 0, 0]


def test_a_set_covers_itself() -> None:
    vectors = np.random.default_rng(0).normal(size=(60, 3))

    precision, recall, density, coverage = values(estimate(vectors, vectors))

    assert (precision, recall, coverage) == (1, 1, 1)
    # Each point lies strictly within r₅ of itself and of those of whose five nearest it is one of
    # the first four: on average 1 + 4 of them.
    assert density == pytest.approx(1, rel=1e-12)


def test_one_mode_of_two_has_precision_without_recall() -> None:
    random = np.random.default_rng(1)
    real = np.concatenate([random.normal(0, 1, size=(100, 2)), random.normal(50, 1, size=(100, 2))])

    precision, recall, _, coverage = values(estimate(random.normal(0, 1, size=(200, 2)), real))

    assert precision > 0.9
    assert recall == pytest.approx(0.5, abs=0.05)
    assert coverage == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_sklearn(seed: int) -> None:
    random = np.random.default_rng(seed)
    generated, real = random.normal(0.3, 1, size=(70, 4)), random.normal(size=(90, 4))

    assert values(estimate(generated, real)) == pytest.approx(by_sklearn(generated, real), rel=1e-12)


def test_agrees_with_torch_fidelity() -> None:
    random = np.random.default_rng(0)
    generated, real = random.normal(0.3, 1, size=(200, 4)), random.normal(size=(200, 4))

    theirs = calculate_precision_recall_full(torch.from_numpy(generated), torch.from_numpy(real))

    assert values(estimate(generated, real))[:2] == pytest.approx(list(theirs), rel=1e-6)


def test_agrees_with_the_code_of_density_and_coverage() -> None:
    """By `prdc` 0.2 (clovaai/generative-evaluation-prdc, Naeem et al., 2020), run on these vectors: with 3
    neighbours for the first two, 5 for the others.
    """
    random = np.random.RandomState(0)  # whose stream is frozen
    real = random.standard_normal((300, 6))
    generated = 0.8 * random.standard_normal((300, 6)) + 0.3

    assert values(estimate(generated, real)) == pytest.approx([293 / 300, 205 / 300, 1883 / 1500, 275 / 300])


def test_errors_leave_each_group_out() -> None:
    random = np.random.default_rng(7)
    generated, real = random.normal(0.5, 1, size=(83, 3)), random.normal(size=(60, 3))
    groups = random.permutation(np.arange(83) % GROUPS)

    estimates = estimate(generated, real, groups)

    without = np.array([by_sklearn(generated[groups != g], real) for g in range(GROUPS)])
    errors = np.sqrt((GROUPS - 1) / GROUPS * ((without - without.mean(0)) ** 2).sum(0))
    assert [getattr(estimates, name).standard_error for name in NAMES] == pytest.approx(
        errors.tolist(), rel=1e-9
    )


def test_the_size_of_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    generated, real = random.normal(size=(50, 4)), random.normal(size=(70, 4))
    whole = estimate(generated, real)

    monkeypatch.setattr(module, "_ENTRIES", 7 * 70)

    assert estimate(generated, real) == whole
