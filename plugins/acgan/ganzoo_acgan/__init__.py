"""Auxiliary classifier GAN (Odena et al., 2017)."""

from __future__ import annotations

from ganzoo_acgan.acgan import ACGAN

__all__ = ["ACGAN"]
