"""Conditional GAN (Mirza and Osindero, 2014)."""

from __future__ import annotations

from ganzoo_cgan.cgan import CGAN

__all__ = ["CGAN"]
