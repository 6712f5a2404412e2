"""The handwritten digits that come with scikit-learn (Alpaydin and Kaynak, 1998): real data, no download."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path
from typing import ClassVar, final

import numpy as np
import torch
from numpy.typing import NDArray

from ganzoo.errors import GanzooError, UsageError
from ganzoo.interfaces import Dataset, LabelledImages
from ganzoo_datasets.messages import require_split

_TRAIN_IMAGES = 1500
_HIGHEST_GREY = 16
_TABLE = "sklearn/datasets/data/digits.csv.gz"


@final
class Digits(Dataset):
    """1,797 handwritten digits, grey, 8x8, ten classes; nothing to download (Alpaydin and Kaynak, 1998)."""

    ganzoo_api = 1
    image_shape: ClassVar[Mapping[str, int]] = {"channels": 1, "height": 8, "width": 8}

    def __init__(self, config: object, data_dir: Path | None) -> None:
        self.data_dir = data_dir

    def load(self, split: str) -> LabelledImages:
        """Reads `images (N, 1, 8, 8)`: the first 1,500 scans are "train", the last 297 "test".

        Neighbours come from one writer, so a cut leaves the test other hands, where a shuffle would not.

        Raises:
            UsageError: another split, or a `--data-dir`.
            GanzooError: the installed scikit-learn lacks the digits.
        """
        require_split(split)
        if self.data_dir is not None:
            raise UsageError("the data set 'digits' comes with scikit-learn: leave out --data-dir")
        part = slice(None, _TRAIN_IMAGES) if split == "train" else slice(_TRAIN_IMAGES, None)
        table = torch.from_numpy(_read_table()[part])
        images, labels = table[:, :-1].reshape(-1, 1, 8, 8), table[:, -1].long()
        levels = (images * (255 / _HIGHEST_GREY)).round().to(torch.uint8)
        return LabelledImages(levels, labels, tuple("0123456789"))


def _read_table() -> NDArray[np.uint8]:
    """A scan a row: 64 greys from 0 to 16, and the digit."""
    # Not `sklearn.datasets.load_digits`: importing that takes a tenth of what a short training takes.
    path = Path(str(distribution("scikit-learn").locate_file(_TABLE)))
    try:
        return np.loadtxt(path, dtype=np.uint8, delimiter=",")
    except (OSError, ValueError) as error:
        raise GanzooError(
            f"the digits of scikit-learn can't be read: {error}\n"
            "try: pip install --force-reinstall scikit-learn"
        ) from None
