"""Judges generators by the data set's own classifier, which has seen real images only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import torch

from ganzoo.evaluation.periodic import make_evaluator
from ganzoo.evaluation.samples import from_generator
from ganzoo.interfaces import Generator
from ganzoo.settings.configuration import Configuration

DISTANCE: Final = "frechet-distance"
ACCURACY: Final = "class-accuracy"

SEED: Final = 0
"""Decides the judged latents: the same for every generator."""

Judge = Callable[[Generator], Mapping[str, Mapping[str, float]]]


def make_judge(configuration: Configuration, device: torch.device, num: int) -> Judge:
    """Gives a function from a generator to its Fréchet distance from the training images, and to the
    share of its images in the class asked for where it takes labels; value, low and high of each.
    """
    evaluator = make_evaluator(configuration, device)

    def judge(generator: Generator) -> Mapping[str, Mapping[str, float]]:
        is_conditional = generator.num_classes is not None
        samples = from_generator(generator, num, seed=SEED, name="the generator", facts={})
        evaluation = evaluator.evaluate(samples, (DISTANCE, ACCURACY) if is_conditional else (DISTANCE,))
        return {f.metric: {"value": f.value, "low": f.low, "high": f.high} for f in evaluation.figures}

    return judge
