"""The kind `objective`: the losses of the two players, and what every one promises."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor

from ganzoo.testing.checks import Check, Suite, check, require
from ganzoo.testing.every import EVERY
from ganzoo.testing.memory_checks import (
    it_goes_on_from_a_checkpoint,
    it_remembers_in_buffers_alone,
    it_stays_on_the_device,
    it_takes_the_batch_as_a_whole,
)
from ganzoo.testing.objective_subject import ObjectiveSubject
from ganzoo.testing.setting_checks import every_setting_has_an_effect


class ObjectiveKind:
    """The losses of the two players."""

    ganzoo_api = 1
    position = 4
    group = "ganzoo.objectives"
    interface = "ganzoo.interfaces:Objective"
    other_interfaces = ("InformedObjective",)
    role = "required"
    option = "Losses."
    checks = "ganzoo.kinds.objective:SUITE"
    template = "objective.template"
    template_use = "train dcgan --dataset digits --objective $name"


_FAR, _NEAR = 1.0, 0.25
"""Logits whose signs are compared. A least-squares loss with its target at 0 or 1, or -1 for fakes, passes
(Mao et al., 2017, equations 8 and 9), though it rises again beyond; one with its target on the wrong side
fails."""

_PATCHES = (3, 4)
"""Shape of the logits of three images where the discriminator judges four patches of each."""


@check(
    why="Each player minimises one number; a batch of any size gives one, and so does one of patches.",
    remedy="Return the mean over all logits, a tensor of shape () in their type.",
    is_gate=True,
)
def losses_are_scalars(subject: ObjectiveSubject) -> None:
    for name, (loss, count) in subject.losses().items():
        for shape in ((1,), (2,), (5,), _PATCHES):
            value = loss(*subject.logits(count, *shape))
            require(isinstance(value, Tensor), f"{name} returns a {type(value).__name__}")
            require(value.shape == (), f"{name} of logits {shape} has the shape {tuple(value.shape)}, not ()")
            require(value.dtype == torch.float32, f"{name} of float32 logits is {value.dtype}")
            require(bool(torch.isfinite(value)), f"{name} of ordinary logits {shape} is {value.item()}")


@check(
    why="What the player descends is the gradient, not the value: a detached or rounded term leaves the "
    "value right and the training wrong.",
    remedy="Write the loss with differentiable torch operations; detach nothing, and leave no torch.no_grad. "
    "What is remembered of a batch enters the loss of the next one.",
)
def gradients_agree_with_finite_differences(subject: ObjectiveSubject) -> None:
    for name, (loss, count) in subject.losses().items():
        logits = [x.requires_grad_() for x in subject.logits(count, 5, dtype=torch.float64)]
        value = loss(*logits)
        require(value.dtype == torch.float64, f"{name} of float64 logits is {value.dtype}")
        require(value.requires_grad, f"{name} has no gradient")
        found = torch.autograd.grad(value, logits, allow_unused=True)
        for which, gradient in zip(("first", "second"), found, strict=False):
            require(gradient is not None, f"{name} does not depend on its {which} logits")
        torch.autograd.gradcheck(loss, logits, eps=1e-6, atol=1e-6)


@check(
    why="A logit that no loss depends on is an image that nobody learns from: half the batch for the price "
    "of the whole, and nothing shows it.",
    remedy="Take the mean over all logits: no slice, no chunk, no maximum of them.",
)
def every_logit_counts(subject: ObjectiveSubject) -> None:
    for name, (loss, count) in subject.losses().items():
        logits = [(x.tanh() * _NEAR).requires_grad_() for x in subject.logits(count, 6)]  # within any margin
        found = torch.autograd.grad(loss(*logits), logits, allow_unused=True)
        for which, gradient in zip(("first", "second"), found, strict=False):
            idle = 6 if gradient is None else int((gradient == 0).sum())
            require(idle == 0, f"{name} does not depend on {idle} of its 6 {which} logits")


@check(
    why="A loss with the wrong sign trains the discriminator to call real images fake, and looks healthy "
    "meanwhile.",
    remedy="The discriminator's loss falls where real logits rise, and where fake logits fall.",
)
def discriminator_wants_real_images_high(subject: ObjectiveSubject) -> None:
    loss, _ = subject.losses()["discriminator_loss"]
    told = loss(subject.constant(_NEAR), subject.constant(-_NEAR))
    falls = told < loss(subject.constant(-_FAR), subject.constant(-_NEAR))
    require(bool(falls), "the discriminator's loss does not fall where real logits rise")
    rises = told < loss(subject.constant(_NEAR), subject.constant(_FAR))
    require(bool(rises), "the discriminator's loss does not rise where fake logits rise")


@check(
    why="A generator that is rewarded for images which look fake draws noise, while both losses look fine.",
    remedy="The generator's loss falls where the logits of its images rise.",
)
def generator_wants_its_images_high(subject: ObjectiveSubject) -> None:
    loss, count = subject.losses()["generator_loss"]
    real = [subject.constant(_NEAR)] * (count - 1)
    falls = loss(subject.constant(-_NEAR), *real) < loss(subject.constant(-_FAR), *real)
    require(bool(falls), "the generator's loss does not fall where the logits of its images rise")


@check(
    why="Published learning rates hold for a mean. A sum makes the step grow with the batch, and with the "
    "number of parts or processes that share it, and a sum over patches with their number.",
    remedy="Take the mean over all logits.",
)
def losses_are_means(subject: ObjectiveSubject) -> None:
    for name, (loss, count) in subject.losses().items():
        logits = subject.logits(count, *_PATCHES)
        once = loss(*(x.clone() for x in logits))
        for what, repeats in (("batch", (2, 1)), ("patches", (1, 2))):
            twice = loss(*(x.repeat(repeats) for x in logits))
            require(
                torch.allclose(once, twice, rtol=1e-4, atol=1e-6),
                f"{name} of a batch is {once.item():.4g}, of the same {what} twice {twice.item():.4g}",
            )


@check(
    why="While one player wins, logits are large; a loss that overflows there ends the run with a NaN.",
    remedy="Work with logits, not with probabilities: F.softplus or F.logsigmoid, not log(sigmoid(...)).",
)
def extreme_logits_stay_finite(subject: ObjectiveSubject) -> None:
    for name, (loss, count) in subject.losses().items():
        for extreme in (-1e3, 1e3):
            logits = [subject.constant(extreme, 2).requires_grad_() for _ in range(count)]
            value = loss(*logits)
            require(bool(torch.isfinite(value)), f"{name} of logits {extreme:g} is {value.item()}")
            for gradient in torch.autograd.grad(value, logits, allow_unused=True):
                finite = gradient is None or bool(torch.isfinite(gradient).all())
                require(finite, f"the gradient of {name} at logits {extreme:g} is not finite")


@check(
    why="The same logits serve the loss and the readings that tell a healthy training from a failing one.",
    remedy="Use no in-place operation on an argument.",
)
def logits_are_not_modified(subject: ObjectiveSubject) -> None:
    for name, (loss, count) in subject.losses().items():
        logits = subject.logits(count, 5)
        before = [x.clone() for x in logits]
        loss(*logits)
        same = all(torch.equal(x, y) for x, y in zip(before, logits, strict=True))
        require(same, f"{name} changes the logits it is given")


_CHECKS: Final[tuple[Check[Any], ...]] = (
    losses_are_scalars,
    gradients_agree_with_finite_differences,
    every_logit_counts,
    discriminator_wants_real_images_high,
    generator_wants_its_images_high,
    losses_are_means,
    extreme_logits_stay_finite,
    logits_are_not_modified,
    it_remembers_in_buffers_alone,
    it_goes_on_from_a_checkpoint,
    it_stays_on_the_device,
    it_takes_the_batch_as_a_whole,
    every_setting_has_an_effect,
)

SUITE = Suite(ObjectiveSubject, (*EVERY, *_CHECKS), minimum=14)
