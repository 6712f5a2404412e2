"""Images to features, in batches of one fixed size, and sets of features in an order of their own.

A figure must not depend on how the images were batched or ordered. So the network always sees batches
of `BATCH_SIZE`, the last one filled up, and the vectors are then sorted: every sum, every draw of
a random subset begins from the same sequence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from ganzoo.devices import device_of
from ganzoo.errors import GanzooError
from ganzoo.interfaces import FeatureExtractor, LabelledFeatures

BATCH_SIZE: Final = 64
"""Images that the network is given at a time."""


@dataclass(frozen=True)
class FeatureSet(LabelledFeatures):
    """The features of a set of images, sorted."""

    def __len__(self) -> int:
        return len(self.vectors)

    def draw(self, count: int, seed: int) -> FeatureSet:
        """At most `count` of them, drawn without replacement; they stay sorted."""
        if count >= len(self):
            return self
        order = torch.randperm(len(self), generator=torch.Generator().manual_seed(seed))
        return self.pick(order[:count].sort().values)

    def pick(self, indices: Tensor) -> FeatureSet:
        """Those at the given indices, in their order."""
        return FeatureSet(
            self.vectors[indices],
            None if self.logits is None else self.logits[indices],
            None if self.labels is None else self.labels[indices],
        )

    @property
    def duplicates(self) -> int:
        """How many vectors equal another one that comes before them."""
        return int((self.vectors[1:] == self.vectors[:-1]).all(dim=1).sum())


def extract(
    extractor: FeatureExtractor, batches: Iterable[Tensor], count: int, labels: Tensor | None
) -> FeatureSet:
    """The features of images.

    Args:
        extractor: on the device where it is to run, in evaluation mode.
        batches: uint8 images `(B, C, H, W)`, of any batch sizes, `count` in all.
        count: how many images.
        labels: `(count,)` int64, or None.

    Raises:
        GanzooError: a feature is NaN or infinite.
    """
    device = device_of(extractor)
    vectors = torch.empty(count, extractor.features, dtype=torch.float32)
    logits: Tensor | None = None
    start = 0
    with (
        torch.inference_mode(),
        torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False),
    ):
        for images in _rebatched(batches):
            filling = images.new_zeros(BATCH_SIZE - len(images), *images.shape[1:])
            made = extractor(torch.cat((images, filling)).to(device))
            part = slice(start, start + len(images))
            vectors[part] = made.vectors[: len(images)].float().cpu()
            if made.logits is not None:
                if logits is None:
                    logits = torch.empty(count, made.logits.shape[1], dtype=torch.float32)
                logits[part] = made.logits[: len(images)].float().cpu()
            start += len(images)
    assert start == count, f"{count} images were promised, {start} came"
    if not torch.isfinite(vectors).all() or (logits is not None and not torch.isfinite(logits).all()):
        raise GanzooError("the feature extractor gives NaN or infinite features; are its weights whole?")
    return FeatureSet(vectors, logits, labels).pick(_order(vectors, labels))


def _rebatched(batches: Iterable[Tensor]) -> Iterator[Tensor]:
    """The same images in batches of `BATCH_SIZE`; the last one may be smaller."""
    held: list[Tensor] = []
    for batch in batches:
        held.append(batch)
        if sum(map(len, held)) >= BATCH_SIZE:
            *full, rest = torch.split(torch.cat(held), BATCH_SIZE)
            if len(rest) == BATCH_SIZE:
                full, rest = [*full, rest], rest[:0]
            yield from full
            held = [rest]
    if held and sum(map(len, held)):
        yield torch.cat(held)


def _order(vectors: Tensor, labels: Tensor | None) -> Tensor:
    """The indices that sort vectors by their bytes, and equal ones by label."""
    first = np.arange(len(vectors)) if labels is None else np.argsort(labels.numpy(), kind="stable")
    data = np.ascontiguousarray(vectors.numpy()[first])
    keys = data.view(np.dtype((np.void, data.itemsize * data.shape[1]))).ravel()
    return torch.from_numpy(first[np.argsort(keys, kind="stable")])
