"""Orthogonal regularisation: the filters of a layer are kept at right angles to each other.

Brock, Donahue and Simonyan, 2019, "Large Scale GAN Training for High Fidelity Natural Image Synthesis"
(BigGAN), section 3.1, equation 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, final

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import ParametrizationList, is_parametrized

from ganzoo.interfaces import Batch, Discriminator, Draw, Judge, Regularisation
from ganzoo_objectives.regularisations.settings import PenaltySettings


@final
class Orthogonal(Regularisation):
    """Filters at right angles, of any length, in the generator or the discriminator (Brock et al., 2019)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config(PenaltySettings):
        """Settings of `orthogonal`."""

        weight: float = 1e-4
        """Weight of the penalty, β (Brock et al., 2019, section 3.1)."""

        on: Literal["generator", "discriminator"] = "generator"
        """Whose weights: BigGAN's are the generator's."""

        every: int = 1
        """Updates of that player from one penalty to the next; the penalty is multiplied by it."""

    def __init__(self, config: Config) -> None:
        self.every, self.acts_on = config.every, config.on
        self._weight = config.weight

    def penalty(self, judge: Judge, real: Batch, fake: Batch) -> Tensor:
        """`β · Σ ‖W Wᵀ ⊙ (1 - I)‖²` over the discriminator's weights, a scalar; see `overlap`."""
        return self._weight * overlap(judge.network)

    def generator_penalty(self, draw: Draw) -> Tensor:
        """The same of the generator's."""
        return self._weight * overlap(draw.network)

    def constrain(self, discriminator: Discriminator) -> None:
        """Leaves the weights as they are."""


def overlap(network: nn.Module) -> Tensor:
    """`Σ ‖W Wᵀ ⊙ (1 - I)‖²` over all W that learn, a scalar: the squares of the products of each filter with
    each other one of its layer.

    A row of W is a filter, all that makes one output channel (equation 3 has them as columns). As in the
    released code, tables of embeddings are left out, and spectrally normalised weights are taken as they are
    before the normalisation.
    """
    total: Tensor | None = None
    for filters in _filters(network):
        products = filters @ filters.T
        squares = (products - torch.diag(products.diagonal())).square().sum()
        total = squares if total is None else total + squares
    assert total is not None, "a network that learns has a matrix of weights"
    return total


def _filters(network: nn.Module) -> Iterator[Tensor]:
    """The weights of each layer as a matrix with a row for each filter."""
    for module in network.modules():
        if isinstance(module, nn.Embedding | ParametrizationList):
            continue
        own = list(module.parameters(recurse=False))
        if is_parametrized(module):
            assert isinstance(module.parametrizations, nn.ModuleDict)
            own += module.parametrizations.parameters()
        for weight in own:
            if weight.dim() > 1 and weight.requires_grad:
                is_transposed = isinstance(module, nn.ConvTranspose2d)  # its first side is that of the input
                yield (weight.transpose(0, 1) if is_transposed else weight).flatten(1)
