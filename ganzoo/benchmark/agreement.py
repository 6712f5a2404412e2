"""Whether a training computes what another does, but for what chance changes: a test of their loss curves.

Curves are cut into equal stretches, and of each the mean of both losses is taken. A curve is held against
the one of the same seed, since an unlucky seed is no fault of how its steps were taken. At worst the two have
parted and are two draws of chance, which differ in every stretch by less than t · s · √2, where s and the
degrees of freedom are those of reference curves with other seeds (Hahn and Meeker, Statistical Intervals,
1991, chapter 4), at 95 % for all stretches and both losses together (Bonferroni). A curve outside is of
another kind. The interval says what the test can see: a smaller shift stays unnoticed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Final

from ganzoo.statistics import student_quantile

STRETCHES: Final = 4
"""Into which a curve is cut."""

CHANCE: Final = 0.05
"""Of finding a difference where there is none."""

Curve = Sequence[float | None]
"""A loss step by step; None where it is not finite."""


@dataclass(frozen=True)
class Agreement:
    """What the test says of one curve."""

    agrees: bool
    loss: str
    """The loss that lies the farthest out, by its share of the interval."""
    deviation: float
    """From the curve of the same seed, where it lies the farthest out; infinite where it has no number."""
    allowed: float
    """Half of the interval there: what seeds alone may do."""


def compare(
    references: Sequence[Mapping[str, Curve]], same_seed: Mapping[str, Curve], curves: Mapping[str, Curve]
) -> Agreement:
    """Tests one curve of each loss.

    Args:
        references: curves by the name of the loss, of two trainings or more with other seeds.
        same_seed: those of a training like the references, with the seed of the one in question.
        curves: of the training in question; the same names and as many steps.

    Raises:
        ValueError: there are fewer than two references, or one of them or `same_seed` is not finite.
    """
    confidence = 1 - CHANCE / (STRETCHES * len(curves))
    reach = student_quantile(confidence, len(references) - 1) * math.sqrt(2)
    found = []
    for loss, curve in curves.items():
        means = [_means(reference[loss]) for reference in references]
        own = _means(same_seed[loss])
        for place, mean in enumerate(_means(curve)):
            known = [each[place] for each in means]
            if not all(map(math.isfinite, (*known, own[place]))):
                raise ValueError(f"a reference's {loss} loss is not finite")
            deviation, allowed = abs(mean - own[place]), reach * stdev(known)
            found.append((_excess(deviation, allowed), loss, deviation, allowed))
    excess, loss, deviation, allowed = max(found)
    return Agreement(excess <= 1, loss, deviation, allowed)


def _excess(deviation: float, allowed: float) -> float:
    if deviation == 0:
        return 0.0
    return deviation / allowed if allowed else math.inf


def _means(curve: Curve) -> list[float]:
    """Of each stretch; infinite where any step has no number."""
    ends = [len(curve) * place // STRETCHES for place in range(STRETCHES + 1)]
    stretches = [curve[ends[place] : ends[place + 1]] for place in range(STRETCHES)]
    return [fmean(math.inf if loss is None else loss for loss in stretch) for stretch in stretches]
