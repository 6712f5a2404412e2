"""Losses added up on the device, so that they are read back once an interval and not at every step."""

from __future__ import annotations

import torch
from torch import Tensor

from ganzoo.engine.distributed import World
from ganzoo.engine.step import StepResult


class LossTotals:
    """Sums of the losses of all steps since `means` was last called."""

    def __init__(self, device: torch.device) -> None:
        # float64 adds float32 losses exactly, so a sum doesn't depend on where a run was resumed.
        dtype = torch.float32 if device.type == "mps" else torch.float64
        self.sums = torch.zeros(3, dtype=dtype, device=device)
        """`(3,)`: discriminator's loss, generator's loss, penalty."""
        self.steps = 0
        self.has_penalty = False
        """Whether any step of the training so far had a penalty."""

    def add(self, result: StepResult) -> None:
        """Counts one step. A penalty that is only due now and then is averaged over all steps."""
        penalty = torch.zeros_like(result.generator_loss) if result.penalty is None else result.penalty
        self.sums += torch.stack((result.discriminator_loss, result.generator_loss, penalty))
        self.has_penalty |= result.penalty is not None
        self.steps += 1

    def means(self, world: World) -> tuple[float, float, float | None]:
        """The means of both losses and of the penalty, over steps and processes; the sums then start from 0.

        Returns:
            Discriminator's loss, generator's loss, penalty; None for the penalty where no step had one.
        """
        discriminator_loss, generator_loss, penalty = (world.average(self.sums) / self.steps).tolist()
        self.sums = torch.zeros_like(self.sums)
        self.steps = 0
        return discriminator_loss, generator_loss, penalty if self.has_penalty else None

    def restore(self, sums: Tensor, steps: int, has_penalty: bool) -> None:
        """Goes on from sums `(3,)` that were taken in the middle of an interval.

        Raises:
            ValueError: these are no such sums, or no number of steps.
        """
        if sums.shape != self.sums.shape or steps < 0:
            raise ValueError(f"it has sums of shape {tuple(sums.shape)} over {steps} steps")
        self.sums = sums.to(self.sums)
        self.steps, self.has_penalty = steps, has_penalty
