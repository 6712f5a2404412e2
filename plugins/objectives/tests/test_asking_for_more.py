"""Feature matching, path length and orthogonal regularisation: in numpy's float64, and in steps."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from ganzoo_objectives import BCE, FeatureMatching
from ganzoo_objectives.regularisations import Orthogonal, PathLength
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.nn.utils.parametrizations import spectral_norm

from ganzoo.engine.features import FeatureTap
from ganzoo.engine.players import Player, Players
from ganzoo.engine.step import generator_is_penalised, penalised_updates, training_step
from ganzoo.interfaces import Batch, Discriminator, Generator, ImageSpec, Seen, StyleSpace

NOTHING: Any = None
IMAGE = ImageSpec(1, 2, 3)


class Lines(Generator):
    """images = weight · latents: the Jacobian is the weight."""

    def __init__(self) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 4, IMAGE, None
        draw = torch.Generator().manual_seed(1)
        self.weight = nn.Parameter(torch.randn(6, 4, generator=draw))

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return (latents @ self.weight.T).reshape(-1, *IMAGE.shape)


class Styled(Lines):
    """The same, of styles that are twice the latents."""

    def style_space(self) -> StyleSpace:
        return StyleSpace(self, lambda latents, _labels: 2 * latents, self.weight)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return super().forward(latents)


class TwoLayers(Discriminator):
    """FeatureTap of pixels, and logits of them."""

    head = "logit"

    def __init__(self) -> None:
        super().__init__()
        self.image, self.num_classes = IMAGE, None
        self.features = nn.Linear(6, 3)
        self.logit = nn.Linear(3, 1)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.logit(self.features(images.flatten(1))).squeeze(1)


def drawing(network: Generator, latents: Tensor) -> Any:
    class Draw(SimpleNamespace):
        def __call__(self, latents: Tensor, labels: Tensor | None) -> Tensor:
            return network(latents, labels)

    return Draw(network=network, latents=latents, labels=None)


def seen(logits: Tensor, features: Tensor) -> Seen:
    return Seen(logits, torch.zeros(len(logits), 1, 1, 1), None, None, features)


def players(objective: Any, generator: Generator, **other: Any) -> Players:
    def player(network: nn.Module) -> Player:
        optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
        return Player(network, network, optimizer, GradScaler("cpu", enabled=False))

    discriminator = TwoLayers()
    features = FeatureTap(discriminator.logit) if isinstance(objective, FeatureMatching) else None
    return Players(
        player(generator), player(discriminator), objective, torch.float32, features=features, **other
    )


def test_features_are_matched_as_in_the_equation() -> None:
    draw = np.random.default_rng(0)
    real, fake = draw.normal(size=(5, 3, 2)), draw.normal(size=(5, 3, 2))
    objective = FeatureMatching(FeatureMatching.Config())
    given = torch.tensor(fake, requires_grad=True)
    logits = torch.tensor(draw.normal(size=5))

    loss = objective.generator_loss(seen(logits, given), seen(logits, torch.tensor(real)))
    loss.backward()

    apart = fake.mean(axis=0) - real.mean(axis=0)
    assert loss.item() == pytest.approx(np.square(apart).sum(), rel=1e-12)
    assert given.grad is not None
    np.testing.assert_allclose(given.grad.numpy(), np.broadcast_to(2 * apart / 5, fake.shape), rtol=1e-12)
    of_bce = BCE(BCE.Config()).discriminator_loss(logits, -logits)
    unmatched = objective.discriminator_loss(seen(logits, given), seen(-logits, given))
    assert unmatched.item() == of_bce.item()


@pytest.mark.parametrize("parts", [1, 2])
def test_a_step_matches_the_features_that_enter_the_head(parts: int) -> None:
    """The generator's update in numpy: with W of the features and V of the generator, d = W (V z̄ - x̄)."""
    objective, generator = FeatureMatching(FeatureMatching.Config()), Lines()
    made = players(objective, generator)
    real = torch.randn(4, *IMAGE.shape, generator=torch.Generator().manual_seed(2))
    before = generator.weight.detach().double().numpy()

    torch.manual_seed(3)
    result = training_step(made, [[Batch(piece, None) for piece in real.chunk(parts)]])

    torch.manual_seed(3)
    latents = [torch.randn(4 // parts, 4).double().numpy() for _ in range(parts)]
    network = made.discriminator_network
    assert isinstance(network, TwoLayers)
    features = network.features.weight.detach().double().numpy()  # the generator plays against the new ones
    loss, gradient = 0.0, np.zeros_like(before)
    for z, x in zip(latents, real.chunk(parts), strict=True):
        apart = features @ (before @ z.mean(axis=0) - x.flatten(1).double().numpy().mean(axis=0))
        loss += np.square(apart).sum() / parts
        gradient += 2 * np.outer(features.T @ apart, z.mean(axis=0)) / parts
    assert result.generator_loss.item() == pytest.approx(loss, rel=1e-4)
    np.testing.assert_allclose(generator.weight.detach().numpy(), before - 0.1 * gradient, atol=1e-5)


@pytest.mark.parametrize("cls", [Lines, Styled])
def test_path_lengths_are_those_of_the_jacobian(cls: type[Lines]) -> None:
    generator, latents = cls(), torch.randn(6, 4)
    part = PathLength(PathLength.Config(weight=3.0, decay=0.9, shrink=2))
    jacobian = generator.weight.detach().double().numpy()
    mean = 0.0
    for seed in range(3):
        torch.manual_seed(seed)
        penalty = part.generator_penalty(drawing(generator, latents))
        torch.manual_seed(seed)
        y = torch.randn(3, *IMAGE.shape).flatten(1).double().numpy() / math.sqrt(2 * 3)
        lengths = np.linalg.norm(y @ jacobian, axis=1)
        mean = 0.9 * mean + 0.1 * lengths.mean()
        assert penalty.item() == pytest.approx(3 * np.square(lengths - mean).mean(), rel=1e-5)
        assert part.mean_length.item() == pytest.approx(mean, rel=1e-5)
    (gradient,) = torch.autograd.grad(penalty, generator.weight)
    # d/dJ of ‖yJ‖ is yᵀ (yJ) / ‖yJ‖
    by_hand = sum(
        3 * 2 / 3 * (length - mean) * np.outer(row, row @ jacobian) / length
        for row, length in zip(y, lengths, strict=True)
    )
    np.testing.assert_allclose(gradient.numpy(), by_hand, rtol=1e-4, atol=1e-5)


class Filters(nn.Module):
    """Every sort of weight."""

    shapes: ClassVar[dict[str, tuple[int, ...]]] = {"dense": (3, 5), "kernel": (4, 2, 3, 3)}

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(5, 3)
        self.convolution = spectral_norm(nn.Conv2d(2, 4, 3))
        self.transposed = nn.ConvTranspose2d(2, 4, 3)
        self.table = nn.Embedding(3, 3)
        self.frozen = nn.Linear(5, 3).requires_grad_(False)


@pytest.mark.parametrize("on", ["generator", "discriminator"])
def test_the_orthogonal_penalty_is_that_of_the_equation(on: Any) -> None:
    network = Filters()
    part = Orthogonal(Orthogonal.Config(weight=0.5, on=on))
    given: Any = SimpleNamespace(network=network)
    penalty = part.generator_penalty(given) if on == "generator" else part.penalty(given, NOTHING, NOTHING)

    raw = network.convolution.parametrizations.weight.original  # type: ignore[union-attr]
    columns = [network.dense.weight, raw, network.transposed.weight.transpose(0, 1)]
    expected = 0.0
    for weight in columns:
        w = weight.detach().flatten(1).double().numpy().T  # a filter a column, as in equation 3
        expected += 0.5 * np.square((w.T @ w) * (1 - np.eye(w.shape[1]))).sum()
    assert part.acts_on == on
    assert penalty.item() == pytest.approx(expected, rel=1e-5)


def test_a_lazy_penalty_of_the_generator_costs_the_same_in_the_mean() -> None:
    """Counted in updates of the generator, whatever those of the discriminator; its share moves with it."""
    generator = Lines()
    generator.weight.requires_grad_(False)
    paid = {}
    for every in (1, 4):
        made = players(
            BCE(BCE.Config()), generator, regularisation=Orthogonal(Orthogonal.Config(every=every))
        )
        made = replace(made, penalty_share=torch.tensor(0.5))
        generator.weight.requires_grad_(True)
        made.generator.optimizer.param_groups[0]["lr"] = 0.0
        real = Batch(torch.randn(4, *IMAGE.shape), None)
        paid[every] = []
        for step in range(8):
            result = training_step(
                made,
                [[real], [real]],
                penalised_updates(made, step, 2),
                None,
                generator_is_penalised(made, step),
            )
            paid[every].append(0.0 if result.penalty is None else result.penalty.item())
    w = generator.weight.detach().double().numpy()
    products = w @ w.T
    expected = 0.5 * 1e-4 * np.square(products - np.diag(np.diag(products))).sum()
    assert paid[1] == pytest.approx([expected] * 8, rel=1e-4)
    assert paid[4] == pytest.approx([4 * expected, 0, 0, 0] * 2, rel=1e-4)
