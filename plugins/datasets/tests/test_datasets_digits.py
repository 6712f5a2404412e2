"""The digits that come with scikit-learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from ganzoo_datasets.digits import Digits
from sklearn.datasets import load_digits

from ganzoo.errors import GanzooError, UsageError


def test_the_splits_partition_scikit_learns_scans() -> None:
    train, test = Digits(None, None).load("train"), Digits(None, None).load("test")
    assert train.images.shape == (1500, 1, 8, 8)
    assert test.images.shape == (297, 1, 8, 8)
    assert train.images.dtype == torch.uint8
    assert train.labels.dtype == torch.int64
    assert train.class_names == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
    pixels, targets = load_digits(return_X_y=True)
    images = torch.cat([train.images, test.images]).double().reshape(1797, 64)
    np.testing.assert_allclose(images / 255, pixels / 16, atol=0.5 / 255)
    np.testing.assert_array_equal(torch.cat([train.labels, test.labels]), targets)


def test_black_is_0_and_white_is_255_and_all_classes_are_in_both_splits() -> None:
    for split in ("train", "test"):
        data = Digits(None, None).load(split)
        assert data.images.min() == 0
        assert data.images.max() == 255
        # 17 levels, 0 to 16 of 16, that is 255/16 = 15.94 apart
        assert data.images.unique().tolist() == [
            0, 16, 32, 48, 64, 80, 96, 112, 128, 143, 159, 175, 191, 207, 223, 239, 255,
        ]  # fmt: skip
        assert data.labels.bincount().min() >= 27


def test_a_scikit_learn_without_them_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganzoo_datasets.digits._TABLE", "sklearn/elsewhere.csv.gz")
    with pytest.raises(GanzooError, match=r"can't be read: .*elsewhere.csv.gz(.|\n)*pip install"):
        Digits(None, None).load("train")


def test_wrong_use() -> None:
    with pytest.raises(UsageError, match="no split 'tests': it is 'train' or 'test'; did you mean 'test'"):
        Digits(None, None).load("tests")
    with pytest.raises(UsageError, match="leave out --data-dir"):
        Digits(None, Path()).load("train")
