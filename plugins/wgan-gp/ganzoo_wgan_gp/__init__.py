"""Wasserstein GAN with gradient penalty (Gulrajani et al., 2017)."""

from __future__ import annotations

from ganzoo_wgan_gp.wgan_gp import WGANGP

__all__ = ["WGANGP"]
