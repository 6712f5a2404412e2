"""The class score and class accuracy, against known answers and torch-fidelity's Inception score."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch_fidelity.metric_isc import KEY_METRIC_ISC_MEAN, KEY_METRIC_ISC_STD, isc_features_to_metric

from ganzoo.evaluation.classes import (
    class_score,
    estimate_class_accuracy,
    estimate_class_score,
    estimate_undivided_class_score,
)
from ganzoo.evaluation.resampling import GROUPS


def test_samples_that_all_look_alike_score_one() -> None:
    assert class_score(torch.tensor([[3.0, -1, 0.5]]).repeat(50, 1)) == pytest.approx(1, abs=1e-12)


def test_certain_classes_in_equal_parts_score_their_number() -> None:
    logits = 1000 * torch.eye(7).repeat(5, 1)

    assert class_score(logits) == pytest.approx(7, rel=1e-12)


def test_two_certain_classes_in_unequal_parts_score_the_exponential_of_their_entropy() -> None:
    logits = 1000 * torch.eye(2)[torch.tensor([0, 0, 0, 1])]

    assert class_score(logits) == pytest.approx(math.exp(-0.75 * math.log(0.75) - 0.25 * math.log(0.25)))


def test_agrees_with_torch_fidelity() -> None:
    logits = torch.from_numpy(np.random.default_rng(0).normal(0, 3, size=(500, 10)).astype(np.float32))
    groups = torch.arange(500) // (500 // GROUPS)  # its splits are of neighbours

    estimate = estimate_class_score(logits, groups)

    theirs = isc_features_to_metric(logits, splits=GROUPS, shuffle=False)
    assert estimate.value == pytest.approx(theirs[KEY_METRIC_ISC_MEAN], rel=1e-12)
    # Theirs is the spread of the splits, with divisor 10; ours the error of their mean.
    assert estimate.standard_error == pytest.approx(
        theirs[KEY_METRIC_ISC_STD] * math.sqrt(GROUPS / (GROUPS - 1)) / math.sqrt(GROUPS), rel=1e-9
    )


def test_the_undivided_score_agrees_with_torch_fidelity() -> None:
    logits = torch.from_numpy(np.random.default_rng(0).normal(0, 3, size=(500, 10)).astype(np.float32))
    groups = torch.arange(500) % GROUPS

    estimate = estimate_undivided_class_score(logits, groups)

    theirs = isc_features_to_metric(logits, splits=1, shuffle=False)
    assert estimate.value == pytest.approx(theirs[KEY_METRIC_ISC_MEAN], rel=1e-12)
    parts = estimate_class_score(logits, groups)
    assert parts.value < estimate.value, "small parts look less varied"
    assert estimate.standard_error == pytest.approx(parts.standard_error, rel=0.5)


def test_accuracy_counts() -> None:
    logits = torch.eye(4).repeat(10, 1)
    labels = torch.arange(4).repeat(10)
    labels[:10] = 3  # of ten, two were right already and stay so, eight become wrong

    estimate = estimate_class_accuracy(logits, labels, torch.arange(40) % GROUPS)

    assert estimate.value == 32 / 40


def test_labels_that_mean_nothing_are_at_chance() -> None:
    random = torch.Generator().manual_seed(0)
    logits = torch.randn(4000, 10, generator=random)
    labels = torch.randint(10, (4000,), generator=random)

    estimate = estimate_class_accuracy(logits, labels, torch.arange(4000) % GROUPS)

    error = math.sqrt(0.1 * 0.9 / 4000)
    assert estimate.value == pytest.approx(0.1, abs=4 * error)
    assert estimate.standard_error == pytest.approx(error, rel=0.6)
