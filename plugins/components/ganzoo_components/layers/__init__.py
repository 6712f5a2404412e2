"""Parts that models share: convolutions, blocks, normalisations, initialisations, checks."""

from __future__ import annotations

from ganzoo_components.layers.attention import PooledSelfAttention2d, SelfAttention2d
from ganzoo_components.layers.conditional_normalisation import ConditionalBatchNorm2d
from ganzoo_components.layers.convolution import SameConv2d, same_padding
from ganzoo_components.layers.initialisation import glorot_, he_, keras_defaults_, normal_, orthogonal_
from ganzoo_components.layers.labels import label_vectors, require_classes
from ganzoo_components.layers.minibatch import MinibatchStandardDeviation
from ganzoo_components.layers.projection import Projection
from ganzoo_components.layers.residual import DiscriminatorBlock, GeneratorBlock, discriminator_blocks
from ganzoo_components.layers.shapes import (
    require_equal_batches,
    require_positive,
    require_probability,
    require_shape,
)
from ganzoo_components.layers.sizes import doublings, halvings
from ganzoo_components.layers.spectral import spectral_norm_
from ganzoo_components.layers.transposed import SameConvTranspose2d

__all__ = [
    "ConditionalBatchNorm2d",
    "DiscriminatorBlock",
    "GeneratorBlock",
    "MinibatchStandardDeviation",
    "PooledSelfAttention2d",
    "Projection",
    "SameConv2d",
    "SameConvTranspose2d",
    "SelfAttention2d",
    "discriminator_blocks",
    "doublings",
    "glorot_",
    "halvings",
    "he_",
    "keras_defaults_",
    "label_vectors",
    "normal_",
    "orthogonal_",
    "require_classes",
    "require_equal_batches",
    "require_positive",
    "require_probability",
    "require_shape",
    "same_padding",
    "spectral_norm_",
]
