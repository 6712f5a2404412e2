"""Training by several processes under `torchrun`: what they average, gather and wait for.

Gradients are averaged by hand rather than by `DistributedDataParallel`: its reducer expects one
forward pass for each backward pass, and a discriminator has two, plus a third through which the
generator learns while the discriminator's own gradients are off.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import torch
from torch import Tensor, distributed, nn
from torch.distributed.rendezvous import rendezvous

from ganzoo.engine.news import MEETING, News
from ganzoo.engine.torchrun import Place
from ganzoo.errors import GanzooError

_PATIENCE: Final = 20.0
"""Seconds after which a process that waits for the others at the start says so."""


@dataclass(frozen=True)
class World:
    """The processes of one training; a lone process is a world of one."""

    rank: int = 0
    size: int = 1
    _news: News | None = field(default=None, repr=False)

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
            with self._together():
                distributed.all_reduce(value)
            value /= self.size
        return value

    def any(self, flag: bool, device: torch.device) -> bool:
        """Whether any process says yes; every process gets the same answer."""
        return self.any_of((flag,), device)[0]

    def any_of(self, flags: Sequence[bool], device: torch.device) -> list[bool]:
        """The same of several questions at once, which costs no more than one."""
        if self.size == 1:
            return list(flags)
        votes = torch.tensor([float(flag) for flag in flags], device=device)
        with self._together():
            distributed.all_reduce(votes)
            return [vote > 0 for vote in votes.tolist()]

    def gather(self, value: Tensor, device: torch.device) -> list[Tensor]:
        """Every process's tensor, by rank, on the CPU; all have one shape."""
        if self.size == 1:
            return [value]
        parts = [torch.empty_like(value, device=device) for _ in range(self.size)]
        with self._together():
            distributed.all_gather(parts, value.to(device))
            return [part.cpu() for part in parts]

    def wait(self) -> None:
        """Returns when every process has come this far."""
        if self.size > 1:
            with self._together():
                distributed.barrier()

    @contextmanager
    def main_first(self) -> Iterator[None]:
        """The main process does what is inside, however long it takes; then the others do.

        Inside there is nothing that they do together: every such thing has a time limit, and this has none.

        Raises:
            GanzooError: the main process has failed or died; in the others, instead of doing anything.
        """
        if self._news is None:
            yield
            return
        if not self.is_main:
            with self._together():
                self._news.await_end()
        try:
            yield
        except BaseException:
            if self.is_main:
                self._news.tell("failed")
                self._news.await_hearers(self.size - 1)
            raise
        if self.is_main:
            self._news.tell("done")
        self.wait()  # whoever told may now leave: everyone has heard

    def _average(self, tensors: Iterable[Tensor]) -> None:
        together = list(tensors)
        if not together:
            return
        flat = self.average(torch.cat([tensor.flatten() for tensor in together]))
        parts = torch.split(flat, [tensor.numel() for tensor in together])
        for tensor, mean in zip(together, parts, strict=True):
            tensor.copy_(mean.view(tensor.shape))

    @contextmanager
    def _together(self) -> Iterator[None]:
        """Turns what torch raises when another process is gone into words."""
        try:
            yield
        except RuntimeError as error:
            raise GanzooError(
                f"process {self.rank} of {self.size} (from 0 on) has lost another one, which may have said "
                f"why ({_reason(error)})\n"
                "to go on from the newest checkpoint: torchrun ... -m ganzoo train --resume RUN"
            ) from None


def _reason(error: Exception) -> str:
    """The first sentence of what torch says, without the place in its own source that begins it."""
    return re.sub(r"^\[\S+\] ", "", str(error).splitlines()[0]).split(". ")[0]


@contextmanager
def join(place: Place, device: torch.device, warn: Callable[[str], None]) -> Iterator[World]:
    """Joins the processes that `torchrun` has started; alone, a world of one.

    Args:
        place: which process this is.
        device: where it computes.
        warn: is told, from a thread of its own, where the others take long to come.

    Raises:
        GanzooError: the others don't come, or can't be reached.
    """
    if place.size == 1:
        yield World()
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    where = f"{os.environ['MASTER_ADDR']}:{os.environ['MASTER_PORT']}"
    hint = "to train by one process: unset WORLD_SIZE"
    said = (f"process {place.rank} waits for the others of {place.size} at {where}; {hint}",)
    reminder = threading.Timer(_PATIENCE, warn, said)
    reminder.daemon = True
    reminder.start()
    try:
        shared, _rank, _size = next(rendezvous("env://", timeout=MEETING))
        distributed.init_process_group(
            "nccl" if device.type == "cuda" else "gloo", store=shared, rank=place.rank, world_size=place.size
        )
        news = News(shared, place.rank)
    except (RuntimeError, ValueError) as error:
        raise GanzooError(
            f"process {place.rank} can't join the {place.size} processes at {where}: {_reason(error)}\n"
            f"start all of them, with torchrun; {hint}"
        ) from None
    finally:
        reminder.cancel()
    try:
        yield World(place.rank, place.size, news)
    finally:
        distributed.destroy_process_group()
