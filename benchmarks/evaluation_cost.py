"""What an evaluation of 50,000 CIFAR-10-sized samples costs, and what torch-fidelity takes for the same.

    python benchmarks/evaluation_cost.py --length 2048 --num 50000

Images are noise, "features" a random projection of the pixels, so that what is measured is everything but the
network: reading a .npz, extraction, metrics. Each contender runs in a process of its own, which tells its
peak of resident memory. torch-fidelity gives one value a metric, GanZoo eleven: its intervals leave
ten groups out in turn. The kernel distance is of every pair of 10,000 images here, of 100 subsets of 1,000
there; precision here comes with recall, density and coverage, there with recall.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

import click
import numpy as np
import torch

METRICS = ("frechet-distance", "kernel-distance", "precision")  # precision brings the other three

PROJECTION = '''"""A random projection of the pixels, as long as wanted."""

import torch

from ganzoo.interfaces import FeatureExtractor, FeatureProtocol, Features


class Projection(FeatureExtractor):
    """A random projection of the pixels."""

    ganzoo_api = 1

    def __init__(self, config, training_images):
        super().__init__()
        random = torch.Generator().manual_seed(0)
        self.matrix = torch.nn.Parameter(torch.randn(3072, LENGTH, generator=random) / 3072**0.5)
        self.features, self.class_names = LENGTH, ()
        self.protocol = FeatureProtocol(network="projection", weights="", weights_sha256="", resize="none")

    def forward(self, images):
        return Features((images.flatten(1).float() / 127.5 - 1).relu() @ self.matrix, None)
'''


def ganzoo_way(folder: Path, data_dir: Path, length: int, metrics: tuple[str, ...]) -> None:
    """Judges the file with GanZoo's metrics, each timed."""
    from ganzoo.evaluation.evaluate import Evaluator
    from ganzoo.evaluation.image_files import from_file
    from ganzoo.evaluation.protocols import ProtocolChoices
    from ganzoo.evaluation.selection import select

    (folder / "projection.py").write_text(PROJECTION.replace("LENGTH", str(length)))
    selection = select("cifar10", f"{folder / 'projection.py'}:Projection", {})
    began = now()
    judge = Evaluator(selection, data_dir, ProtocolChoices(), torch.device("cpu"))
    judge.evaluate(from_file(folder / "samples.npz"), [])
    report("reading both sets and their features", began)
    for metric in metrics:
        began = now()
        judge.evaluate(from_file(folder / "samples.npz"), [metric])
        report(f"{metric}, with reading the samples again", began)


def library_way(folder: Path, data_dir: Path, length: int, metrics: tuple[str, ...]) -> None:
    """The same features, handed to torch-fidelity's own functions."""
    from ganzoo_datasets.cifar10 import CIFAR10
    from torch_fidelity import metric_fid, metric_kid, metric_prc

    random = torch.Generator().manual_seed(0)
    matrix = torch.randn(3072, length, generator=random) / 3072**0.5

    def features(images: torch.Tensor) -> torch.Tensor:
        parts = torch.split(images, 256)
        return torch.cat([(part.flatten(1).float() / 127.5 - 1).relu() @ matrix for part in parts])

    began = now()
    with np.load(folder / "samples.npz") as file:
        generated = features(torch.from_numpy(file["images"]).permute(0, 3, 1, 2))
    real = features(CIFAR10(None, data_dir).load("train").images)
    report("reading both sets and their features", began)
    calls = {
        "frechet-distance": lambda: metric_fid.fid_statistics_to_metric(
            *map(metric_fid.fid_features_to_statistics, (generated, real)), verbose=False
        ),
        "kernel-distance": lambda: metric_kid.kid_features_to_metric(
            generated, real, kid_subsets=100, kid_subset_size=1000, verbose=False
        ),
        "precision": lambda: metric_prc.calculate_precision_recall_part(generated, real, 3, 10000),
    }
    for name in metrics:
        began = now()
        calls[name]()
        report(name, began)


def report(what: str, began: tuple[float, float]) -> None:
    """Prints the time something took, on the wall and of the processor, and the peak of memory so far."""
    wall, processor = time.monotonic() - began[0], time.process_time() - began[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"  {what}: {wall:.0f} s, of the processor {processor:.0f} s; peak {peak:.2f} GiB", flush=True)


def now() -> tuple[float, float]:
    """The time on the wall and of the processor."""
    return time.monotonic(), time.process_time()


@click.command()
@click.option("--data-dir", type=click.Path(path_type=Path), required=True, help="CIFAR-10.")
@click.option("--folder", type=click.Path(path_type=Path), default=Path("cost"), help="For the samples.")
@click.option("--num", "count", default=50_000, show_default=True)
@click.option("--length", default=2048, show_default=True, help="Length of the vectors.")
@click.option("--metric", "metrics", type=click.Choice(METRICS), multiple=True, default=METRICS)
@click.option("--contender", type=click.Choice(["ganzoo", "torch-fidelity"]), hidden=True)
def main(
    data_dir: Path, folder: Path, count: int, length: int, metrics: tuple[str, ...], contender: str | None
) -> None:
    """Print the time and the peak of memory of both."""
    if contender:
        torch.set_grad_enabled(False)
        {"ganzoo": ganzoo_way, "torch-fidelity": library_way}[contender](folder, data_dir, length, metrics)
        return
    folder.mkdir(parents=True, exist_ok=True)
    images = np.random.default_rng(0).integers(0, 256, (count, 32, 32, 3), np.uint8)
    np.savez(folder / "samples.npz", images=images)
    del images
    for name in ("ganzoo", "torch-fidelity"):
        print(f"{name}, {count:,} samples, {length:,} features", flush=True)
        options = {"--data-dir": data_dir, "--folder": folder, "--length": length, "--contender": name}
        arguments = [str(word) for pair in options.items() for word in pair]
        arguments += [word for metric in metrics for word in ("--metric", metric)]
        subprocess.run([sys.executable, __file__, *arguments], check=True)


if __name__ == "__main__":
    main()
