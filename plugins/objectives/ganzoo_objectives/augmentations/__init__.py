"""Augmentations: what keeps the discriminator from remembering its few images."""

from __future__ import annotations

from ganzoo_objectives.augmentations.ada import ADA
from ganzoo_objectives.augmentations.diffaugment import DiffAugment
from ganzoo_objectives.augmentations.pixels import flip, translate

__all__ = ["ADA", "DiffAugment", "flip", "translate"]
