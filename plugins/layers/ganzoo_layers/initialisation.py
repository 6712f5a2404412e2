"""Initialisation of a whole network's weights, as published: it belongs to a model's recipe."""

from __future__ import annotations

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


def keras_defaults_(network: nn.Module) -> None:
    """Initialises convolutions, dense layers and embeddings as Keras does where nothing else is said.

    Weights are Glorot-uniform, ±sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010, equation 16);
    biases 0; embeddings uniform in ±0.05. A fan is the channels times the kernel's area. In a
    transposed convolution Keras and torch disagree on which fan is which, but only their sum counts.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            nn.init.uniform_(module.weight, -0.05, 0.05)
