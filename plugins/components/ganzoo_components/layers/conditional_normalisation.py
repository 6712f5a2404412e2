"""Conditional batch normalisation: the label decides gain and bias of every feature map."""

from __future__ import annotations

from typing import final

from torch import Tensor, nn


@final
class ConditionalBatchNorm2d(nn.Module):
    """Batch normalisation with a gain and a bias for each example (Dumoulin et al., 2017; de Vries et
    al., 2017).

    Both are bias-free dense layers of the vector that a conditioning gives; with a one-hot vector they
    are exactly a table of gains and biases, a row a class. They start at gain 1 and bias 0.
    """

    def __init__(self, channels: int, features: int, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.normalisation = nn.BatchNorm2d(channels, epsilon, affine=False)
        self.gain = nn.Linear(features, channels, bias=False)
        self.bias = nn.Linear(features, channels, bias=False)
        nn.init.zeros_(self.gain.weight)
        nn.init.zeros_(self.bias.weight)

    def forward(self, images: Tensor, vectors: Tensor) -> Tensor:
        """Maps images `(B, channels, H, W)` and vectors `(B, features)` to images of the same shape."""
        gain = 1 + self.gain(vectors)[:, :, None, None]  # (B, channels, 1, 1)
        bias = self.bias(vectors)[:, :, None, None]
        normalised: Tensor = self.normalisation(images) * gain + bias
        return normalised
