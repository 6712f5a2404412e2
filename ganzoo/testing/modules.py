"""Plugins that are made of torch modules: how the checks build them, wake them up and call them."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Final

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Judgement
from ganzoo.testing.checks import Failure
from ganzoo.testing.placement import own_state
from ganzoo.testing.setting_checks import ObservedSubject

BATCH: Final = 5


class ModuleSubject(ObservedSubject, ABC):
    """A plugin that is, or builds, modules."""

    @abstractmethod
    def build(self) -> dict[str, nn.Module]:
        """Builds the modules anew, by what they are called, on torch's default device."""

    @abstractmethod
    def inputs(self, name: str, batch: int) -> tuple[Tensor, ...]:
        """Draws valid arguments of a module's `forward`, on torch's default device."""

    @abstractmethod
    def draws_alone(self, name: str) -> bool:
        """Whether what a module makes of one example must not depend on the rest of its batch."""

    def answers(self, name: str) -> tuple[int, ...]:
        """Which arguments of a module, from 0, it compares what it finds with: no gradient reaches them."""
        return ()

    def given(self, name: str, batch: int) -> tuple[Tensor, ...]:
        """The same arguments, on the device of the checks."""
        return tuple(self.place(argument) for argument in self.inputs(name, batch))

    def fresh(self) -> dict[str, nn.Module]:
        """Builds the modules anew, and puts them on the device of the checks."""
        return {name: self.place(module) for name, module in self.build().items()}

    @cached_property
    def _built(self) -> dict[str, nn.Module]:
        with own_state(self.device):
            return self.fresh()

    def modules(self) -> dict[str, nn.Module]:
        """Copies of the modules of one and the same build, in training mode, for a check to spoil."""
        return copy.deepcopy(self._built)

    def awake(self) -> Iterator[tuple[str, nn.Module]]:
        """The modules with a little noise on every parameter.

        Layers that start at zero, as the last of a residual block may, would hide what lies behind them.
        """
        for name, module in self.modules().items():
            yield name, perturb(module, 0.02)

    def observed(self) -> list[Tensor]:
        """All that the modules hold when they are built, and what they make of arguments in both modes."""
        found: list[Tensor] = []
        for name, module in self.fresh().items():
            found += [each.detach().clone() for each in (*module.parameters(), *module.buffers())]
            perturb(module, 0.02)
            with torch.no_grad():
                found += [output_of(module.train(on), self.given(name, BATCH)) for on in (True, False)]
        return found


@torch.no_grad()
def perturb(module: nn.Module, deviation: float) -> nn.Module:
    """Adds normal noise to every parameter, in place."""
    for parameter in module.parameters():
        parameter.add_(torch.randn_like(parameter), alpha=deviation)
    return module


def output_of(module: nn.Module, inputs: tuple[Tensor, ...]) -> Tensor:
    """What a module makes of copies of the inputs: one that writes into them fails its own check only.

    All that a discriminator with a second task says becomes one tensor.
    """
    output = module(*(x.clone() for x in inputs))
    if isinstance(output, Judgement):
        return torch.cat([said.reshape(len(said), -1) for said in output], dim=1)  # (B, P + 1)
    if not isinstance(output, Tensor):
        raise Failure(f"forward returns a {type(output).__name__}, not a tensor")
    return output


def difference(expected: Tensor, actual: Tensor) -> float:
    """The largest difference, as a share of the largest value."""
    return float((expected - actual).abs().max() / expected.abs().max().clamp_min(1e-30))


def refuses(call: Callable[[], object]) -> bool:
    """Whether a call raises ValueError; any other exception is the plugin's."""
    try:
        call()
    except ValueError:
        return True
    return False


def batches_of(network: nn.Module) -> Iterator[int]:
    """Batches of 1, 2 and 5 in evaluation mode; in training mode not 1, which has no batch statistics."""
    network.eval()
    yield from (1, 2, 5)
    network.train()
    yield from (2, 5)
