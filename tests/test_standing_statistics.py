"""Standing statistics against means and variances computed by hand, for every layer that has them."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import pytest
import torch
from ganzoo_components.conditionings import OneHot
from ganzoo_components.layers import ConditionalBatchNorm2d, GeneratorBlock
from ganzoo_components.upsamplings import ResizeConv
from torch import Tensor, nn

from ganzoo.interfaces import Generator, ImageSpec
from ganzoo.sampling.standing_statistics import BATCH_SIZE, batch_normalisations, with_standing_statistics


class Tiny(Generator):
    """Latents through a dense layer and a layer to be measured, with dropout before it."""

    def __init__(self, layer: nn.Module, num_classes: int | None = None) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 3, ImageSpec(1, 2, 2), num_classes
        self.dense, self.dropout, self.layer = nn.Linear(3, 8), nn.Dropout(0.5), layer
        self.conditioning = OneHot(OneHot.Config(), num_classes) if num_classes else None

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        features = self.dropout(self.dense(latents)).view(-1, 2, 2, 2)
        if self.conditioning is not None:
            features = self.layer(features, self.conditioning(labels))
        elif isinstance(self.layer, nn.BatchNorm1d):
            features = self.layer(features.flatten(1)).view(-1, 2, 2, 2)
        else:
            features = self.layer(features)
        return torch.tanh(features[:, :1])


def block(label_features: int | None = None) -> nn.Module:
    return GeneratorBlock(2, 2, functools.partial(ResizeConv, ResizeConv.Config()), label_features)


LAYERS: dict[str, Callable[[], Tiny]] = {
    "of maps": lambda: Tiny(nn.BatchNorm2d(2)),
    "of vectors": lambda: Tiny(nn.BatchNorm1d(8)),
    "without gain and bias": lambda: Tiny(nn.BatchNorm2d(2, affine=False, momentum=0.3)),
    "conditional": lambda: Tiny(ConditionalBatchNorm2d(2, 4), 4),
    "in a residual block": lambda: Tiny(block()),
    "conditional in a residual block": lambda: Tiny(block(4), 4),
}


def by_channel(features: Tensor) -> np.ndarray:
    """Features `(B, C)` or `(B, C, H, W)` as values `(C, values)`."""
    return features.detach().double().transpose(0, 1).flatten(1).numpy()


@pytest.mark.parametrize("name", LAYERS)
def test_statistics_are_the_means_of_those_of_the_batches(name: str) -> None:
    generator = LAYERS[name]().eval()
    seen: list[list[np.ndarray]] = []
    for layer in batch_normalisations(generator):  # a copy of the layer has the hook too
        seen.append(batches := [])
        layer.register_forward_pre_hook(lambda _, given, to=batches: to.append(by_channel(given[0])))

    layers = batch_normalisations(with_standing_statistics(generator, 5, seed=2))

    assert [len(batches) for batches in seen] == [5] * len(layers)
    assert layers
    for layer, batches in zip(layers, seen, strict=True):
        means = np.mean([batch.mean(axis=1) for batch in batches], axis=0)
        variances = np.mean([batch.var(axis=1, ddof=1) for batch in batches], axis=0)
        np.testing.assert_allclose(layer.running_mean.numpy(), means, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(layer.running_var.numpy(), variances, rtol=1e-4)


def test_many_batches_give_the_moments_of_the_distribution() -> None:
    generator = Tiny(nn.BatchNorm1d(8)).eval()
    with torch.no_grad():
        generator.layer.running_mean.fill_(7.0)  # of a training that is no longer to count

    standing = with_standing_statistics(generator, 400, seed=0)

    # Of standard normal latents dense features have mean b and variance |w|²; no dropout is at work.
    weight, bias = generator.dense.weight.detach(), generator.dense.bias.detach()
    variances = weight.square().sum(dim=1)
    errors = (variances / (400 * BATCH_SIZE)).sqrt()
    assert (standing.layer.running_mean - bias).abs().le(5 * errors).all()
    torch.testing.assert_close(standing.layer.running_var, variances, rtol=5 * (2 / 25_600) ** 0.5, atol=0)


@pytest.mark.parametrize("training", [False, True])
def test_the_generator_is_left_as_it_was(training: bool) -> None:
    generator = Tiny(ConditionalBatchNorm2d(2, 4), 4).train(training)
    before = {name: tensor.clone() for name, tensor in generator.state_dict().items()}
    state = torch.get_rng_state()

    first, second, other = (with_standing_statistics(generator, 3, seed) for seed in (1, 1, 2))

    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(generator.state_dict()[name], tensor) for name, tensor in before.items())
    assert all(module.training == training for each in (generator, first) for module in each.modules())
    (mine,), (again,), (theirs,) = map(batch_normalisations, (first, second, other))
    assert mine.momentum == 0.1, "it may go on training"
    assert torch.equal(mine.running_mean, again.running_mean)
    assert not torch.equal(mine.running_mean, theirs.running_mean)


class Noisy(Tiny):
    """Draws noise of its own beside its latents."""

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return super().forward(latents + torch.randn_like(latents), labels)


def test_noise_of_its_own_follows_from_the_seed() -> None:
    generator = Noisy(nn.BatchNorm2d(2))
    measured = []
    for _ in range(2):
        torch.rand(1)
        (layer,) = batch_normalisations(with_standing_statistics(generator, 2, seed=0))
        measured.append(layer.running_mean)
    assert torch.equal(*measured)


def test_without_batch_normalisation_there_is_nothing_to_do() -> None:
    for layer in (nn.Identity(), nn.InstanceNorm2d(2), nn.BatchNorm2d(2, track_running_stats=False)):
        generator = Tiny(layer)
        assert with_standing_statistics(generator, 3, seed=0) is generator
