"""Upsampling blocks: each doubles height and width, and any model takes any of them."""

from __future__ import annotations

from ganzoo_components.upsamplings.pixel_shuffle import PixelShuffle
from ganzoo_components.upsamplings.resize_conv import ResizeConv
from ganzoo_components.upsamplings.transposed_conv import TransposedConv

__all__ = ["PixelShuffle", "ResizeConv", "TransposedConv"]
