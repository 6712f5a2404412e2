"""Freezing the first blocks of a discriminator, so that fine-tuning keeps what they see in images.

Mo, Cho and Shin, 2020, "Freeze the Discriminator: a Simple Baseline for Fine-Tuning GANs" (FreezeD).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from ganzoo.errors import UsageError
from ganzoo.interfaces import Discriminator


def freeze_first_blocks(discriminator: Discriminator, count: int) -> None:
    """Keeps the first blocks of a discriminator from being trained.

    Raises:
        UsageError: it has no more blocks than that, so that nothing would learn.
    """
    if not count:
        return
    found = blocks(discriminator)
    if count >= len(found):
        raise UsageError(
            f"the discriminator has {len(found)} blocks that learn, so --freeze discriminator:N takes an N "
            f"from 0 to {len(found) - 1}, not {count}"
        )
    for block in found[:count]:
        for parameter in block:
            parameter.requires_grad_(False)


def blocks(discriminator: Discriminator) -> list[list[nn.Parameter]]:
    """The parameters of each block of a discriminator that learns, in the order in which an image meets them.

    A block is a convolution or a dense layer, with the normalisations and biases that come after it. What an
    image doesn't go through, such as the embedding of a label, belongs to none.
    """
    found: list[list[nn.Parameter]] = []
    for parameters in _in_order(discriminator):
        if not found or any(parameter.dim() > 1 for parameter in parameters):
            found.append([])
        found[-1] += parameters
    return found


def _in_order(discriminator: Discriminator) -> list[list[nn.Parameter]]:
    """What each module that an image goes through learns, in the order of their first use."""
    learning = [parameter for parameter in discriminator.parameters() if parameter.requires_grad]
    used: dict[int, list[nn.Parameter]] = {}
    seen: set[int] = set()

    def note(module: nn.Module, _given: Any, output: Any) -> None:
        # With the parameters frozen, what requires gradients was computed from the image.
        if id(module) in used or not any(tensor.requires_grad for tensor in _tensors(output)):
            return
        own = [p for p in _own(module) if id(p) in to_find and id(p) not in seen]
        seen.update(map(id, own))
        used[id(module)] = own

    to_find = set(map(id, learning))
    was_training = discriminator.training
    hooks = [
        module.register_forward_hook(note)
        for name, module in discriminator.named_modules()
        if ".parametrizations" not in f".{name}"
    ]
    try:
        discriminator.eval().requires_grad_(False)
        image = torch.zeros(2, *discriminator.image.shape, requires_grad=True)
        labels = None if discriminator.num_classes is None else torch.zeros(2, dtype=torch.int64)
        with torch.random.fork_rng([]), torch.enable_grad():
            discriminator(image, labels)
    finally:
        for hook in hooks:
            hook.remove()
        for parameter in learning:
            parameter.requires_grad_(True)
        discriminator.train(was_training)
    return [parameters for parameters in used.values() if parameters]


def _own(module: nn.Module) -> Iterator[nn.Parameter]:
    """The parameters of a module itself, parametrised ones included."""
    yield from module.parameters(recurse=False)
    if is_parametrized(module):
        assert isinstance(module.parametrizations, nn.ModuleDict)
        yield from module.parametrizations.parameters()


def _tensors(output: Any) -> Iterator[Tensor]:
    if isinstance(output, Tensor):
        yield output
    elif isinstance(output, (tuple, list)):
        for each in output:
            yield from _tensors(each)
