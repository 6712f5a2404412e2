"""The order and scale of training images."""

from __future__ import annotations

from itertools import islice

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganzoo.engine.data import Resident, Streamed, TrainingData, dequantise, flip_at_random, normalise
from ganzoo.errors import UsageError
from ganzoo.interfaces import LabelledImages


def numbered(count: int) -> LabelledImages:
    """Images whose only pixel is their index, labelled by it."""
    indices = torch.arange(count)
    return LabelledImages(
        indices.to(torch.uint8).reshape(-1, 1, 1, 1), indices, tuple(map(str, range(count)))
    )


CPU = torch.device("cpu")


def training_data(
    count: int, batch_size: int, seed: int, source: type = Resident, **world: int
) -> TrainingData:
    return TrainingData(source(numbered(count), CPU), count, batch_size, seed, **world)


def take(data: TrainingData, batches: int, first: int = 0) -> list[int]:
    """The labels, which are the indices, of so many batches."""
    return torch.cat([labels for _, labels in islice(data.from_batch(first), batches)]).tolist()


def epoch(data: TrainingData, number: int) -> list[int]:
    return take(data, data.batches_per_epoch, number * data.batches_per_epoch)


@given(count=st.integers(1, 60), batch_size=st.integers(1, 20), seed=st.integers(0, 2**63 - 1))
def test_an_epoch_shows_whole_batches_of_different_images(count, batch_size, seed):
    if count < batch_size:
        with pytest.raises(UsageError, match="fewer than one batch"):
            training_data(count, batch_size, seed)
        return
    data = training_data(count, batch_size, seed)
    seen = epoch(data, 0)
    assert len(seen) == len(set(seen)) == count // batch_size * batch_size
    assert seen == epoch(data, 0)


def test_every_epoch_and_seed_has_its_own_order():
    orders = {tuple(epoch(training_data(50, 10, seed), number)) for seed in range(5) for number in range(5)}
    assert len(orders) == 25


@pytest.mark.parametrize("source", [Resident, Streamed])
def test_images_keep_their_labels(source):
    for images, labels in islice(training_data(40, 8, 3, source).from_batch(2), 7):
        assert images.dtype == torch.uint8
        assert torch.equal(images.flatten().long(), labels)


@given(first=st.integers(0, 30))
def test_the_order_can_be_taken_up_anywhere(first):
    data = training_data(43, 8, 3)
    assert take(data, 6, first) == take(data, 40)[first * 8 : (first + 6) * 8]


def test_streaming_shuffles_like_keeping_in_memory():
    assert take(training_data(43, 8, 3), 20) == take(training_data(43, 8, 3, Streamed), 20)


def test_processes_share_every_batch_without_overlap():
    alone = take(training_data(40, 8, 1), 9)
    shares = [take(training_data(40, 8, 1, rank=rank, world_size=2), 9) for rank in range(2)]
    for batch in range(9):
        together = [index for share in shares for index in share[batch * 4 : (batch + 1) * 4]]
        assert together == alone[batch * 8 : (batch + 1) * 8]


def test_a_batch_that_processes_cannot_share_is_refused():
    with pytest.raises(UsageError, match="3 processes can't share a batch of 8"):
        training_data(40, 8, 1, rank=0, world_size=3)


def test_dequantised_pixels_lie_anywhere_in_their_grey_level():
    torch.manual_seed(0)
    levels = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16).expand(500, 1, 16, 16)
    within = (dequantise(levels) + 1) * 128 - levels
    assert within.min() >= 0
    assert within.max() <= 1
    # Uniform: mean 1/2 and variance 1/12, of 500 for each level.
    assert (within.mean(0) - 0.5).abs().max() < 5 * (1 / 12 / 500) ** 0.5
    assert within.var().item() == pytest.approx(1 / 12, rel=0.02)


def test_a_flip_mirrors_about_half_of_the_images():
    torch.manual_seed(0)
    images = torch.arange(4.0).reshape(1, 1, 1, 4).repeat(400, 1, 1, 1)
    flipped = flip_at_random(images)
    mirrored = (flipped[:, 0, 0, 0] == 3).sum().item()
    assert 150 < mirrored < 250
    assert set(map(tuple, flipped[:, 0, 0].tolist())) == {(0, 1, 2, 3), (3, 2, 1, 0)}


def test_the_range_is_that_of_tanh():
    images = normalise(torch.tensor([0, 51, 255], dtype=torch.uint8))
    assert images.tolist() == pytest.approx([-1.0, -0.6, 1.0])
