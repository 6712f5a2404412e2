"""Parts that models share: 'same' convolutions, weight initialisation, shape checks."""

from __future__ import annotations

from ganzoo_layers.convolution import SameConv2d, same_padding
from ganzoo_layers.initialisation import keras_defaults_, normal_
from ganzoo_layers.shapes import require_equal_batches, require_shape
from ganzoo_layers.transposed import SameConvTranspose2d

__all__ = [
    "SameConv2d",
    "SameConvTranspose2d",
    "keras_defaults_",
    "normal_",
    "require_equal_batches",
    "require_shape",
    "same_padding",
]
