"""Spectral normalisation that iterates in the order of ours, for released code that takes torch's older one.

Each iteration of the paper's algorithm 1 finds one singular vector from the other. Which of the two comes
first moves the estimate by half an iteration, no more; but where a gradient is almost 0, Adam makes much of
that.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations
from torch.nn.utils import spectral_norm as older
from torch.nn.utils.spectral_norm import SpectralNorm


def spectral_norm(layer: nn.Module, **options: Any) -> nn.Module:
    """Normalises a layer by torch's newer function, an embedding by the older.

    An embedding is the transpose of a dense layer, and the older function's order that of the other.
    """
    if isinstance(layer, nn.Embedding):
        return older(layer, **options)
    return parametrizations.spectral_norm(layer, **options)


def converge(network: nn.Module) -> None:
    """Brings all singular vectors to where more iterations would not move them."""
    for module in network.modules():
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, SpectralNorm):
                matrix = hook.reshape_weight_to_matrix(getattr(module, f"{hook.name}_orig"))
                _store(matrix, getattr(module, f"{hook.name}_u"), getattr(module, f"{hook.name}_v"))
        if isinstance(module, nn.utils.parametrize.ParametrizationList):
            for normalisation in module:
                if isinstance(normalisation, parametrizations._SpectralNorm):
                    matrix = normalisation._reshape_weight_to_matrix(module.original)
                    _store(matrix, normalisation._u, normalisation._v)


def _store(matrix: Tensor, left: Tensor, right: Tensor) -> None:
    with torch.no_grad():
        lefts, _, rights = torch.linalg.svd(matrix.double(), full_matrices=False)
        left.copy_(lefts[:, 0])
        right.copy_(rights[0])
