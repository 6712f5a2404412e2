"""Evaluations during a training, made from the training's own configuration."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
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
    assert configuration.training is not None, "the configuration is of a training"
    assert configuration.run is not None, "the configuration is of a training"
    count, seed = configuration.run.evaluate_num, configuration.training.seed
    evaluator = make_evaluator(configuration, device)

    def evaluate(generator: Generator) -> Mapping[str, Mapping[str, float]]:
        samples = from_generator(generator, count, seed=seed, name="the generator", facts={})
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


def make_evaluator(configuration: Configuration, device: torch.device) -> Evaluator:
    """The evaluator that a training's settings ask for: its data set, and `run.evaluate_features`.

    Raises:
        UsageError, GanzooError, PluginError: as `Evaluator`.
    """
    assert configuration.run is not None, "the configuration is of a training"
    return Evaluator(selection_of(configuration), configuration.run.data_folder(), SPLIT, device)
