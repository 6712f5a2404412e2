"""Training images: shuffled alike wherever they lie, normalised on the device."""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Final, Protocol

import torch
from torch import Tensor

from ganzoo.errors import UsageError
from ganzoo.interfaces import LabelledImages

_SHARE_OF_MEMORY: Final = 0.25
"""Part of a device's free memory that a data set may take; networks and activations need the rest."""

_BATCHES_AHEAD: Final = 3

_CHECKED_BYTES: Final = 2**32
"""Bytes of images that a checksum takes, 1.4 seconds' worth; of more, evenly spaced images."""

_CHUNK: Final = 1024


class Source(Protocol):
    """Gives the images and labels of a batch, by index."""

    def batches(self, indices: Iterator[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
        """Yields uint8 images `(B, C, H, W)` and labels `(B,)` on the device, in the given order."""


class Resident:
    """All images on the device: a batch costs one gather."""

    def __init__(self, data: LabelledImages, device: torch.device) -> None:
        self._images, self._labels, self._device = data.images.to(device), data.labels.to(device), device

    def batches(self, indices: Iterator[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
        """Yields batches in the given order."""
        for chosen in indices:
            on_device = chosen.to(self._device)
            yield self._images[on_device], self._labels[on_device]


class Streamed:
    """Images in host memory, or in a file mapped into it: a thread gathers batches ahead of need.

    Pinned memory lets the copy to a CUDA device run beside the computation.
    """

    def __init__(self, data: LabelledImages, device: torch.device) -> None:
        self._data, self._device = data, device

    def _gather(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        images, labels = self._data.images[chosen], self._data.labels[chosen]
        return (images.pin_memory(), labels.pin_memory()) if self._device.type == "cuda" else (images, labels)

    def batches(self, indices: Iterator[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
        """Yields batches in the given order."""
        with ThreadPoolExecutor(1, thread_name_prefix="ganzoo-data") as pool:
            pending = deque(pool.submit(self._gather, chosen) for chosen in islice(indices, _BATCHES_AHEAD))
            while pending:
                images, labels = pending.popleft().result()
                pending.extend(pool.submit(self._gather, chosen) for chosen in islice(indices, 1))
                yield (
                    images.to(self._device, non_blocking=True),
                    labels.to(self._device, non_blocking=True),
                )


def choose_source(data: LabelledImages, device: torch.device) -> Source:
    """Keeps the images on the device where they fit, else streams them."""
    if device.type == "cuda":
        free, _total = torch.cuda.mem_get_info(device)
        if data.images.nbytes > _SHARE_OF_MEMORY * free:
            return Streamed(data, device)
    # On the CPU the images are in memory already, or mapped into it.
    return Resident(data, device)


def checksum(data: LabelledImages) -> str:
    """What tells data from others, exchanged by mistake: a CRC-32 of the images and one of the labels."""
    images, total = data.images[:: max(1, -(-data.images.nbytes // _CHECKED_BYTES))], 0
    for chunk in torch.split(images, _CHUNK):
        total = zlib.crc32(chunk.contiguous().numpy().data, total)
    shape = "x".join(map(str, data.images.shape))
    return f"{shape}:{total:08x}:{zlib.crc32(data.labels.contiguous().numpy().data):08x}"


class TrainingData:
    """Epochs of shuffled batches.

    The order of an epoch depends on the seed and the epoch's number alone, so it needs no state to
    be kept and is the same on every device. The last images of an epoch that don't fill a batch are
    left out; the next epoch shuffles anew, so they get their turn. Of several processes each takes
    its own, disjoint part of every batch.

    Raises:
        UsageError: there are fewer images than one batch holds, or a batch can't be shared evenly.
    """

    def __init__(
        self, source: Source, count: int, batch_size: int, seed: int, rank: int = 0, world_size: int = 1
    ) -> None:
        if count < batch_size:
            raise UsageError(
                f"the data set has {count} image{'s' * (count != 1)}, fewer than one batch of {batch_size}; "
                f"use --batch-size {max(1, count)} or fewer"
            )
        if batch_size % world_size:
            raise UsageError(f"{world_size} processes can't share a batch of {batch_size} evenly")
        self.batches_per_epoch = count // batch_size
        self._source, self._count, self._batch_size, self._seed = source, count, batch_size, seed
        self._share = batch_size // world_size
        self._offset = rank * self._share

    def from_batch(self, first: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yields images `(B, C, H, W)` uint8 and labels `(B,)` int64 without end.

        The first batch is number `first`, counted from 0 over all epochs.
        """
        return self._source.batches(self._indices(first))

    def _indices(self, first: int) -> Iterator[Tensor]:
        epoch, skipped = divmod(first, self.batches_per_epoch)
        while True:
            # An odd factor: no two epochs of runs with neighbouring seeds share an order.
            generator = torch.Generator().manual_seed((self._seed * 1_000_003 + epoch) % 2**63)
            order = torch.randperm(self._count, generator=generator)
            for batch in range(skipped, self.batches_per_epoch):
                start = batch * self._batch_size + self._offset
                yield order[start : start + self._share]
            epoch, skipped = epoch + 1, 0


def normalise(images: Tensor) -> Tensor:
    """Maps uint8 0..255 to floats in [-1, 1], the range of the generator's tanh."""
    return images.to(torch.float32).div_(127.5).sub_(1)


def dequantise(images: Tensor) -> Tensor:
    """Maps uint8 0..255 to floats in [-1, 1], each drawn evenly from its own grey level, so that the images
    have a density (Gulrajani et al., 2017, and Miyato et al., 2018, released code).
    """
    return images.to(torch.float32).add_(torch.rand(images.shape, device=images.device)).div_(128).sub_(1)


def flip_at_random(images: Tensor) -> Tensor:
    """Mirrors each image left to right with probability one half."""
    chosen = torch.rand(len(images), 1, 1, 1, device=images.device) < 0.5
    return torch.where(chosen, images.flip(-1), images)
