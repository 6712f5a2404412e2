"""Evaluation as a call, for Python and notebooks: what `ganzoo evaluate` does, without a command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
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
    split: str = "train",
    num: int | None = None,
    seed: int = 0,
    data_dir: str | os.PathLike[str] | None = None,
    device: str = "auto",
) -> Evaluation:
    """Judges what a run generates, or images at hand, against the real images of a data set.

        report = ganzoo.evaluate(run, split="test", metrics="precision,recall")
        report.figures[0].value, report.protocol, report.warnings

    Args:
        source: a run, a checkpoint, a .npz of `ganzoo sample`, or a folder of images.
        dataset: the real images; None for those a run was trained on.
        features: the feature extractor; None for the one that needs the data set only.
        metrics: a comma list, or "all"; None for the defaults that apply.
        settings: `{"features.epochs": 3}`: settings of the features and the data set.
        split: the real images' split.
        num: images to judge; None for 10,000 of a run, all of a file or folder.
        seed: decides the noise.
        data_dir: folder with the data set's files.
        device: "auto", "cpu", "cuda", "mps".

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
        split=split,
        count=num,
        seed=seed,
        data_dir=None if data_dir is None else Path(data_dir),
        device=device,
    )
    (report,) = carry_out(request)
    return report


def carry_out(request: Request) -> tuple[Evaluation, ...]:
    """Judges each source of a request.

    Raises:
        UsageError: several sources are to be judged, and have unequal numbers of images.
        Everything that `evaluate` raises.
    """
    device = choose_device(request.device)
    evaluator = Evaluator(request.selection, request.data_dir, request.split, device)
    samples = [
        open_source(source, evaluator.class_names, request.count, request.seed, device)
        for source in request.sources
    ]
    counts = sorted({each.count for each in samples})
    if len(counts) > 1:
        raise UsageError(
            f"the sources hold from {counts[0]:,} to {counts[-1]:,} images, and metrics move with their "
            f"number; compare equally many with --num {counts[0]}"
        )
    return tuple(evaluator.evaluate(each, request.asked) for each in samples)
