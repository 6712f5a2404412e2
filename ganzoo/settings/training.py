"""The settings that decide what a training computes: section `training` of a configuration.

Defaults are those of Radford et al., 2015 (section 4), unless a model's recipe says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from ganzoo.settings.limits import require, require_positive


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """What a training computes: each step follows from these, the data and the plugins.

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
    """Micro-batches that a batch is cut into to save memory; their gradients add up to the batch's."""
    discriminator_steps: int = 1
    """Updates of the discriminator for one of the generator, each with a batch of its own."""
    fresh_fakes: bool = False
    """Whether the generator's update draws new images, and takes new real ones where the objective is
    relativistic, rather than those that the discriminator has just been shown; right where the paper's code
    does, and it costs one more pass of the generator."""
    learning_rate: float = 2e-4
    """Step size of the optimiser, for both networks."""
    discriminator_learning_rate: float | None = None
    """Step size of the discriminator where it differs (Heusel et al., 2017); none: the same."""
    schedule: Literal["constant", "linear", "cosine"] = "constant"
    """How the learning rate, and all else that has a final value, gets there; constant: it stays."""
    schedule_images: int | None = None
    """Real images after which the schedule has ended, and final values hold; none: the training's length."""
    final_learning_rate_share: float = 0.0
    """Share of both learning rates that is left where the schedule ends."""
    final_penalty_share: float = 1.0
    """Share of the regularisation's penalty that is left where the schedule ends."""
    average_half_life: float | None = 90_000.0
    """Real images in which the average, from which samples come, forgets half; none: no average."""
    final_average_half_life: float | None = None
    """average_half_life where the schedule ends; none: it stays."""
    average_ramp: float | None = 0.05
    """The half-life is at most this share of the real images seen so far; none: no limit."""
    flip: bool = False
    """Whether real images are mirrored left to right at random."""
    dequantise: bool = False
    """Whether every pixel of a real image is drawn evenly from its grey level, one of 256."""
    init_from: str | None = None
    """Checkpoint, or name of weights, that both networks start from as far as it fits; none: fresh ones."""
    frozen_blocks: int = 0
    """First blocks of the discriminator, those next to the image, that keep the weights of `init_from`."""
    seed: int = 0
    """Decides weights, data order and noise."""
    precision: Literal["auto", "fp32", "tf32", "bf16", "fp16"] = "auto"
    """Type of the matrix products; auto is bf16 where the hardware multiplies it natively, else fp32."""
    compile: bool = False
    """Whether both networks are compiled; the first steps then take about a minute."""
    cuda_graph: bool = False
    """Whether a whole step is captured as one CUDA graph; for small networks on a CUDA device."""
    deterministic: bool = True
    """Whether a CUDA device computes the same numbers again in a repeated or resumed run, as a CPU does;
    false lets it choose algorithms that add in any order."""

    def __post_init__(self) -> None:
        require_positive(
            self, "epochs", "max_steps", "batch_size", "accumulate", "discriminator_steps", "schedule_images"
        )
        for name in ("final_learning_rate_share", "final_penalty_share"):
            require(0 <= getattr(self, name) <= 1, name, getattr(self, name), "at least 0 and at most 1")
        for name in ("average_half_life", "final_average_half_life"):
            half_life = getattr(self, name)
            require(half_life is None or half_life >= 0, name, half_life, "at least 0, or none")
        for name in ("learning_rate", "discriminator_learning_rate", "average_ramp"):
            value = getattr(self, name)
            require(value is None or value > 0, name, value, "above 0")
        require(self.frozen_blocks >= 0, "frozen_blocks", self.frozen_blocks, "at least 0")
        if self.frozen_blocks and self.init_from is None:
            raise ValueError("frozen_blocks keeps what init_from brings: choose weights with --init-from")
        require(0 <= self.seed < 2**63, "seed", self.seed, "at least 0 and below 2**63")
        if self.batch_size % self.accumulate:
            raise ValueError(f"accumulate must divide batch_size {self.batch_size}, not {self.accumulate}")

    @property
    def rate_of_discriminator(self) -> float:
        """Step size of the discriminator."""
        return self.discriminator_learning_rate or self.learning_rate

    @property
    def images_per_step(self) -> int:
        """Real images that a step shows, over all processes."""
        return self.batch_size * self.discriminator_steps

    def steps_per_epoch(self, num_images: int) -> int:
        """Steps while all of so many training images are shown once."""
        return max(1, num_images // self.batch_size // self.discriminator_steps)

    def total_steps(self, num_images: int) -> int:
        """Steps until the end, with so many training images."""
        total = self.epochs * self.steps_per_epoch(num_images)
        return min(total, self.max_steps or total)

    def schedule_length(self, num_images: int) -> int:
        """Real images after which the schedule has ended, with so many training images."""
        return self.schedule_images or self.total_steps(num_images) * self.images_per_step

    def schedule_is_the_training(self, optimizer_moves: bool = False) -> bool:
        """Whether a value moves on a schedule that is as long as the training.

        Args:
            optimizer_moves: whether numbers of the optimiser have final values.
        """
        first_and_final: list[tuple[float, float | None]] = [
            (1.0, self.final_learning_rate_share),
            (1.0, self.final_penalty_share),
        ]
        if self.average_half_life is not None:
            first_and_final.append((self.average_half_life, self.final_average_half_life))
        moves = optimizer_moves or any(final not in (None, first) for first, final in first_and_final)
        return self.schedule != "constant" and self.schedule_images is None and moves


LENGTH: Final = ("epochs", "max_steps")
"""When a training ends: the only settings here that a resumed run may change."""
