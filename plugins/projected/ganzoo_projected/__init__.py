"""Projected GAN: a discriminator on pretrained features (Sauer et al., 2021)."""

from __future__ import annotations

from ganzoo_projected.projected import Projected

__all__ = ["Projected"]
