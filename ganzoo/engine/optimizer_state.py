"""What an optimiser remembers of its parameters, as named tensors, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from ganzoo.errors import GanzooError


def state_of(optimizer: Optimizer) -> dict[str, Tensor]:
    """The state of every parameter, by `I.KEY` for the I-th; a number becomes a tensor `()`.

    Raises:
        GanzooError: the optimiser keeps what is neither a tensor nor a number, or of something else than a
            parameter.
    """
    return {
        f"{index}.{key}": _as_tensor(value, f"{key!r} of {type(optimizer).__name__}")
        for index, values in optimizer.state_dict()["state"].items()
        for key, value in _of_parameter(index, values, optimizer).items()
    }


def restore_state(optimizer: Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Puts what `state_of` has given into an optimiser that has taken no step; the weights stay as they are.

    Raises:
        ValueError: the state is of another optimiser or of other parameters.
    """
    saved: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        index, _, key = name.partition(".")
        saved.setdefault(int(index), {})[key] = tensor
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    _take_empty_step(optimizer, parameters)
    if not saved.keys() <= set(range(len(parameters))):
        raise ValueError("it holds an optimiser of other parameters")
    for position, parameter in enumerate(parameters):
        if position in saved:
            _fill(optimizer.state[parameter], saved[position])
        else:  # no gradient had reached it
            optimizer.state.pop(parameter, None)


@torch.no_grad()
def _take_empty_step(optimizer: Optimizer, parameters: Sequence[Tensor]) -> None:
    """A step without gradients: it makes the state as this optimiser needs it, with keys, types, devices and
    layouts in memory.
    """
    before = [parameter.clone() for parameter in parameters]
    for parameter in parameters:
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    for parameter, values in zip(parameters, before, strict=True):
        parameter.copy_(values)


def _fill(made: dict[str, Any], saved: Mapping[str, Tensor]) -> None:
    """Gives the state of one parameter its saved values, in place."""
    if made.keys() != saved.keys():
        raise ValueError("it holds the state of another optimiser")
    for key, value in made.items():
        if saved[key].shape != (value.shape if isinstance(value, Tensor) else ()):
            raise ValueError("it holds an optimiser of other parameters")
        if isinstance(value, Tensor):
            value.copy_(saved[key])
        else:
            made[key] = type(value)(saved[key].item())


def _of_parameter(index: object, values: Any, optimizer: Optimizer) -> Mapping[str, Any]:
    if isinstance(index, int) and isinstance(values, dict):
        return values
    raise GanzooError(
        f"the optimiser {type(optimizer).__name__} keeps {index!r} of no parameter, and checkpoints hold the "
        "state of parameters"
    )


def _as_tensor(value: Any, called: str) -> Tensor:
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (bool, int)):
        return torch.tensor(value)
    if isinstance(value, float):
        return torch.tensor(value, dtype=torch.float64)
    raise GanzooError(
        f"the state {called} is a {type(value).__name__}, and checkpoints hold tensors and numbers"
    )
