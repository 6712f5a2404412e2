"""The game of the two players: losses, regularisation of either, augmentation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, Literal, NamedTuple, Protocol

from torch import Tensor, nn
from typing_extensions import TypeVar

from ganzoo.interfaces.networks import Discriminator, Generator


class Batch(NamedTuple):
    """Images `(B, C, H, W)` float in [-1, 1] and labels `(B,)` int64, None where there are none."""

    images: Tensor
    labels: Tensor | None


Shown = TypeVar("Shown", default=Tensor)
"""What the losses are computed from: logits, where a class doesn't say otherwise."""


class Objective(ABC, Generic[Shown]):
    """The losses of the two players. The core calls `Class(config)`.

    Both are means over all logits, which come as `(B,)`, or as `(B, P)` where the discriminator judges
    patches: each patch is then won or lost by itself.

    One that remembers something from batch to batch is a `torch.nn.Module` as well, and keeps it in buffers,
    which checkpoints hold. It changes them in place, after it has computed a loss from what it remembered
    before, and reads no value back from the device.
    """

    relativistic: ClassVar[bool] = False
    """Whether the generator's loss compares its images with real ones (Jolicoeur-Martineau, 2019)."""

    paired_labels: ClassVar[bool] = False
    """Whether fakes are asked for the labels of the real images in their places, so that the logits of a pair
    are of one class. Else the labels of fakes are drawn apart from the real ones."""

    @abstractmethod
    def discriminator_loss(self, real_logits: Shown, fake_logits: Shown) -> Tensor:
        """The scalar that the discriminator minimises, from logits `(B,)` or `(B, P)` each."""

    @abstractmethod
    def generator_loss(self, fake_logits: Shown, real_logits: Shown | None = None) -> Tensor:
        """The scalar that the generator minimises, from the logits `(B,)` or `(B, P)` of its images, and
        those of as many real ones where the objective is relativistic; else None.
        """


class Seen(NamedTuple):
    """A batch, and what the discriminator has said of it in this update."""

    logits: Tensor
    """`(B,)`, or `(B, P)` of patches; float32."""
    images: Tensor
    """`(B, C, H, W)` float32, as they were before any augmentation."""
    labels: Tensor | None
    """`(B,)` int64; None where there are none."""
    latents: Tensor | None
    """`(B, Z)` that fakes were drawn from; None of real images."""
    features: Tensor | None
    """`(B, ...)` float32: what entered the discriminator's head (`Discriminator.head`), of the augmented
    images where the recipe augments; None where the objective doesn't ask for them."""


class InformedObjective(Objective[Seen]):
    """An objective that asks for more than logits: its losses are given all of `Seen`. The core calls
    `Class(config)`.

    What else an `Objective` promises holds for it, and it may remember something in the same way.
    """

    asks_for_features: ClassVar[bool] = False
    """Whether it needs the discriminator's features. A training with a discriminator that shows none is
    refused at its start."""

    @abstractmethod
    def discriminator_loss(self, real: Seen, fake: Seen) -> Tensor:
        """The scalar that the discriminator minimises. Images require no gradients."""

    @abstractmethod
    def generator_loss(self, fake: Seen, real: Seen | None = None) -> Tensor:
        """The scalar that the generator minimises, and as many real images where the objective is
        `relativistic`, with what is said of them now and no gradients; else None.
        """


class Judge(Protocol):
    """The discriminator as a regularisation sees it: augmentation and precision as in training."""

    @property
    def real_logits(self) -> Tensor:
        """What the discriminator has said of the real batch in this update, `(B,)` float32, the mean over
        patches where there are any. They cost nothing, and can be differentiated once.
        """

    @property
    def fake_logits(self) -> Tensor:
        """What it has said of the fake batch, likewise."""

    @property
    def network(self) -> Discriminator:
        """The discriminator itself, for penalties of its weights."""

    def __call__(self, images: Tensor, labels: Tensor | None) -> Tensor:
        """Maps images `(B, C, H, W)` and labels `(B,)` to float32 logits `(B,)`, the mean over patches
        where there are any.
        """


class Draw(Protocol):
    """The generator as a regularisation sees it: precision as in training, and not compiled."""

    @property
    def network(self) -> Generator:
        """The generator itself, for penalties of its weights, and for its space of styles."""

    @property
    def latents(self) -> Tensor:
        """`(B, Z)` float: what the fakes of this update are drawn from."""

    @property
    def labels(self) -> Tensor | None:
        """`(B,)` int64, likewise; None where the generator takes none."""

    def __call__(self, latents: Tensor, labels: Tensor | None) -> Tensor:
        """Maps latents `(B, Z)` and labels `(B,)` to float32 images `(B, C, H, W)`, anew."""


class Regularisation(ABC):
    """Holds a player back. The core calls `Class(config)`.

    One that remembers something is a `torch.nn.Module` as well, and keeps it in buffers, which checkpoints
    hold. It changes them in place, and reads no value back from the device.
    """

    acts_on: Literal["discriminator", "generator"] = "discriminator"
    """Whose loss the penalty is added to: of the discriminator, `penalty`; of the generator,
    `generator_penalty`. The constructor may set it."""

    every: int
    """Updates of that player from one penalty to the next. The core multiplies the penalty by as
    many, so that its mean stays the same (lazy regularisation; Karras et al., 2020, "Analyzing and
    Improving the Image Quality of StyleGAN", section 3.1)."""

    @abstractmethod
    def penalty(self, judge: Judge, real: Batch, fake: Batch) -> Tensor:
        """The scalar float32 that is added to the discriminator's loss. Both batches are as large, and
        require no gradients.
        """

    def generator_penalty(self, draw: Draw) -> Tensor:
        """The scalar float32 that is added to the generator's loss, where it acts on the generator.

        Raises:
            NotImplementedError: as here, it doesn't.
        """
        raise NotImplementedError(f"{type(self).__name__} has no penalty of the generator")

    @abstractmethod
    def constrain(self, discriminator: Discriminator) -> None:
        """Changes the weights in place after each update of the discriminator, where the method does."""


class Augmentation(nn.Module, ABC):
    """Transforms what the discriminator sees, real and fake alike, in the updates of both players.
    The core calls `Class(config)`. Whatever it learns it keeps in buffers, which checkpoints hold.
    """

    @abstractmethod
    def forward(self, images: Tensor) -> Tensor:
        """Maps images `(B, C, H, W)` float32 in [-1, 1] to as many of the same shape: every image
        by a transformation of its own, drawn anew in each call, and differentiable, also twice.
        """

    @abstractmethod
    def adapt(self, real_logits: Tensor) -> None:
        """Is shown the logits `(B,)` of real images, the mean over patches where there are any, after each
        update of the discriminator, to adapt its strength. Reads no value back from the device.
        """
