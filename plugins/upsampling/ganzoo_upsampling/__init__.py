"""Upsampling blocks: each doubles height and width, and any model takes any of them."""

from __future__ import annotations

from ganzoo_upsampling.pixel_shuffle import PixelShuffle
from ganzoo_upsampling.resize_conv import ResizeConv
from ganzoo_upsampling.transposed_conv import TransposedConv

__all__ = ["PixelShuffle", "ResizeConv", "TransposedConv"]
