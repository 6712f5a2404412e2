"""Optimisers: the rule by which the weights of a player learn from their gradients."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import torch
from torch import Tensor, nn


class Optimizer(ABC):
    """Makes a torch optimiser for each player. The core calls `Class(config)`.

    Before each step the core sets `lr` of all parameter groups to what the schedule says. What is learned
    from step to step is kept in the torch optimiser's `state`, which checkpoints hold: for each parameter a
    dictionary of tensors and numbers, which the first step makes complete.
    """

    usual: ClassVar[bool] = False
    """Whether a training takes this one where neither the model's recipe nor the user names any."""

    final_numbers: Mapping[str, Any] = MappingProxyType({})
    """What the schedule moves besides the learning rate: names of numbers in the parameter groups, floats or
    tuples of floats, and their values where the schedule ends, `{"betas": (0.0, 0.99)}`. They begin as the
    torch optimiser's `defaults` have them."""

    @abstractmethod
    def make(
        self, parameters: Sequence[nn.Parameter], learning_rate: float | Tensor
    ) -> torch.optim.Optimizer:
        """Makes what updates the parameters of one network.

        Args:
            parameters: all that learn, float32, on the device.
            learning_rate: the step size where the schedule begins; a float32 tensor `()` on the parameters'
                device where a CUDA graph is to capture the steps. The torch optimiser then needs its argument
                `capturable`, and is refused where it has none.
        """
