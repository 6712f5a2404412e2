"""A data set in a zip: `train/CLASS/*.png` and `test/CLASS/*.png`, read without unpacking it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import final

import numpy as np
import torch
from PIL import Image

from ganzoo.errors import GanzooError, UsageError
from ganzoo.interfaces import Dataset, LabelledImages


@final
class Zipped(Dataset):
    """Grey images of one size in a zip file, which --data-dir names."""

    ganzoo_api = 1

    def __init__(self, config: object, data_dir: Path | None) -> None:
        if data_dir is None:
            raise UsageError("the data set 'zipped' is in a file: name it with --data-dir images.zip")
        self._path = data_dir

    def load(self, split: str) -> LabelledImages:
        """Reads the split "train" or "test".

        Raises:
            UsageError: there is no such split.
            GanzooError: the file is missing or damaged.
        """
        try:
            with zipfile.ZipFile(self._path) as archive:
                names = sorted(name for name in archive.namelist() if name.endswith(".png"))
                chosen = [name for name in names if name.startswith(f"{split}/")]
                if not chosen:
                    raise UsageError(
                        f"{self._path} has no split {split!r}: name a folder of it, 'train' or 'test'"
                    )
                pictures = [Image.open(io.BytesIO(archive.read(name))).convert("L") for name in chosen]
                images = torch.from_numpy(np.stack([np.asarray(picture) for picture in pictures]))
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise GanzooError(f"the images of {self._path} can't be read: {error}") from error
        classes = sorted({name.split("/")[1] for name in names})
        labels = torch.tensor([classes.index(name.split("/")[1]) for name in chosen])
        return LabelledImages(images.unsqueeze(1), labels, tuple(classes))
