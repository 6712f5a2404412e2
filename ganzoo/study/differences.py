"""Which differences between variants are more than luck: paired over seeds, Student's t, Holm's correction.

The trainings of one seed share the order of the data and the samples that are judged, so variants are
compared seed by seed. A training that failed is worse than any that did not, and then only who was better
counts: the sign test; so it is where all differences are the same, which has no spread to go by. A
difference has one of three words. It is "practically the same" where its interval lies within the margin,
"different" where chance explains it badly, and else "undecided".
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Final, Literal

from ganzoo.statistics import holm, student_quantile, student_tails

LEVEL: Final = 0.05
"""The chance, at most, that a study calls any pair different though none is."""

MOST_SEEDS: Final = 1000
"""Further seeds that are thought of."""

_ROUNDING: Final = 1e-12
"""Of a figure: below it differences are those of its digits."""

Word = Literal["different", "practically the same", "undecided"]


@dataclass(frozen=True, kw_only=True)
class ComparedQuantity:
    """What is compared: a value for every variant and seed."""

    name: str
    is_lower_better: bool
    values: Mapping[str, Mapping[int, float | None]]
    """Variant to seed to value; None where the training failed. Seeds that have not ended are left out."""


@dataclass(frozen=True, kw_only=True)
class PairedDifference:
    """Two variants in one quantity: the mean over seeds of the first minus the second."""

    quantity: str
    first: str
    second: str
    seeds: int
    """Those that both have ended."""
    failed: tuple[int, int]
    """Seeds of which the first failed, and the second."""
    difference: float | None
    """None where less than one seed has both values."""
    low: float | None
    """The ends of its interval, all of which hold together with 95 %; None where a spread is not known."""
    high: float | None
    margin: float
    """A difference below this is none in practice."""
    p_value: float
    """Corrected for the number of pairs and quantities."""
    word: Word
    better: str | None
    """Which of the two is better; None unless they are different."""
    error: float | None
    """The standard error of the difference; None where a spread is not known."""
    family: int
    """The pairs and quantities that are compared together."""

    @cached_property
    def more_seeds(self) -> int | None:
        """Seeds that would decide it if values go on like this; None where it is, or can't be told."""
        if self.word != "undecided" or self.difference is None or self.low is None or self.error is None:
            return None
        effect, spread = abs(self.difference), self.error * math.sqrt(self.seeds)

        def is_decided(seeds: int) -> bool:
            half = student_quantile(1 - LEVEL / self.family, seeds - 1) * spread / math.sqrt(seeds)
            return effect > half or effect + half <= self.margin

        return _least(is_decided, self.seeds + 1) - self.seeds

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        if self.word == "different":
            return f"{self.better} is better"
        if self.word == "practically the same":
            return self.word
        if self.more_seeds is None:
            return "undecided: more seeds are needed"
        more = "more than 1,000" if self.more_seeds > MOST_SEEDS else str(self.more_seeds)
        return f"undecided: {more} more {'seed' if self.more_seeds == 1 else 'seeds'} would decide"


def compare(quantities: Sequence[ComparedQuantity], margin: float) -> list[PairedDifference]:
    """Compares every pair of variants in every quantity; all are one family.

    Args:
        quantities: what is compared.
        margin: the share of a quantity's mean within which a difference is none in practice.
    """
    pairs = [(quantity, *pair) for quantity in quantities for pair in combinations(quantity.values, 2)]
    raw = [_difference(*pair, margin, len(pairs)) for pair in pairs]
    corrected = holm([difference.p_value for difference in raw])
    return [
        _judged(replace(difference, p_value=p_value), quantity)
        for difference, p_value, (quantity, _, _) in zip(raw, corrected, pairs, strict=True)
    ]


def _difference(
    quantity: ComparedQuantity, first: str, second: str, margin: float, pairs: int
) -> PairedDifference:
    """What the values say, before any correction or verdict."""
    mine, theirs = quantity.values[first], quantity.values[second]
    seeds = sorted(mine.keys() & theirs.keys())
    both = [(a, b) for seed in seeds if (a := mine[seed]) is not None and (b := theirs[seed]) is not None]
    failed = (sum(mine[seed] is None for seed in seeds), sum(theirs[seed] is None for seed in seeds))
    differences = [a - b for a, b in both]
    known = [abs(v) for values in quantity.values.values() for v in values.values() if v is not None]
    mean = statistics.fmean(differences) if differences else None
    error = _error(differences, max(known, default=0.0))
    low = high = None
    if mean is not None and error is not None and failed == (0, 0):
        half = student_quantile(1 - LEVEL / pairs, len(differences) - 1) * error
        low, high = mean - half, mean + half
    return PairedDifference(
        quantity=quantity.name, first=first, second=second, seeds=len(seeds), failed=failed, difference=mean,
        low=low, high=high, margin=margin * statistics.fmean(known) if known else 0.0,
        p_value=_p_value(quantity, mine, theirs, seeds, differences, error if failed == (0, 0) else None),
        word="undecided", better=None, error=error, family=pairs,
    )  # fmt: skip


def _error(differences: Sequence[float], largest: float) -> float | None:
    """The standard error of their mean; None where no spread is known.

    Where all are the same and not zero, figures that are counted in steps (3 of 100 images) have met by
    chance: that says nothing of how far others would lie apart.
    """
    if len(differences) < 2:
        return None
    error = statistics.stdev(differences) / math.sqrt(len(differences))
    if error > _ROUNDING * largest:
        return error
    return 0.0 if abs(statistics.fmean(differences)) <= _ROUNDING * largest else None


def _p_value(
    quantity: ComparedQuantity,
    mine: Mapping[int, float | None],
    theirs: Mapping[int, float | None],
    seeds: Sequence[int],
    differences: Sequence[float],
    error: float | None,
) -> float:
    """Of Student's t; of the sign test where there is no error of the mean."""
    if error is None:
        signs = [_sign(mine[seed], theirs[seed], quantity.is_lower_better) for seed in seeds]
        return sign_test(signs.count(1), signs.count(-1))
    if error == 0:
        return 1.0
    return student_tails(abs(statistics.fmean(differences)) / error, len(differences) - 1)


def _sign(mine: float | None, theirs: float | None, is_lower_better: bool) -> int:
    """1 where the first is better, -1 where the second is, 0 where neither; failing is worst."""
    if mine is None or theirs is None:
        return (mine is not None) - (theirs is not None)
    return ((mine > theirs) - (mine < theirs)) * (-1 if is_lower_better else 1)


def sign_test(wins: int, losses: int) -> float:
    """The two-sided p-value of so many wins and losses, were each as likely (ties are left out)."""
    total, least = wins + losses, min(wins, losses)
    tail: float = sum(math.comb(total, number) for number in range(least + 1)) / 2**total
    return min(1.0, 2 * tail)


def _judged(difference: PairedDifference, quantity: ComparedQuantity) -> PairedDifference:
    """The same with its verdict."""
    low, high = difference.low, difference.high
    if low is not None and high is not None and max(-low, high) <= difference.margin:
        return replace(difference, word="practically the same")
    if difference.p_value < LEVEL:
        return replace(difference, word="different", better=_better(difference, quantity))
    return difference


def _better(difference: PairedDifference, quantity: ComparedQuantity) -> str:
    if difference.failed != (0, 0):
        mine, theirs = quantity.values[difference.first], quantity.values[difference.second]
        seeds = mine.keys() & theirs.keys()
        first_wins = sum(_sign(mine[seed], theirs[seed], quantity.is_lower_better) for seed in seeds) > 0
    else:
        assert difference.difference is not None, "it is different"
        first_wins = (difference.difference < 0) == quantity.is_lower_better
    return difference.first if first_wins else difference.second


def _least(holds: Callable[[int], bool], first: int) -> int:
    """The least number from `first` on for which something holds that holds ever after; at most a limit."""
    low, high = first - 1, first
    while not holds(high) and high <= MOST_SEEDS + first:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
