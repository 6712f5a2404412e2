"""The order and scale of training images."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganzoo.errors import UsageError
from ganzoo.interfaces import LabelledImages
from ganzoo.training.data import ResidentData, normalise


def numbered(count: int) -> LabelledImages:
    """Images whose only pixel is their index, labelled by it."""
    indices = torch.arange(count)
    return LabelledImages(
        indices.to(torch.uint8).reshape(-1, 1, 1, 1), indices, tuple(map(str, range(count)))
    )


def order(data: ResidentData, epoch: int) -> list[int]:
    return torch.cat([labels for _, labels in data.epoch(epoch)]).tolist()


@given(count=st.integers(1, 60), batch_size=st.integers(1, 20), seed=st.integers(0, 2**63 - 1))
def test_an_epoch_shows_whole_batches_of_different_images(count, batch_size, seed):
    if count < batch_size:
        with pytest.raises(UsageError, match="fewer than one batch"):
            ResidentData(numbered(count), batch_size, seed, torch.device("cpu"))
        return
    data = ResidentData(numbered(count), batch_size, seed, torch.device("cpu"))
    seen = order(data, 0)
    assert len(seen) == len(set(seen)) == count // batch_size * batch_size
    assert seen == order(data, 0)


def test_every_epoch_and_seed_has_its_own_order():
    orders = {
        tuple(order(ResidentData(numbered(50), 10, seed, torch.device("cpu")), epoch))
        for seed in range(5)
        for epoch in range(5)
    }
    assert len(orders) == 25


def test_images_keep_their_labels():
    data = ResidentData(numbered(40), 8, 3, torch.device("cpu"))
    for images, labels in data.epoch(1):
        recovered = ((images.flatten() + 1) * 127.5).round().long()
        assert torch.equal(recovered, labels)


def test_an_epoch_can_begin_in_its_middle():
    data = ResidentData(numbered(40), 8, 3, torch.device("cpu"))
    rest = torch.cat([labels for _, labels in data.epoch(2, first_step=3)]).tolist()
    assert rest == order(data, 2)[24:]


def test_the_range_is_that_of_tanh():
    images = normalise(torch.tensor([0, 51, 255], dtype=torch.uint8))
    assert images.tolist() == pytest.approx([-1.0, -0.6, 1.0])
