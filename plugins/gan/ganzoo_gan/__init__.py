"""The first GAN, fully connected (Goodfellow et al., 2014)."""

from __future__ import annotations

from ganzoo_gan.gan import GAN

__all__ = ["GAN"]
