"""Signs that a training is failing, read off the losses and readings in metrics.jsonl.

GANs fail silently: the losses stay finite while every image is black. Each rule looks at the last
few lines, and at medians of those before.
"""

from __future__ import annotations

import bisect
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Line = Mapping[str, Any]

LINES: Final = 4
"""Consecutive lines that have to show a failure before the run warns: one bad moment is none."""

FIRST_STEP: Final = 50
"""No rule looks at lines before this step: untrained networks draw nearly the same grey everywhere."""

GRADIENTS: Final = ("generator_gradient", "discriminator_gradient")
"""The readings that are compared with their median so far."""


class Past:
    """The gradients of all lines before the last few."""

    def __init__(self) -> None:
        self.count = 0
        self._sorted: dict[str, list[float]] = {key: [] for key in GRADIENTS}

    def add(self, line: Line) -> None:
        """Takes a line in."""
        self.count += 1
        for key, values in self._sorted.items():
            if isinstance(line.get(key), int | float):
                bisect.insort(values, line[key])

    def median(self, key: str) -> float:
        """The median of one of `GRADIENTS`."""
        values = self._sorted[key]
        middle = len(values) // 2
        return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


Applies = Callable[[Sequence[Line], Past], bool]
"""Whether a rule applies, given the last `LINES` lines and the gradients of those before."""


@dataclass(frozen=True)
class Rule:
    """A way to fail, and what helps."""

    name: str
    applies: Applies
    message: str
    is_collapse: bool
    """Whether the training can't recover, so that `stop_on_collapse` ends it."""


def _always(key: str, holds: Callable[[float], bool]) -> Applies:
    return lambda recent, _past: all(holds(line[key]) for line in recent)


def _exploding(recent: Sequence[Line], past: Past) -> bool:
    return past.count >= LINES and any(
        min(line[key] for line in recent) > 1000 * max(past.median(key), 1e-6) for key in GRADIENTS
    )


RULES: Final = (
    Rule(
        "discriminator-won",
        lambda recent, _past: (
            all(line["discriminator_share"] < 0.03 for line in recent) and recent[-1]["generator_loss"] > 4
        ),
        "the discriminator has won: its loss is near zero and the generator learns nothing more; "
        "check the initialisation, lower the learning rate, or smooth the labels "
        "(--set objective.real_target=0.9)",
        is_collapse=True,
    ),
    Rule(
        "constant-output",
        _always("diversity", lambda value: value < 0.01),
        "the generator draws nearly the same image whatever the noise (mode collapse); "
        "try another seed, a smaller learning rate, or a larger batch",
        is_collapse=True,
    ),
    Rule(
        "one-image-a-class",
        lambda recent, _past: all(
            line["class_diversity"] < 0.05 and line["diversity"] > 0.3 for line in recent
        ),
        "the generator draws nearly the same image of a class whatever the noise (mode collapse within "
        "classes); try another seed, a smaller learning rate, or a larger batch",
        is_collapse=True,
    ),
    Rule(
        "saturated-output",
        lambda recent, _past: all(
            line["saturation"] > 0.98 and line["real_saturation"] < 0.9 for line in recent
        ),
        "nearly every pixel the generator draws is at the end of its range; "
        "check the initialisation and lower the learning rate",
        is_collapse=True,
    ),
    Rule(
        "vanishing-gradient",
        _always("generator_gradient", lambda value: value < 1e-7),
        "the generator's gradient has vanished; check the initialisation, or take a non-saturating objective",
        is_collapse=True,
    ),
    Rule(
        "exploding-gradient",
        _exploding,
        "gradients have grown a thousandfold since the start; lower the learning rate",
        is_collapse=False,
    ),
)


class Watch:
    """Reads the lines of a run as they come, and tells each way to fail once.

    Args:
        lines: those that the run has already, oldest first.
        said: the names of the rules that have been told already.
    """

    def __init__(self, lines: Iterable[Line], said: Iterable[str]) -> None:
        self._recent: deque[Line] = deque(maxlen=LINES)
        self._past = Past()
        self._said = set(said)
        for line in lines:
            self._take_in(line)

    def _take_in(self, line: Line) -> None:
        if len(self._recent) == LINES:
            self._past.add(self._recent[0])
        self._recent.append(line)

    def add(self, line: Line) -> list[Rule]:
        """Takes the next line in and gives the rules that apply now and have not been told.

        A line without readings (nan in JSON is null) satisfies no rule.
        """
        self._take_in(line)
        if len(self._recent) < LINES or self._recent[0].get("step", FIRST_STEP) < FIRST_STEP:
            return []
        new = [rule for rule in RULES if rule.name not in self._said and self._holds(rule)]
        self._said.update(rule.name for rule in new)
        return new

    def _holds(self, rule: Rule) -> bool:
        try:
            return rule.applies(list(self._recent), self._past)
        except (IndexError, KeyError, TypeError):  # a reading that is missing or null
            return False
