"""Data sets, and the labels that conditional networks take."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from ganzoo.images import Background


class LabelledImages(NamedTuple):
    """One split of a data set, whole and in memory."""

    images: Tensor
    """`(N, C, H, W)` uint8."""
    labels: Tensor
    """`(N,)` int64, each an index into `class_names`."""
    class_names: tuple[str, ...]


class Dataset(ABC):
    """Where images come from. The core calls `Class(config, data_dir)`, where `data_dir: Path | None`
    is the folder named by `--data-dir`, or None where the user named none.
    """

    image_shape: ClassVar[Mapping[str, int]] = {}
    """`"channels"`, `"height"` and `"width"` of every image, in pixels, where they are always the same."""

    background: Background = "white"
    """What is seen behind transparent pixels, of this data set and of what is compared with it."""

    @abstractmethod
    def load(self, split: str) -> LabelledImages:
        """Reads the split "train" or "test", always in the same order.

        Raises:
            UsageError: the split or a setting does not exist for this data set.
            GanzooError: the data are missing or damaged; says where it looked and how to get them.
        """


def require_labels(labels: Tensor | None, num_classes: int) -> Tensor:
    """Returns labels `(B,)` int64 in 0..num_classes - 1 as they are.

    Every network and conditioning that takes labels begins with this. Their range is looked at on the
    CPU alone, which takes 2 microseconds. Looking would stall an accelerator at every step and break
    the graph of a compiled network; labels bound there are checked where they enter: by the command
    line, and by the conformance checks of a data set.

    Raises:
        ValueError: labels are missing, of another shape or of another type, or on the CPU and out of range.
    """
    if labels is None:
        raise ValueError(f"this network is conditional: it needs labels (batch,) in 0..{num_classes - 1}")
    if labels.dtype != torch.int64 or labels.ndim != 1:
        raise ValueError(
            f"labels must be (batch,) int64, not {tuple(labels.shape)} {labels.dtype}".replace("torch.", "")
        )
    if labels.device.type == "cpu" and not torch.compiler.is_compiling() and len(labels):
        lowest, highest = (int(end) for end in torch.aminmax(labels))
        if lowest < 0 or highest >= num_classes:
            wrong = lowest if lowest < 0 else highest
            raise ValueError(f"labels must be in 0..{num_classes - 1}, not {wrong}")
    return labels
