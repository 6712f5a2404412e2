"""The handwritten digits that come with scikit-learn (Alpaydin and Kaynak, 1998): real data, no download."""

from __future__ import annotations

from pathlib import Path
from typing import final

import numpy as np
import torch

from ganzoo.errors import UsageError
from ganzoo.interfaces import Dataset, LabelledImages
from ganzoo_datasets.messages import require_split

_TRAIN_IMAGES = 1500
_HIGHEST_GREY = 16


@final
class Digits(Dataset):
    """1,797 handwritten digits, grey, 8x8, ten classes; nothing to download (Alpaydin and Kaynak, 1998)."""

    ganzoo_api = 1

    def __init__(self, config: object, data_dir: Path | None) -> None:
        self.data_dir = data_dir

    def load(self, split: str) -> LabelledImages:
        """Reads `images (N, 1, 8, 8)`: the first 1,500 scans are "train", the last 297 "test".

        Neighbours come from one writer, so a cut leaves the test other hands, where a shuffle would not.

        Raises:
            UsageError: another split, or a `--data-dir`.
        """
        require_split(split)
        if self.data_dir is not None:
            raise UsageError("the data set 'digits' comes with scikit-learn: leave out --data-dir")
        from sklearn.datasets import load_digits

        digits = load_digits()
        part = slice(None, _TRAIN_IMAGES) if split == "train" else slice(_TRAIN_IMAGES, None)
        images = np.rint(digits.images[part] * (255 / _HIGHEST_GREY)).astype(np.uint8)
        labels = digits.target[part].astype(np.int64)
        return LabelledImages(
            torch.from_numpy(images).unsqueeze(1), torch.from_numpy(labels), tuple("0123456789")
        )
