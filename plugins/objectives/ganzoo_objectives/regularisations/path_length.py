"""Path length: a step of fixed size in a style changes the image by as much, wherever it begins.

Karras et al., 2020, "Analyzing and Improving the Image Quality of StyleGAN", section 3.2 and appendix B; the
numbers are those of the released code of StyleGAN2-ADA.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Batch, Discriminator, Draw, Judge, Regularisation
from ganzoo_objectives.regularisations.settings import PenaltySettings


@final
class PathLength(Regularisation, nn.Module):
    """Images that change by as much for every step of a style, for StyleGAN2 (Karras et al., 2020).

    Styles are those of the generator's space of styles; where it has none, its latents take their place.
    """

    ganzoo_api = 1
    acts_on = "generator"

    @dataclass(frozen=True, kw_only=True)
    class Config(PenaltySettings):
        """Settings of `path-length`."""

        weight: float = 2.0
        """Weight of the penalty (StyleGAN2-ADA, released code)."""

        every: int = 4
        """Updates of the generator from one penalty to the next; the penalty is multiplied by it (same)."""

        decay: float = 0.99
        """Share of itself that the mean length keeps from one penalty to the next (Karras et al., 2020,
        appendix B)."""

        shrink: int = 2
        """The penalty is of one image in so many of a batch, to save memory (the same code)."""

        def __post_init__(self) -> None:
            super().__post_init__()
            if not 0 <= self.decay < 1:
                raise ValueError(f"decay must be at least 0 and below 1, not {self.decay}")
            if self.shrink < 1:
                raise ValueError(f"shrink must be 1 or more, not {self.shrink}")

    mean_length: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.every = config.every
        self._weight, self._decay, self._shrink = config.weight, config.decay, config.shrink
        self.register_buffer("mean_length", torch.zeros(()))

    def penalty(self, judge: Judge, real: Batch, fake: Batch) -> Tensor:
        """Zero: nothing is added to the discriminator's loss."""
        return torch.zeros((), device=real.images.device)

    def generator_penalty(self, draw: Draw) -> Tensor:
        """`λ · E[(‖J_wᵀ y‖ - a)²]`, a scalar (equation 4).

        w are styles, J_w the Jacobian of the image by them, y a random image of normal numbers whose squares
        sum to the number of channels on average (as in the released code, so that lengths don't grow with
        the sides), and a the moving mean of the lengths `‖J_wᵀ y‖`, this batch included.
        """
        lengths = path_lengths(draw, max(1, len(draw.latents) // self._shrink))
        with torch.no_grad():
            self.mean_length.lerp_(lengths.mean(), 1 - self._decay)
        # A copy: the next batch changes the mean while this one's gradients may still be wanted.
        return self._weight * (lengths - self.mean_length.clone()).square().mean()

    def constrain(self, discriminator: Discriminator) -> None:
        """Leaves the weights as they are."""


def path_lengths(draw: Draw, count: int) -> Tensor:
    """`‖J_wᵀ y‖` of the first `count` images of an update, `(count,)` float32, with a graph to the weights.

    `J_wᵀ y` is the gradient of the scalar `g(w) · y` by w, so that no Jacobian is ever formed.
    """
    latents = draw.latents[:count].detach().float().requires_grad_()
    labels = None if draw.labels is None else draw.labels[:count]
    space = draw.network.style_space()
    if space is None:
        styles, images = latents, draw(latents, labels)
    else:
        styles = space.styles(latents, labels)
        images = space.generator(styles, None)
    direction = torch.randn_like(images) / math.sqrt(images.shape[2] * images.shape[3])
    (gradients,) = torch.autograd.grad((images * direction).sum(), styles, create_graph=True)
    # Where a gradient is zero, the norm's own is taken as zero.
    lengths: Tensor = torch.linalg.vector_norm(gradients.float(), dim=1)
    return lengths
