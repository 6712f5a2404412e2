"""Warnings of an evaluation: too few samples for a metric, and copies among them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

import torch

from ganzoo.evaluation.features import FeatureSet

_COPIES: Final = 0.01
"""The share of copies in a set from which on they are warned of: real data sets have a few."""

_FEW_TO_LEARN_FROM: Final = 1_000
"""Training images below which a classifier's features are hardly better than random ones."""

_LEAST_ABOVE_CHANCE: Final = 0.5
"""Of the way from chance to certainty, what features that fit must reach."""


def doubts(generated: FeatureSet, real: FeatureSet, metrics: Collection[str]) -> Iterator[str]:
    """Yields a sentence for each reason to trust the figures of some metrics less."""
    features = generated.vectors.shape[1]
    for name, images in (("samples", generated), ("real images", real)):
        if "frechet-distance" in metrics and len(images) <= features:
            yield (
                f"{len(images):,} {name} are too few for {features:,} features: their covariance is "
                "singular and the Fréchet distance too large; use more than ten times as many"
            )
        copies = images.duplicates
        if copies >= _COPIES * len(images):
            yield (
                f"{copies:,} of {len(images):,} {name} have the features of another one: "
                + ("all are identical" if copies == len(images) - 1 else "copies")
            )
    if "intra-class-frechet-distance" in metrics and generated.labels is not None:
        counts = torch.bincount(generated.labels)
        fewest = int(counts[counts > 0].min())
        if fewest <= features:
            yield (
                f"{fewest:,} samples of a class are too few for {features:,} features: "
                "intra-class distances come out too large"
            )


def doubts_about_features(training_images: int, held_out: FeatureSet | None) -> Iterator[str]:
    """Yields a sentence for each reason to doubt features that were learned from the data set itself.

    Args:
        training_images: how many they were learned from.
        held_out: features of real images of another split, with logits and labels; None where there are none.
    """
    remedy = "choose pretrained ones with --features (see ganzoo list feature-extractor)"
    if training_images < _FEW_TO_LEARN_FROM:
        yield (
            f"these features were learned from {training_images:,} images, too few to know what they show; "
            + remedy
        )
    if held_out is None or held_out.logits is None or held_out.labels is None:
        return
    right = float((held_out.logits.argmax(1) == held_out.labels).double().mean())
    classes = held_out.logits.shape[1]
    if right < 1 / classes + _LEAST_ABOVE_CHANCE * (1 - 1 / classes):
        yield (
            f"these features do not fit these images: they tell only {right:.0%} of real images of another "
            f"split right, {1 / classes:.0%} by chance; {remedy}"
        )
