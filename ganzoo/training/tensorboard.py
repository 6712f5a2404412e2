"""A copy of a run's metrics and grids for TensorBoard; metrics.jsonl stays the source of truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image

from ganzoo.errors import GanzooError, UsageError
from ganzoo.files import remedy

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

    from ganzoo.training.observer import Observer, TrainingStart

FOLDER: Final = "tensorboard"
"""The folder in the run folder that `tensorboard --logdir` takes."""


@contextmanager
def observing(observer: Observer, wanted: bool) -> Iterator[Observer]:
    """Gives an observer that also writes for TensorBoard, or the same one where that is not wanted.

    Raises:
        UsageError: the package tensorboard is missing.
        GanzooError: the disk refuses.
    """
    if not wanted:
        yield observer
        return
    try:
        import torch.utils.tensorboard  # noqa: F401, only whether it can be had
    except ImportError as error:
        raise UsageError(
            f"run.tensorboard needs the package tensorboard ({error})\n"
            "install it with: pip install 'ganzoo-torch[tensorboard]', "
            "or go without: --set run.tensorboard=false"
        ) from None
    both = TensorBoard(observer)
    try:
        yield both
    finally:
        both.close()


class TensorBoard:
    """Writes scalars and grids below the run folder and tells another observer everything."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._writer: SummaryWriter | None = None

    def started(self, start: TrainingStart) -> None:
        """Begins a file of events, which hides those that a resumed run is about to repeat."""
        from torch.utils.tensorboard import SummaryWriter

        self._observer.started(start)
        first_written = start.first_step + 1 if start.first_step else 0  # a new run draws a grid of step 0
        with _disk_errors():
            self._writer = SummaryWriter(str(start.run.path / FOLDER), purge_step=first_written)

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        """Writes every number of the line under its own name; a reading that is null has none."""
        self._observer.progressed(metrics)
        with self._flushed() as writer:
            for name, value in metrics.items():
                if name not in ("kind", "step") and value is not None:
                    writer.add_scalar(name, value, metrics["step"])

    def sampled(self, path: Path) -> None:
        """Writes the grid."""
        self._observer.sampled(path)
        with self._flushed() as writer, Image.open(path) as grid:
            step = int(path.stem.removeprefix("step-"))
            writer.add_image("grid", np.asarray(grid.convert("RGB")), step, dataformats="HWC")

    def warned(self, message: str) -> None:
        """Passes the message on; it is in metrics.jsonl."""
        self._observer.warned(message)

    def close(self) -> None:
        """Ends the file."""
        if self._writer is not None:
            with _disk_errors():
                self._writer.close()

    @contextmanager
    def _flushed(self) -> Iterator[SummaryWriter]:
        """Flushes what is written: once a checkpoint follows, a killed run won't write it again."""
        assert self._writer is not None, "a training starts before it progresses"
        with _disk_errors():
            yield self._writer
            self._writer.flush()


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise GanzooError(
            f"the {FOLDER} folder of the run can't be written: {error.strerror or error}\n"
            f"{remedy(error, 'mend that')}; then go on with --resume, or without it: "
            "--set run.tensorboard=false"
        ) from error
