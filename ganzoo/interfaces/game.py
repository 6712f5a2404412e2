"""The game of the two players: losses, regularisation of the discriminator, augmentation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple, Protocol

from torch import Tensor, nn

from ganzoo.interfaces.networks import Discriminator


class Batch(NamedTuple):
    """Images `(B, C, H, W)` float in [-1, 1] and labels `(B,)` int64, None where there are none."""

    images: Tensor
    labels: Tensor | None


class Objective(ABC):
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
    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """The scalar that the discriminator minimises, from logits `(B,)` or `(B, P)` each."""

    @abstractmethod
    def generator_loss(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        """The scalar that the generator minimises, from the logits `(B,)` or `(B, P)` of its images, and
        those of as many real ones where the objective is relativistic; else None.
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

    def __call__(self, images: Tensor, labels: Tensor | None) -> Tensor:
        """Maps images `(B, C, H, W)` and labels `(B,)` to float32 logits `(B,)`, the mean over patches
        where there are any.
        """


class Regularisation(ABC):
    """Holds the discriminator back. The core calls `Class(config)`.

    One that remembers something is a `torch.nn.Module` as well, and keeps it in buffers, which checkpoints
    hold. It changes them in place, and reads no value back from the device.
    """

    every: int
    """Updates of the discriminator from one penalty to the next. The core multiplies the penalty by as
    many, so that its mean stays the same (lazy regularisation; Karras et al., 2020, "Analyzing and
    Improving the Image Quality of StyleGAN", section 3.1)."""

    @abstractmethod
    def penalty(self, judge: Judge, real: Batch, fake: Batch) -> Tensor:
        """The scalar float32 that is added to the discriminator's loss. Both batches are as large, and
        require no gradients.
        """

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
