"""The kind `regularisation`: what holds a player back, and what every one promises."""

from __future__ import annotations

import copy
import math
from typing import Any, Final

import torch
from torch import Tensor

from ganzoo.interfaces import Batch
from ganzoo.testing.checks import Check, Suite, check, require
from ganzoo.testing.every import EVERY
from ganzoo.testing.memory_checks import (
    it_goes_on_from_a_checkpoint,
    it_remembers_in_buffers_alone,
    it_stays_on_the_device,
    it_takes_the_batch_as_a_whole,
)
from ganzoo.testing.regularisation_subject import (
    RegularisationSubject,
    SmallJudge,
    SmallPainter,
    penalty_of,
)
from ganzoo.testing.setting_checks import every_setting_has_an_effect


class RegularisationKind:
    """Holds a player back: penalties, clipped weights."""

    ganzoo_api = 1
    position = 6
    group = "ganzoo.regularisations"
    interface = "ganzoo.interfaces:Regularisation"
    role = "optional"
    option = "What holds the discriminator or the generator back, or none."
    checks = "ganzoo.kinds.regularisation:SUITE"
    template = "regularisation.template"
    template_use = "train dcgan --dataset digits --regularisation $name"


_DRAWS: Final = 64
"""Penalties over which one that draws random numbers is averaged."""


@check(
    why="The penalty is added to a loss, for any batch, with labels and without.",
    remedy="Return a float32 tensor of shape (), the mean over the batch; pass the labels on to the judge.",
    is_gate=True,
)
def the_penalty_is_a_scalar(subject: RegularisationSubject) -> None:
    for labelled in (False, True):
        for size in (1, 2, 5):
            value = penalty_of(subject.regularisation, subject.player(), subject.batches(labelled, size))
            require(isinstance(value, Tensor), f"penalty returns a {type(value).__name__}")
            require(value.shape == (), f"the penalty has the shape {tuple(value.shape)}, not ()")
            require(value.dtype == torch.float32, f"the penalty is {value.dtype}")
            require(bool(torch.isfinite(value)), f"the penalty of {size} images is {value.item()}")


@check(
    why="A conditional network judges or draws an image as one of its class, and can't without the label.",
    remedy="Pass the labels of the batch on: judge(images, real.labels), mixed as the images are mixed; "
    "draw(latents, draw.labels).",
)
def a_conditional_judge_gets_its_labels(subject: RegularisationSubject) -> None:
    player, batches = subject.player(conditional=True), subject.batches(labelled=True)
    penalty_of(subject.begun(), player, batches)


@check(
    why="Published weights hold for a mean. A sum makes the penalty grow with the batch, and with the number "
    "of parts or processes that share it.",
    remedy="Take the mean over the batch, and the sum over what belongs to one image.",
)
def the_penalty_is_a_mean(subject: RegularisationSubject) -> None:
    player, batches = subject.player(), subject.batches(labelled=False)
    part = subject.begun()
    twice = tuple(Batch(batch.images.repeat(2, 1, 1, 1), None) for batch in batches)
    once = _expected(part, player, batches)
    doubled = _expected(part, player, twice)  # type: ignore[arg-type]
    same = math.isclose(once, doubled, rel_tol=0.4, abs_tol=1e-6)  # some draw random numbers
    require(same, f"the penalty of a batch is {once:.4g}, of the same batch twice {doubled:.4g}")


def _expected(part: Any, player: SmallJudge | SmallPainter, batches: tuple[Batch, Batch]) -> float:
    """The mean of many penalties, each of the regularisation as it is."""
    found = []
    for seed in range(_DRAWS):
        torch.manual_seed(seed)
        found.append(float(penalty_of(copy.deepcopy(part), player, batches)))
        if seed == 2 and len(set(found)) == 1:
            break  # it draws nothing
    return sum(found) / len(found)


@check(
    why="What is subtracted from the loss rewards the discriminator for what it is to be kept from.",
    remedy="Return a weight above 0 times a square, a norm or a distance.",
)
def the_penalty_is_not_negative(subject: RegularisationSubject) -> None:
    for _ in range(3):
        player, batches = subject.player(), subject.batches(labelled=False)
        value = float(penalty_of(subject.begun(), player, batches))
        require(value >= 0, f"the penalty of ordinary images is {value:.4g}")


@check(
    why="Training counts updates by it, and multiplies the penalty by it.",
    remedy="Set self.every to a whole number, 1 for a penalty in each update.",
)
def every_is_a_number_of_updates(subject: RegularisationSubject) -> None:
    every = subject.regularisation.every
    require(isinstance(every, int) and not isinstance(every, bool) and every >= 1, f"every is {every!r}")


@check(
    why="Training asks it whose loss the penalty belongs to, and takes any other word for neither.",
    remedy='Set acts_on to "discriminator" or "generator".',
    is_gate=True,
)
def it_acts_on_a_player(subject: RegularisationSubject) -> None:
    acts_on = subject.regularisation.acts_on
    require(acts_on in ("discriminator", "generator"), f"acts_on is {acts_on!r}")


def _acts_on_the_discriminator(subject: RegularisationSubject) -> str | None:
    return None if subject.acts_on_generator else "it acts on the discriminator"


def _acts_on_the_generator(subject: RegularisationSubject) -> str | None:
    return "it acts on the generator" if subject.acts_on_generator else None


@check(
    why="A penalty without a gradient at the generator's weights is a method in name only, and the training "
    "pays for it.",
    remedy="Compute it from draw(latents, labels) or from draw.network; create_graph=True in a gradient; "
    "detach nothing.",
    unless=_acts_on_the_discriminator,
)
def it_holds_the_generator_back(subject: RegularisationSubject) -> None:
    player, batches = subject.player(), subject.batches(labelled=False)
    learns = _has_gradient(penalty_of(subject.begun(), player, batches), player)
    require(learns, "it says that it acts on the generator, and the penalty has no gradient at its weights")


@check(
    why="A penalty without a gradient at the weights, beside a constrain that changes nothing, is a "
    "method in name only.",
    remedy="Keep the graph: create_graph=True in the gradient at the images; detach nothing. Or change "
    "the weights in constrain.",
    unless=_acts_on_the_generator,
)
def it_holds_the_discriminator_back(subject: RegularisationSubject) -> None:
    regularisation, judge = subject.regularisation, subject.judge()
    batches = subject.batches(labelled=False)
    before = copy.deepcopy(judge.state_dict())
    regularisation.constrain(judge)
    changes = any(not torch.equal(before[key], value) for key, value in judge.state_dict().items())
    changes = changes or _has_gradient(penalty_of(subject.begun(), judge, batches), judge)
    require(changes, "neither has the penalty a gradient at the weights, nor does constrain change any")


def _has_gradient(penalty: Tensor, player: SmallJudge | SmallPainter) -> bool:
    """Whether a penalty has a gradient at any weight.

    Raises:
        Failure: it is not finite.
    """
    if not penalty.requires_grad:
        return False
    gradients = torch.autograd.grad(penalty, list(player.parameters()), allow_unused=True)
    found = [gradient for gradient in gradients if gradient is not None]
    require(all(bool(g.isfinite().all()) for g in found), "the penalty's gradient is not finite")
    return any(bool(gradient.any()) for gradient in found)


@check(
    why="The optimiser holds the parameters and averages belong to them: they are changed in place or not "
    "at all.",
    remedy="In constrain use in-place operations under torch.no_grad, and keep weights finite.",
)
def constrain_keeps_the_parameters(subject: RegularisationSubject) -> None:
    judge = subject.judge()
    before = dict(judge.named_parameters())
    subject.regularisation.constrain(judge)
    after = dict(judge.named_parameters())
    require(before.keys() == after.keys(), "constrain changes which parameters there are")
    replaced = [key for key in before if before[key] is not after[key] or not after[key].requires_grad]
    require(not replaced, f"constrain replaces {', '.join(replaced)}")
    finite = all(bool(parameter.isfinite().all()) for parameter in judge.parameters())
    require(finite, "constrain makes weights that are not finite")


@check(
    why="The same images serve the loss, the generator's update and the sample of the log.",
    remedy="Work on a detached copy: real.images.detach().requires_grad_() shares the values and keeps "
    "the flag of the original.",
)
def batches_are_not_modified(subject: RegularisationSubject) -> None:
    batches = subject.batches(labelled=True)
    before = [batch.images.clone() for batch in batches]
    penalty_of(subject.regularisation, subject.player(), batches)
    for name, batch, values in zip(("real", "fake"), batches, before, strict=True):
        require(torch.equal(batch.images, values), f"the penalty changes the {name} images")
        require(not batch.images.requires_grad, f"the penalty leaves the {name} images requiring gradients")


_CHECKS: Final[tuple[Check[Any], ...]] = (
    it_acts_on_a_player,
    the_penalty_is_a_scalar,
    a_conditional_judge_gets_its_labels,
    the_penalty_is_a_mean,
    the_penalty_is_not_negative,
    every_is_a_number_of_updates,
    it_holds_the_discriminator_back,
    it_holds_the_generator_back,
    constrain_keeps_the_parameters,
    batches_are_not_modified,
    it_remembers_in_buffers_alone,
    it_goes_on_from_a_checkpoint,
    it_stays_on_the_device,
    it_takes_the_batch_as_a_whole,
    every_setting_has_an_effect,
)

SUITE = Suite(RegularisationSubject, (*EVERY, *_CHECKS), minimum=14)
