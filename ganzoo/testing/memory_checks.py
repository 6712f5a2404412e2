"""The checks of what an objective or a regularisation remembers from batch to batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from ganzoo.engine.unsaved import Unsaved
from ganzoo.testing.checks import check, require
from ganzoo.testing.device_checks import LARGE, SMALL, require_no_loop
from ganzoo.testing.operations import Operations
from ganzoo.testing.placement import repeats
from ganzoo.testing.setting_checks import ObservedSubject


class RememberingSubject(ObservedSubject, ABC):
    """A plugin that takes part in each step, and may remember something of it."""

    @abstractmethod
    def use(self, part: Any, device: str = "cpu", batch: int = 5) -> Tensor:
        """Uses the plugin as an update of the discriminator does, with values drawn anew.

        Args:
            part: the plugin, made by `bound.make`, on the device.
            device: where the update takes place; on `meta` there are shapes and no values.
            batch: the images of either kind.

        Returns:
            The scalar that the discriminator minimises.
        """

    def used(self, part: Any, times: int) -> list[float]:
        """What several updates give, of drawn values that are the same each time this is called."""
        torch.manual_seed(5)
        return [float(self.use(part, str(self.device))) for _ in range(times)]


@check(
    why="A checkpoint holds buffers alone. A resumed training would begin anew with whatever else was "
    "remembered, in silence.",
    remedy="Inherit from torch.nn.Module as well, register_buffer what is remembered, and change it in "
    "place; learn nothing that no optimiser is given.",
)
def it_remembers_in_buffers_alone(subject: RememberingSubject) -> None:
    part = subject.place(subject.bound.make())
    watch = Unsaved({subject.plugin.kind: part})
    module = part if isinstance(part, nn.Module) else nn.Module()
    before = {name: buffer.data_ptr() for name, buffer in module.named_buffers()}
    learns = [name for name, parameter in module.named_parameters() if parameter.requires_grad]
    require(not learns, f"it has parameters, {', '.join(learns)}, that no optimiser is given")
    subject.used(part, 3)
    changed = watch.changed()
    require(not changed, f"three updates have changed {', '.join(changed)}, which no checkpoint holds")
    after = {name: buffer.data_ptr() for name, buffer in module.named_buffers()}
    replaced = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    require(not replaced, f"it replaces {', '.join(replaced)} rather than change what is there")


@check(
    why="A run that was stopped goes on as if it had never been.",
    remedy="Keep all that the result depends on in buffers; draw random numbers with torch alone.",
)
def it_goes_on_from_a_checkpoint(subject: RememberingSubject) -> None:
    part, other = (subject.place(subject.bound.make()) for _ in range(2))
    subject.used(part, 3)
    if isinstance(part, nn.Module):
        other.load_state_dict({name: tensor.clone() for name, tensor in part.state_dict().items()})
    expected, actual = subject.used(part, 2), subject.used(other, 2)
    same = repeats(torch.tensor(expected, device=subject.device), torch.tensor(actual, device=subject.device))
    require(same, f"after a resume two updates give {actual[0]:.6g} and {actual[1]:.6g}, "
            f"without {expected[0]:.6g} and {expected[1]:.6g}")  # fmt: skip


@check(
    why="On an accelerator a tensor made on the CPU is an error, and a value read back stops everything "
    "until it has come.",
    remedy="Make tensors with device= that of the arguments, or as buffers; no .item(), float() or if on a "
    "tensor.",
)
def it_stays_on_the_device(subject: RememberingSubject) -> None:
    part = subject.bound.make()
    if isinstance(part, nn.Module):
        part = part.to("meta")
    with Operations():
        value = subject.use(part, "meta")
    require(value.device.type == "meta", f"its result is on the {value.device.type.upper()}")


@check(
    why="A loop over the images of a batch makes an accelerator wait for Python at each, in every step.",
    remedy="Write one operation for the whole batch; sums over an image take dim=..., means the rest.",
)
def it_takes_the_batch_as_a_whole(subject: RememberingSubject) -> None:
    counts = []
    for batch in (SMALL, LARGE):
        part = subject.place(subject.bound.make())
        with Operations() as operations:
            subject.use(part, str(subject.device), batch)
        counts.append(operations.count)
    require_no_loop(counts, "it")
