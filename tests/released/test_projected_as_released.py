"""The discriminator of `projected` is the released one: all of it, as wide as published, images of 32x32.

`data/projected.safetensors` holds logits, gradients of images, and some numbers of each gradient of weights.
The weights are drawn by name, there as here.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from ganzoo_objectives import Hinge
from ganzoo_projected.discriminator import ProjectedDiscriminator
from ganzoo_projected.features import ProjectedFeatures
from safetensors.torch import load_file
from torch import Tensor

from ganzoo.interfaces import ImageSpec

pytestmark = pytest.mark.slow

TOLERANCE = 3e-6
"""Of the largest number in a tensor; the recording is in float32, all else in float64."""

KEPT = 16
"""Numbers of a gradient that are kept, beside its largest."""


@pytest.fixture(scope="module")
def released() -> dict[str, Tensor]:
    tensors = load_file(Path(__file__).parent / "data" / "projected.safetensors")
    return {name: tensor.double() for name, tensor in tensors.items()}


@pytest.fixture
def discriminator() -> Iterator[ProjectedDiscriminator]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    features = ProjectedFeatures("tf_efficientnet_lite0", "random", channels=64, resolution=224)
    network = ProjectedDiscriminator(features, channels=64, image=ImageSpec(3, 32, 32)).train()
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point():
                tensor.copy_(drawn(name, tensor))
    yield network
    torch.set_default_dtype(before)


def drawn(name: str, like: Tensor) -> Tensor:
    """The weight or buffer of this name, as benchmarks/released/projected.py draws it."""
    stream = np.random.RandomState(zlib.crc32(name.encode()))
    numbers = torch.from_numpy(stream.standard_normal(like.numel())).reshape(like.shape)
    if like.ndim > 1:
        return numbers / like[0].numel() ** 0.5
    if name.endswith(("._u", "._v")):
        return F.normalize(numbers, dim=0)
    return 0.1 * numbers.abs() + 1 if name.endswith(("weight", "running_var")) else 0.1 * numbers


def require_close(ours: Tensor, theirs: Tensor, largest: Tensor) -> None:
    assert float((ours.detach() - theirs).abs().max() / largest) < TOLERANCE


def test_logits_and_gradients_of_the_hinge(
    discriminator: ProjectedDiscriminator, released: dict[str, Tensor]
) -> None:
    real, fake = (released[name] / 127.5 - 1 for name in ("real", "fake"))
    logits = discriminator(real), discriminator(fake)
    for name, ours in zip(("real", "fake"), logits, strict=True):
        require_close(ours, released[f"logits.{name}"], released[f"logits.{name}"].abs().max())
    Hinge(None).discriminator_loss(*logits).backward()
    compared = [(name, p.grad) for name, p in discriminator.named_parameters() if p.grad is not None]
    assert {f"gradient.{name}" for name, _ in compared} | {"gradient.images"} == {
        name for name in released if name.startswith("gradient.")
    }
    most = max(released[f"gradient.{name}"][0] for name, _ in compared)
    for name, gradient in compared:
        flat, theirs = gradient.flatten(), released[f"gradient.{name}"]
        ours = torch.cat((flat.abs().max()[None], flat[:: max(1, len(flat) // KEPT)][:KEPT]))
        require_close(ours, theirs, torch.maximum(theirs[0], 1e-3 * most))


def test_gradients_of_the_images(discriminator: ProjectedDiscriminator, released: dict[str, Tensor]) -> None:
    fake = (released["fake"] / 127.5 - 1).requires_grad_()
    Hinge(None).generator_loss(discriminator(fake)).backward()
    assert fake.grad is not None
    require_close(fake.grad, released["gradient.images"], released["gradient.images"].abs().max())
