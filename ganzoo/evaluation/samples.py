"""The samples to evaluate, drawn by a generator batch by batch; `image_files` reads them from files.

Every source gives uint8, as image files hold it, so that no figure depends on finer differences. An image
that can't be right (NaN, range, size, type) is an error; one that may be wrong is a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import torch
from torch import Tensor

from ganzoo.errors import GanzooError, UsageError
from ganzoo.evaluation.protocols import ProtocolChoices
from ganzoo.interfaces import Generator
from ganzoo.runs.training_behind import Training
from ganzoo.sampling.generation import generate_floats, to_pixels
from ganzoo.sampling.latents import draw_latents, random_numbers
from ganzoo.sampling.standing_statistics import BATCH_SIZE, batch_normalisations, with_standing_statistics

QUANTISATION: Final = "uint8, nearest of 0..255 to (x + 1) * 127.5"
"""How a generator's floats become pixels."""

_RANGE_TOLERANCE: Final = 1e-3


@dataclass(frozen=True)
class Samples:
    """A set of images, read or drawn when it is iterated over."""

    name: str
    """What the user called it."""
    count: int
    labels: Tensor | None
    """`(count,)` int64: the classes the images were asked to be of."""
    open: Callable[[], Iterator[Tensor]]
    """Yields uint8 images `(B, C, H, W)`, `count` in all, anew at each call."""
    facts: Mapping[str, Any]
    """Their part of the protocol, but for their number."""
    warnings: tuple[str, ...] = ()
    is_drawn: bool = False
    """Whether a generator drew them, as the protocol says; nobody knows how images of a file were drawn."""
    training: Training | None = None
    """That of the generator that drew them; None for images of a file."""

    def limited(self, count: int | None) -> Samples:
        """The first `count` of them, or all."""
        if count is None or count >= self.count:
            return self
        kept = count

        def first() -> Iterator[Tensor]:
            left = kept
            for batch in self.open():
                yield batch[:left]
                left -= len(batch)
                if left <= 0:
                    return

        labels = None if self.labels is None else self.labels[:kept]
        return replace(self, count=kept, labels=labels, open=first)


def from_generator(
    generator: Generator,
    count: int,
    *,
    seed: int,
    name: str,
    facts: Mapping[str, Any],
    protocol: ProtocolChoices = ProtocolChoices(),  # noqa: B008, it can't be changed
    real_labels: Tensor | None = None,
    training: Training | None = None,
) -> Samples:
    """Images that a generator draws: their latents depend on the seed alone, and so do labels.

    Args:
        generator: on any device; it is left as it was.
        count: number of images.
        seed: of the latents, of labels that are drawn, and of standing statistics.
        name: what the user calls them.
        facts: what else belongs to their part of the protocol.
        protocol: which labels, and which statistics of batch normalisation.
        real_labels: `(N,)` int64, the labels of real images that the protocol may draw from.
        training: the generator's.
    """
    labels = _labels(generator, count, protocol, seed, real_labels)
    standing = generator
    if protocol.standing_passes:
        standing = with_standing_statistics(generator, protocol.standing_passes, seed)

    def draw() -> Iterator[Tensor]:
        latents = draw_latents(count, generator.latent_dim, seed)
        return map(_pixels, generate_floats(standing, latents, labels))

    own = {
        "seed": seed,
        "labels": "none" if labels is None else protocol.texts()["labels"],
        "quantisation": QUANTISATION,
    }
    if protocol.name or protocol.standing_passes:
        own["batch_normalisation"] = _statistics(generator, protocol)
    return Samples(name, count, labels, draw, {**facts, **own}, is_drawn=True, training=training)


def _labels(
    generator: Generator, count: int, protocol: ProtocolChoices, seed: int, real_labels: Tensor | None
) -> Tensor | None:
    """Labels `(count,)` int64 as the protocol has them; None for an unconditional generator."""
    classes = generator.num_classes
    if classes is None:
        return None
    random = random_numbers(seed, "labels")
    match protocol.labels:
        case "equal":
            return torch.arange(count) % classes
        case "uniform":
            return torch.randint(classes, (count,), generator=random)
        case "real":
            assert real_labels is not None, "this protocol draws from the real images' labels"
            return real_labels[torch.randint(len(real_labels), (count,), generator=random)]


def _statistics(generator: Generator, protocol: ProtocolChoices) -> str:
    """The statistics of batch normalisation that images were drawn with, in words."""
    if not batch_normalisations(generator):
        return "this generator has none"
    return protocol.texts()["standing_passes"] + (f" of {BATCH_SIZE}" if protocol.standing_passes else "")


def _pixels(images: Tensor) -> Tensor:
    """Floats in [-1, 1] as uint8.

    Raises:
        GanzooError: NaN, infinity, or a value out of range, which rounding would hide.
    """
    pixels = to_pixels(images)
    largest = images.abs().max().item()
    if largest > 1 + _RANGE_TOLERANCE:
        raise GanzooError(
            f"the generator draws values up to {largest:.4g}, outside [-1, 1]; "
            "its last layer should be a tanh"
        )
    return pixels


def checked(samples: Samples, shape: tuple[int, int, int], warn: Callable[[str], None]) -> Iterator[Tensor]:
    """Yields the batches of samples, and checks each.

    Args:
        samples: what to read.
        shape: `(channels, height, width)` of the real images.
        warn: is called with each warning, once all batches are read.

    Raises:
        UsageError: the images are of another shape than the real ones.
    """
    brightest, darkest = 0, 255
    for batch in samples.open():
        require_shape(samples, batch, shape)
        brightest, darkest = max(brightest, int(batch.max())), min(darkest, int(batch.min()))
        yield batch
    if brightest <= 1:
        warn(f"no pixel of {samples.name} is brighter than 1 of 255: were floats in [0, 1] cut to integers?")
    elif brightest == darkest:
        warn(f"all pixels of {samples.name} are {brightest}")


def require_shape(samples: Samples, batch: Tensor, shape: tuple[int, int, int]) -> None:
    """Refuses images of another shape than the real ones, `(channels, height, width)`.

    Raises:
        UsageError: with both.
    """
    if tuple(batch.shape[1:]) != shape:
        theirs, ours = ("x".join(map(str, size)) for size in (tuple(batch.shape[1:]), shape))
        raise UsageError(
            f"{samples.name} has images of {theirs}, the data set of {ours} (channels x height x width); "
            "resizing would move every metric, so bring them to one size first"
        )


def require_known_labels(samples: Samples, class_names: Sequence[str]) -> None:
    """Refuses labels that the data set has no class for.

    Raises:
        UsageError: with the range of both.
    """
    labels = samples.labels
    if labels is not None and not 0 <= int(labels.min()) <= int(labels.max()) < len(class_names):
        raise UsageError(
            f"{samples.name} has labels {int(labels.min())} to {int(labels.max())}, "
            f"the data set 0 to {len(class_names) - 1}"
        )
