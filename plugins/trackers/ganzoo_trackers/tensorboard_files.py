"""A copy of a run's figures and grids for TensorBoard."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, final

import numpy as np
from PIL import Image

from ganzoo.errors import GanzooError
from ganzoo.files import remedy
from ganzoo.interfaces import End, TrackedTraining, Tracker
from ganzoo_trackers.packages import require

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

FOLDER: Final = "tensorboard"
"""The folder in the run folder that `tensorboard --logdir` takes."""

_PREFIX: Final = "events.out.tfevents."


@final
class TensorBoard(Tracker):
    """Scalars and grids for TensorBoard, in the run's folder `tensorboard`."""

    ganzoo_api = 1

    def __init__(self, config: object) -> None:
        require("tensorboard", "torch.utils.tensorboard")
        self._writer: SummaryWriter | None = None

    def started(self, run: TrackedTraining) -> None:
        """Begins a file of events, which hides those that a resumed run is about to repeat."""
        from torch.utils.tensorboard import SummaryWriter

        first_written = run.first_step + 1 if run.first_step else 0  # a new run draws a grid of step 0
        _await_later_name(run.folder / FOLDER)
        with _disk_errors():
            self._writer = SummaryWriter(str(run.folder / FOLDER), purge_step=first_written)

    def measured(self, step: int, images: int, figures: Mapping[str, float]) -> None:
        """Writes every number under its own name."""
        with self._flushed() as writer:
            for name, value in figures.items():
                writer.add_scalar(name, value, step)

    def sampled(self, step: int, images: int, grid: Path) -> None:
        """Writes the grid."""
        with self._flushed() as writer, Image.open(grid) as picture:
            writer.add_image("grid", np.asarray(picture.convert("RGB")), step, dataformats="HWC")

    def ended(self, how: End) -> None:
        """Ends the file."""
        if self._writer is not None:
            with _disk_errors():
                self._writer.close()

    @contextmanager
    def _flushed(self) -> Iterator[SummaryWriter]:
        """Flushes what is written: once a checkpoint follows, a killed run won't write it again."""
        assert self._writer is not None, "a training starts before it is measured"
        with _disk_errors():
            yield self._writer
            self._writer.flush()


def _await_later_name(folder: Path) -> None:
    """Waits until a new file is read after all that are there, for a second at most.

    TensorBoard reads files in the order of their names. These begin with the second in which they were made;
    of one second, a tenth file comes before the ninth, and would hide nothing of it.
    """
    names = [path.name.removeprefix(_PREFIX) for path in folder.glob(f"{_PREFIX}*")]
    last = max(
        (int(name.partition(".")[0]) for name in names if name.partition(".")[0].isdecimal()), default=0
    )
    now = time.time()
    if int(now) == last:
        time.sleep(last + 1 - now)


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise GanzooError(
            f"the {FOLDER} folder of the run can't be written: {error.strerror or error}; "
            f"{remedy(error, 'mend that')}"
        ) from error
