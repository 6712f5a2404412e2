"""How often `ganzoo study` errs: simulated studies of equal variants (A/A), and of one that is better.

    python benchmarks/false_study_verdicts.py [--studies 2000] [--seed 0]

A seed moves every variant alike (the order of the data, the latents), and luck moves each training by itself.
Luck is normal, heavy-tailed (Student's t with 3 degrees of freedom), skewed (log-normal), or drawn from
`RECORDED`: what real trainings differed by. Every study is judged by the same code as the command. A false
verdict is a study of equal variants that calls any pair different.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ganzoo.study.differences import ComparedQuantity, PairedDifference, compare

QUALITY: Final = 40.0
"""A distance as usual."""

SEED_EFFECT: Final = 0.05
"""Of the logarithm of the quality: what all variants of a seed share."""

MARGIN: Final = 0.05

RECORDED: Final[Sequence[float]] = (
    -17.0, 9.2, -2.5, 3.7, 16.1, -9.3,
    -23.9, 11.6, -30.4, 24.4, 37.1, -18.9,
)  # fmt: skip
"""Fréchet distances of twelve real trainings minus the mean of their variant: gan with hidden=8 on digits,
200 steps, seeds 0 to 5, learning rates 2e-4 and 1e-3."""


@dataclass(frozen=True)
class Plan:
    """A study to simulate."""

    variants: int
    seeds: int
    luck: str = "normal"
    spread: float = 0.1
    """Of a training's luck, as a share of the quality."""
    failures: float = 0.0
    """The share of trainings that fail."""


PLANS: Final = (
    Plan(2, 3), Plan(2, 5), Plan(2, 10), Plan(3, 3), Plan(3, 5), Plan(4, 5), Plan(6, 5),
    Plan(2, 5, "heavy"), Plan(3, 3, "heavy"), Plan(3, 5, "skewed"), Plan(3, 5, "skewed", spread=0.5),
    Plan(3, 3, "recorded"), Plan(3, 5, "recorded"),
    Plan(3, 5, failures=0.1), Plan(2, 10, failures=0.3), Plan(3, 3, spread=0.01),
)  # fmt: skip


def luck(generator: np.random.Generator, plan: Plan) -> np.ndarray:
    """What moves each training by itself `(variants, seeds)`, of a deviation of about 1."""
    shape = (plan.variants, plan.seeds)
    if plan.luck == "heavy":
        return generator.standard_t(3, shape) / np.sqrt(3)
    if plan.luck == "skewed":
        return (np.exp(generator.standard_normal(shape)) - np.exp(0.5)) / 2.16
    if plan.luck == "recorded":
        values = np.asarray(RECORDED)
        return generator.choice((values - values.mean()) / values.std(ddof=1), shape)
    return generator.standard_normal(shape)


def simulate(generator: np.random.Generator, plan: Plan, factor: float = 1.0) -> list[PairedDifference]:
    """The verdicts of one study, whose first variant has `factor` times the distance of the others."""
    shared = np.exp(SEED_EFFECT * generator.standard_normal(plan.seeds))
    values = QUALITY * shared * (1 + plan.spread * luck(generator, plan))
    values[0] *= factor
    failed = generator.random(values.shape) < plan.failures
    quantity = ComparedQuantity(
        name="frechet-distance",
        is_lower_better=True,
        values={
            str(variant): {
                seed: None if failed[variant, seed] else float(values[variant, seed])
                for seed in range(plan.seeds)
            }
            for variant in range(plan.variants)
        },
    )
    return compare([quantity], MARGIN)


def share_of(plan: Plan, word: str, studies: int, seed: int, factor: float = 1.0) -> float:
    """The share of studies that give any pair this word."""
    generator = np.random.default_rng(seed)
    return (
        sum(any(each.word == word for each in simulate(generator, plan, factor)) for _ in range(studies))
        / studies
    )


def main() -> None:
    """Prints a Markdown table, a plan a row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--studies", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print("| variants | seeds | luck | failures | false verdicts | any practically the same | 30 % found |")
    print("|---:|---:|---|---:|---:|---:|---:|")
    for number, plan in enumerate(PLANS):
        seed = arguments.seed + number
        shares = [
            share_of(plan, "different", arguments.studies, seed),
            share_of(plan, "practically the same", arguments.studies, seed),
            share_of(plan, "different", arguments.studies, seed, factor=1.3),
        ]
        cells = [
            plan.variants,
            plan.seeds,
            f"{plan.luck}, {100 * plan.spread:g} %",
            f"{100 * plan.failures:g} %",
        ]
        print(
            "|",
            " | ".join([*map(str, cells), *(f"{100 * share:.1f} %" for share in shares)]),
            "|",
            flush=True,
        )


if __name__ == "__main__":
    main()
