"""What a row was run with; by this, rows of two reports are matched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

Phase = Literal["generate", "discriminate", "train-step"]
"""What is timed: images from the averaged generator, logits, or the engine's whole training step."""

PHASES: Final[tuple[Phase, ...]] = get_args(Phase)


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

    @property
    def identity(self) -> tuple[Any, ...]:
        """Everything above as one hashable value: two rows match where it is equal."""
        return (
            self.model, self.phase, self.image, self.batch_size, self.precision, self.channels_last,
            self.compile, tuple(sorted(self.components.items())), self.device, self.threads,
        )  # fmt: skip
