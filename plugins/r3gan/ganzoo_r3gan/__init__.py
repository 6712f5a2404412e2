"""R3GAN, the modern baseline (Huang et al., 2024)."""

from __future__ import annotations

from ganzoo_r3gan.conditional import R3GANConditional
from ganzoo_r3gan.r3gan import R3GAN

__all__ = ["R3GAN", "R3GANConditional"]
