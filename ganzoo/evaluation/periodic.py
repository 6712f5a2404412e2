"""Evaluations during a training, made from the training's own configuration."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import torch

from ganzoo.evaluation.evaluate import Evaluator
from ganzoo.evaluation.samples import from_generator
from ganzoo.evaluation.selection import selection_of
from ganzoo.interfaces import Generator
from ganzoo.settings.configuration import Configuration

logger = logging.getLogger("ganzoo.evaluation")

SPLIT: Final = "train"
"""The split that generated images are compared with, as in published figures."""


def make_evaluation(
    configuration: Configuration, device: torch.device
) -> Callable[[Generator], Mapping[str, Mapping[str, float]]]:
    """Makes the function that evaluates a generator: it returns figures by name, the Fréchet distance first.

    The function draws latents from the training's seed and leaves torch's random state as it was.

    Raises:
        UsageError, GanzooError, PluginError: as `Evaluator`.
    """
    training, run = configuration.training, configuration.run
    assert training is not None, "the configuration is of a training"
    assert run is not None, "the configuration is of a training"
    data_dir = None if run.data_dir is None else Path(run.data_dir).expanduser()
    evaluator = Evaluator(selection_of(configuration), data_dir, SPLIT, device)

    def evaluate(generator: Generator) -> Mapping[str, Mapping[str, float]]:
        class_names = evaluator.class_names if generator.num_classes is not None else ()
        samples = from_generator(generator, class_names, run.evaluate_num, training.seed, "the generator", {})
        evaluation = evaluator.evaluate(samples)
        for warning in evaluation.warnings:
            logger.warning("%s", warning)
        shown = ", ".join(f"{figure.name} {figure.value:.4g}" for figure in evaluation.figures[:2])
        logger.info("evaluation: %s", shown)
        return {
            figure.name: {"value": figure.value, "low": figure.low, "high": figure.high}
            for figure in evaluation.figures
        }

    return evaluate
