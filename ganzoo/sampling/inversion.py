"""Inversion: the latents, or styles, from which a generator draws a given picture.

By gradient descent on the picture's distance, as Karras et al., 2020, "Analyzing and Improving the Image
Quality of StyleGAN", section 5, do in W. Their distance is that of features (LPIPS); here it is that of
pixels, over several sizes, which needs no other network. Several starts are followed at once, the nearest of
many drawn.
Shapes: B batch, Z latent or style, C channels, H height, W width.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

from ganzoo.devices import device_of
from ganzoo.interfaces import Generator
from ganzoo.sampling.generation import full_float32, generate_floats, require_finite, to_uint8
from ganzoo.sampling.latents import draw_latents
from ganzoo.torch_compiler import defer_compiler
from ganzoo.torch_state import own_torch_state

_DRAWN: Final = 512
"""Latents of which the nearest are followed."""

_FOLLOWED: Final = 4
_RATE: Final = 0.1
"""Adam's learning rate at the beginning, for latents of about unit size (Karras et al., 2020)."""

_SHOWN: Final = 8
"""Images of the search that are kept, from the first to the last."""

_PRIOR: Final = 0.01
"""Weight of what keeps latents about as long as those that the generator was trained with."""


@dataclass(frozen=True)
class Inversion:
    """What a search has found."""

    point: Tensor
    """Latents, or styles where `in_styles`, `(1, Z)` float32 on the CPU."""
    label: int | None
    """The class that goes with latents; None where there is none, or styles hold it."""
    in_styles: bool
    image: Tensor
    """What is drawn from it, uint8 `(C, H, W)`."""
    distance: float
    """Root of the mean squared difference of its pixels from the picture's, in grey levels of 256."""
    search: Tensor
    """The nearest image at several steps of the search, uint8 `(N, C, H, W)`, the first to the last."""


def invert(
    generator: Generator,
    picture: Tensor,
    *,
    labels: Tensor | None = None,
    steps: int = 400,
    seed: int = 0,
    progressed: Callable[[int, float], None] = lambda _step, _distance: None,
) -> Inversion:
    """Searches for what draws a picture, in evaluation mode.

    Args:
        generator: on any device; its weights stay as they are.
        picture: uint8 `(C, H, W)`, of the generator's image.
        labels: int64 `(N,)`, the classes that may draw it; None for an unconditional generator.
        steps: of gradient descent.
        seed: decides where the search begins.
        progressed: is told of each step, and the distance reached, in grey levels.

    Raises:
        GanzooError: it draws a pixel that is NaN or infinite.
    """
    space = generator.style_space()
    drawing = generator if space is None else space.generator
    device = device_of(generator)
    target = picture[None].to(device).float().div(127.5).sub(1)
    was_training = generator.training
    generator.eval()
    try:
        with own_torch_state(device), full_float32():
            points, classes = _starts(generator, labels, target, seed)
            if space is not None:
                with torch.no_grad():
                    points, classes = space.styles(points, classes).detach(), None
            return _descend(drawing.eval(), points, classes, target, space is not None, steps, progressed)
    finally:
        generator.train(was_training)


def _starts(
    generator: Generator, labels: Tensor | None, target: Tensor, seed: int
) -> tuple[Tensor, Tensor | None]:
    """The latents, with their labels, whose images are nearest to the picture."""
    latents = draw_latents(_DRAWN, generator.latent_dim, seed)
    given = None if labels is None else labels[torch.arange(_DRAWN) % len(labels)]
    images = torch.cat(list(generate_floats(generator, latents, given)))
    require_finite(images)
    nearest = _distances(images, target.cpu()).argsort(stable=True)[:_FOLLOWED]
    return latents[nearest].to(target.device), None if given is None else given[nearest].to(target.device)


def _descend(
    generator: Generator,
    points: Tensor,
    labels: Tensor | None,
    target: Tensor,
    in_styles: bool,
    steps: int,
    progressed: Callable[[int, float], None],
) -> Inversion:
    points = points.clone().requires_grad_()
    defer_compiler()
    optimizer = torch.optim.Adam([points], lr=_RATE, betas=(0.9, 0.999))
    best_distance, best, best_label = math.inf, points[:1], None
    best_image = torch.zeros_like(target[0])
    shown, search = _shown_steps(steps), []
    for step in range(steps + 1):
        optimizer.param_groups[0]["lr"] = _RATE * 0.5 * (1 + math.cos(math.pi * step / max(steps, 1)))
        images = generator(points, labels)
        apart = (images.detach() - target).square().flatten(1).mean(dim=1)
        index = int(apart.argmin())
        if float(apart[index]) < best_distance:
            best_distance, best = float(apart[index]), points[index : index + 1].detach().clone()
            best_image = images[index].detach().clone()
            best_label = None if labels is None else int(labels[index])
        if step in shown:
            search.append(to_uint8(best_image.cpu()))
        progressed(step, 127.5 * math.sqrt(best_distance))
        if step == steps:
            break
        loss = _distances(images, target).sum()
        if not in_styles:
            loss = loss + _PRIOR * (points.square().mean(dim=1) - 1).square().sum()
        (points.grad,) = torch.autograd.grad(loss, points)
        optimizer.step()
    return Inversion(
        best.float().cpu(), best_label, in_styles, to_uint8(best_image.cpu()),
        127.5 * math.sqrt(best_distance), torch.stack(search),
    )  # fmt: skip


def _distances(images: Tensor, target: Tensor) -> Tensor:
    """The mean squared difference `(B,)` of images `(B, C, H, W)`, over their size and halves of it."""
    distances = torch.zeros(len(images), device=images.device)
    difference, levels = images - target, 0
    while True:
        distances = distances + difference.square().flatten(1).mean(dim=1)
        levels += 1
        if min(difference.shape[-2:]) < 8:
            return distances / levels
        difference = F.avg_pool2d(difference, 2)


def _shown_steps(steps: int) -> set[int]:
    """Steps of the search at which an image is kept: close together at first, where most happens."""
    return {round(steps ** (index / (_SHOWN - 2))) if index else 1 for index in range(_SHOWN - 1)} | {
        0,
        steps,
    }
