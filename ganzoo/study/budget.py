"""How long each training of a study may last: a time, images or steps, or until a figure is reached."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from ganzoo.errors import UsageError
from ganzoo.evaluation.selection import require_periodic
from ganzoo.settings.configuration import RUN, TRAINING
from ganzoo.settings.goal import Goal, parse_goal
from ganzoo.settings.limits import LARGEST_COUNT
from ganzoo.text import brief, duration

NEVER: Final = 2**31
"""Epochs of a training that something else ends."""

_UNITS: Final = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
_FACTORS: Final = {"": 1, "k": 1_000, "m": 1_000_000}
_TIME: Final = re.compile(
    r"(?:(?P<what>time|processor)=)?(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>s|m|min|h|d)", re.IGNORECASE
)
_COUNT: Final = re.compile(
    r"(?P<what>images|steps)=(?P<number>\d+(?:\.\d+)?)\s*(?P<factor>k|m)?", re.IGNORECASE
)
_UNTIL: Final = "until="

_ROUNDING: Final = 1e-6
"""What multiplying a decimal fraction may add to a whole number: 1.1 thousand is 1,100."""


@dataclass(frozen=True)
class _Clock:
    """A time that may be the budget."""

    limit: str
    """The setting that ends a training."""
    line: str
    """What a run's lines of losses call the time so far."""
    word: str
    """What is said after an amount."""


_BY_THE_CLOCK: Final = _Clock(f"{RUN}.max_seconds", "seconds", "")
_CLOCKS: Final = {
    "time": _BY_THE_CLOCK,
    "processor": _Clock(f"{RUN}.max_processor_seconds", "processor_seconds", " of the processor"),
}


@dataclass(frozen=True)
class Budget:
    """A length, the same for every training, and a goal that may end it before."""

    kind: Literal["time", "processor", "images", "steps"]
    amount: float
    """Seconds, images or steps."""
    goal: Goal | None = None

    def __post_init__(self) -> None:
        if self.kind not in (*_CLOCKS, "images", "steps") or type(self.amount) not in (int, float):
            raise TypeError(f"the budget is {brief(self.amount)} {brief(self.kind)}")
        if not -LARGEST_COUNT <= self.amount <= LARGEST_COUNT:
            raise ValueError(f"the budget is {brief(self.amount)} {self.kind}")

    @property
    def is_time(self) -> bool:
        """Whether it is a time, so that nobody knows the steps before."""
        return self.kind in _CLOCKS

    @property
    def clock(self) -> str:
        """What measures a training, in the budget and in the time to quality: a key of a line of losses."""
        return _CLOCKS.get(self.kind, _BY_THE_CLOCK).line

    def settings(self, images_per_step: int) -> dict[str, Any]:
        """The settings that end a training there.

        Args:
            images_per_step: real images that a step of the variant shows.
        """
        until = {} if self.goal is None else {f"{RUN}.until": str(self.goal)}
        ends = {f"{TRAINING}.epochs": NEVER, **until}
        if self.is_time:
            return {**ends, _CLOCKS[self.kind].limit: self.amount}
        return {**ends, f"{TRAINING}.max_steps": self.steps(images_per_step, 0.0)}

    def steps(self, images_per_step: int, step_seconds: float) -> int:
        """The steps that a training takes, of which each takes so long by the budget's clock."""
        if self.is_time:
            return max(1, math.floor(self.amount / max(step_seconds, 1e-9)))
        return max(1, math.ceil(self.amount / (images_per_step if self.kind == "images" else 1)))

    def __str__(self) -> str:
        if self.is_time:
            amount = duration(self.amount) + _CLOCKS[self.kind].word
        else:
            amount = f"{self.amount:,.0f} {self.kind}"
        return amount + ("" if self.goal is None else f", or until {self.goal}")

    @property
    def written(self) -> list[str]:
        """The options that say it again."""
        length = f"{self.kind}={self.amount:g}s" if self.is_time else f"{self.kind}={self.amount:.0f}"
        return [length] + ([] if self.goal is None else [f"{_UNTIL}{self.goal}"])


def parse_budget(texts: Sequence[str]) -> Budget:
    """Reads all `--budget` of a command.

    Raises:
        UsageError: there is no length, or two, or the goal is none that evaluations during a training know.
    """
    lengths = [text for text in texts if not text.startswith(_UNTIL)]
    goals = [text.removeprefix(_UNTIL) for text in texts if text.startswith(_UNTIL)]
    if len(lengths) != 1 or len(goals) > 1:
        raise UsageError(
            "--budget gives one length, the same for every training: 10m, processor=10m, images=500k or "
            "steps=1000\n"
            "beside it, --budget 'until=frechet-distance<40' ends a training that is good enough before"
        )
    goal = None
    if goals:
        try:
            goal = parse_goal(goals[0])
        except ValueError as error:
            raise UsageError(f"--budget until {error}") from None
        require_periodic(goal.metric, "--budget until=")
    try:
        return _length(lengths[0].strip(), goal)
    except (ValueError, OverflowError):
        raise UsageError(f"--budget {brief(lengths[0])} is longer than any training") from None


def _length(text: str, goal: Goal | None) -> Budget:
    if time := _TIME.fullmatch(text):
        is_processor = (time["what"] or "").lower() == "processor"
        budget = Budget(
            "processor" if is_processor else "time",
            float(time["number"]) * _UNITS[time["unit"].lower()],
            goal,
        )
    elif count := _COUNT.fullmatch(text):
        amount = float(count["number"]) * _FACTORS[(count["factor"] or "").lower()]
        if abs(amount - round(amount)) > _ROUNDING:
            raise UsageError(f"--budget {text} is no whole number of {count['what'].lower()}")
        amount = round(amount)
        budget = Budget("images" if count["what"].lower() == "images" else "steps", amount, goal)
    else:
        raise UsageError(
            f"--budget takes a time (90s, 10m, 2h), processor=10m, images=500k or steps=1000, not {text!r}"
        )
    if budget.amount <= 0:
        raise UsageError(f"--budget {text} leaves nothing to train")
    return budget
