"""From images to features: no figure depends on how the images were batched or ordered."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from ganzoo_datasets.digits import Digits
from torch import Tensor

from ganzoo.errors import GanzooError
from ganzoo.evaluation.features import BATCH_SIZE, FeatureSet, extract
from ganzoo.interfaces import FeatureExtractor, LabelledImages
from ganzoo.plugins import loading, lookup

DATA = Digits(None, None).load("train")


@pytest.fixture(params=["pixels", "classifier"])
def extractor(request: pytest.FixtureRequest, pixels: str) -> FeatureExtractor:
    name = pixels if request.param == "pixels" else "classifier"
    cls = loading.load(lookup.find("feature-extractor", name))
    made: FeatureExtractor = cls(cls.Config(**({} if name == pixels else {"epochs": 1})), lambda: DATA)
    return made.eval()


def test_batches_and_order_change_no_bit(extractor: FeatureExtractor) -> None:
    images, labels = DATA.images[:331], DATA.labels[:331]
    whole = extract(extractor, [images], 331, labels)

    for size in (1, 7, BATCH_SIZE, 200):
        order = torch.from_numpy(np.random.default_rng(size).permutation(331))
        again = extract(extractor, torch.split(images[order], size), 331, labels[order])
        assert torch.equal(again.vectors, whole.vectors)
        assert torch.equal(again.labels, whole.labels)
        assert (again.logits is None) == (whole.logits is None)
        if whole.logits is not None:
            assert torch.equal(again.logits, whole.logits)


def test_features_are_those_of_the_images(extractor: FeatureExtractor) -> None:
    found = extract(extractor, [DATA.images[:100]], 100, DATA.labels[:100])

    with torch.inference_mode():
        direct = extractor(DATA.images[:100])
    order = np.lexsort(found.vectors.numpy().T)
    directly = np.lexsort(direct.vectors.numpy().T)
    np.testing.assert_allclose(found.vectors[order], direct.vectors[directly], rtol=1e-4, atol=1e-5)
    assert torch.equal(found.labels[torch.from_numpy(order)], DATA.labels[torch.from_numpy(directly)])


def test_the_network_sees_full_batches_only() -> None:
    seen: list[int] = []

    class Counting(FeatureExtractor):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(1))
            self.features = 1

        def forward(self, images: Tensor) -> object:
            from ganzoo.interfaces import Features

            seen.append(len(images))
            # Left out, torch's own default switches the library off that convolutions of a GPU are made for.
            assert torch.backends.cudnn.enabled
            return Features(images.flatten(1).float().mean(1, keepdim=True), None)

    def batches() -> Iterator[Tensor]:
        yield from torch.split(DATA.images[:150], 40)

    extract(Counting(), batches(), 150, None)

    assert seen == [BATCH_SIZE] * 3


def test_nan_features_are_an_error(evaluator: Callable, images: Callable) -> None:
    with pytest.raises(GanzooError, match="NaN or infinite features"):
        evaluator(broken=True).evaluate(images(DATA.images[:100]))


def test_equal_vectors_are_counted() -> None:
    features = FeatureSet(torch.tensor([[1.0], [1.0], [2.0], [3.0], [3.0], [3.0]]), None, None)

    assert features.duplicates == 3


def test_a_draw_is_repeatable_sorted_and_without_replacement() -> None:
    features = FeatureSet(torch.arange(100.0)[:, None], None, torch.arange(100))

    drawn = features.draw(30, 1)

    assert torch.equal(drawn.vectors, features.draw(30, 1).vectors)
    assert torch.equal(drawn.vectors[:, 0].long(), drawn.labels)
    assert len(drawn.labels.unique()) == 30
    assert bool((drawn.labels.diff() > 0).all())
    assert features.draw(100, 1) is features


def test_data_is_what_the_tests_think() -> None:
    assert isinstance(DATA, LabelledImages)
    assert DATA.images.shape == (1500, 1, 8, 8)
