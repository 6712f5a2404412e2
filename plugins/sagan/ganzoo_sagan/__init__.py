"""Self-attention GAN (Zhang et al., 2019)."""

from __future__ import annotations

from ganzoo_sagan.sagan import SAGAN

__all__ = ["SAGAN"]
