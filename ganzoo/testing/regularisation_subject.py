"""A regularisation under check, and the small discriminators that it is to hold back."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganzoo.interfaces import Batch, Discriminator, ImageSpec
from ganzoo.testing.checks import Failure
from ganzoo.testing.memory_checks import RememberingSubject
from ganzoo.testing.modules import perturb
from ganzoo.testing.placement import own_state

_CLASSES: Final = 3


class SmallJudge(Discriminator):
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

    network: SmallJudge
    real_logits: Tensor
    fake_logits: Tensor

    def __call__(self, images: Tensor, labels: Tensor | None) -> Tensor:
        logits: Tensor = self.network(images, labels)
        return logits


class ConditionalJudge(SmallJudge):
    """The same, and it asks for labels as every conditional discriminator does."""

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Logits `(batch,)` of images and labels."""
        if labels is None or len(labels) != len(images):
            given = "no labels" if labels is None else f"{len(labels)} labels"
            raise Failure(f"a conditional discriminator gets {given} for {len(images)} images")
        return super().forward(images, labels)


LATEST: Final = 2000
"""Penalties after which one that begins late must have begun."""


def penalty_of(part: Any, network: SmallJudge, batches: tuple[Batch, Batch]) -> Tensor:
    """What a regularisation adds to the loss of a real and a fake batch."""
    value: Tensor = part.penalty(_Judging(network, *(network(*batch) for batch in batches)), *batches)
    return value


class RegularisationSubject(RememberingSubject):
    """A regularisation, and a small discriminator for it to hold back."""

    @property
    def regularisation(self) -> Any:
        """The regularisation, as training makes it; it has seen nothing yet."""
        return self.place(self.bound.make())

    def use(self, part: Any, device: str = "cpu", batch: int = 4) -> Tensor:
        """The penalty of a batch, and the gradients and the constraint that go with it."""
        network = self.judge().to(device)
        real, fake = (Batch(each.images.to(device), None) for each in self.batches(False, batch))
        value = penalty_of(part, network, (real, fake))
        if value.requires_grad:
            value.backward()  # type: ignore[no-untyped-call]
        part.constrain(network)
        return value.detach()

    def observed(self) -> list[Tensor]:
        """How often it acts, what five updates give, and the weights that it constrains."""
        part, judge = self.regularisation, self.judge()
        part.constrain(judge)
        penalties = self.used(part, 5)
        return [torch.tensor([float(part.every), *penalties]), *map(torch.clone, judge.parameters())]

    @cached_property
    def _begun(self) -> Any:
        part = self.regularisation
        with own_state(self.device):
            judge, batches = self.judge(), self.batches(labelled=False)
            for _ in range(LATEST):
                penalty = penalty_of(part, judge, batches)
                if float(penalty):
                    break
        return part

    def begun(self) -> Any:
        """The regularisation after its first penalty that is not zero, since some begin late."""
        return copy.deepcopy(self._begun)

    def judge(self, network: type[SmallJudge] = SmallJudge) -> SmallJudge:
        """A discriminator with weights large enough to be held back."""
        judge = network()
        perturb(judge, 1.0)
        return self.place(judge)

    def batches(self, labelled: bool, size: int = 4) -> tuple[Batch, Batch]:
        """A real and a fake batch."""
        labels = torch.arange(size) % _CLASSES if labelled else None
        real, fake = (2 * torch.rand(size, 3, 8, 8) - 1 for _ in range(2))
        labels = self.place(labels)
        return Batch(self.place(real), labels), Batch(self.place(fake), labels)
