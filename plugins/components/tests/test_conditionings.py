"""Conditionings: each label its vector, and each conditioning usable in place of the other."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from ganzoo_components.conditionings import Embedding, OneHot

from ganzoo.interfaces import Conditioning


@pytest.mark.parametrize(("conditioning", "features"), [(Embedding, 50), (OneHot, 10)])
def test_is_a_conditioning_of_so_many_features(conditioning: Any, features: int) -> None:
    module = conditioning(conditioning.Config(), 10)
    assert isinstance(module, Conditioning)
    assert module.features == features
    vectors = module(torch.tensor([3, 0, 9, 3]))
    assert vectors.shape == (4, features)
    assert vectors.dtype == torch.float32
    assert torch.equal(vectors[0], vectors[3])
    assert not torch.equal(vectors[0], vectors[1])


@pytest.mark.parametrize("num_classes", [1, 2, 10])
def test_one_hot_equals_that_of_torch(num_classes: int) -> None:
    labels = torch.randint(num_classes, (50,), generator=torch.Generator().manual_seed(0))
    expected = F.one_hot(labels, num_classes).float()
    assert torch.equal(OneHot(OneHot.Config(), num_classes)(labels), expected)


def test_one_hot_has_nothing_to_learn_and_nothing_to_save() -> None:
    module = OneHot(OneHot.Config(), 10)
    assert list(module.parameters()) == []
    assert module.state_dict() == {}


def test_one_hot_follows_the_type_of_the_network() -> None:
    assert OneHot(OneHot.Config(), 3).double()(torch.tensor([1])).dtype == torch.float64


@pytest.mark.parametrize("features", [1, 7])
def test_an_embedding_learns_one_vector_a_class(features: int) -> None:
    module = Embedding(Embedding.Config(features=features), 10)
    assert sum(p.numel() for p in module.parameters()) == 10 * features
    module(torch.tensor([2, 2, 5])).sum().backward()
    (weight,) = module.parameters()
    assert weight.grad is not None
    # A class seen twice gets the gradient twice, one not seen gets none.
    expected = torch.zeros(10, features)
    expected[2], expected[5] = 2, 1
    assert torch.equal(weight.grad, expected)


def test_an_embedding_of_no_features_is_refused() -> None:
    with pytest.raises(ValueError, match="features must be 1 or more, not 0"):
        Embedding.Config(features=0)


@pytest.mark.parametrize("conditioning", [Embedding, OneHot])
@pytest.mark.parametrize("label", [-1, 10])
def test_a_label_out_of_range_is_an_error_on_the_processor(conditioning: Any, label: int) -> None:
    with pytest.raises(ValueError, match=rf"labels must be in 0\.\.9, not {label}"):
        conditioning(conditioning.Config(), 10)(torch.tensor([3, label, 0]))


@pytest.mark.parametrize("conditioning", [Embedding, OneHot])
def test_dropout_hides_whole_labels_while_training(conditioning: Any) -> None:
    torch.manual_seed(0)
    module = conditioning(conditioning.Config(dropout=0.25), 10)
    labels = torch.arange(10).repeat(400)
    told = module.eval()(labels)
    assert torch.equal(told, conditioning.forward(module, labels))  # nothing is hidden, nothing is random
    shown = module.train()(labels)
    is_hidden = (shown == 0).all(dim=1)
    # Of 4,000 labels 1,000 are expected, with a standard deviation of 27.
    assert 890 < is_hidden.sum() < 1110
    assert torch.equal(shown[~is_hidden], told[~is_hidden])


@pytest.mark.parametrize("conditioning", [Embedding, OneHot])
@pytest.mark.parametrize("dropout", [-0.1, 1.0])
def test_a_dropout_that_is_no_probability_is_refused(conditioning: Any, dropout: float) -> None:
    with pytest.raises(ValueError, match=f"dropout must be 0 or more and below 1, not {dropout}"):
        conditioning.Config(dropout=dropout)
