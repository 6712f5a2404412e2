"""A generator as a graph for batches of any size, which refuses labels that name no class."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganzoo.errors import GanzooError
from ganzoo.interfaces import DrawsImages, Generator
from ganzoo.sampling.latents import draw_latents


class _Checked(nn.Module):
    """A conditional generator whose labels are looked up in a table of all labels first.

    The check of `require_labels` is Python's and leaves no trace in a graph, in which -1 is a legal index
    of the last class. A lookup beyond a table is an error of the runtime; below it there is none, so what
    is below zero is moved beyond.
    """

    known_labels: Tensor

    def __init__(self, generator: Generator, num_classes: int) -> None:
        super().__init__()
        self.generator = generator
        self.num_classes = num_classes
        self.register_buffer("known_labels", torch.arange(num_classes))

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Maps latents `(B, Z)` and labels `(B,)` int64 to images `(B, C, H, W)` in [-1, 1]."""
        beyond = torch.where(labels < 0, self.num_classes, labels)
        images: Tensor = self.generator(latents, torch.index_select(self.known_labels, 0, beyond))
        return images


def inputs(generator: Generator, size: int) -> tuple[Tensor, Tensor | None]:
    """Latents `(size, Z)` float32, and labels `(size,)` int64, each class in turn; None without classes."""
    latents = draw_latents(size, generator.latent_dim, seed=size)
    return latents, None if generator.num_classes is None else torch.arange(size) % generator.num_classes


def trace(generator: Generator) -> torch.export.ExportedProgram:
    """The generator as a graph: of `latents`, and of `labels` if it is conditional.

    Raises:
        GanzooError: its code does what a graph can't, such as branching on values.
    """
    latents, labels = inputs(generator, 2)
    batch = torch.export.Dim("batch", min=1)
    arguments: tuple[Tensor, ...] = (latents,) if labels is None else (latents, labels)
    classes = generator.num_classes
    network = generator if classes is None else _Checked(generator, classes).eval()
    try:
        return torch.export.export(
            network, arguments, dynamic_shapes=tuple({0: batch} for _ in arguments), strict=False
        )
    except Exception as error:  # whatever a stranger's forward, or torch itself, raises under tracing
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise GanzooError(f"this generator can't be exported as a graph: {reason[0]}") from error


def drawn_by(program: torch.export.ExportedProgram) -> DrawsImages:
    """What draws with a graph."""
    module = program.module()

    def draw(latents: Tensor, labels: Tensor | None) -> Tensor:
        images: Tensor = module(latents) if labels is None else module(latents, labels)
        return images

    return draw
