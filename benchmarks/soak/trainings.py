"""The kinds of training that are attacked: cheap steps, and something written after nearly each of them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_EVERY: Final = (
    "--dataset digits --batch-size 32 --seed 3 --precision fp32 --checkpoint-every 1 --sample-every 20 "
    "--set run.log_every=5 --set run.keep_checkpoints=2"
)
_DENSE: Final = f"train gan {_EVERY} --set model.hidden=32,32 --set model.latent_dim=16"
_CONVOLUTIONAL: Final = f"train cgan {_EVERY} --set model.channels=4 --set model.latent_dim=1024"


@dataclass(frozen=True)
class Training:
    """A training that is attacked."""

    arguments: str
    """What is typed, but for its length and folder."""
    steps: int
    """Its length in the long attack."""
    processes: int = 1
    """How many train together, as under `torchrun`."""

    def begin(self, run: Path, steps: int) -> list[str]:
        """What begins it."""
        return [*self.arguments.split(), "--max-steps", str(steps), f"--out={run}"]

    def go_on(self, run: Path, steps: int) -> list[str]:
        """What resumes it, or begins it where there is no run yet."""
        begun = os.path.lexists(run / "config.json")
        return ["train", f"--resume={run}"] if begun else self.begin(run, steps)


TRAININGS: Final = {
    "plain": Training(_DENSE, 200),
    "tensorboard": Training(f"{_DENSE} --tracker tensorboard", 120),
    "evaluations": Training(f"{_DENSE} --evaluate-every 10 --set run.evaluate_num=100", 60),
    "ada": Training(f"{_DENSE} --augmentation ada --set augmentation.interval=2", 100),
    "accumulation": Training(f"{_DENSE} --set training.accumulate=4", 150),
    "discriminator steps": Training(f"{_DENSE} --set training.discriminator_steps=3", 120),
    "schedule": Training(f"{_DENSE} --set training.schedule=cosine --set optimizer.final_beta2=0.9", 200),
    "cgan": Training(f"{_CONVOLUTIONAL} --set training.flip=true", 120),
    "two processes": Training(f"{_DENSE} --set model.dropout=0", 60, processes=2),
}
"""By the name that tables have them under."""

_PLUGINS: Final = Path(__file__).with_name("plugins.py")

BUSY: Final = Training(
    f"{_DENSE} --checkpoint-every 2 --sample-every 2 --evaluate-every 3 --set run.log_every=1 "
    f"--set run.keep_checkpoints=1 --set run.evaluate_features={_PLUGINS}:Pixels --set run.evaluate_num=40",
    4,
)
"""Writes everything that a training can write within four steps."""

LONG: Final = Training(_DENSE, 300)
"""Takes long enough to be met on the way."""
