"""The metrics: which can be asked for, what each needs, and what its figure is called. Needs no torch.

A Fréchet distance is called FID, and a kernel distance KID, on the standard Inception features alone.
On any other features they are other quantities, and the features are part of the name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ganzoo.errors import UsageError, near_matches


@dataclass(frozen=True)
class Metric:
    """A quantity that can be asked for."""

    name: str
    standard_name: str | None
    """What the literature calls it on the standard Inception features; None where by the same name."""
    is_lower_better: bool | None
    """None where the best is neither low nor high."""
    needs: tuple[str, ...] = ()
    """Keys of `NEEDS`: what it is computed from besides the features of both sets."""
    is_default: bool = True
    """Whether it is computed where no metric is named."""
    least: float = -math.inf
    most: float = math.inf
    """The ends of its range, where an interval stops."""


METRICS: Final[Mapping[str, Metric]] = {
    metric.name: metric
    for metric in (
        Metric("frechet-distance", "FID", True, least=0),
        Metric("kernel-distance", "KID", True),
        Metric("class-score", "inception-score", False, ("logits",), least=1),
        Metric("precision", None, False, least=0, most=1),
        Metric("recall", None, False, least=0, most=1),
        Metric("density", None, False, least=0),
        Metric("coverage", None, False, least=0, most=1),
        Metric("class-accuracy", None, False, ("labels", "classes"), least=0, most=1),
        Metric("intra-class-frechet-distance", "intra-FID", True, ("labels",), is_default=False, least=0),
        Metric("memorisation", None, None, ("held-out",), is_default=False, least=0, most=1),
    )
}

NEEDS: Final[Mapping[str, str]] = {
    "logits": "features that tell classes apart",
    "labels": "labelled samples, from a conditional model or a file with labels",
    "classes": "features whose classes are the data set's",
    "held-out": "a data set with a test split, beside the training images",
}
"""What a metric may be computed from besides features, in words."""

ALIASES: Final = {"fid": "frechet-distance", "kid": "kernel-distance", "is": "class-score"}
"""Names of the literature, which are right on the standard Inception features only."""


def parse_metrics(text: str | None, features: str, is_standard: bool) -> tuple[str, ...] | None:
    """The names in a comma list; None where none is named.

    Args:
        text: what the user typed: names of `METRICS` or `ALIASES`, or "all".
        features: the feature extractor's name.
        is_standard: whether it is the Inception network of the FID literature.

    Raises:
        UsageError: there is no such metric, or the name is not that of a metric on these features.
    """
    if text is None:
        return None
    words = [word.strip().lower() for word in text.split(",") if word.strip()]
    if words == ["all"]:
        return tuple(METRICS)
    for word in words:
        if word in ALIASES and not is_standard:
            name = ALIASES[word]
            raise UsageError(
                f"{word} is the {name} on the standard Inception features, not on {features!r}\n"
                f"ask for --metric {name}, or choose those features with --features (see ganzoo list "
                "feature-extractor)"
            )
        if word not in METRICS and word not in ALIASES:
            allowed = [*METRICS, *ALIASES]
            raise UsageError(
                f"there is no metric {word!r}{near_matches(word, allowed)}\n"
                f"metrics: {', '.join(allowed)}, or all"
            )
    if not words:
        raise UsageError(f"--metric names no metric; metrics: {', '.join(METRICS)}, or all")
    return tuple(dict.fromkeys(ALIASES.get(word, word) for word in words))


def is_all(asked: Iterable[str]) -> bool:
    """Whether every metric was asked for, as `all` does; then those that can't be computed are left out."""
    return set(asked) == set(METRICS)


def unmet(available: Iterable[str]) -> dict[str, str]:
    """The metrics that can't be computed, each with what it needs and there is not, in words.

    Args:
        available: the keys of `NEEDS` that are met.
    """
    met = set(available)
    return {
        name: NEEDS[next(need for need in metric.needs if need not in met)]
        for name, metric in METRICS.items()
        if not met.issuperset(metric.needs)
    }


def choose(asked: tuple[str, ...] | None, available: Iterable[str]) -> tuple[str, ...]:
    """The metrics to compute: those asked for, else all defaults whose needs are met.

    Args:
        asked: names of `METRICS`, or None.
        available: the keys of `NEEDS` that are met.

    Raises:
        UsageError: a metric that was asked for needs what is not there.
    """
    met = set(available)
    if asked is None:
        return tuple(m.name for m in METRICS.values() if m.is_default and met.issuperset(m.needs))
    for name in asked:
        for need in METRICS[name].needs:
            if need not in met:
                raise UsageError(f"{name} needs {NEEDS[need]}; leave it out of --metric")
    return asked


def display_name(metric: str, features: str, is_standard: bool, protocol: str | None = None) -> str:
    """What a figure is called: "FID", or "frechet-distance (classifier)", with a protocol's name where it has
    one: "FID (studiogan)", "frechet-distance (classifier, studiogan)".
    """
    standard = METRICS[metric].standard_name if is_standard else None
    details = ", ".join(part for part in (None if standard else features, protocol) if part)
    return f"{standard or metric} ({details})" if details else standard or metric
