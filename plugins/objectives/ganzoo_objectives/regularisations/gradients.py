"""The slope of the discriminator at images, on which most regularisations are built.

All of it is float32 or wider, whatever the precision of the training: the judge's logits are, and
images are made so here.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ganzoo.interfaces import Judge


def wide(images: Tensor) -> Tensor:
    """The same images in float32; wider ones stay as they are."""
    return images.to(torch.promote_types(images.dtype, torch.float32))


def slopes(judge: Judge, images: Tensor, labels: Tensor | None) -> Tensor:
    """`∇D(x)`, the gradients of the logits by images `(B, C, H, W)`, of that shape, with a graph of
    their own so that the discriminator learns from them.

    Images come before the augmentation, so gradients pass through it. The sum over the batch parts
    into one gradient an image as long as no image changes another's logit. Batch normalisation breaks
    that, which is why Gulrajani et al., 2017, section 4, advise against it under their penalty.
    """
    images = wide(images.detach()).requires_grad_()
    (gradients,) = torch.autograd.grad(judge(images, labels).sum(), images, create_graph=True)
    return gradients


def mean_squared_slope(judge: Judge, images: Tensor, labels: Tensor | None) -> Tensor:
    """`E[‖∇D(x)‖²]`, a scalar."""
    return slopes(judge, images, labels).square().sum(dim=(1, 2, 3)).mean()


def mean_squared_distance_of_slope(
    judge: Judge, images: Tensor, labels: Tensor | None, centre: float
) -> Tensor:
    """`E[(‖∇D(x)‖ - centre)²]`, a scalar. Where a gradient is zero, the norm's own is taken as zero."""
    norms: Tensor = torch.linalg.vector_norm(slopes(judge, images, labels), dim=(1, 2, 3))
    return (norms - centre).square().mean()
