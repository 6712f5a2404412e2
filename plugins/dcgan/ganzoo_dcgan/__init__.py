"""DCGAN (Radford et al., 2015)."""

from __future__ import annotations

from ganzoo_dcgan.dcgan import DCGAN

__all__ = ["DCGAN"]
