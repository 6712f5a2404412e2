"""StyleGAN2, as configured for CIFAR-10 (Karras et al., 2020)."""

from __future__ import annotations

from ganzoo_models.stylegan2.stylegan2 import StyleGAN2, StyleGAN2Conditional

__all__ = ["StyleGAN2", "StyleGAN2Conditional"]
