"""Initialisation of a whole network's weights, as published: it belongs to a model's recipe."""

from __future__ import annotations

import math

from torch import nn


def normal_(network: nn.Module, std: float = 0.02) -> None:
    """Draws the weights of all convolutions and dense layers from N(0, std²); biases become 0.

    Radford et al., 2015, section 4: "All weights were initialized from a zero-centered Normal
    distribution with standard deviation 0.02". Batch normalisation keeps its weight 1 and bias 0
    (Ioffe and Szegedy, 2015): the paper does not speak of them.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(module.weight, std=std)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def glorot_(network: nn.Module, gain: float = 1.0) -> None:
    """Draws all convolutions and dense layers uniformly from ±gain·sqrt(6 / (fan_in + fan_out)) (Glorot
    and Bengio, 2010, equation 16); biases become 0.
    """
    for module in network.modules():
        _glorot_layer(module, gain)


def orthogonal_(network: nn.Module) -> None:
    """Makes the weights of all convolutions and dense layers orthogonal, as matrices `(out_channels,
    in_channels · kernel²)` (Saxe et al., 2014; Brock et al., 2019, section 3); biases become 0.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.orthogonal_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def keras_defaults_(network: nn.Module) -> None:
    """Initialises convolutions, dense layers and embeddings as Keras does where nothing else is said.

    Weights are Glorot-uniform, ±sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010, equation 16);
    biases 0; embeddings uniform in ±0.05. A fan is the channels times the kernel's area. In a
    transposed convolution Keras and torch disagree on which fan is which, but only their sum counts.
    """
    for module in network.modules():
        _glorot_layer(module, gain=1.0)
        if isinstance(module, nn.Embedding):
            nn.init.uniform_(module.weight, -0.05, 0.05)


def _glorot_layer(module: nn.Module, gain: float) -> None:
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.xavier_uniform_(module.weight, gain)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def he_(layer: nn.Conv2d | nn.Linear, gain: float = 1.0) -> None:
    """Draws a layer's weights from N(0, gain² / fan_in) (He et al., 2015, equation 10, where ReLU's gain
    is sqrt(2)); its bias becomes 0. The fan is the inputs of one output: of its group where there are
    groups.
    """
    fan_in = layer.weight[0].numel()
    nn.init.normal_(layer.weight, std=gain / math.sqrt(fan_in))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
