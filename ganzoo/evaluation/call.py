"""Evaluation as a call, for Python and notebooks: what `ganzoo evaluate` does, without a command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ganzoo.devices import choose_device
from ganzoo.errors import UsageError
from ganzoo.evaluation.evaluate import Evaluator
from ganzoo.evaluation.figures import Evaluation
from ganzoo.evaluation.request import Request, make_request
from ganzoo.evaluation.sources import open_source


def evaluate(
    source: str | os.PathLike[str],
    *,
    dataset: str | None = None,
    features: str | None = None,
    metrics: str | None = None,
    settings: Mapping[str, Any] | None = None,
    protocol: str | None = None,
    split: str | None = None,
    num: int | None = None,
    standing_statistics: int | None = None,
    seed: int = 0,
    data_dir: str | os.PathLike[str] | None = None,
    device: str = "auto",
    fit: str | None = None,
) -> Evaluation:
    """Evaluates what a run generates, or images at hand, against the real images of a data set.

        evaluation = ganzoo.evaluate(run, split="test", metrics="precision,recall")
        evaluation.figures[0].value, evaluation.protocol, evaluation.warnings

    Args:
        source: a run, a checkpoint, a .npz of `ganzoo sample`, or a folder of images.
        dataset: name of the data set of the real images; None for the one that a run was trained on.
        features: name of the feature extractor; None for the one that needs the data set only.
        metrics: names, with commas between them, or "all"; None for the defaults that apply.
        settings: settings of the feature extractor and the data set: `{"features.epochs": 3}`.
        protocol: name of a published protocol, which decides what the next three don't; None for none.
        split: the split of the real images; None for "train", or the protocol's.
        num: number of images to evaluate; None for 10,000 of a run, all of a file or folder, or the
            protocol's.
        standing_statistics: batches of 64 images on which a generator's batch normalisation is measured anew;
            0 for the running statistics of the training; None for these, or the protocol's.
        seed: decides the latents.
        data_dir: folder with the data set's files.
        device: "auto", "cpu", "cuda" or "mps".
        fit: "crop", "pad" or "stretch": brings image files of another size to that of the real images, as a
            data set's files are; None refuses them.

    Raises:
        UsageError: a wrong name or setting; or source, data set and metric don't go together.
        PluginError: a plugin can't be loaded.
        GanzooError: data, weights or images are missing, damaged or too few.
    """
    request = make_request(
        (Path(source),),
        dataset=dataset,
        features=features,
        settings=settings,
        metrics=metrics,
        protocol=protocol,
        split=split,
        count=num,
        standing_passes=standing_statistics,
        seed=seed,
        data_dir=None if data_dir is None else Path(data_dir),
        device=device,
        fit=fit,
    )
    (evaluation,) = carry_out(request)
    return evaluation


def carry_out(request: Request) -> tuple[Evaluation, ...]:
    """Evaluates each source of a request, in their order.

    Raises:
        UsageError: the sources of a comparison have unequal numbers of images.
        Everything that `evaluate` raises.
    """
    device = choose_device(request.device)
    evaluator = Evaluator(request.selection, request.data_dir, request.protocol, device)
    samples = [
        open_source(
            source,
            evaluator.real_images,
            request.protocol,
            request.seed,
            device,
            fit=request.fit,
            background=evaluator.background,
        )
        for source in request.sources
    ]
    for each in samples:
        evaluator.require_comparable(each)
    counts = sorted({each.count for each in samples})
    if len(counts) > 1:
        raise UsageError(
            f"the sources hold from {counts[0]:,} to {counts[-1]:,} images, and metrics move with their "
            f"number; compare equally many with --num {counts[0]}"
        )
    evaluations = [evaluator.evaluate(each, request.asked) for each in samples]
    scale = evaluator.scale(counts[0], [figure.metric for figure in evaluations[0].figures])
    doubts = evaluator.doubts_about_features()
    return tuple(replace(each, scale=scale, warnings=(*each.warnings, *doubts)) for each in evaluations)
