"""Do samples show the class that was asked for? Judged by a classifier trained on real images.

    ganzoo sample RUN --num 2000 --out samples.npz
    python benchmarks/class_accuracy.py samples.npz --dataset fashion-mnist --data-dir DIR

The classifier never sees a generated image. It is trained once, its accuracy on real test images is
printed, and its weights are kept in the file named by `--classifier` for the next call.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from ganzoo import config, models
from ganzoo.interfaces import LabelledImages


def classifier(channels: int, side: int, num_classes: int) -> nn.Sequential:
    """Two convolutions and two dense layers: images `(B, C, H, W)` in [0, 1] to class logits `(B, K)`."""
    return nn.Sequential(
        nn.Conv2d(channels, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.25),
        nn.Linear(64 * (side // 4) ** 2, 128), nn.ReLU(), nn.Linear(128, num_classes),
    )  # fmt: skip


def fit(network: nn.Module, data: LabelledImages, epochs: int) -> None:
    """Minimises the cross-entropy with Adam at 1e-3, batch 128, on images flipped at random."""
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    network.train()
    for _ in range(epochs):
        for indices in torch.randperm(len(data.images)).split(128):
            images = data.images[indices].float() / 255
            images = images.flip(-1) if torch.rand(()) < 0.5 else images
            optimizer.zero_grad()
            F.cross_entropy(network(images), data.labels[indices]).backward()
            optimizer.step()
        schedule.step()


@torch.inference_mode()
def predict(network: nn.Module, images: Tensor) -> Tensor:
    """Classes `(N,)` of uint8 images `(N, C, H, W)`."""
    network.eval()
    return torch.cat([network(part.float() / 255).argmax(1) for part in images.split(500)])


@click.command()
@click.argument("samples", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--dataset", default="fashion-mnist", show_default=True)
@click.option("--data-dir", type=click.Path(path_type=Path))
@click.option(
    "--classifier", "weights", type=click.Path(path_type=Path), default=Path("classifier.safetensors")
)
@click.option("--epochs", default=5, show_default=True, help="Passes of the classifier's training.")
def main(samples: tuple[Path, ...], dataset: str, data_dir: Path | None, weights: Path, epochs: int) -> None:
    """Print the share of SAMPLES (.npz of `ganzoo sample`) that the classifier puts in their class."""
    configuration = config.resolve({"model.name": "cgan", "dataset.name": dataset})
    source = models.build_dataset(configuration, data_dir)
    test = source.load("test")
    _, channels, side, _ = test.images.shape
    torch.manual_seed(0)
    network = classifier(channels, side, len(test.class_names))
    if weights.exists():
        network.load_state_dict(load_file(weights))
    else:
        fit(network, source.load("train"), epochs)
        save_file(network.state_dict(), weights)
    real = (predict(network, test.images) == test.labels).float().mean().item()
    print(f"classifier on {len(test.images):,} real test images: {real:.2%}")
    for path in samples:
        with np.load(path, allow_pickle=False) as file:
            images = torch.from_numpy(file["images"]).permute(0, 3, 1, 2)
            labels = torch.from_numpy(file["labels"])
        correct = predict(network, images) == labels
        each = ", ".join(
            f"{name} {correct[labels == k].float().mean().item():.0%}"
            for k, name in enumerate(test.class_names)
            if (labels == k).any()
        )
        print(f"{path}: {correct.float().mean().item():.2%} of {len(images):,} ({each})")


if __name__ == "__main__":
    main()
