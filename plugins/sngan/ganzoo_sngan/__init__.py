"""Spectrally normalised GANs (Miyato et al., 2018; Miyato and Koyama, 2018)."""

from __future__ import annotations

from ganzoo_sngan.projection import SNGANProjection
from ganzoo_sngan.sngan import SNGAN

__all__ = ["SNGAN", "SNGANProjection"]
