"""What `ganzoo train --dry-run` prints: what the whole training takes, and what that doesn't count."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from ganzoo.cli.output import note, print_listing
from ganzoo.text import count, duration, of_bytes, significant
from ganzoo.training.foretold import Forecast

NOT_COUNTED: Final = (
    "not counted: writing checkpoints, evaluations, downloads, and other programs on this machine; "
    "no run was written"
)
"""What every forecast leaves out."""


def to_json(found: Forecast) -> dict[str, Any]:
    """The forecast as JSON can say it: times in seconds, sizes in bytes."""
    return asdict(found)


def time_of(seconds: float) -> str:
    """A time in words; of a few seconds a tenth too, or their interval would seem to have no width."""
    return f"{seconds:.1f} s" if seconds < 10 else duration(seconds)


def print_forecast(found: Forecast) -> None:
    """Prints it to stdout, and to stderr what is left out."""
    low, high = map(time_of, found.interval)
    memory = "unknown" if found.memory is None else of_bytes(found.memory)
    ends_early = f"; run.max_seconds ends it before {found.all_steps:,}"
    print_listing(
        [
            (
                "steps",
                f"{found.steps:,}, each {significant(found.seconds_per_step * 1e3)} ms"
                f"{ends_early if found.steps < found.all_steps else ''}",
            ),
            (
                "time",
                f"{time_of(found.seconds)}, {low} to {high} going by {count(found.measured, 'step')}",
            ),
            ("memory", f"{memory} at most in these steps"),
            ("disk", f"up to {of_bytes(found.disk)}, a checkpoint has {of_bytes(found.checkpoint)}"),
        ]
    )
    note(NOT_COUNTED)
