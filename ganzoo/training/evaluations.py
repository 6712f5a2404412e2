"""Evaluations during a training: a line of metrics.jsonl each, and the checkpoint of the best one is kept.

What evaluates is handed in, as a function from a generator to figures. That function must leave torch's
random state as it was, or the run would no longer resume exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch

from ganzoo.errors import GanzooError
from ganzoo.interfaces import Generator
from ganzoo.runs.folder import Run
from ganzoo.settings.configuration import Configuration
from ganzoo.text import json_safe

Evaluate = Callable[[Generator], Mapping[str, Mapping[str, float]]]
"""Figures by name, each with its "value". The best checkpoint is the one whose first figure is lowest."""

MakeEvaluation = Callable[[Configuration, torch.device], Evaluate]
"""Prepares evaluations from a complete configuration and the device of the training."""


class Evaluations:
    """Records evaluations in a run folder, from which it knows those before a resumption."""

    def __init__(self, evaluate: Evaluate, run: Run) -> None:
        self._evaluate, self._run = evaluate, run
        self.mark_best()  # a kill may have come between a checkpoint and its mark

    def record(self, generator: Generator, step: int) -> None:
        """Evaluates a generator and writes a line."""
        figures = {name: json_safe(dict(figure)) for name, figure in self._evaluate(generator).items()}
        self._run.append_metrics({"kind": "evaluation", "step": step, "evaluation": figures})

    def mark_best(self) -> None:
        """Points the run's `best` at the best evaluation of those whose checkpoints are still there.

        Raises:
            GanzooError: a line of the metrics is an evaluation without figures.
        """
        lines = self._run.read_metrics("evaluation")
        if not lines:
            return
        try:
            criterion = next(iter(lines[-1]["evaluation"]))
            candidates = [
                (float(line["evaluation"][criterion]["value"]), line["step"])
                for line in lines
                if criterion in line["evaluation"]
                and line["evaluation"][criterion]["value"] is not None  # it was no finite number
                and self._run.checkpoint_path(line["step"]).is_file()
            ]
        except (KeyError, StopIteration, TypeError, ValueError):
            raise GanzooError(f"{self._run.metrics} is damaged: an evaluation has no figures") from None
        if candidates:
            self._run.mark_best(min(candidates)[1])
