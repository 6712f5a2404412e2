"""One training step against gradients and Adam worked out by hand in float64."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.nn import functional as F

from ganzoo.engine.judging import frozen
from ganzoo.engine.players import Player, Players
from ganzoo.engine.step import (
    penalised_updates,
    training_step,
    update_discriminator,
)
from ganzoo.interfaces import (
    Augmentation,
    Batch,
    Discriminator,
    Generator,
    ImageSpec,
    Judge,
    Judgement,
    Objective,
    Regularisation,
)

IMAGE = ImageSpec(1, 1, 2)


class LinearGenerator(Generator):
    """images = latents · weightᵀ."""

    def __init__(self) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 3, IMAGE, None
        self.weight = nn.Parameter(torch.tensor([[0.3, -0.2, 0.5], [0.1, 0.4, -0.6]]))

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return (latents @ self.weight.T).reshape(-1, 1, 1, 2)


class LinearDiscriminator(Discriminator):
    """logits = images · weight."""

    def __init__(self) -> None:
        super().__init__()
        self.image, self.num_classes = IMAGE, None
        self.weight = nn.Parameter(torch.tensor([0.7, -0.9]))

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return images.flatten(1) @ self.weight


class Logistic(Objective):
    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        return F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()

    def generator_loss(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        return F.softplus(-fake_logits).mean()


class Adam64:
    """Adam (Kingma and Ba, 2015, algorithm 1) in float64."""

    def __init__(self, rate: float, beta1: float, beta2: float) -> None:
        self.rate, self.beta1, self.beta2 = rate, beta1, beta2
        self.mean = self.square = 0.0
        self.step = 0

    def descend(self, weight: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        self.step += 1
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * gradient
        self.square = self.beta2 * self.square + (1 - self.beta2) * gradient**2
        mean = self.mean / (1 - self.beta1**self.step)
        square = self.square / (1 - self.beta2**self.step)
        return weight - self.rate * mean / (np.sqrt(square) + 1e-8)


def make_players(generator: Generator, discriminator: Discriminator) -> Players:
    def player(network: nn.Module) -> Player:
        optimizer = torch.optim.Adam(network.parameters(), lr=0.01, betas=(0.5, 0.999), fused=True)
        return Player(network, network, optimizer, GradScaler("cpu", enabled=False))

    return Players(player(generator), player(discriminator), Logistic(), torch.float32)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("fresh_fakes", [False, True])
def test_three_steps_equal_the_equations_worked_by_hand(fresh_fakes: bool):
    generator, discriminator = LinearGenerator(), LinearDiscriminator()
    players = make_players(generator, discriminator)
    real = torch.randn(5, 1, 1, 2, generator=torch.Generator().manual_seed(1))
    batch = [Batch(real, None)]
    torch.manual_seed(0)
    steps = [training_step(players, [batch], for_generator=batch if fresh_fakes else None) for _ in range(3)]

    torch.manual_seed(0)
    x = real.flatten(1).double().numpy()
    w_g = np.array([[0.3, -0.2, 0.5], [0.1, 0.4, -0.6]])
    w_d = np.array([0.7, -0.9])
    adam_g, adam_d = Adam64(0.01, 0.5, 0.999), Adam64(0.01, 0.5, 0.999)
    for step in steps:
        z = torch.randn(5, 3).double().numpy()
        fake = z @ w_g.T
        real_logits, fake_logits = x @ w_d, fake @ w_d
        expected_d = np.log1p(np.exp(-real_logits)).mean() + np.log1p(np.exp(fake_logits)).mean()
        gradient_d = (-sigmoid(-real_logits) @ x + sigmoid(fake_logits) @ fake) / 5
        w_d = adam_d.descend(w_d, gradient_d)
        # The generator plays against the discriminator that has just been updated, with the same fakes
        # unless it draws fresh ones.
        if fresh_fakes:
            z = torch.randn(5, 3).double().numpy()
        fake_logits = z @ w_g.T @ w_d
        expected_g = np.log1p(np.exp(-fake_logits)).mean()
        gradient_g = np.einsum("b,i,bj->ij", -sigmoid(-fake_logits), w_d, z) / 5
        w_g = adam_g.descend(w_g, gradient_g)
        assert step.discriminator_loss.item() == pytest.approx(expected_d, rel=1e-5)
        assert step.generator_loss.item() == pytest.approx(expected_g, rel=1e-5)
    np.testing.assert_allclose(generator.weight.detach().numpy(), w_g, rtol=1e-5)
    np.testing.assert_allclose(discriminator.weight.detach().numpy(), w_d, rtol=1e-5)


def test_a_batch_in_parts_takes_the_same_step():
    # Multiples of 16: torch draws the same numbers for a part as for the same place in the whole.
    real = torch.randn(48, 1, 1, 2, generator=torch.Generator().manual_seed(1))
    weights = []
    for parts in (1, 3):
        generator, discriminator = LinearGenerator(), LinearDiscriminator()
        torch.manual_seed(0)
        batch = [Batch(part, None) for part in real.chunk(parts)]
        training_step(make_players(generator, discriminator), [batch])
        weights.append((generator.weight.detach(), discriminator.weight.detach()))
    for whole, in_parts in zip(*weights, strict=True):
        torch.testing.assert_close(whole, in_parts)


def test_the_discriminator_moves_once_a_batch_and_the_generator_once():
    generator, discriminator = LinearGenerator(), LinearDiscriminator()
    players = make_players(generator, discriminator)
    training_step(players, [[Batch(torch.randn(4, 1, 1, 2), None)] for _ in range(3)])
    steps = [
        next(iter(player.optimizer.state.values()))["step"].item()
        for player in (players.discriminator, players.generator)
    ]
    assert steps == [3, 1]


def test_freezing_leaves_alone_what_was_frozen_before():
    network = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    network[0].requires_grad_(False)
    with frozen(network):
        assert not any(parameter.requires_grad for parameter in network.parameters())
    assert [p.requires_grad for p in network.parameters()] == [False, False, True, True]


class Relativistic(Logistic):
    relativistic = True

    def generator_loss(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        assert real_logits is not None
        assert not real_logits.requires_grad
        return F.softplus(real_logits - fake_logits).mean()


def test_a_relativistic_objective_is_shown_as_many_real_logits():
    generator, discriminator = LinearGenerator(), LinearDiscriminator()
    players = replace(make_players(generator, discriminator), objective=Relativistic())
    real = torch.randn(4, 1, 1, 2)
    torch.manual_seed(0)
    step = training_step(players, [[Batch(real, None)]])
    torch.manual_seed(0)
    fake = torch.randn(4, 3) @ LinearGenerator().weight.detach().T
    differences = real.flatten(1) @ discriminator.weight.detach() - fake @ discriminator.weight.detach()
    assert step.generator_loss.item() == pytest.approx(np.log1p(np.exp(differences.numpy())).mean(), rel=1e-5)


class Colours(Generator):
    """Draws each of three classes as an image of its number; noise moves it a little."""

    def __init__(self) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 1, IMAGE, 3
        self.scale = nn.Parameter(torch.tensor(1e-3))

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        assert labels is not None
        return (labels.view(-1, 1, 1, 1) + self.scale * latents.view(-1, 1, 1, 1)).expand(-1, 1, 1, 2)


class Seen(Relativistic):
    """Remembers the logits that it was given, real and fake, in pairs."""

    def __init__(self) -> None:
        self.pairs: list[tuple[Tensor, Tensor]] = []

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        self.pairs.append((real_logits.detach(), fake_logits.detach()))
        return super().discriminator_loss(real_logits, fake_logits)

    def generator_loss(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        assert real_logits is not None
        self.pairs.append((real_logits.detach(), fake_logits.detach()))
        return super().generator_loss(fake_logits, real_logits)


class SeenByClass(Seen):
    paired_labels = True


@pytest.mark.parametrize("fresh_fakes", [False, True])
def test_an_objective_that_asks_for_paired_labels_compares_within_a_class(fresh_fakes: bool):
    """Images are the numbers of their classes, so logits of a class differ by the noise alone."""
    labels = torch.arange(30) % 3
    batch = [Batch(labels.view(-1, 1, 1, 1).expand(-1, 1, 1, 2).float(), labels)]
    objectives = Seen(), SeenByClass()
    for objective in objectives:
        torch.manual_seed(0)
        players = replace(make_players(Colours(), LinearDiscriminator()), objective=objective)
        step = training_step(players, [batch], for_generator=batch if fresh_fakes else None)
        assert objective is objectives[0] or torch.equal(step.fake.labels, labels)
    for apart, paired in zip(objectives[0].pairs, objectives[1].pairs, strict=True):
        assert (apart[0] - apart[1]).abs().gt(0.1).float().mean() > 0.4
        assert (paired[0] - paired[1]).abs().max() < 0.05


def test_fresh_fakes_of_a_relativistic_objective_meet_real_images_of_their_own():
    objective = Seen()
    discriminator = LinearDiscriminator()
    players = replace(make_players(LinearGenerator(), discriminator), objective=objective)
    for player in (players.generator, players.discriminator):
        player.optimizer.param_groups[0]["lr"] = 0.0
    ones, twos = ([Batch(torch.full((4, 1, 1, 2), value), None)] for value in (1.0, 2.0))
    training_step(players, [ones], for_generator=twos)
    (real_of_d, fake_of_d), (real_of_g, fake_of_g) = objective.pairs
    torch.testing.assert_close(real_of_g, 2 * real_of_d)
    assert not torch.isclose(fake_of_d, fake_of_g).any()


class Slope(Regularisation):
    """The squared slope of the logits of real images, and weights clipped to ±0.5."""

    def __init__(self, every: int = 1) -> None:
        self.every = every

    def penalty(self, judge: Judge, real: Batch, fake: Batch) -> Tensor:
        assert not fake.images.requires_grad
        images = real.images.requires_grad_()
        (slope,) = torch.autograd.grad(judge(images, real.labels).sum(), images, create_graph=True)
        return slope.flatten(1).square().sum(1).mean()

    def constrain(self, discriminator: Discriminator) -> None:
        with torch.no_grad():
            for parameter in discriminator.parameters():
                parameter.clamp_(-0.5, 0.5)


class Halves(Augmentation):
    """Halves the images; remembers what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("shown", torch.zeros(()))

    def forward(self, images: Tensor) -> Tensor:
        return images / 2

    def adapt(self, real_logits: Tensor) -> None:
        self.shown += len(real_logits)


@pytest.mark.parametrize("augmentation", [None, Halves()])
def test_a_penalty_pulls_on_the_discriminator_through_the_augmentation(augmentation: Halves | None):
    discriminator = LinearDiscriminator()
    players = replace(
        make_players(LinearGenerator(), discriminator), regularisation=Slope(), augmentation=augmentation
    )
    step = training_step(players, [[Batch(torch.randn(8, 1, 1, 2), None)]])
    # Of logits w·x the slope is w, and of w·x/2 it is w/2.
    factor = 1 if augmentation is None else 1 / 4
    assert step.penalty is not None
    assert step.penalty.item() == pytest.approx(factor * (0.7**2 + 0.9**2), rel=1e-5)
    assert discriminator.weight.abs().max() <= 0.5
    if augmentation is not None:
        assert augmentation.shown == 8


class PatchDiscriminator(LinearDiscriminator):
    """A logit for each pixel."""

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return images.flatten(1) * self.weight


class Hinge(Logistic):
    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        return F.relu(1 - real_logits).mean() + F.relu(1 + fake_logits).mean()


def test_every_patch_is_won_or_lost_by_itself():
    # Of the real image's patches one is beyond the margin (3), the other far below it (-3): the mean, 0,
    # would move both weights, the hinge of each moves the second alone. Fakes are far beyond theirs.
    discriminator = PatchDiscriminator()
    discriminator.weight.data = torch.tensor([1.0, 1.0])
    generator = LinearGenerator()
    players = replace(make_players(generator, discriminator), objective=Hinge())
    real, fake = (
        Batch(images, None) for images in (torch.tensor([[[[3.0, -3.0]]]]), torch.full((1, 1, 1, 2), -9.0))
    )
    loss, _ = update_discriminator(players, [real], [fake])
    assert loss.item() == pytest.approx((0 + 4) / 2)
    torch.testing.assert_close(discriminator.weight.grad, torch.tensor([0.0, 1.5]))


class SquaredLogits(Regularisation):
    every = 1

    def penalty(self, judge: Judge, real: Batch, fake: Batch) -> Tensor:
        logits = judge(real.images, real.labels)
        assert logits.shape == (len(real.images),)
        return logits.square().mean()

    def constrain(self, discriminator: Discriminator) -> None:
        pass


class Remembers(Halves):
    def adapt(self, real_logits: Tensor) -> None:
        self.shown = real_logits


def test_regularisation_and_augmentation_are_told_the_mean_over_patches():
    augmentation = Remembers()
    players = replace(
        make_players(LinearGenerator(), PatchDiscriminator()),
        regularisation=SquaredLogits(),
        augmentation=augmentation,
    )
    real = torch.tensor([[[[2.0, 4.0]]], [[[-6.0, 0.0]]]])
    penalty = training_step(players, [[Batch(real, None)]]).penalty
    # Images are halved, the weights are 0.7 and -0.9.
    expected = torch.tensor([(0.7 - 1.8) / 2, -2.1 / 2])
    torch.testing.assert_close(augmentation.shown, expected)
    torch.testing.assert_close(penalty, expected.square().mean())


def test_a_lazy_penalty_is_due_now_and_then_and_weighs_the_more():
    players = replace(make_players(LinearGenerator(), LinearDiscriminator()), regularisation=Slope(every=3))
    assert [penalised_updates(players, step, 2) for step in range(3)] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    batch = [Batch(torch.randn(8, 1, 1, 2), None)]
    due = training_step(players, [batch], penalised=(True,)).penalty
    assert due is not None
    assert due.item() == pytest.approx(3 * (0.7**2 + 0.9**2), rel=1e-5)
    assert training_step(players, [batch], penalised=(False,)).penalty is None


def test_of_a_penalty_a_share_may_be_left():
    players = replace(make_players(LinearGenerator(), LinearDiscriminator()), regularisation=Slope())
    players.penalty_share.fill_(0.25)
    penalty = training_step(players, [[Batch(torch.randn(8, 1, 1, 2), None)]]).penalty
    assert penalty is not None
    assert penalty.item() == pytest.approx(0.25 * (0.7**2 + 0.9**2), rel=1e-5)


class TwoTasks(LinearDiscriminator):
    """Also wants its weights small."""

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Judgement:
        logits = images.flatten(1) @ self.weight
        return Judgement(logits, (images.flatten(1) * self.weight).square().sum(1))


def test_both_players_minimise_an_auxiliary_loss():
    def first_gradients(discriminator: LinearDiscriminator) -> tuple[Tensor, Tensor, Tensor | None]:
        generator = LinearGenerator()
        players = make_players(generator, discriminator)
        torch.manual_seed(0)
        step = training_step(players, [[Batch(torch.ones(4, 1, 1, 2), None)]])
        return generator.weight.grad, discriminator.weight.grad, step.penalty

    plain, second = first_gradients(LinearDiscriminator()), first_gradients(TwoTasks())
    torch.manual_seed(0)
    latents = torch.randn(4, 3)
    fake = latents @ LinearGenerator().weight.detach().T
    weight = torch.tensor([0.7, -0.9])
    # Of mean((x·w)²) for each pixel: 2·w·mean(x²), of the real images (ones) and of the fakes.
    torch.testing.assert_close(second[1] - plain[1], 2 * weight * (1 + fake.square().mean(0)))
    assert plain[2] is None
    assert second[2] is not None
    expected = weight.square().sum() + (fake * weight).square().sum(1).mean()
    torch.testing.assert_close(second[2], expected)
    assert not torch.equal(second[0], plain[0])


class PaysForRealImages(TwoTasks):
    """Minimises the second loss of real images; the generator minimises that of its own."""

    pays_for_fakes = False


def test_a_discriminator_may_pay_for_real_images_alone_and_the_generator_for_its_own():
    def first_gradients(discriminator: LinearDiscriminator) -> tuple[Tensor, Tensor, Tensor | None]:
        generator = LinearGenerator()
        players = make_players(generator, discriminator)
        players.discriminator.optimizer.param_groups[0]["lr"] = 0.0  # the generators meet the same one
        torch.manual_seed(0)
        step = training_step(players, [[Batch(torch.full((4, 1, 1, 2), 3.0), None)]])
        return generator.weight.grad, discriminator.weight.grad, step.penalty

    plain, both, real_alone = map(first_gradients, (LinearDiscriminator(), TwoTasks(), PaysForRealImages()))
    weight = torch.tensor([0.7, -0.9])
    torch.testing.assert_close(real_alone[1] - plain[1], 2 * weight * 9)
    torch.testing.assert_close(real_alone[2], 9 * weight.square().sum())
    assert torch.equal(real_alone[0], both[0])
    assert not torch.equal(real_alone[0], plain[0])


class SelfSupervised(TwoTasks):
    """Wants its weights small where real images are bright; the generator is not to care."""

    self_supervised = True


def test_self_supervision_is_the_discriminators_and_of_real_images_alone():
    def first_gradients(discriminator: LinearDiscriminator) -> tuple[Tensor, Tensor, Tensor | None]:
        generator = LinearGenerator()
        players = make_players(generator, discriminator)
        players.discriminator.optimizer.param_groups[0]["lr"] = 0.0  # the generator meets the same one
        torch.manual_seed(0)
        step = training_step(players, [[Batch(torch.full((4, 1, 1, 2), 3.0), None)]])
        return generator.weight.grad, discriminator.weight.grad, step.penalty

    plain, second = first_gradients(LinearDiscriminator()), first_gradients(SelfSupervised())
    weight = torch.tensor([0.7, -0.9])
    # Of mean((x·w)²) for each pixel: 2·w·x², of the real images alone, whose pixels are 3.
    torch.testing.assert_close(second[1] - plain[1], 2 * weight * 9)
    torch.testing.assert_close(second[2], 9 * weight.square().sum())
    assert torch.equal(second[0], plain[0])


def test_a_penalty_is_judged_by_the_network_itself_even_where_it_is_compiled():
    def compiled(images: Tensor, labels: Tensor | None) -> Tensor:
        """Like what torch compiles, this has no second derivative."""
        return OnceDifferentiable.apply(images, discriminator.weight)

    discriminator = LinearDiscriminator()
    players = replace(make_players(LinearGenerator(), discriminator), regularisation=Slope())
    players = replace(players, discriminator=replace(players.discriminator, forward=compiled))
    step = training_step(players, [[Batch(torch.randn(8, 1, 1, 2), None)]])
    assert step.penalty is not None
    assert step.penalty.item() == pytest.approx(0.7**2 + 0.9**2, rel=1e-5)


class OnceDifferentiable(torch.autograd.Function):
    @staticmethod
    def forward(ctx, images: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(images, weight)
        return images.flatten(1) @ weight

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, Tensor]:
        images, weight = ctx.saved_tensors
        return (gradient[:, None] * weight).reshape(images.shape), gradient @ images.flatten(1)
