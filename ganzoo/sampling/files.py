"""The files that images are kept in: a PNG of one picture, a .npz of the arrays themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ganzoo.files import write_atomically
from ganzoo.sampling.inversion import Inversion


def save_image(image: Image.Image, path: Path) -> None:
    """Writes a PNG, whole or not at all.

    Raises:
        GanzooError: the disk refuses.
    """
    write_atomically(path, lambda temporary: image.save(temporary, format="PNG"))


def save_arrays(batches: Iterable[Tensor], labels: Tensor | None, path: Path) -> None:
    """Writes a .npz with `images` uint8 `(N, H, W, C)` and `labels` int64 `(N,)` where there are any.

    Args:
        batches: uint8 images `(batch, channels, height, width)`.
        labels: their classes `(N,)` int64, or None.
        path: the file, written whole or not at all.

    Raises:
        GanzooError: the disk refuses.
    """
    arrays = {"images": torch.cat(list(batches)).permute(0, 2, 3, 1).numpy()}
    if labels is not None:
        arrays["labels"] = labels.numpy()
    _save(arrays, path)


def save_inversion(found: Inversion, path: Path) -> None:
    """Writes a .npz with `latents`, or `styles`, float32 `(1, Z)`, `image` uint8 `(H, W, C)`, `distance`
    float64 and, where there is one, `label` int64.

    Raises:
        GanzooError: the disk refuses.
    """
    arrays = {
        "styles" if found.in_styles else "latents": found.point.numpy(),
        "image": found.image.permute(1, 2, 0).numpy(),
        "distance": np.array(found.distance),
    }
    if found.label is not None:
        arrays["label"] = np.array(found.label)
    _save(arrays, path)


def _save(arrays: Mapping[str, np.ndarray[Any, Any]], path: Path) -> None:
    def save(temporary: Path) -> None:
        with temporary.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)

    write_atomically(path, save)
