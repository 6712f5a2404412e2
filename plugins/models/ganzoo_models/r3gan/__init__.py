"""R3GAN, the modern baseline (Huang et al., 2024)."""

from __future__ import annotations

from ganzoo_models.r3gan.r3gan import R3GAN, R3GANConditional

__all__ = ["R3GAN", "R3GANConditional"]
