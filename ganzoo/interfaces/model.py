"""A model: the recipe of an architecture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from torch import Tensor

from ganzoo.images import ImageSpec
from ganzoo.interfaces.networks import Discriminator, Generator


class Released(NamedTuple):
    """A released checkpoint in our names."""

    settings: Mapping[str, Any]
    """Those of the model and its components, `"model.latent_dim": 512`."""
    image: ImageSpec
    num_classes: int | None
    generator: Mapping[str, Tensor]
    """Name to tensor, of all that training changes and chance draws."""
    discriminator: Mapping[str, Tensor]
    """Likewise; empty where the checkpoint has none."""


class Model(ABC):
    """The recipe of an architecture: builds the two networks and carries the published settings.

    The core calls `Class(config, image, num_classes, **components)`, where `image` is an `ImageSpec`,
    `num_classes: int | None` is None for an unconditional model, and each slot named in `components`
    arrives as a keyword argument holding a factory (`UpsamplingFactory`, `ConditioningFactory`).
    The constructor raises a `UsageError` for an image size that the architecture can't draw.

    The class attributes are literals, or names of literals: they are read without importing the plugin.
    """

    conditional: ClassVar[bool] = False
    """Whether the networks take labels."""

    components: ClassVar[Mapping[str, str]] = {}
    """Slot to the full name of the plugin that fills it by default; a slot is named for its kind."""

    recipe: ClassVar[Mapping[str, tuple[Any, str]]] = {}
    """Published settings that differ from the defaults, `"section.key": (value, source)`, for
    instance `{"training.batch_size": (128, "Radford et al., 2015, section 4")}`. Settings of a
    component hold only while the slot keeps its default."""

    recipes: ClassVar[Mapping[str, tuple[str, Mapping[str, tuple[Any, str]]]]] = {}
    """Other recipes by name, which `ganzoo train --recipe NAME` takes: what each is for and what it was
    measured to need and reach, and the settings in which it differs from `recipe`, with their sources. The
    usual one is `fast`: narrow, and shown to draw in minutes of one core."""

    image_sides: ClassVar[Mapping[str, int]] = {}
    """Which heights and widths it draws as it is set by default, so that listings can tell without
    importing it: `{"least": 8, "multiple": 2}`, and "most" where there is a largest. Empty: not said."""

    published: ClassVar[Mapping[str, tuple[float, Mapping[str, str]]]] = {}
    """Results of this architecture that others have published: what was measured to its value and to all that
    the value depends on, `{"FID on CIFAR-10": (48.29, {"source": "...", ...})}`. Nothing may be left out:
    `source`, `network`, `optimiser`, `images` (real ones seen in training), `flips`, `statistics` (what was
    compared with what), `checkpoint` (the last, or the best by which figure), and `recipe`: whether ours is
    that recipe, and what differs."""

    differences: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """Where the model, trained by its recipe, differs from its paper and from released code: what is here, to
    what is there and why, `{"no orthogonal regularisation": ("paper, section 3.1", "the reason")}`. All that
    may move a figure belongs in here."""

    small: ClassVar[Mapping[str, Any]] = {}
    """Its own settings with which it is built for `ganzoo check --all`, so that this takes seconds: few
    feature maps, `{"channels": 8}`. Empty: the defaults."""

    @classmethod
    def read_released(
        cls, generator: Mapping[str, Tensor], discriminator: Mapping[str, Tensor]
    ) -> Released | None:
        """The weights of a released checkpoint, and how the networks are set that hold them, for
        `ganzoo import`; None, as here, where the model knows no released code's names.

        Args:
            generator: its tensors by the names that the released code gives them.
            discriminator: likewise; empty where the checkpoint has none.

        Raises:
            ValueError, KeyError: they are of another architecture; the message says what is missing or wrong.
        """
        return None

    @abstractmethod
    def generator(self) -> Generator:
        """Builds a freshly initialised generator."""

    @abstractmethod
    def discriminator(self) -> Discriminator:
        """Builds a freshly initialised discriminator."""
