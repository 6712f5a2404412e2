"""Do the metrics say what they should? Real images, noise and shuffled labels, judged as samples are.

    python benchmarks/evaluation_values.py fashion-mnist --data-dir DIR --num 5000

Reference: the split "train". Judged: its own images, test images, test images with other labels, training
images with noise added, and noise.
"""

from __future__ import annotations

from pathlib import Path

import click
import torch
from torch import Tensor

from ganzoo.evaluation.evaluate import Evaluator
from ganzoo.evaluation.figures import Evaluation, Figure
from ganzoo.evaluation.protocols import ProtocolChoices
from ganzoo.evaluation.samples import Samples
from ganzoo.evaluation.selection import select
from ganzoo.settings.binding import bind_section


def samples(name: str, images: Tensor, labels: Tensor) -> Samples:
    """Images at hand."""
    return Samples(name, len(images), labels, lambda: iter(torch.split(images, 256)), {})


def shown(figure: Figure) -> str:
    """Value and half the width of its interval."""
    return f"{figure.value:.3g} ± {(figure.high - figure.low) / 2:.1g}"


@click.command()
@click.argument("dataset")
@click.option("--data-dir", type=click.Path(path_type=Path))
@click.option("--features", help="Feature extractor [classifier].")
@click.option("--set", "assignments", multiple=True, metavar="features.key=value")
@click.option("--num", "count", default=5000, show_default=True)
def main(
    dataset: str, data_dir: Path | None, features: str | None, assignments: tuple[str, ...], count: int
) -> None:
    """Print a table of all metrics of images whose answer is known."""
    selection = select(dataset, features, dict(a.split("=", 1) for a in assignments))
    judge = Evaluator(selection, data_dir, ProtocolChoices(), torch.device("cpu"))
    source = bind_section(selection.dataset).make(data_dir)
    train, test = source.load("train"), source.load("test")
    random = torch.Generator().manual_seed(0)
    some = torch.randperm(len(train.images), generator=random)[:count]
    train_images, train_labels = train.images[some], train.labels[some]
    test_images, test_labels = test.images[:count], test.labels[:count]
    noisy = train_images + torch.normal(0.0, 25.0, train_images.shape, generator=random)
    sets = (
        samples("training images", train_images, train_labels),
        samples("test images", test_images, test_labels),
        samples(
            "test images, shuffled labels", test_images,
            test_labels[torch.randperm(len(test_labels), generator=random)],
        ),
        samples("training images + noise (sd 25)", noisy.clamp(0, 255).to(torch.uint8), train_labels),
        samples(
            "noise",
            torch.randint(0, 256, train_images.shape, generator=random, dtype=torch.uint8), train_labels,
        ),
    )  # fmt: skip
    names = ["frechet-distance", "kernel-distance", "precision", "recall", "density", "coverage"]
    names += ["class-accuracy", "intra-class-frechet-distance"] if features is None else []
    names += ["memorisation"]
    print("| | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 1) + "|")
    for each in sets:
        evaluation: Evaluation = judge.evaluate(each, names)
        print(f"| {each.name} | " + " | ".join(map(shown, evaluation.figures)) + " |", flush=True)
        for warning in evaluation.warnings:
            click.echo(f"warning: {each.name}: {warning}", err=True)


if __name__ == "__main__":
    main()
