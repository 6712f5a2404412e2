"""Warnings of an evaluation: too few samples for a metric, and copies among them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

import torch

from ganzoo.evaluation.features import FeatureSet

_COPIES: Final = 0.01
"""The share of copies in a set from which on they are warned of: real data sets have a few."""


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
