"""Spectral normalisation: divides a weight by its largest singular value (Miyato et al., 2018)."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations
from torch.nn.utils.parametrize import ParametrizationList

from ganzoo.interfaces import Conditioning
from ganzoo_components.layers.conditional_normalisation import ConditionalBatchNorm2d


def spectral_norm_(network: nn.Module) -> None:
    """Keeps the largest singular value of every convolution and dense layer at 1, from here on.

    A layer's weight is the matrix `(out_channels, in_channels · kernel²)` (Miyato et al., 2018, section
    4). One power iteration in each forward pass of training mode follows the singular vectors
    (algorithm 1); they are buffers, so checkpoints hold them. Call it after initialising the weights.
    Left as they are: conditionings, and the gains and biases of conditional batch normalisation, which
    belong to no Lipschitz bound.
    """
    for child in network.children():
        if isinstance(child, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            parametrizations.spectral_norm(child)
            lists = child.parametrizations
            assert isinstance(lists, nn.ModuleDict)
            normalisations = lists["weight"]
            assert isinstance(normalisations, ParametrizationList)
            normalisations[0] = InFullPrecision(normalisations[0])
        elif not isinstance(child, Conditioning | ConditionalBatchNorm2d):
            spectral_norm_(child)


@final
class InFullPrecision(nn.Module):
    """Computes a parametrisation outside of autocast, whose half precision neither the power iteration
    nor `torch.vdot` is made for.
    """

    def __init__(self, parametrisation: nn.Module) -> None:
        super().__init__()
        self.parametrisation = parametrisation

    def forward(self, weight: Tensor) -> Tensor:
        """Maps a float32 weight to one of the same shape."""
        # Autocast knows nothing of the meta device; and a context that isn't needed burdens exports.
        if weight.is_meta or not torch.is_autocast_enabled(weight.device.type):
            return self._computed(weight)
        with torch.autocast(weight.device.type, enabled=False):
            return self._computed(weight)

    def _computed(self, weight: Tensor) -> Tensor:
        computed: Tensor = self.parametrisation(weight)
        return computed
