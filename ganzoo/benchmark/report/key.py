"""What a row was run with; by this, rows of two reports are matched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

Phase = Literal["generate", "discriminate", "train-step", "data", "run"]
"""What is timed: images from the averaged generator, logits, the engine's whole training step, the batches of
that step alone, or the step with the line of metrics that is written now and then."""

PHASES: Final[tuple[Phase, ...]] = get_args(Phase)

USUAL_PHASES: Final[tuple[Phase, ...]] = ("generate", "discriminate", "train-step")
"""What is timed where nothing is said."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """What was run: rows of two reports are compared where these agree."""

    model: str
    """Full name, `distribution:name`."""
    phase: Phase
    image: str
    """Channels, height and width, such as `3x32x32`."""
    batch_size: int
    precision: str
    """Type of the matrix products: `fp32`, `tf32`, `bf16` or `fp16`."""
    channels_last: bool
    compile: bool
    components: Mapping[str, str]
    """Slot to the full name of the plugin that fills it."""
    device: str
    """`cpu` with the processor's name, or the GPU's name."""
    threads: int | None
    """Threads of an operation on the CPU; None where the device is another."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """`section.key` of what was chosen besides to its value as text; empty in reports of earlier versions."""
    own: tuple[str, ...] = ()
    """Those of `settings` that the model's published recipe has anyway."""

    @property
    def identity(self) -> tuple[Any, ...]:
        """What was run as one hashable value: two rows match where it is equal.

        A setting that the recipe has anyway counts as little as one that nobody mentions.
        """
        chosen = {key: value for key, value in self.settings.items() if key not in self.own}
        return (
            self.model, self.phase, self.image, self.batch_size, self.precision, self.channels_last,
            self.compile, tuple(sorted(self.components.items())), self.device, self.threads,
            tuple(sorted(chosen.items())),
        )  # fmt: skip
