"""Torch's own layers in the place of GanZoo's, so that others train what a user of torch would write."""

from __future__ import annotations

from ganzoo_components.layers import SameConv2d, SameConvTranspose2d
from torch import nn


def with_plain_layers(network: nn.Module) -> nn.Module:
    """Replaces, in place, what GanZoo computes in its own way on a processor; the weights stay.

    Kernels are of odd sides with stride 2. Torch pads or cuts alike on both sides, but for one row and column
    before a map that GanZoo has after it: as many products of the same sizes.
    """
    for name, layer in network.named_children():
        setattr(network, name, _plain(layer))
    return network


def _plain(layer: nn.Module) -> nn.Module:
    plain: nn.Conv2d | nn.ConvTranspose2d
    if isinstance(layer, SameConv2d):
        kernel, stride = layer.kernel_size[0], layer.stride[0]
        plain = nn.Conv2d(layer.in_channels, layer.out_channels, kernel, stride, kernel // 2)
    elif isinstance(layer, SameConvTranspose2d):
        kernel, stride = layer.kernel_size[0], layer.stride[0]
        plain = nn.ConvTranspose2d(layer.in_channels, layer.out_channels, kernel, stride, kernel // 2, 1)
    else:
        return with_plain_layers(layer)
    plain.weight, plain.bias = layer.weight, layer.bias
    return plain
