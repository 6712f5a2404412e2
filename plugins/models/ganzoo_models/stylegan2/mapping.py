"""The mapping network of StyleGAN: dense layers from normalised inputs to a style, or a projection vector.

Karras, Laine and Aila, 2019, "A Style-Based Generator Architecture for Generative Adversarial Networks",
section 2. Shapes: B batch, S style.
"""

from __future__ import annotations

from itertools import pairwise
from typing import final

from torch import Tensor, nn

from ganzoo_models.stylegan2.equalised import EqualisedLinear, activate


@final
class MappingNetwork(nn.Module):
    """Dense layers from normalised inputs to a style; they learn at a hundredth of the rate."""

    def __init__(self, in_features: int, style_dim: int, layers: int) -> None:
        super().__init__()
        widths = [in_features, *[style_dim] * layers]
        self.layers = nn.ModuleList(EqualisedLinear(*pair, rate=0.01) for pair in pairwise(widths))

    def forward(self, features: Tensor) -> Tensor:
        """Maps `(B, in_features)` to styles `(B, S)`."""
        for layer in self.layers:
            features = activate(layer(features))
        return features
