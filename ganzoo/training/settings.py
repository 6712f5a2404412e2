"""The settings of a training, all of them; importable without torch.

Defaults are those of Radford et al., 2015 (section 4), unless a model's recipe says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ganzoo.config import TRAINING, Configuration
from ganzoo.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How a model is trained.

    Raises:
        ValueError: a number is outside its range; the message says which range.
    """

    epochs: int = 100
    """Passes over the training images."""
    max_steps: int | None = None
    """Updates of the generator after which to stop, whatever `epochs` says."""
    batch_size: int = 128
    """Real images in one update."""
    learning_rate: float = 2e-4
    """Step size of Adam, for both networks."""
    beta1: float = 0.5
    """Adam's decay rate of the gradient's mean."""
    beta2: float = 0.999
    """Adam's decay rate of the gradient's square."""
    seed: int = 0
    """Decides weights, data order and noise."""
    device: str = "auto"
    """Where to train: auto (a CUDA device if there is one), cpu, cuda, cuda:1, mps."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """Type of the matrix products; auto is bf16 where the hardware multiplies it natively."""
    data_dir: str | None = None
    """Folder with the data set's files; none: where they usually are, else downloaded."""
    log_every: int = 50
    """Steps between lines of metrics.jsonl."""
    sample_every: int | None = None
    """Steps between sample grids; none: one an epoch."""
    checkpoint_every: int | None = None
    """Steps between checkpoints; none: one an epoch."""
    keep_checkpoints: int = 2
    """Newest checkpoints that are kept; older ones make room."""

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "log_every", "keep_checkpoints"):
            _require(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        for name in ("max_steps", "sample_every", "checkpoint_every"):
            value = getattr(self, name)
            _require(value is None or value >= 1, name, value, "at least 1")
        for name in ("beta1", "beta2"):
            _require(0 <= getattr(self, name) < 1, name, getattr(self, name), "at least 0 and below 1")
        _require(self.learning_rate > 0, "learning_rate", self.learning_rate, "above 0")
        _require(0 <= self.seed < 2**63, "seed", self.seed, "at least 0 and below 2**63")


def _require(holds: bool, name: str, value: object, allowed: str) -> None:
    if not holds:
        raise ValueError(f"{name} must be {allowed}, not {value}")


def training_settings(configuration: Configuration) -> TrainingSettings:
    """The `training` section of a configuration.

    Raises:
        UsageError: a number is outside its range.
    """
    try:
        return TrainingSettings(**configuration.sections[TRAINING].settings)
    except ValueError as error:
        raise UsageError(f"{TRAINING}.{error}") from None
