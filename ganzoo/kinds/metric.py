"""The kind `metric`: how generated images differ from real ones, and what every one promises."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar, Final

import torch

from ganzoo.errors import GanzooError
from ganzoo.evaluation.measured import require_figure
from ganzoo.interfaces import LabelledFeatures
from ganzoo.testing.checks import Check, Failure, Subject, Suite, check, require
from ganzoo.testing.every import EVERY


class MetricKind:
    """Says how generated images differ from real ones."""

    ganzoo_api = 1
    position = 10
    group = "ganzoo.metrics"
    interface = "ganzoo.interfaces:Metric"
    attributes: ClassVar = {
        "lower_is_better": "bool",
        "usual": "bool",
        "needs": "tuple[str, ...]",
        "least": "float",
        "most": "float",
    }
    checks = "ganzoo.kinds.metric:SUITE"
    template = "metric.template"
    template_use = "evaluate RUN --metric $name"


_COUNT: Final = 240
_CLASSES: Final = 4
_SLACK: Final = 1e-4
"""How far a figure may move where only sums are taken in another order, as a share of it."""


class MetricSubject(Subject):
    """A metric, and the features of images of four classes, each a cloud of its own."""

    @cached_property
    def metric(self) -> Any:
        """The plugin, as an evaluation makes it."""
        return self.bound.make()

    @staticmethod
    def features(seed: int, distance: float = 0.0, count: int = _COUNT) -> LabelledFeatures:
        """Those of images, and of worse ones with a distance: away from the real ones, and of no class."""
        numbers = torch.Generator().manual_seed(seed)
        labels = torch.arange(count) % _CLASSES
        centres = 3 * torch.eye(_CLASSES, 8)[labels]
        noise = torch.randn(count, 8, generator=numbers)
        vectors = centres / (1 + distance) + noise + distance
        logits = 4 * torch.eye(_CLASSES)[labels] / (1 + distance) ** 2
        logits = logits + (0.5 + distance) * torch.randn(count, _CLASSES, generator=numbers)
        return LabelledFeatures(vectors, logits / (1 + distance), labels)

    def value(self, generated: LabelledFeatures, real: LabelledFeatures | None = None) -> float:
        """The figure of a set, against the real images of the checks."""
        found = self.metric.measure(generated, real or self.features(1), self.of_split)
        figure = require_figure(found, len(generated.vectors), self.plugin.name)
        return figure if isinstance(figure, float) else figure.double().mean().item()

    def of_split(self, split: str) -> LabelledFeatures:
        """The features of a split: other images of the same classes."""
        return self.features({"train": 2, "test": 3}[split])


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= _SLACK * max(abs(one), abs(other), 1e-3)


def _shuffled(features: LabelledFeatures, seed: int) -> LabelledFeatures:
    order = torch.randperm(len(features.vectors), generator=torch.Generator().manual_seed(seed))
    parts = (features.vectors, features.logits, features.labels)
    return LabelledFeatures(*(None if part is None else part[order] for part in parts))  # type: ignore[arg-type]


@check(
    why="The core prints the figure, writes it as JSON and takes its interval.",
    remedy="Return a finite number, or a float tensor with a number for each generated image.",
    is_gate=True,
)
def it_gives_a_number(subject: MetricSubject) -> None:
    for count in (_COUNT, _COUNT - 24):
        try:
            subject.value(subject.features(0, count=count))
        except GanzooError as error:
            raise Failure(str(error)) from None


@check(
    why="The core hands the same features to every metric.",
    remedy="Work on copies: no operation whose name ends in _ on what is given.",
)
def inputs_are_not_modified(subject: MetricSubject) -> None:
    sets = subject.features(0), subject.features(1)
    before = [features.vectors.clone() for features in sets]
    subject.value(*sets)
    kept = all(map(torch.equal, before, (features.vectors for features in sets)))
    require(kept, "measure changes the vectors that it is given")


@check(
    why="The figure of the same images is the same whenever it is computed, whatever was drawn before.",
    remedy="Draw from a torch.Generator with a seed of your own, made in measure; keep nothing.",
)
def it_repeats(subject: MetricSubject) -> None:
    values = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        values.append(subject.value(subject.features(0)))
    require(values[0] == values[1], f"the same images have {values[0]:.6g}, and then {values[1]:.6g}")


@check(
    why="Sets have no order: images come as a data set or a folder has them.",
    remedy="Compare no image with the one that has its place in the other set.",
)
def the_order_says_nothing(subject: MetricSubject) -> None:
    generated, real = subject.features(0), subject.features(1)
    one = subject.value(generated, real)
    other = subject.value(_shuffled(generated, 5), _shuffled(real, 6))
    require(_same(one, other), f"{one:.6g} becomes {other:.6g} when both sets are shuffled")


@check(
    why="Tables, studies and comparisons call the better one better: with the wrong direction they choose "
    "the worst.",
    remedy="Set lower_is_better as the figure has it; leave it out where the best is neither low nor high.",
    unless=lambda subject: (
        "the best is neither low nor high" if subject.cls.lower_is_better is None else None
    ),
)
def worse_images_are_worse(subject: MetricSubject) -> None:
    good, bad = subject.value(subject.features(0)), subject.value(subject.features(0, distance=3.0))
    words = "lower" if subject.cls.lower_is_better else "higher"
    better = good < bad if subject.cls.lower_is_better else good > bad
    require(better, f"{words} is better, but images as the real ones have {good:.4g} and noise {bad:.4g}")


@check(
    why="Intervals stop at the ends of the range: a figure beyond them lies outside its own interval.",
    remedy="Set least and most to what the figure can be, or leave them out.",
)
def it_stays_in_its_range(subject: MetricSubject) -> None:
    least, most = subject.cls.least, subject.cls.most
    for distance in (0.0, 0.5, 3.0):
        value = subject.value(subject.features(0, distance=distance))
        require(least <= value <= most, f"{value:.4g} is not between {least} and {most}")


_CHECKS: Final[tuple[Check[Any], ...]] = (
    it_gives_a_number,
    inputs_are_not_modified,
    it_repeats,
    the_order_says_nothing,
    worse_images_are_worse,
    it_stays_in_its_range,
)

SUITE = Suite(MetricSubject, (*EVERY, *_CHECKS), minimum=6)
