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
    fake: Tensor, real: Tensor, generator: nn.Module, discriminator: nn.Module, scales: tuple[float, float]
) -> dict[str, float | None]:
    """What the rules need beyond the losses, of the step just taken.

    Args:
        fake: images `(B, C, H, W)` in [-1, 1] that the generator drew.
        real: as many real ones.
        generator: with the gradients of its update.
        discriminator: likewise.
        scales: what the gradients of generator and discriminator were multiplied with.

    Returns:
        `diversity`, the spread of fakes over the batch as a share of that of real images;
        `saturation` and `real_saturation`, the share of pixels within 1 % of the range's ends;
        `generator_gradient` and `discriminator_gradient`, Euclidean norms. None where not finite.
    """
    fake, real = fake.float(), real.float()
    values = {
        "diversity": (
            (fake.std(0).mean() / real.std(0).mean().clamp_min(1e-6)).item() if len(fake) > 1 else math.nan
        ),
        "saturation": (fake.abs() > 0.99).float().mean().item(),
        "real_saturation": (real.abs() > 0.99).float().mean().item(),
        "generator_gradient": _gradient_norm(generator) / scales[0],
        "discriminator_gradient": _gradient_norm(discriminator) / scales[1],
    }
    return {name: _round(value) if math.isfinite(value) else None for name, value in values.items()}


def _gradient_norm(network: nn.Module) -> float:
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    return nn.utils.get_total_norm(gradients).item() if gradients else 0.0


def _round(value: float) -> float:
    return float(f"{value:.6g}")
