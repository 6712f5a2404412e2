"""The checks that torch modules stay on their device, and take a batch as a whole. Neither needs a GPU."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import torch

from ganzoo.testing.checks import Check, check, require
from ganzoo.testing.modules import ModuleSubject, output_of
from ganzoo.testing.operations import META, Operations

SMALL: Final = 4
LARGE: Final = 12
"""Two sizes of a batch: with a loop over it, the larger one takes an operation more for each example."""


@check(
    why="On an accelerator a tensor made on the CPU is an error, and a value read back stops everything "
    "until it has come. A forward on the meta device shows both without one.",
    remedy="Make tensors with device= that of the arguments, keep constants in buffers, and use no .item(), "
    "float() or if on a tensor.",
)
def stays_on_its_device(subject: ModuleSubject) -> None:
    for name, module in subject.modules().items():
        inputs = tuple(x.to(META) for x in subject.inputs(name, SMALL))
        floats = [x.requires_grad_() for x in inputs if x.is_floating_point()]
        with Operations():
            output = output_of(module.to(META).train(), inputs)
            where = output.device.type
            require(where == "meta", f"the result of the {name} is on the {where.upper()}")
            if not output.requires_grad:
                continue
            loss = output.sum()
            loss.backward(retain_graph=True)  # type: ignore[no-untyped-call]
            if floats:  # a gradient penalty; what can't be differentiated twice has a check of its own
                (gradient, *_) = torch.autograd.grad(loss, floats, create_graph=True, allow_unused=True)
                if gradient is not None and gradient.requires_grad:
                    with suppress(RuntimeError):
                        gradient.square().sum().backward()  # type: ignore[no-untyped-call]


@check(
    why="A loop over the examples of a batch makes an accelerator wait for Python at each: many times as "
    "slow, and in no profile of a small batch.",
    remedy="Write one operation for the whole batch; the batch is the first dimension of everything.",
)
def takes_the_batch_as_a_whole(subject: ModuleSubject) -> None:
    for name, module in subject.modules().items():
        counts = []
        module = module.to(META).train()
        for batch in (SMALL, LARGE):
            inputs = tuple(x.to(META) for x in subject.inputs(name, batch))
            with torch.no_grad(), Operations() as operations:
                module(*inputs)
            counts.append(operations.count)
        require_no_loop(counts, f"the {name}")


def require_no_loop(counts: list[int], what: str) -> None:
    """Raises `Failure` where `LARGE` examples take an operation more for each than `SMALL` do."""
    small, large = counts
    as_a_whole = large - small < LARGE - SMALL
    require(as_a_whole, f"{what} takes {small} operations for {SMALL} examples, {large} for {LARGE}")


ON_THE_DEVICE: Final[tuple[Check[Any], ...]] = (stays_on_its_device, takes_the_batch_as_a_whole)
