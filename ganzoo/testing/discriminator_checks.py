"""The checks of a model's discriminator: its logits, and gradient penalties."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Judgement
from ganzoo.testing.checks import Check, Failure, check, require
from ganzoo.testing.model_subject import ModelSubject
from ganzoo.testing.modules import BATCH, batches_of

_NETWORKS: Final = 24
"""How many networks of random weights may be drawn until both signs have been seen. Many a network gives
all images one sign, so of eight a discriminator that squashes nothing failed once in a hundred times."""


def _logits(discriminator: nn.Module, inputs: tuple[Tensor, ...]) -> Tensor:
    said = discriminator(*inputs)
    logits: Tensor = said.logits if isinstance(said, Judgement) else said
    if not isinstance(logits, Tensor):
        raise Failure(f"the discriminator returns a {type(said).__name__}, neither logits nor a Judgement")
    return logits


@check(
    why="Objectives take one logit an image, or several of its patches; (batch, 1) against (batch,) "
    "broadcasts to a matrix, and the loss is silently wrong.",
    remedy="Return (batch,): squeeze(1) after the last dense layer, never squeeze() without the dimension. "
    "Where the discriminator judges patches, flatten(1) their logits to (batch, patches).",
)
def logits_are_of_images_or_patches(subject: ModelSubject) -> None:
    discriminator = subject.modules()["discriminator"]
    for batch in batches_of(discriminator):
        inputs = subject.given("discriminator", batch)
        shape = tuple(_logits(discriminator, inputs).shape)
        is_of_patches = len(shape) == 2 and shape[0] == batch and shape[1] > 1
        is_right = shape == (batch,) or is_of_patches
        require(is_right, f"logits are {shape}, neither ({batch},) nor ({batch}, patches)")
        said = discriminator(*inputs)
        if isinstance(said, Judgement):
            shape = tuple(said.auxiliary_loss.shape)
            require(shape == (batch,), f"auxiliary losses are {shape}, not ({batch},)")


@check(
    why="Objectives apply the sigmoid, margin or none themselves. On a squashed output cross-entropy "
    "learns slowly or not at all, and a Wasserstein loss means nothing.",
    remedy="End the discriminator with a linear layer: no sigmoid, tanh or softplus.",
)
def logits_are_not_squashed(subject: ModelSubject) -> None:
    discriminator = subject.modules()["discriminator"].eval()
    deviations = [0.1 + float(p.detach().square().mean().sqrt()) for p in discriminator.parameters()]
    low, high = 0.0, 0.0
    for _ in range(_NETWORKS):
        with torch.no_grad():
            for parameter, deviation in zip(discriminator.parameters(), deviations, strict=True):
                parameter.normal_(0, deviation)  # another network, of large weights
            images, *labels = subject.given("discriminator", BATCH)
            logits = _logits(discriminator, (1000 * images, *labels))
        low, high = min(low, float(logits.min())), max(high, float(logits.max()))
        if low < -1 and high > 1:
            return
    raise Failure(f"large weights and images give logits in {low:.3g}..{high:.3g}")


@check(
    why="Gradient penalties (Gulrajani et al., 2017; Mescheder et al., 2018) differentiate the gradient "
    "at the images once more.",
    remedy="Use operations that torch can differentiate twice; no once_differentiable function.",
)
def double_backward_works(subject: ModelSubject) -> None:
    discriminator = dict(subject.awake())["discriminator"].train()
    images, *labels = subject.given("discriminator", BATCH)
    logits = _logits(discriminator, (images.requires_grad_(), *labels))
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    require(gradient.requires_grad, "the gradient at the images can't be differentiated again")
    penalty = gradient.square().sum()
    parameters = [p for p in discriminator.parameters() if p.requires_grad]
    found = [g for g in torch.autograd.grad(penalty, parameters, allow_unused=True) if g is not None]
    require(any(bool(g.any()) for g in found), "a gradient penalty has no gradient in any parameter")
    finite = all(bool(torch.isfinite(g).all()) for g in found)
    require(finite, "the gradient of a gradient penalty is not finite")


DISCRIMINATOR: Final[tuple[Check[Any], ...]] = (
    logits_are_of_images_or_patches,
    logits_are_not_squashed,
    double_backward_works,
)
