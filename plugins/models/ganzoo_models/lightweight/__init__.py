"""Lightweight GAN for few, larger images (Liu et al., 2021)."""

from __future__ import annotations

from ganzoo_models.lightweight.generator import LightweightGenerator
from ganzoo_models.lightweight.lightweight import Lightweight
from ganzoo_models.lightweight.settings import LightweightSettings

__all__ = ["Lightweight", "LightweightGenerator", "LightweightSettings"]
