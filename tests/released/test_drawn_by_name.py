"""Released networks whose recordings hold no weights: BigGAN's, Projected GAN's and FastGAN's.

Weights, images and latents are drawn by name, as benchmarks/released/by_name.py does. Of each gradient a
recording keeps some numbers, which are compared.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from ganzoo_objectives import Hinge
from ganzoo_projected.discriminator import ProjectedDiscriminator
from ganzoo_projected.features import ProjectedFeatures
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.utils.parametrizations import _SpectralNorm
from torch.nn.utils.parametrize import ParametrizationList

from ganzoo.interfaces import ImageSpec
from ganzoo.models import GAN, build
from ganzoo.settings.binding import bind
from ganzoo.settings.merging import resolve

pytestmark = pytest.mark.slow

DATA: Final = Path(__file__).parent / "data"

TOLERANCE: Final = 3e-6
"""Of the largest number in a tensor; recordings are in float32, all else is float64."""

KEPT: Final = 16
"""Numbers of a gradient that are kept, beside its largest."""


def numbers(name: str, *sizes: int) -> Tensor:
    """Normal numbers of this name, in float64."""
    stream = np.random.RandomState(zlib.crc32(name.encode()))
    return torch.from_numpy(stream.standard_normal(sizes))


def fill(network: nn.Module, prefix: str = "") -> None:
    """Draws all weights and buffers of a network."""
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point():
                tensor.copy_(_drawn(prefix + name, tensor))


def _drawn(name: str, like: Tensor) -> Tensor:
    values = numbers(name, *like.shape)
    if like.ndim > 1:
        return values / like[0].numel() ** 0.5
    if name.endswith(("._u", "._v")):
        return F.normalize(values, dim=0)
    return 0.1 * values.abs() + 1 if name.endswith(("weight", "running_var")) else 0.1 * values


def require_close(ours: Tensor, theirs: Tensor, largest: Tensor | None = None) -> None:
    """Compares two tensors, relative to their largest number, or to another."""
    most = theirs.abs().max() if largest is None else largest
    assert float((ours.detach() - theirs).abs().max() / most) < TOLERANCE


def require_close_gradients(network: nn.Module, released: Mapping[str, Tensor], prefix: str = "") -> None:
    """Compares the gradients of a network's weights with all that the recording has of it."""
    compared = {f"gradient.{prefix}{n}": p.grad for n, p in network.named_parameters() if p.grad is not None}
    recorded = {name for name in released if name.startswith(f"gradient.{prefix}")} - {"gradient.images"}
    assert set(compared) == recorded
    most = max(released[name][0] for name in compared)
    for name, gradient in compared.items():
        flat, theirs = gradient.flatten(), released[name]
        ours = torch.cat((flat.abs().max()[None], flat[:: max(1, len(flat) // KEPT)][:KEPT]))
        require_close(ours, theirs, torch.maximum(theirs[0], 1e-3 * most))


def recording(name: str) -> dict[str, Tensor]:
    return {key: tensor.double() for key, tensor in load_file(DATA / f"{name}.safetensors").items()}


@pytest.fixture(autouse=True)
def _in_float64() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


LABELS = torch.tensor([1, 3])
NARROW = {
    "model.latent_dim": 12,
    "model.label_features": 6,
    "model.channels": 4,
    "model.discriminator_channels": 8,
}


@pytest.fixture
def biggan() -> GAN:
    settings = resolve({"model.name": "biggan", "dataset.name": "digits"}, NARROW)
    made = build(bind(settings), ImageSpec(3, 128, 128), 5)
    for player, network in (("generator", made.generator), ("discriminator", made.discriminator)):
        fill(network, f"{player}.")
        begin_with_true_singular_vectors(network)
    return made


@torch.no_grad()
def begin_with_true_singular_vectors(network: nn.Module) -> None:
    for weight in network.modules():
        if isinstance(weight, ParametrizationList):
            left, _, right = torch.linalg.svd(weight.original.flatten(1), full_matrices=False)
            for normalisation in weight.modules():
                if isinstance(normalisation, _SpectralNorm):
                    normalisation._u.copy_(left[:, 0])
                    normalisation._v.copy_(right[0])


def test_biggan_of_128_pixels_is_its_authors(biggan: GAN) -> None:
    released, objective = recording("biggan-author"), Hinge(None)
    real, latents = numbers("real", 2, 3, 128, 128).tanh(), numbers("latents", 2, 12)
    images = biggan.generator(latents, LABELS)
    require_close(images[:, :, ::4, ::4], released["images"])
    logits = [biggan.discriminator(each, LABELS) for each in (real, images.detach())]
    require_close(torch.stack(logits, dim=1), released["logits"])
    objective.discriminator_loss(*logits).backward()
    require_close_gradients(biggan.discriminator, released, "discriminator.")
    objective.generator_loss(biggan.discriminator(images, LABELS)).backward()
    require_close_gradients(biggan.generator, released, "generator.")


def test_the_decoders_of_lightweight_are_the_released_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    released = recording("lightweight-decoders")
    settings = {"model.discriminator_channels": 4, "augmentation.name": "none"}
    chosen = {"model.name": "lightweight", "dataset.name": "digits"}
    network = build(bind(resolve(chosen, settings)), ImageSpec(3, 256, 256), None).discriminator
    fill(network)
    monkeypatch.setattr(torch, "randint", lambda *_, **__: torch.tensor([2]))  # the quarter that is drawn
    drawn: dict[str, Tensor] = {}
    for name, decoder in network.get_submodule("decoders").named_children():
        decoder.register_forward_hook(lambda _m, _i, image, name=name: drawn.update({name: image}))
    said = network(numbers("real", 2, 3, 256, 256).tanh())
    require_close(said.logits, released["logits"])
    for name, image in drawn.items():
        require_close(image[:, :, ::4, ::4], released[f"images.{name}"])
    (F.relu(1 - said.logits).mean() + said.auxiliary_loss.mean()).backward()
    require_close_gradients(network, released)


@pytest.fixture
def projected() -> ProjectedDiscriminator:
    features = ProjectedFeatures("tf_efficientnet_lite0", "random", channels=64, resolution=224)
    network = ProjectedDiscriminator(features, channels=64, image=ImageSpec(3, 32, 32)).train()
    fill(network)
    return network


def test_the_discriminator_of_projected_is_the_released_one(projected: ProjectedDiscriminator) -> None:
    released = recording("projected")
    real, fake = (released[name] / 127.5 - 1 for name in ("real", "fake"))
    logits = projected(real), projected(fake)
    for name, ours in zip(("real", "fake"), logits, strict=True):
        require_close(ours, released[f"logits.{name}"])
    Hinge(None).discriminator_loss(*logits).backward()
    require_close_gradients(projected, released)


def test_what_the_discriminator_of_projected_tells_the_generator(projected: ProjectedDiscriminator) -> None:
    released = recording("projected")
    fake = (released["fake"] / 127.5 - 1).requires_grad_()
    Hinge(None).generator_loss(projected(fake)).backward()
    assert fake.grad is not None
    require_close(fake.grad, released["gradient.images"])
