"""Evaluations during a training: a line of metrics.jsonl each, and the checkpoint of the best one is kept.

What evaluates is handed in, as a function from a generator to figures. That function must leave torch's
random state as it was, or the run would no longer resume exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch

from ganzoo.errors import GanzooError
from ganzoo.interfaces import Generator
from ganzoo.runs.folder import Run
from ganzoo.settings.configuration import Configuration
from ganzoo.settings.goal import Goal
from ganzoo.text import json_safe

Evaluate = Callable[[Generator], Mapping[str, Mapping[str, Any]]]
"""Figures by name, each with its "value", and with its "metric" where the name says more than that. The best
checkpoint is the one whose first figure is lowest."""

MakeEvaluation = Callable[[Configuration, torch.device], Evaluate]
"""Prepares evaluations from a complete configuration and the device of the training."""


class Evaluations:
    """Records evaluations in a run folder.

    Args:
        evaluate: gives the figures.
        run: the run folder.
        lines: the evaluations in its metrics.jsonl from before a resumption, oldest first.

    Raises:
        GanzooError: one of the lines is an evaluation without figures.
    """

    def __init__(self, evaluate: Evaluate, run: Run, lines: Iterable[Mapping[str, Any]]) -> None:
        self._evaluate, self._run = evaluate, run
        self._lines = list(lines)
        """Evaluations whose checkpoints may still be there, and the newest."""
        self.mark_best()  # a kill may have come between an evaluation and its mark

    def record(self, generator: Generator, step: int) -> Mapping[str, Any] | None:
        """Evaluates a generator, writes a line and marks the best one; None where the step has a line."""
        if any(line.get("step") == step for line in self._lines):
            return None
        figures = {name: json_safe(dict(figure)) for name, figure in self._evaluate(generator).items()}
        line = {"kind": "evaluation", "step": step, "evaluation": figures}
        self._run.append_metrics(line)
        self._lines.append(line)
        self.mark_best()
        return line

    def newest_meets(self, goal: Goal | None) -> bool:
        """Whether the newest evaluation passes a goal; False where there is no evaluation, or no goal."""
        return goal is not None and bool(self._lines) and goal.is_met_by(self._lines[-1]["evaluation"])

    def mark_best(self) -> None:
        """Points the run's `best` at the best evaluation of those whose checkpoints are still there.

        Raises:
            GanzooError: an evaluation has no figures.
        """
        if not self._lines:
            return
        *before, newest = self._lines
        try:
            # A checkpoint that is gone does not come back: a long run doesn't look for all of them each time.
            self._lines = [*filter(self._has_checkpoint, before), newest]
            criterion = next(iter(newest["evaluation"]))
            candidates = [
                (float(line["evaluation"][criterion]["value"]), line["step"])
                for line in self._lines
                if criterion in line["evaluation"]
                and line["evaluation"][criterion]["value"] is not None  # it was no finite number
                and self._has_checkpoint(line)
            ]
        except (KeyError, StopIteration, TypeError, ValueError):
            raise GanzooError(f"{self._run.metrics} is damaged: an evaluation has no figures") from None
        finite = [candidate for candidate in candidates if math.isfinite(candidate[0])]
        if finite:
            self._run.mark_best(min(finite)[1])

    def _has_checkpoint(self, line: Mapping[str, Any]) -> bool:
        return self._run.checkpoint_path(line["step"]).is_file()
