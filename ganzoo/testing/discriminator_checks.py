"""The checks of a model's discriminator: its logits, the features that it shows, and gradient penalties."""

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


def _shows_no_features(subject: ModelSubject) -> str | None:
    return None if subject.modules()["discriminator"].head else "its discriminator sets no head"


@check(
    why="An objective that matches features takes what enters the head for them. A head that another layer "
    "follows, or that is called twice, shows something else.",
    remedy="Set head to the name of the last layer before the logits, which each forward calls once, with "
    "what it has found in the images as its first argument.",
    unless=_shows_no_features,
)
def features_enter_the_head(subject: ModelSubject) -> None:
    discriminator = dict(subject.awake())["discriminator"].train()
    names = dict(discriminator.named_modules())
    require(discriminator.head in names, f"it has no layer {discriminator.head!r}, which is to be its head")
    entered: list[Any] = []
    names[discriminator.head].register_forward_pre_hook(lambda _layer, given: entered.append(given))
    images, *others = subject.given("discriminator", BATCH)
    logits = _logits(discriminator, (images.requires_grad_(), *others))
    require(len(entered) == 1, f"a forward calls {discriminator.head} {len(entered)} times, not once")
    features = entered[0][0] if entered[0] else None
    if not isinstance(features, Tensor) or features.dim() < 2 or len(features) != BATCH:
        raise Failure(f"what enters {discriminator.head} is no tensor with a row for each image")
    (at_images,) = torch.autograd.grad(features.sum(), images, allow_unused=True, retain_graph=True)
    (at_features,) = torch.autograd.grad(logits.sum(), features, allow_unused=True)
    for gradient, what in ((at_images, "images do not decide"), (at_features, "logits do not come from")):
        require(gradient is not None and bool(gradient.any()), f"{what} what enters {discriminator.head}")


DISCRIMINATOR: Final[tuple[Check[Any], ...]] = (
    logits_are_of_images_or_patches,
    features_enter_the_head,
    logits_are_not_squashed,
    double_backward_works,
)
