"""Signs that a training is failing, read off the losses and readings in metrics.jsonl.

GANs fail silently: the losses stay finite while every image is black. Each rule looks at the last
few lines, and at medians of those before; those of `AT_ONCE` at a single line.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ganzoo.runs.metrics import step_of
from ganzoo.training.past import GRADIENTS, Line, Past

LINES: Final = 4
"""Consecutive lines that have to show a failure before the run warns: one bad moment is none."""

FIRST_STEP: Final = 50
"""No rule looks at lines before this step: untrained networks draw nearly the same grey everywhere."""

LARGEST_LOSS: Final = 1e6
"""What no loss comes near in a training that learns, not even of a critic without bounds."""

WEIGHT_GROWTH: Final = 1e3
"""Times its largest weight at the start, beyond which a network has nothing left of its initialisation. In a
training that learns it is less than a hundred, for weights move by small steps that partly cancel."""

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
    return past.count >= LINES and any(_has_exploded(key, recent, past) for key in GRADIENTS)


def _has_exploded(key: str, recent: Sequence[Line], past: Past) -> bool:
    median, norms = past.median(key), [line.get(key) for line in recent]
    return median is not None and all(norm is not None and norm > 1000 * max(median, 1e-6) for norm in norms)


def _diverged(recent: Sequence[Line], _past: Past) -> bool:
    losses = ("discriminator_loss", "generator_loss")
    return all(max(abs(line.get(loss) or 0.0) for loss in losses) > LARGEST_LOSS for line in recent)


def _vanishing(recent: Sequence[Line], past: Past) -> bool:
    return all(line["generator_gradient"] < 1e-7 for line in recent) and not _diverged(recent, past)


RULES: Final = (
    Rule(
        "diverged",
        _diverged,
        f"the training has diverged: its losses are beyond {LARGEST_LOSS:,.0f}; lower the learning rate",
        is_collapse=True,
    ),
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
        _vanishing,
        "the generator's gradient has vanished; check the initialisation, or take a non-saturating objective",
        is_collapse=True,
    ),
    Rule(
        "exploding-gradient",
        _exploding,
        "gradients have grown a thousandfold since the start; lower the learning rate",
        is_collapse=False,
    ),
    Rule(
        "every-update-skipped",
        _always("loss_scale", lambda value: value < 1e-6),
        "nearly every update is skipped, since gradients overflow in fp16 however small the loss scale; "
        "use --precision bf16 or fp32",
        is_collapse=True,
    ),
)

AT_ONCE: Final = (
    Rule(
        "exploding-weights",
        lambda recent, _past: recent[-1]["weight_growth"] > WEIGHT_GROWTH,
        f"the largest weight of a network is more than {WEIGHT_GROWTH:,.0f} times what it was at the start: "
        "the learning rate is too high, and nothing can be learnt like this; lower it",
        is_collapse=True,
    ),
    Rule(
        "standstill",
        lambda recent, _past: all(recent[-1][key] == 0 for key in GRADIENTS),
        "nothing is learnt any more: the gradients of both networks are exactly zero, as where logits are "
        "so large that the loss is flat; lower the learning rate",
        is_collapse=True,
    ),
)
"""What one line tells beyond doubt, however early: a training of 60 steps has no four lines."""

BLIND: Final = (
    Rule(
        "diversity-unknown",
        lambda recent, _past: all(line["diversity"] is None for line in recent),
        "the diversity of the images can't be told, since a batch share is a single image or its real images "
        "are all alike: this run can't warn of mode collapse; try a larger --batch-size",
        is_collapse=False,
    ),
    Rule(
        "class-diversity-unknown",
        lambda recent, _past: all(
            line["class_diversity"] is None and line["diversity"] is not None for line in recent
        ),
        "the diversity within classes can't be told, since no class has two different images in a batch "
        "share: this run can't warn of mode collapse within classes; try a larger --batch-size",
        is_collapse=False,
    ),
)
"""What the rules can't see for want of a reading; told once like them, but no failure by itself."""


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
        is_early = len(self._recent) < LINES or step_of(self._recent[0]) < FIRST_STEP
        return self._new(AT_ONCE if is_early else (*AT_ONCE, *RULES))

    def blind(self) -> list[Rule]:
        """Gives those of `BLIND` that hold of the last lines and have not been told."""
        return self._new(BLIND) if len(self._recent) == LINES else []

    def _new(self, rules: Iterable[Rule]) -> list[Rule]:
        new = [rule for rule in rules if rule.name not in self._said and self._holds(rule)]
        self._said.update(rule.name for rule in new)
        return new

    def _holds(self, rule: Rule) -> bool:
        try:
            return rule.applies(list(self._recent), self._past)
        except (KeyError, TypeError):  # a reading that is missing or null
            return False
