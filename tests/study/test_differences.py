"""Verdicts of a study: against scipy, by hand, and how often they are false in simulated studies."""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import scipy.stats

from ganzoo.statistics import holm
from ganzoo.study.differences import ComparedQuantity, PairedDifference, compare, sign_test

A = [50.1, 52.3, 49.0, 51.7, 50.9]
B = [47.2, 50.0, 46.9, 48.1, 48.8]
C = [50.3, 52.0, 49.4, 51.1, 51.2]


def quantity(
    values: Mapping[str, Sequence[float | None]], is_lower_better: bool = True, name: str = "frechet-distance"
) -> ComparedQuantity:
    return ComparedQuantity(
        name=name,
        is_lower_better=is_lower_better,
        values={variant: dict(enumerate(row)) for variant, row in values.items()},
    )


def only(
    values: Mapping[str, Sequence[float | None]], margin: float = 0.01, **rest: bool
) -> PairedDifference:
    (difference,) = compare([quantity(values, **rest)], margin)
    return difference


def test_a_pair_is_as_scipy_has_it() -> None:
    found = only({"a": A, "b": B})
    theirs = scipy.stats.ttest_rel(A, B)
    low, high = theirs.confidence_interval(0.95)

    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-9)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-9)
    assert found.difference == pytest.approx(np.mean(A) - np.mean(B))
    assert (found.word, found.better, found.sentence) == ("different", "b", "b is better")
    assert only({"a": A, "b": B}, is_lower_better=False).better == "a"


def test_several_pairs_are_one_family() -> None:
    values = {"a": A, "b": B, "c": C}
    found = compare([quantity(values), quantity(values, name="kernel-distance")], 0.0)
    raw = [scipy.stats.ttest_rel(*pair).pvalue for pair in ((A, B), (A, C), (B, C))]

    assert [each.p_value for each in found] == pytest.approx(holm([*raw, *raw]), rel=1e-9)
    low, _ = scipy.stats.ttest_rel(A, B).confidence_interval(1 - 0.05 / 6)
    assert found[0].low == pytest.approx(low, rel=1e-9)


def test_what_lies_within_the_margin_is_practically_the_same() -> None:
    found = only({"a": A, "c": C}, margin=0.02)

    assert found.margin == pytest.approx(0.02 * np.mean(A + C))
    assert found.word == found.sentence == "practically the same"
    assert only({"a": A, "c": C}, margin=0.001).word == "undecided"
    assert only({"a": A, "c": A}, margin=0.0).word == "practically the same"


def test_a_small_difference_that_is_sure_is_none_in_practice() -> None:
    assert (
        only({"a": A, "b": [value - 0.1 for value in A[:-1]] + [A[-1] - 0.11]}).word == "practically the same"
    )


def test_one_seed_decides_nothing() -> None:
    found = only({"a": [50.0], "b": [1.0]})

    assert (found.word, found.p_value, found.low, found.more_seeds) == ("undecided", 1.0, None, None)


def test_the_seeds_that_would_decide_are_enough_and_one_less_is_not() -> None:
    first, second = [50.0, 53.0, 49.0], [48.0, 50.0, 49.5]
    found = only({"a": first, "b": second}, margin=0.0)
    differences = np.subtract(first, second)

    def is_decided(seeds: int) -> bool:
        half = scipy.stats.t.ppf(0.975, seeds - 1) * differences.std(ddof=1) / math.sqrt(seeds)
        return bool(abs(differences.mean()) > half)

    assert found.word == "undecided"
    assert found.more_seeds is not None
    assert is_decided(3 + found.more_seeds)
    assert not is_decided(3 + found.more_seeds - 1)
    assert found.sentence == f"undecided: {found.more_seeds} more seeds would decide"
    hopeless = only({"a": [50.0, 60.0, 40.0], "b": [50.001, 40.0, 60.0]}, margin=0.0)
    assert hopeless.sentence == "undecided: more than 1,000 more seeds would decide"


def test_a_failure_is_worse_than_any_result_and_is_no_gap() -> None:
    wins = only({"a": [1.0] * 6, "b": [None] * 6})
    assert wins.p_value == pytest.approx(scipy.stats.binomtest(6, 6).pvalue)
    assert (wins.word, wins.better, wins.failed, wins.difference) == ("different", "a", (0, 6), None)

    # One failure among five decides nothing, however much better the others are.
    some = only({"a": A, "b": [*B[:-1], None]})
    assert some.p_value == pytest.approx(scipy.stats.binomtest(1, 5).pvalue)
    assert (some.word, some.failed, some.low) == ("undecided", (0, 1), None)
    assert some.difference == pytest.approx(np.mean(A[:-1]) - np.mean(B[:-1]))
    assert only({"a": [None, None], "b": [None, None]}).word == "undecided"


def test_differences_without_a_spread_are_counted_by_their_sign() -> None:
    # Two seeds of figures in hundredths often differ by the same: t would be infinite, and 0.01 "sure".
    two = only({"a": [0.50, 0.52], "b": [0.51, 0.53]}, margin=0.0, is_lower_better=False)
    assert two.p_value == pytest.approx(scipy.stats.binomtest(2, 2).pvalue)
    assert (two.word, two.low, two.more_seeds) == ("undecided", None, None)
    assert two.difference == pytest.approx(-0.01)

    six = only({"a": [1.0] * 6, "b": [3.0] * 6})
    assert six.p_value == pytest.approx(scipy.stats.binomtest(6, 6).pvalue)
    assert six.sentence == "a is better"
    digits = only({"a": [0.1 + 0.2, 0.7], "b": [0.3, 0.7]})
    assert (digits.p_value, digits.word) == (1.0, "practically the same")


@pytest.mark.parametrize("images", [50, 1000])
def test_figures_in_coarse_steps_are_called_different_by_chance_no_oftener(images: int) -> None:
    drawn = np.random.default_rng(0).binomial(images, 0.95, size=(400, 2, 2)) / images
    found = [only({"a": a, "b": b}, margin=0.0) for a, b in drawn.tolist()]

    assert sum(each.word == "different" for each in found) <= 0.05 * len(found)


@pytest.mark.parametrize(("wins", "losses"), [(0, 0), (1, 0), (5, 0), (3, 3), (2, 9)])
def test_the_sign_test_is_as_scipy_has_it(wins: int, losses: int) -> None:
    expected = scipy.stats.binomtest(wins, wins + losses).pvalue if wins + losses else 1.0
    assert sign_test(wins, losses) == pytest.approx(expected)


def test_seeds_that_only_one_has_are_left_out() -> None:
    values = {"a": {0: 1.0, 1: 2.0, 2: 3.0}, "b": {1: 2.5, 2: 3.4, 3: 9.0}}
    (found,) = compare([ComparedQuantity(name="x", is_lower_better=True, values=values)], 0.05)

    assert found.seeds == 2
    assert found.difference == pytest.approx(-0.45)


# False verdicts


@pytest.fixture(scope="module")
def simulation() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "false_study_verdicts.py"
    spec = importlib.util.spec_from_file_location("false_study_verdicts", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["false_study_verdicts"] = module  # its dataclasses look for it there
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("studies", [100, pytest.param(300, marks=pytest.mark.slow)])
def test_at_most_one_in_twenty_studies_of_equal_variants_is_false(
    simulation: ModuleType, studies: int
) -> None:
    # 600 studies, or 1,800; benchmarks/false_study_verdicts.py takes more. The same at every run.
    plans = [
        simulation.Plan(2, 3), simulation.Plan(3, 5), simulation.Plan(4, 3), simulation.Plan(3, 3, "heavy"),
        simulation.Plan(2, 5, "recorded"), simulation.Plan(3, 5, failures=0.1),
    ]  # fmt: skip
    shares = [simulation.share_of(plan, "different", studies, seed) for seed, plan in enumerate(plans)]

    assert sum(shares) / len(shares) <= 0.05


def test_a_third_is_found_by_five_seeds_and_called_the_same_by_none(simulation: ModuleType) -> None:
    plan = simulation.Plan(2, 5, spread=0.05)

    assert simulation.share_of(plan, "different", 40, 0, factor=1.33) >= 0.95
    assert simulation.share_of(plan, "practically the same", 40, 0, factor=1.33) == 0
