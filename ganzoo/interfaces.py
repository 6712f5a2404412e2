"""The abstract classes a plugin implements, and the few data types they exchange.

Shape legend: B batch, Z latent, K classes, E embedding, C channels, H height, W width, P patches.
Images are `(batch, channels, height, width)` floats in [-1, 1], or uint8 at rest; labels `(batch,)`
int64 in [0, num_classes); latents `(batch, latent_dim)`; logits `(batch,)`, or `(batch, patches)` of a
discriminator that judges an image in patches, never squashed.

Every class here is abstract and holds no behaviour; every implementation is final. The one thing an
interface can't express in Python is the constructor, so each docstring states the call that the
core makes. Its first argument is always the plugin's own `Config`, already validated.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

import torch
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


class Batch(NamedTuple):
    """Images `(B, C, H, W)` float in [-1, 1] and labels `(B,)` int64, None where there are none."""

    images: Tensor
    labels: Tensor | None


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


class Conditioning(nn.Module, ABC):
    """Represents a label as a vector. The core calls `Class(config, num_classes)`.

    Implementations are interchangeable: whoever uses one reads its `features` and nothing else.
    """

    features: int
    """Length of the vector."""

    @abstractmethod
    def forward(self, labels: Tensor) -> Tensor:
        """Maps labels `(B,)` int64 to float vectors `(B, features)`.

        Raises:
            ValueError: as `require_labels` does, with which an implementation begins.
        """


class Upsampling(nn.Module, ABC):
    """Doubles height and width. The core calls `Class(config, in_channels, out_channels, bias=True)`;
    with `bias=False` the block has no additive constant (batch normalisation follows and has one).
    """

    @abstractmethod
    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, in_channels, H, W)` to `(B, out_channels, 2H, 2W)`."""


class Objective(ABC):
    """The losses of the two players. The core calls `Class(config)`.

    Both are means over all logits, which come as `(B,)`, or as `(B, P)` where the discriminator judges
    patches: each patch is then won or lost by itself.
    """

    relativistic: ClassVar[bool] = False
    """Whether the generator's loss compares its images with real ones (Jolicoeur-Martineau, 2019)."""

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

    def __call__(self, images: Tensor, labels: Tensor | None) -> Tensor:
        """Maps images `(B, C, H, W)` and labels `(B,)` to float32 logits `(B,)`, the mean over patches
        where there are any.
        """


class Regularisation(ABC):
    """Holds the discriminator back. The core calls `Class(config)`."""

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


class LabelledImages(NamedTuple):
    """One split of a data set, whole and in memory."""

    images: Tensor
    """`(N, C, H, W)` uint8."""
    labels: Tensor
    """`(N,)` int64, each an index into `class_names`."""
    class_names: tuple[str, ...]


class Dataset(ABC):
    """Where images come from. The core calls `Class(config, data_dir)`, where `data_dir: Path | None`
    is the folder named by `--data-dir`, or None where the user named none.
    """

    @abstractmethod
    def load(self, split: str) -> LabelledImages:
        """Reads the split "train" or "test", always in the same order.

        Raises:
            UsageError: the split or a setting does not exist for this data set.
            GanzooError: the data are missing or damaged; says where it looked and how to get them.
        """


class Features(NamedTuple):
    """What a feature extractor makes of a batch of images."""

    vectors: Tensor
    """`(B, features)` float32."""
    logits: Tensor | None
    """`(B, K)` float32, of the extractor's own K classes; None where it tells none apart."""


@dataclass(frozen=True, kw_only=True)
class FeatureProtocol:
    """What a figure computed from features depends on, besides the images; printed with every figure."""

    network: str
    """The network, and which of its layers."""
    weights: str
    """Where the weights come from."""
    weights_sha256: str
    """SHA-256 of the weights, as 64 hexadecimal digits."""
    resize: str
    """"none", or size, filter and antialiasing."""


class FeatureExtractor(nn.Module, ABC):
    """Represents images as vectors, by which sets of images are compared.

    The core calls `Class(config, training_images)`, where `training_images()` reads the data set's
    split "train". The class attributes are literals, or names of literals.

    Raises:
        GanzooError: the constructor can't find the weights, or finds others than were asked for.
    """

    standard_inception: ClassVar[bool] = False
    """Whether this is the Inception network of the FID literature, with its weights, its layer and its
    resizing; only then is a Fréchet distance called FID."""

    self_contained: ClassVar[bool] = False
    """Whether it needs nothing but the data set; such a one is used where none is named."""

    features: int
    """Length of a vector."""
    protocol: FeatureProtocol
    class_names: tuple[str, ...]
    """The data set's classes, where these are what the logits tell apart; else empty."""

    @abstractmethod
    def forward(self, images: Tensor) -> Features:
        """Maps images `(B, C, H, W)` uint8, grey or colour and of any size, to features. It resizes
        and normalises them itself.
        """


class UpsamplingFactory(Protocol):
    """A chosen `Upsampling` with its settings bound: what a model's `upsampling` slot receives."""

    def __call__(self, in_channels: int, out_channels: int, *, bias: bool = True) -> Upsampling: ...


class ConditioningFactory(Protocol):
    """A chosen `Conditioning` with its settings bound: what a `conditioning` slot receives."""

    def __call__(self, num_classes: int) -> Conditioning: ...


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

    image_sides: ClassVar[Mapping[str, int]] = {}
    """Which heights and widths it draws as it is set by default, so that listings can tell without
    importing it: `{"least": 8, "multiple": 2}`, and "most" where there is a largest. Empty: not said."""

    published: ClassVar[Mapping[str, tuple[float, str]]] = {}
    """Results of this architecture that others have published: what was measured to (value, source), where
    the source says what the value depends on: `{"FID on CIFAR-10": (48.29, "...")}`."""

    @abstractmethod
    def generator(self) -> Generator:
        """Builds a freshly initialised generator."""

    @abstractmethod
    def discriminator(self) -> Discriminator:
        """Builds a freshly initialised discriminator."""


def require_labels(labels: Tensor | None, num_classes: int) -> Tensor:
    """Returns labels `(B,)` int64 in 0..num_classes - 1 as they are.

    Every network and conditioning that takes labels begins with this. Their range is looked at on the
    CPU alone, which takes 2 microseconds. Looking would stall an accelerator at every step and break
    the graph of a compiled network; labels bound there are checked where they enter: by the command
    line, and by the conformance checks of a data set.

    Raises:
        ValueError: labels are missing, of another shape or of another type, or on the CPU and out of range.
    """
    if labels is None:
        raise ValueError(f"this network is conditional: it needs labels (batch,) in 0..{num_classes - 1}")
    if labels.dtype != torch.int64 or labels.ndim != 1:
        raise ValueError(
            f"labels must be (batch,) int64, not {tuple(labels.shape)} {labels.dtype}".replace("torch.", "")
        )
    if labels.device.type == "cpu" and not torch.compiler.is_compiling() and len(labels):
        lowest, highest = (int(end) for end in torch.aminmax(labels))
        if lowest < 0 or highest >= num_classes:
            wrong = lowest if lowest < 0 else highest
            raise ValueError(f"labels must be in 0..{num_classes - 1}, not {wrong}")
    return labels


__all__ = [
    "Augmentation",
    "Batch",
    "Conditioning",
    "ConditioningFactory",
    "Dataset",
    "Discriminator",
    "FeatureExtractor",
    "FeatureProtocol",
    "Features",
    "Generator",
    "ImageSpec",
    "Judge",
    "Judgement",
    "LabelledImages",
    "Model",
    "Objective",
    "Regularisation",
    "Upsampling",
    "UpsamplingFactory",
    "require_labels",
]
