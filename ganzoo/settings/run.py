"""The settings that decide how a training is run and what is kept of it: section `run` of a configuration.

No weight depends on them, so a resumed run may change them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ganzoo.files import expanded
from ganzoo.settings.goal import Goal, parse_goal
from ganzoo.settings.limits import require, require_positive


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """Where a training runs, what it records and how often, and what it keeps.

    Raises:
        ValueError: a number is outside its range; the message says which range.
    """

    device: str = "auto"
    """Where to train: auto (a CUDA device if there is one), cpu, cuda, cuda:1, mps."""
    data_dir: str | None = None
    """Folder with the data set's files; none: where they usually are, else downloaded."""
    log_every: int = 50
    """Steps between lines of metrics.jsonl; an evaluation has one as well."""
    sample_every: int | None = None
    """Steps between sample grids; none: one an epoch, and others after 20 s, 40 s, 80 s and so on."""
    checkpoint_every: int | None = None
    """Steps between checkpoints; none: one an epoch."""
    keep_checkpoints: int = 2
    """Newest checkpoints that are kept; older ones are deleted."""
    keep_every: int | None = None
    """Checkpoints whose step is a multiple of this are kept for good; none: the newest only."""
    evaluate_every: int | None = None
    """Steps between evaluations, of which the best one's checkpoint is kept; none: no evaluation."""
    evaluate_features: str | None = None
    """Feature extractor of the evaluations; none: the one that needs the data set only."""
    evaluate_protocol: str | None = None
    """Published protocol of the evaluations: studiogan, stylegan or mimicry; none: the zoo's own."""
    evaluate_num: int | None = None
    """Images that an evaluation draws; none: the protocol's number, or 5,000, fewer than papers report."""
    max_seconds: float | None = None
    """Seconds of training, evaluations not counted, after which the run ends; none: no limit."""
    max_processor_seconds: float | None = None
    """The same in time of the processor, over all threads: what else the machine does counts less."""
    until: str | None = None
    """A figure with which the run ends, such as frechet-distance<40, looked at by each evaluation."""
    stop_on_collapse: bool = False
    """Whether the run ends (exit code 1) when it warns that training has collapsed."""

    def __post_init__(self) -> None:
        require_positive(
            self, "log_every", "sample_every", "checkpoint_every", "keep_checkpoints", "keep_every",
            "evaluate_every",
        )  # fmt: skip
        if self.evaluate_num is not None:
            require(self.evaluate_num >= 20, "evaluate_num", self.evaluate_num, "at least 20")
        for name in ("max_seconds", "max_processor_seconds"):
            limit = getattr(self, name)
            require(limit is None or limit > 0, name, limit, "above 0")
        if self.until is not None and not self.evaluate_every:
            raise ValueError(f"until {self.until} needs evaluations; say how often with evaluate_every")
        self.goal()  # says what is wrong with it

    def goal(self) -> Goal | None:
        """`until`, read; None where it is none.

        Raises:
            ValueError: it is no goal.
        """
        try:
            return None if self.until is None else parse_goal(self.until)
        except ValueError as error:
            raise ValueError(f"until {error}") from None

    def data_folder(self) -> Path | None:
        """`data_dir` with the home folder that `~` stands for; None where it is none.

        Raises:
            UsageError: it is in the home folder of nobody.
        """
        return None if self.data_dir is None else expanded(self.data_dir)
