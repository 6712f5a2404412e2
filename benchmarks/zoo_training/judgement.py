"""Judges generators by the data set's own classifier, which has seen real images only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import torch

from ganzoo.evaluation.evaluate import Evaluator
from ganzoo.evaluation.samples import from_generator
from ganzoo.evaluation.selection import selection_of
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
    data_dir = None if configuration.run is None else configuration.run.data_dir
    folder = None if data_dir is None else Path(data_dir).expanduser()
    evaluator = Evaluator(selection_of(configuration), folder, "train", device)

    def judge(generator: Generator) -> Mapping[str, Mapping[str, float]]:
        is_conditional = generator.num_classes is not None
        classes = evaluator.class_names if is_conditional else ()
        samples = from_generator(generator, classes, num, SEED, "the generator", {})
        report = evaluator.evaluate(samples, (DISTANCE, ACCURACY) if is_conditional else (DISTANCE,))
        return {f.metric: {"value": f.value, "low": f.low, "high": f.high} for f in report.figures}

    return judge
