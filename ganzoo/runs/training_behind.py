"""The training behind a generator: how long it was, and which others are its repeats."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Final

from ganzoo.runs import checkpoints
from ganzoo.runs.trained import TrainedGenerator
from ganzoo.settings.configuration import RUN, TRAINING, flatten
from ganzoo.settings.training import LENGTH

_NO_OTHER_SETTING: Final = ("training.seed", *(f"{TRAINING}.{name}" for name in LENGTH))
"""Settings in which repeats of one training may differ; how long each was is compared by its steps."""


@dataclass(frozen=True)
class Training:
    """The training behind a generator, as far as comparisons need it."""

    step: int
    """Updates of the generator."""
    images_seen: int
    """Real images that the discriminator was shown."""
    seed: int
    settings: str
    """SHA-256 of all that decides it besides seed and length: trainings with equal ones are repeats."""


def training_of(trained: TrainedGenerator) -> Training | None:
    """What a checkpoint says of its training; None where it says nothing of it, as another's may."""
    try:
        settings = flatten(checkpoints.read_metadata(trained.checkpoint)["configuration"])
        seen = trained.step * settings["training.batch_size"] * settings["training.discriminator_steps"]
        seed = settings["training.seed"]
    except (AttributeError, KeyError, TypeError):
        return None
    own = {
        key: value
        for key, value in settings.items()
        if not key.startswith(f"{RUN}.") and key not in _NO_OTHER_SETTING
    }
    text = json.dumps(own, sort_keys=True, default=str)
    return Training(trained.step, seen, seed, hashlib.sha256(text.encode()).hexdigest())
