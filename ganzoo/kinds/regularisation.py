"""The kind `regularisation`: what holds the discriminator back, and what every one promises."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganzoo.interfaces import Batch, Discriminator, ImageSpec
from ganzoo.testing.checks import Check, Suite, check, require
from ganzoo.testing.every import EVERY
from ganzoo.testing.memory_checks import (
    RememberingSubject,
    it_goes_on_from_a_checkpoint,
    it_remembers_in_buffers_alone,
    it_stays_on_the_device,
)
from ganzoo.testing.modules import perturb


class RegularisationKind:
    """Holds the discriminator back: penalties, clipped weights."""

    ganzoo_api = 1
    position = 6
    group = "ganzoo.regularisations"
    interface = "ganzoo.interfaces:Regularisation"
    role = "optional"
    option = "What holds the discriminator back, or none."
    checks = "ganzoo.kinds.regularisation:SUITE"
    template = "regularisation.template"
    template_use = "train dcgan --dataset digits --regularisation $name"


_CLASSES: Final = 3


class _Judge(Discriminator):
    """A discriminator, smooth everywhere so that every penalty has a gradient; labels are optional."""

    def __init__(self) -> None:
        super().__init__()
        self.image, self.num_classes = ImageSpec(3, 8, 8), None
        self.hidden = nn.Conv2d(3, 4, kernel_size=3, stride=2)
        self.vectors = nn.Embedding(_CLASSES, 4)
        self.logit = nn.Linear(4 * 3 * 3, 1)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        hidden = F.softplus(self.hidden(images))
        if labels is not None:
            hidden = hidden * (1 + self.vectors(labels))[:, :, None, None]
        logits: Tensor = self.logit(hidden.flatten(1)).squeeze(1)
        return logits


@dataclass(frozen=True)
class _Judging:
    """A discriminator in an update, as a regularisation sees it."""

    network: _Judge
    real_logits: Tensor
    fake_logits: Tensor

    def __call__(self, images: Tensor, labels: Tensor | None) -> Tensor:
        logits: Tensor = self.network(images, labels)
        return logits


_LATEST: Final = 2000
"""Penalties after which one that begins late must have begun."""


def penalty_of(part: Any, network: _Judge, batches: tuple[Batch, Batch]) -> Tensor:
    """What a regularisation adds to the loss of a real and a fake batch."""
    value: Tensor = part.penalty(_Judging(network, *(network(*batch) for batch in batches)), *batches)
    return value


class RegularisationSubject(RememberingSubject):
    """A regularisation, and a small discriminator for it to hold back."""

    @property
    def regularisation(self) -> Any:
        """The regularisation, as training makes it; it has seen nothing yet."""
        return self.place(self.bound.make())

    def use(self, part: Any, device: str = "cpu") -> Tensor:
        """The penalty of a batch, and the gradients and the constraint that go with it."""
        network = self.judge().to(device)
        real, fake = (Batch(batch.images.to(device), None) for batch in self.batches(labelled=False))
        value = penalty_of(part, network, (real, fake))
        if value.requires_grad:
            value.backward()  # type: ignore[no-untyped-call]
        part.constrain(network)
        return value.detach()

    def judge(self) -> _Judge:
        """A discriminator with weights large enough to be held back."""
        judge = _Judge()
        perturb(judge, 1.0)
        return self.place(judge)

    def batches(self, labelled: bool, size: int = 4) -> tuple[Batch, Batch]:
        """A real and a fake batch."""
        labels = torch.arange(size) % _CLASSES if labelled else None
        real, fake = (2 * torch.rand(size, 3, 8, 8) - 1 for _ in range(2))
        labels = self.place(labels)
        return Batch(self.place(real), labels), Batch(self.place(fake), labels)


@check(
    why="The penalty is added to a loss, for any batch, with labels and without.",
    remedy="Return a float32 tensor of shape (), the mean over the batch; pass the labels on to the judge.",
    is_gate=True,
)
def the_penalty_is_a_scalar(subject: RegularisationSubject) -> None:
    for labelled in (False, True):
        for size in (1, 2, 5):
            value = penalty_of(subject.regularisation, subject.judge(), subject.batches(labelled, size))
            require(isinstance(value, Tensor), f"penalty returns a {type(value).__name__}")
            require(value.shape == (), f"the penalty has the shape {tuple(value.shape)}, not ()")
            require(value.dtype == torch.float32, f"the penalty is {value.dtype}")
            require(bool(torch.isfinite(value)), f"the penalty of {size} images is {value.item()}")


@check(
    why="Training counts updates by it, and multiplies the penalty by it.",
    remedy="Set self.every to a whole number, 1 for a penalty in each update.",
)
def every_is_a_number_of_updates(subject: RegularisationSubject) -> None:
    every = subject.regularisation.every
    require(isinstance(every, int) and not isinstance(every, bool) and every >= 1, f"every is {every!r}")


@check(
    why="A penalty without a gradient at the weights, beside a constrain that changes nothing, is a "
    "method in name only.",
    remedy="Keep the graph: create_graph=True in the gradient at the images; detach nothing. Or change "
    "the weights in constrain.",
)
def it_holds_the_discriminator_back(subject: RegularisationSubject) -> None:
    regularisation, judge = subject.regularisation, subject.judge()
    batches = subject.batches(labelled=False)
    before = copy.deepcopy(judge.state_dict())
    regularisation.constrain(judge)
    changes = any(not torch.equal(before[key], value) for key, value in judge.state_dict().items())
    calls = 0
    while not changes and calls < _LATEST:  # some begin late
        calls += 1
        changes = _has_gradient(penalty_of(regularisation, judge, batches), judge)
    require(changes, "neither has the penalty a gradient at the weights, nor does constrain change any")


def _has_gradient(penalty: Tensor, judge: _Judge) -> bool:
    """Whether a penalty has a gradient at any weight.

    Raises:
        Failure: it is not finite.
    """
    if not penalty.requires_grad:
        return False
    gradients = torch.autograd.grad(penalty, list(judge.parameters()), allow_unused=True)
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
    penalty_of(subject.regularisation, subject.judge(), batches)
    for name, batch, values in zip(("real", "fake"), batches, before, strict=True):
        require(torch.equal(batch.images, values), f"the penalty changes the {name} images")
        require(not batch.images.requires_grad, f"the penalty leaves the {name} images requiring gradients")


_CHECKS: Final[tuple[Check[Any], ...]] = (
    the_penalty_is_a_scalar,
    every_is_a_number_of_updates,
    it_holds_the_discriminator_back,
    constrain_keeps_the_parameters,
    batches_are_not_modified,
    it_remembers_in_buffers_alone,
    it_goes_on_from_a_checkpoint,
    it_stays_on_the_device,
)

SUITE = Suite(RegularisationSubject, (*EVERY, *_CHECKS), minimum=9)
