"""From a generator's floats to the images a person sees."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from ganzoo.interfaces import Generator, ImageSpec
from ganzoo.sampling.generation import generate, generate_floats, to_uint8
from ganzoo.sampling.grids import GRID_COLUMNS, grid_inputs, image_grid
from ganzoo.sampling.labels import choose_labels
from ganzoo.sampling.latents import draw_latents


class Echo(Generator):
    """Draws its latents; batch normalisation makes rows depend on each other while training."""

    def __init__(self) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 4, ImageSpec(1, 2, 2), None
        self.norm = nn.BatchNorm1d(4)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return torch.tanh(self.norm(latents)).reshape(-1, 1, 2, 2)


def test_floats_become_the_nearest_byte():
    floats = torch.tensor([-1.0, 1.0, 0.0, -0.999, 1.5, -7.0])
    # (x + 1) · 127.5, rounded half to even, clamped: 0 → 127.5 → 128.
    assert to_uint8(floats).tolist() == [0, 255, 128, 0, 255, 0]


@given(st.integers(0, 255))
def test_every_byte_survives_the_round_trip(value):
    from ganzoo.engine.data import normalise

    byte = torch.tensor([value], dtype=torch.uint8)
    assert torch.equal(to_uint8(normalise(byte)), byte)


class Noisy(Echo):
    """Draws noise of its own beside its latents, in evaluation mode as well; labels brighten its images."""

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        images = super().forward(latents) / 4 + torch.randn(len(latents), 1, 2, 2) / 4
        return images if labels is None else images + labels[:, None, None, None] / 4


def every(generator: Generator, latents: Tensor, labels: Tensor | None = None) -> Tensor:
    return torch.cat(list(generate_floats(generator, latents, labels)))


@pytest.mark.parametrize("make", [Echo, Noisy])
@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_an_image_depends_on_its_own_latents_alone(make, batch_size):
    generator = make().train()
    latents = draw_latents(10, 4, seed=0)
    whole = every(generator, latents)
    torch.manual_seed(batch_size)  # what was drawn before is nothing to it
    assert torch.equal(whole, torch.cat([every(generator, part) for part in latents.split(batch_size)]))
    assert torch.equal(whole[[7, 2]], every(generator, latents[[7, 2]]))
    assert generator.training, "the mode returns to what it was"


def test_noise_of_its_own_follows_from_the_latents_and_not_from_the_label():
    generator, latents = Noisy(), draw_latents(1, 4, seed=0).repeat(3, 1)
    images = every(generator, latents, torch.tensor([0, 1, 1]))
    assert torch.equal(images[1], images[2])
    torch.testing.assert_close(images[1] - images[0], torch.full((1, 2, 2), 0.25))
    noise = [every(Noisy(), z) - every(Echo(), z) / 4 for z in (latents[:1], draw_latents(1, 4, seed=1))]
    assert not torch.allclose(*noise)


class SizeOfBatch(Echo):
    """Draws the size of its batch, as rounding may show it."""

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return torch.full((len(latents), 1, 2, 2), len(latents) / 100)


def test_the_generator_always_sees_batches_of_one_size():
    images = every(SizeOfBatch(), draw_latents(21, 4, seed=0))
    assert len(images) == 21
    assert len(images.unique()) == 1


def test_floats_are_the_generators_own_and_become_the_images():
    generator, latents = Echo().double().eval(), draw_latents(10, 4, seed=0).double()
    floats = torch.cat(list(generate_floats(generator, latents, None)))
    assert (floats.dtype, floats.device.type) == (torch.float32, "cpu")
    assert torch.equal(floats, generator(latents).float())
    assert torch.equal(to_uint8(floats), torch.cat(list(generate(generator, latents, None))))


class Plain(Echo):
    """Has no parameter, and no buffer either."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.Identity()


def test_a_generator_needs_no_parameters():
    latents = torch.randn(3, 4)
    (images,) = generate_floats(Plain(), latents, None)
    assert torch.equal(images, torch.tanh(latents).reshape(3, 1, 2, 2))


def test_the_mode_returns_even_if_not_all_is_drawn():
    generator = Echo().train()
    batches = generate_floats(generator, draw_latents(10, 4, seed=0), None)
    next(batches)
    assert not generator.training
    batches.close()
    assert generator.training


@pytest.mark.parametrize("make", [Echo, Noisy])
def test_sampling_leaves_the_random_state_alone(make):
    generator = make()
    before = torch.get_rng_state()
    list(generate(generator, draw_latents(5, 4, seed=1), None))
    assert torch.equal(before, torch.get_rng_state())


def test_a_conditional_grid_repeats_its_latents_in_every_row():
    generator = Echo()
    generator.num_classes = 3
    latents, labels = grid_inputs(generator, seed=0)
    rows = latents.reshape(3, GRID_COLUMNS, 4)
    assert torch.equal(rows[0], rows[1])
    assert torch.equal(rows[0], rows[2])
    assert labels is not None
    assert labels.reshape(3, -1).tolist() == [[k] * GRID_COLUMNS for k in range(3)]


def test_a_grid_shows_images_where_they_belong():
    images = torch.arange(6, dtype=torch.uint8).reshape(6, 1, 1, 1).expand(6, 1, 56, 56) * 40
    grid = np.asarray(image_grid(images, columns=4))
    assert grid.shape == (2 * 58 + 2, 4 * 58 + 2, 3)
    assert [int(grid[30, 30 + 58 * column, 0]) for column in range(4)] == [0, 40, 80, 120]
    assert [int(grid[88, 30 + 58 * column, 0]) for column in range(2)] == [160, 200]


@pytest.mark.parametrize(("label", "expected"), [("2", 2), ("ankle boot", 1), ("Bag", 0), ("T-SHIRT/top", 2)])
def test_a_class_is_named_in_any_case_or_numbered(label, expected):
    labels = choose_labels(["Bag", "Ankle boot", "T-shirt/top"], label, 2)
    assert labels is not None
    assert labels.tolist() == [expected, expected]
