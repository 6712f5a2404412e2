"""Signs that a training is failing, read off the lines of metrics.jsonl.

GANs fail silently: the losses stay finite while every image is black. Each rule looks at the last
few lines only, so watching costs nothing between them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Batch

Line = Mapping[str, Any]

LINES: Final = 4
"""Lines that have to agree before a rule speaks: one bad moment is no failure."""


FIRST_STEP: Final = 50
"""No rule looks at lines before this step: untrained networks draw nearly the same grey everywhere."""


@dataclass(frozen=True)
class Rule:
    """A way to fail, and what helps."""

    name: str
    applies: Callable[[Sequence[Line], Sequence[Line]], bool]
    """Of the last `LINES` lines and of all lines."""
    message: str
    is_collapse: bool
    """Whether going on is pointless."""


def _always(key: str, holds: Callable[[float], bool]) -> Callable[[Sequence[Line], Sequence[Line]], bool]:
    return lambda recent, _all: all(holds(line[key]) for line in recent)


def _exploding(recent: Sequence[Line], all_lines: Sequence[Line]) -> bool:
    before = all_lines[: -len(recent)]
    if len(before) < LINES:
        return False
    keys = ("generator_gradient", "discriminator_gradient")
    return any(
        min(line[key] for line in recent) > 1000 * max(median(line[key] for line in before), 1e-6)
        for key in keys
    )


RULES: Final = (
    Rule(
        "discriminator-won",
        lambda recent, _all: (
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
        lambda recent, _all: all(
            line["class_diversity"] < 0.05 and line["diversity"] > 0.3 for line in recent
        ),
        "the generator draws nearly the same image of a class whatever the noise (mode collapse within "
        "classes); try another seed, a smaller learning rate, or a larger batch",
        is_collapse=True,
    ),
    Rule(
        "saturated-output",
        lambda recent, _all: all(
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


def diagnose(lines: Sequence[Line]) -> list[Rule]:
    """The rules that apply to a run's lines so far, oldest first.

    A line without readings (nan in JSON is null) satisfies no rule.
    """
    recent = lines[-LINES:]
    if len(recent) < LINES or recent[0].get("step", FIRST_STEP) < FIRST_STEP:
        return []
    return [rule for rule in RULES if _holds(rule, recent, lines)]


def _holds(rule: Rule, recent: Sequence[Line], lines: Sequence[Line]) -> bool:
    try:
        return rule.applies(recent, lines)
    except (KeyError, TypeError):  # a reading that is missing or null
        return False


@torch.no_grad()
def readings(
    fake: Batch, real: Batch, generator: nn.Module, discriminator: nn.Module, scales: tuple[float, float]
) -> dict[str, float | None]:
    """What the rules need beyond the losses, of the step just taken.

    Args:
        fake: images that the generator drew, with the labels that it was asked for.
        real: as many real ones, with their own.
        generator: with the gradients of its update.
        discriminator: likewise.
        scales: what the gradients of generator and discriminator were multiplied with.

    Returns:
        `diversity`, the spread of fakes over the batch as a share of that of real images;
        `class_diversity`, the same of the spread around the mean image of each class, where there are labels;
        `saturation` and `real_saturation`, the share of pixels within 1 % of the range's ends;
        `generator_gradient` and `discriminator_gradient`, Euclidean norms. None where not finite.
    """
    values = {
        "diversity": _spread(fake.images) / max(_spread(real.images), 1e-6),
        "saturation": _saturation(fake.images),
        "real_saturation": _saturation(real.images),
        "generator_gradient": _gradient_norm(generator) / scales[0],
        "discriminator_gradient": _gradient_norm(discriminator) / scales[1],
    }
    if fake.labels is not None and real.labels is not None:
        spread = max(_spread(real.images, real.labels), 1e-6)
        values["class_diversity"] = _spread(fake.images, fake.labels) / spread
    return {name: _round(value) if math.isfinite(value) else None for name, value in values.items()}


def _spread(images: Tensor, labels: Tensor | None = None) -> float:
    """Standard deviation of a pixel around its mean in images of one label; nan where all labels differ."""
    if labels is None:
        labels = torch.zeros(len(images), dtype=torch.int64, device=images.device)
    _, numbers, counts = torch.unique(labels, return_inverse=True, return_counts=True)
    freedom = len(images) - len(counts)
    if freedom < 1:
        return math.nan
    images = images.float()
    sums = images.new_zeros(len(counts), *images.shape[1:]).index_add_(0, numbers, images)
    deviations = images - (sums / counts.view(-1, 1, 1, 1))[numbers]
    spread: float = (deviations.square().sum(0) / freedom).sqrt().mean().item()
    return spread


def _saturation(images: Tensor) -> float:
    return (images.float().abs() > 0.99).float().mean().item()


def _gradient_norm(network: nn.Module) -> float:
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    return nn.utils.get_total_norm(gradients).item() if gradients else 0.0


def _round(value: float) -> float:
    return float(f"{value:.6g}")
