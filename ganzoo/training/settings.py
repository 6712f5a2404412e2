"""The settings of a training, all of them; importable without torch.

Defaults are those of Radford et al., 2015 (section 4), unless a model's recipe says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

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
    """Real images in one update, over all processes."""
    accumulate: int = 1
    """Parts that a batch is cut into to save memory; their gradients add up to the batch's."""
    discriminator_steps: int = 1
    """Updates of the discriminator for one of the generator, each with a batch of its own."""
    learning_rate: float = 2e-4
    """Step size of Adam, for both networks."""
    discriminator_learning_rate: float | None = None
    """Step size of the discriminator where it differs (Heusel et al., 2017); none: the same."""
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    """How the learning rate falls until the last step, if at all, and how all else that moves does."""
    final_learning_rate_share: float = 0.0
    """Share of both learning rates that is left at the last step, where there is a schedule."""
    final_penalty_share: float = 1.0
    """Share of the regularisation's penalty that is left at the last step, where there is a schedule."""
    beta1: float = 0.5
    """Adam's decay rate of the gradient's mean."""
    beta2: float = 0.999
    """Adam's decay rate of the gradient's square."""
    final_beta2: float | None = None
    """beta2 at the last step, where there is a schedule; none: it stays."""
    ema_decay: float = 0.999
    """Share of the averaged generator that a step keeps; samples come from the average. 0: no average."""
    flip: bool = False
    """Whether real images are mirrored left to right at random."""
    seed: int = 0
    """Decides weights, data order and noise."""
    device: str = "auto"
    """Where to train: auto (a CUDA device if there is one), cpu, cuda, cuda:1, mps."""
    precision: Literal["auto", "fp32", "tf32", "bf16", "fp16"] = "auto"
    """Type of the matrix products; auto is bf16 where the hardware multiplies it natively, else fp32."""
    compile: bool = False
    """Whether both networks are compiled; the first steps then take about a minute."""
    cuda_graph: bool = False
    """Whether a whole step is captured as one CUDA graph; for small networks on a CUDA device."""
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
    keep_every: int | None = None
    """Checkpoints whose step is a multiple of this are kept for good; none: none is."""
    evaluate_every: int | None = None
    """Steps between evaluations, of which the best one's checkpoint is kept; none: no evaluation."""
    evaluate_features: str | None = None
    """Feature extractor of the evaluations; none: the one that needs the data set only."""
    evaluate_num: int = 5000
    """Images that an evaluation draws."""
    stop_on_collapse: bool = False
    """Whether the run ends (exit code 1) when it warns that training has collapsed."""
    tensorboard: bool = False
    """Whether scalars and grids also go to the run's tensorboard folder; needs the extra `tensorboard`."""

    def __post_init__(self) -> None:
        for name in _POSITIVE:
            value = getattr(self, name)
            _require(value is None or value >= 1, name, value, "at least 1")
        _require(self.evaluate_num >= 20, "evaluate_num", self.evaluate_num, "at least 20")
        for name in ("beta1", "beta2", "ema_decay"):
            _require(0 <= getattr(self, name) < 1, name, getattr(self, name), "at least 0 and below 1")
        for name in ("final_learning_rate_share", "final_penalty_share"):
            _require(0 <= getattr(self, name) <= 1, name, getattr(self, name), "at least 0 and at most 1")
        beta2 = self.final_beta2
        _require(beta2 is None or 0 <= beta2 < 1, "final_beta2", beta2, "at least 0 and below 1, or none")
        for name in ("learning_rate", "discriminator_learning_rate"):
            rate = getattr(self, name)
            _require(rate is None or rate > 0, name, rate, "above 0")
        _require(0 <= self.seed < 2**63, "seed", self.seed, "at least 0 and below 2**63")
        if self.batch_size % self.accumulate:
            raise ValueError(f"accumulate must divide batch_size {self.batch_size}, not {self.accumulate}")

    @property
    def rate_of_discriminator(self) -> float:
        """Step size of the discriminator."""
        return self.discriminator_learning_rate or self.learning_rate


_POSITIVE: Final = (
    "epochs",
    "max_steps",
    "batch_size",
    "accumulate",
    "discriminator_steps",
    "log_every",
    "sample_every",
    "checkpoint_every",
    "keep_checkpoints",
    "keep_every",
    "evaluate_every",
)

CHANGEABLE: Final = (
    "epochs",
    "max_steps",
    "device",
    "data_dir",
    "keep_checkpoints",
    "keep_every",
    "evaluate_every",
    "evaluate_features",
    "evaluate_num",
    "stop_on_collapse",
    "tensorboard",
)
"""What `--resume` may change: nothing that a step that was already taken depends on."""


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


def require_changeable(changes: Mapping[str, Any]) -> None:
    """Refuses what would make a resumed run another run.

    Raises:
        UsageError: a change of `"section.key"` that `--resume` does not allow.
    """
    allowed = [f"{TRAINING}.{name}" for name in CHANGEABLE]
    for key in changes:
        if key not in allowed:
            raise UsageError(
                f"a resumed run keeps its {key}; --resume may change {', '.join(allowed)}\n"
                "to train with other settings, start a new run: ganzoo train --config RUN/config.json ..."
            )
