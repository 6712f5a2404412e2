"""Records SNGAN's networks and hinge from the authors' code, in Chainer, without labels and with, at 32x32.

    python benchmarks/released/sngan.py --checkout sngan_projection

Needs Chainer 7.8 and numpy below 1.24, and no torch. The code normalises vectors by a kernel for GPUs; here
numpy does. Spectral normalisation iterates in another order than ours, so no steps are taken.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import chainer
import numpy as np
from safetensors.numpy import save_file

SIDE, LATENT_DIM, CHANNELS, BATCH = 32, 4, 8, 4
DATA = Path(__file__).resolve().parents[2] / "tests" / "released" / "data"
RECORDED = {"sngan-authors": 0, "sngan-projection-authors": 5}
"""Name to the number of classes."""


def main() -> None:
    """Writes both recordings."""
    parser = argparse.ArgumentParser(
        description="Records pfnet-research/sngan_projection for tests/released."
    )
    parser.add_argument("--checkout", type=Path, required=True, help="folder with a checkout of it")
    parser.add_argument("--output", type=Path, default=DATA, help="folder of the recordings")
    given = parser.parse_args()
    sys.path.insert(0, str(given.checkout.resolve()))
    importlib.import_module("source.functions.max_sv")._l2normalize = normalised  # type: ignore[attr-defined]
    commit = subprocess.run(
        ["git", "-C", given.checkout, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    metadata = {
        "repository": "pfnet-research/sngan_projection",
        "commit": commit,
        "licence": "MIT",
        "command": "python benchmarks/released/sngan.py --checkout CHECKOUT",
        "date": datetime.date.today().isoformat(),
        "chainer": chainer.__version__,
    }
    for name, num_classes in RECORDED.items():
        tensors = {key: np.ascontiguousarray(value) for key, value in recorded(num_classes).items()}
        save_file(tensors, given.output / f"{name}.safetensors", metadata)
        print(f"{name}: {len(tensors)} tensors")


def normalised(vector: Any, eps: float) -> Any:
    """A vector of length 1."""
    return vector / (np.sqrt((vector * vector).sum()) + eps)


def recorded(num_classes: int) -> dict[str, Any]:
    """All tensors of a recording: weights, images, logits and gradients."""
    updater = importlib.import_module("updater")
    generator = importlib.import_module("gen_models.resnet_32").ResNetGenerator(
        ch=CHANNELS, dim_z=LATENT_DIM, n_classes=num_classes
    )
    discriminator = importlib.import_module("dis_models.snresnet_32").SNResNetProjectionDiscriminator(
        ch=CHANNELS, n_classes=num_classes
    )
    stream = np.random.RandomState(0)
    networks = {"generator": generator, "discriminator": discriminator}
    tensors: dict[str, Any] = {}
    for player, network in networks.items():
        shake(network, stream)
        tensors |= {f"before.{player}.{name}": value for name, value in weights(network).items()}
    bytes_of_real = stream.randint(0, 256, (BATCH, 3, SIDE, SIDE)).astype(np.uint8)
    latents = stream.standard_normal((BATCH, LATENT_DIM)).astype(np.float32)
    tensors |= {"0.real": bytes_of_real, "0.latents": latents}
    labels = None
    if num_classes:
        tensors["0.labels"] = stream.randint(0, num_classes, BATCH).astype(np.int64)
        labels = tensors["0.labels"].astype(np.int32)
    real = bytes_of_real / 127.5 - 1.0
    images = generator(batchsize=BATCH, z=latents.astype(np.float64), y=labels)
    said = discriminator(real, y=labels)
    tensors |= {"images": images.array, "logits": said.array[:, 0]}
    fake = discriminator(images.array, y=labels)
    updater.loss_hinge_dis(dis_fake=fake, dis_real=said).backward()
    tensors |= gradients("discriminator", discriminator)
    updater.loss_hinge_gen(dis_fake=discriminator(images, y=labels)).backward()
    tensors |= gradients("generator", generator)
    return {name: x.astype(np.float32) if x.dtype == np.float64 else x for name, x in tensors.items()}


def shake(network: Any, stream: Any) -> None:
    """Adds a little noise to all weights, in numbers that float32 holds, and finds their singular vectors."""
    for _, weight in sorted(network.namedparams()):
        noisy = weight.array + 0.1 * stream.standard_normal(weight.shape)
        weight.array = noisy.astype(np.float32).astype(np.float64)
    for link in network.links():
        for name in ("avg_mean", "avg_var"):
            if hasattr(link, name):
                setattr(link, name, getattr(link, name).astype(np.float64))
        if hasattr(link, "u"):
            left, _, _ = np.linalg.svd(matrix(link), full_matrices=False)
            link.u = np.ascontiguousarray(left[:, :1].T)
    network.cleargrads()


def matrix(link: Any) -> Any:
    """A weight as the matrix `(outputs, inputs)`."""
    return link.W.array.reshape(len(link.W.array), -1)


def weights(network: Any) -> dict[str, Any]:
    """All weights and buffers by name; both singular vectors, of which the code keeps the left."""
    found = {name[1:].replace("/", "."): weight.array.copy() for name, weight in network.namedparams()}
    for path, link in network.namedlinks():
        prefix = f"{path[1:].replace('/', '.')}." if len(path) > 1 else ""
        if hasattr(link, "avg_mean"):
            found[f"{prefix}avg_mean"], found[f"{prefix}avg_var"] = link.avg_mean.copy(), link.avg_var.copy()
            found[f"{prefix}N"] = np.array(link.N, dtype=np.int64)
        if hasattr(link, "u"):
            found[f"{prefix}u"] = link.u[0].copy()
            found[f"{prefix}v"] = normalised(link.u @ matrix(link), 1e-12)[0]
    return found


def gradients(player: str, network: Any) -> dict[str, Any]:
    """The gradients of all weights."""
    return {
        f"gradient.{player}.{name[1:].replace('/', '.')}": weight.grad.copy()
        for name, weight in network.namedparams()
    }


if __name__ == "__main__":
    main()
