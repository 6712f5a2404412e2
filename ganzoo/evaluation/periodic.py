"""Evaluations during a training, made from the training's own configuration."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

import torch

from ganzoo.evaluation.evaluate import Evaluator
from ganzoo.evaluation.samples import from_generator
from ganzoo.evaluation.selection import protocol_of, selection_of
from ganzoo.interfaces import Generator
from ganzoo.settings.configuration import Configuration

logger = logging.getLogger("ganzoo.evaluation")

COUNT: Final = 5_000
"""Images that an evaluation draws where neither a number nor a protocol is named: fewer than papers do, whose
figures are lower for it. They choose the best checkpoint, and are not to be reported."""


def make_evaluation(
    configuration: Configuration, device: torch.device
) -> Callable[[Generator], Mapping[str, Mapping[str, Any]]]:
    """Makes the function that evaluates a generator: it returns figures by name, the Fréchet distance first.

    Each figure has its `metric`, its `value`, the ends `low` and `high` of its interval, and how many
    `images` it is of.
    The function draws latents from the training's seed and leaves torch's random state as it was.

    Raises:
        UsageError, GanzooError, PluginError: as `Evaluator`.
    """
    assert configuration.training is not None, "the configuration is of a training"
    assert configuration.run is not None, "the configuration is of a training"
    protocol, seed = protocol_of(configuration), configuration.training.seed
    evaluator = Evaluator(selection_of(configuration), configuration.run.data_folder(), protocol, device)
    evaluator.prepare()  # which may take minutes, now rather than at the first evaluation
    real = evaluator.real_images
    count = protocol.generated(len(real.images)) or COUNT

    def evaluate(generator: Generator) -> Mapping[str, Mapping[str, Any]]:
        samples = from_generator(
            generator,
            count,
            seed=seed,
            name="the generator",
            facts={},
            protocol=protocol,
            real_labels=real.labels,
        )
        evaluation = evaluator.evaluate(samples)
        for warning in evaluation.warnings:
            logger.warning("%s", warning)
        shown = ", ".join(f"{figure.name} {figure.value:.4g}" for figure in evaluation.figures[:2])
        logger.info("evaluation of %s images: %s", f"{count:,}", shown)
        return {
            figure.name: {
                "metric": figure.metric,
                "value": figure.value,
                "low": figure.low,
                "high": figure.high,
                "images": count,
            }
            for figure in evaluation.figures
        }

    return evaluate
