"""A regularisation under check, and the small networks that it is to hold back."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganzoo.interfaces import Batch, Discriminator, Generator, ImageSpec
from ganzoo.testing.checks import Failure
from ganzoo.testing.memory_checks import RememberingSubject
from ganzoo.testing.modules import perturb
from ganzoo.testing.placement import own_state

_CLASSES: Final = 3
_LATENTS: Final = 6


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


class SmallPainter(Generator):
    """A generator, smooth everywhere; labels are optional."""

    def __init__(self) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = _LATENTS, ImageSpec(3, 8, 8), None
        self.hidden = nn.Linear(_LATENTS, 4 * 2 * 2)
        self.vectors = nn.Embedding(_CLASSES, 4)
        self.pixels = nn.ConvTranspose2d(4, 3, kernel_size=4, stride=4)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        hidden = F.softplus(self.hidden(latents)).reshape(-1, 4, 2, 2)
        if labels is not None:
            hidden = hidden * (1 + self.vectors(labels))[:, :, None, None]
        return torch.tanh(self.pixels(hidden))


@dataclass(frozen=True)
class _Drawing:
    """A generator in an update, as a regularisation sees it."""

    network: SmallPainter
    latents: Tensor
    labels: Tensor | None

    def __call__(self, latents: Tensor, labels: Tensor | None) -> Tensor:
        images: Tensor = self.network(latents, labels)
        return images


def _require_labels(labels: Tensor | None, count: int, player: str) -> None:
    if labels is None or len(labels) != count:
        given = "no labels" if labels is None else f"{len(labels)} labels"
        raise Failure(f"a conditional {player} gets {given} for {count} images")


class ConditionalJudge(SmallJudge):
    """The same discriminator, and it asks for labels as every conditional one does."""

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Logits `(batch,)` of images and labels."""
        _require_labels(labels, len(images), "discriminator")
        return super().forward(images, labels)


class ConditionalPainter(SmallPainter):
    """The same generator, and it asks for labels."""

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Images of latents and labels."""
        _require_labels(labels, len(latents), "generator")
        return super().forward(latents, labels)


LATEST: Final = 2000
"""Penalties after which one that begins late must have begun."""


def penalty_of(part: Any, network: SmallJudge | SmallPainter, batches: tuple[Batch, Batch]) -> Tensor:
    """What a regularisation adds to its player's loss in an update with a real and a fake batch.

    The latents of a generator's update are the first pixels of the fakes.
    """
    if isinstance(network, SmallPainter):
        images, labels = batches[1]
        drawn: Tensor = part.generator_penalty(_Drawing(network, images.flatten(1)[:, :_LATENTS], labels))
        return drawn
    value: Tensor = part.penalty(_Judging(network, *(network(*batch) for batch in batches)), *batches)
    return value


class RegularisationSubject(RememberingSubject):
    """A regularisation, and a small network for it to hold back."""

    @property
    def regularisation(self) -> Any:
        """The regularisation, as training makes it; it has seen nothing yet."""
        return self.place(self.bound.make())

    def use(self, part: Any, device: str = "cpu", batch: int = 4) -> Tensor:
        """The penalty of a batch, and the gradients and the constraint that go with it."""
        network = self.player().to(device)
        real, fake = (Batch(each.images.to(device), None) for each in self.batches(False, batch))
        value = penalty_of(part, network, (real, fake))
        if value.requires_grad:
            value.backward()  # type: ignore[no-untyped-call]
        part.constrain(self.judge().to(device))
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
            player, batches = self.player(), self.batches(labelled=False)
            for _ in range(LATEST):
                penalty = penalty_of(part, player, batches)
                if float(penalty):
                    break
        return part

    def begun(self) -> Any:
        """The regularisation after its first penalty that is not zero, since some begin late."""
        return copy.deepcopy(self._begun)

    @property
    def acts_on_generator(self) -> bool:
        """Whether it says that its penalty is of the generator."""
        return bool(self.regularisation.acts_on == "generator")

    def player(self, *, conditional: bool = False) -> SmallJudge | SmallPainter:
        """The player that it acts on, with weights large enough to be held back."""
        if not self.acts_on_generator:
            return self.judge(ConditionalJudge if conditional else SmallJudge)
        painter = ConditionalPainter() if conditional else SmallPainter()
        perturb(painter, 0.3)
        return self.place(painter)

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
