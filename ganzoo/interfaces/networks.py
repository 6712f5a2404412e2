"""The two networks, and what a discriminator says of images."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, NamedTuple

from torch import Tensor, nn

from ganzoo.images import ImageSpec


class Generator(nn.Module, ABC):
    """Turns noise, and a label where it is conditional, into images."""

    latent_dim: int
    image: ImageSpec
    num_classes: int | None
    """Number of classes a conditional generator draws; `None` where it takes no labels."""

    @abstractmethod
    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps latents `(B, Z)` float, standard normal, and labels `(B,)` int64 to images
        `(B, C, H, W)` float in [-1, 1].

        Raises:
            ValueError: where a conditional generator is given no labels, or wrong ones (`require_labels`).
        """

    def truncated(self, psi: float) -> Generator | None:
        """A generator that shares these weights and draws more typical images, less varied ones, for
        `ganzoo sample --truncation PSI`; None, as here, where it has no way of its own to do so. Then its
        latents come from the normal distribution truncated at `psi` (Brock et al., 2019, section 3.1).

        One with a way of its own overrides this, and says what `psi` means there: a StyleGAN draws its styles
        towards their mean, from 0 (the mean) to 1 (as without).

        Raises:
            UsageError: `psi` is out of range; the message says which range.
        """
        return None

    def style_space(self) -> StyleSpace | None:
        """The space of styles between latents and images, where the generator has one: there images are moved
        (`ganzoo sample --directions`) and found again (`ganzoo invert`). None, as here: this is done with
        latents.
        """
        return None


class StyleSpace(NamedTuple):
    """A space that latents are mapped to before images are drawn, such as W of a StyleGAN."""

    generator: Generator
    """Draws images from styles `(B, S)` as its latents, without labels; it shares the weights."""
    styles: Callable[[Tensor, Tensor | None], Tensor]
    """Maps latents `(B, Z)` and labels `(B,)` int64, None where there are none, to styles `(B, S)`."""
    first_layer: Tensor
    """Weights `(F, S)` of all that a style enters first, one under the other."""


class Judgement(NamedTuple):
    """What a discriminator with a second task says of images."""

    logits: Tensor
    """`(B,)`, or `(B, P)`: large where the image, or the patch of it, looks real."""
    auxiliary_loss: Tensor
    """`(B,)`, already weighted, of the second task: telling classes apart, for instance (Odena et al.,
    2017). Both players minimise its mean, beside the objective; or the discriminator alone, where it is
    `self_supervised`."""


class Discriminator(nn.Module, ABC):
    """Tells real images from generated ones."""

    self_supervised: ClassVar[bool] = False
    """Whether its second task is one to learn from real images: to draw them again from its features,
    for instance (Liu et al., 2021). Then it alone minimises the auxiliary loss, and of real images only."""

    pays_for_fakes: ClassVar[bool] = True
    """Whether the discriminator's update minimises the auxiliary loss of fakes too (Odena et al., 2017), and
    not of real images alone (Kang et al., 2021). The generator's minimises that of its fakes either way."""

    head: str = ""
    """Name of the layer that makes logits of features, as `get_submodule` takes it: `"dense"`. Each forward
    calls it once, and its first argument `(B, ...)` is an image's features, for objectives that ask for them.
    Empty: it shows none. The constructor may set it."""

    sees_latents: ClassVar[bool] = False
    """Whether it learns to read latents in images (Chen et al., 2016): `forward(images, labels, latents)` is
    then given those `(B, Z)` that fakes were drawn from, and None of real images."""

    image: ImageSpec
    num_classes: int | None

    @abstractmethod
    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor | Judgement:
        """Maps images `(B, C, H, W)` float in [-1, 1] and labels `(B,)` int64 to logits `(B,)`:
        large where the image looks real, unbounded, never squashed. One that judges P patches of an
        image, P of 2 or more (Isola et al., 2017, section 3.2.2), gives `(B, P)`; one with a second
        task gives a `Judgement`, always.

        Raises:
            ValueError: where a conditional discriminator is given no labels, or wrong ones.
        """
