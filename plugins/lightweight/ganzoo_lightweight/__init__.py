"""Lightweight GAN for few, larger images (Liu et al., 2021)."""

from __future__ import annotations

from ganzoo_lightweight.generator import LightweightGenerator
from ganzoo_lightweight.lightweight import Lightweight

__all__ = ["Lightweight", "LightweightGenerator"]
