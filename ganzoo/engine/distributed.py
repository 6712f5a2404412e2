"""Training by several processes under `torchrun`: who this process is, and what the others must know.

Gradients are averaged by hand rather than by `DistributedDataParallel`: its reducer expects one
forward pass for each backward pass, and a discriminator has two, plus a third through which the
generator learns while the discriminator's own gradients are off.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn


@dataclass(frozen=True)
class World:
    """The processes of one training; a lone process is a world of one."""

    rank: int = 0
    size: int = 1

    @property
    def is_main(self) -> bool:
        """Whether this is the process that writes and speaks."""
        return self.rank == 0

    def average_gradients(self, network: nn.Module) -> None:
        """Replaces every gradient by its mean over the processes."""
        if self.size > 1:
            self._average(p.grad for p in network.parameters() if p.grad is not None)

    def average_buffers(self, network: nn.Module) -> None:
        """Replaces running batch statistics by their mean over the processes.

        Each process normalises with the statistics of its own part of the batch, as
        `DistributedDataParallel` does; the running ones stay the same everywhere.
        """
        if self.size > 1:
            self._average(b for b in network.buffers() if b.is_floating_point())

    def average(self, value: Tensor) -> Tensor:
        """The mean of a tensor over the processes."""
        if self.size > 1:
            distributed.all_reduce(value)
            value /= self.size
        return value

    def any(self, flag: bool, device: torch.device) -> bool:
        """Whether any process says yes; every process gets the same answer."""
        if self.size == 1:
            return flag
        votes = torch.tensor(float(flag), device=device)
        distributed.all_reduce(votes)
        return bool(votes.item())

    def gather(self, value: Tensor, device: torch.device) -> list[Tensor]:
        """Every process's tensor, by rank, on the CPU; all have one shape."""
        if self.size == 1:
            return [value]
        parts = [torch.empty_like(value, device=device) for _ in range(self.size)]
        distributed.all_gather(parts, value.to(device))
        return [part.cpu() for part in parts]

    def wait(self) -> None:
        """Returns when every process has come this far."""
        if self.size > 1:
            distributed.barrier()

    def _average(self, tensors: Iterable[Tensor]) -> None:
        together = list(tensors)
        if not together:
            return
        flat = self.average(torch.cat([tensor.flatten() for tensor in together]))
        parts = torch.split(flat, [tensor.numel() for tensor in together])
        for tensor, mean in zip(together, parts, strict=True):
            tensor.copy_(mean.view(tensor.shape))


@contextmanager
def join(device: torch.device) -> Iterator[World]:
    """Joins the processes that `torchrun` has started; without it, a world of one."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield World()
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield World(distributed.get_rank(), distributed.get_world_size())
    finally:
        distributed.destroy_process_group()
