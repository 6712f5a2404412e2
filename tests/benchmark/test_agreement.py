"""Whether two trainings compute the same: the test of loss curves, against scipy and against chance."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganzoo.benchmark.agreement import STRETCHES, compare


def curves(generator: np.random.Generator, number: int, shift: float = 0.0) -> list[dict[str, list[float]]]:
    """Trainings whose losses differ by noise, and by a level of their own as seeds have it."""
    return [
        {
            loss: list(1.4 + shift + 0.05 * generator.normal() + 0.1 * generator.normal(size=64))
            for loss in ("discriminator", "generator")
        }
        for _ in range(number)
    ]


def test_the_interval_is_that_of_the_difference_of_two_normal_draws() -> None:
    stats = pytest.importorskip("scipy.stats", reason="scipy is the reference")
    references = [{"a": [float(value)] * 8} for value in (1, 2, 3, 5)]

    found = compare(references, {"a": [3.5] * 8}, {"a": [4.0] * 8})

    t = stats.t.ppf(1 - 0.05 / STRETCHES / 2, 3)
    assert found.allowed == pytest.approx(t * np.std([1, 2, 3, 5], ddof=1) * math.sqrt(2))
    assert found.deviation == pytest.approx(4 - 3.5)
    assert found.agrees


def test_chance_is_refused_no_more_often_than_stated() -> None:
    generator = np.random.default_rng(0)
    refused = sum(not compare(curves(generator, 5), *curves(generator, 2)).agrees for _ in range(400))
    assert refused <= 30  # 5 % are 20; 30 or more of 400 have a chance of 2 %


def test_a_shift_beyond_the_seeds_is_seen_and_named() -> None:
    generator = np.random.default_rng(1)
    shifted = curves(generator, 1)[0] | {"generator": curves(generator, 1, shift=2.0)[0]["generator"]}

    found = compare(curves(generator, 5), *curves(generator, 1), shifted)

    assert not found.agrees
    assert found.loss == "generator"
    assert found.deviation == pytest.approx(2, abs=0.3)


def test_a_loss_that_is_no_number_agrees_with_nothing() -> None:
    generator = np.random.default_rng(2)
    broken: dict[str, list[float | None]] = {
        name: [*curve] for name, curve in curves(generator, 1)[0].items()
    }
    broken["discriminator"] = [*broken["discriminator"][:-1], None]

    found = compare(curves(generator, 5), *curves(generator, 1), broken)

    assert not found.agrees
    assert found.deviation == math.inf
    with pytest.raises(ValueError, match="a reference's discriminator loss is not finite"):
        compare([broken, *curves(generator, 4)], *curves(generator, 2))
    with pytest.raises(ValueError, match="a reference's discriminator loss is not finite"):
        compare(curves(generator, 5), broken, *curves(generator, 1))


def test_a_seed_that_is_unlucky_refuses_nothing_that_computes_the_same() -> None:
    """Seen with `dcgan` on digits: one seed's loss far from five others', compiled or not."""
    generator = np.random.default_rng(3)
    (unlucky,) = curves(generator, 1, shift=2.0)
    same = {loss: [value + 0.001 for value in curve] for loss, curve in unlucky.items()}

    assert compare(curves(generator, 5), unlucky, same).agrees
