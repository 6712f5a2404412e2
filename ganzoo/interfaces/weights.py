"""Trained weights: a file, and all that whoever draws with it wants to know."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar


class Weights(ABC):
    """A trained generator as a plugin, called `MODEL.TAG`, such as `acgan.fashion-mnist`.

    It has no behaviour and the core never imports it: every attribute is a literal, read as text. The file is
    what a checkpoint is, safetensors with `generator.`, and `discriminator.` where fine-tuning is to start
    from that too; numbers may be float16.
    """

    file: ClassVar[str]
    """The file beside the module, or an `https://` address, from which it is downloaded once."""
    sha256: ClassVar[str]
    """SHA-256 of the file, as 64 hexadecimal digits; a file that has another is refused."""
    picture: ClassVar[str]
    """A PNG beside the module: what `ganzoo sample` draws by default."""

    model: ClassVar[str]
    """The model's full name, `distribution:name`."""
    dataset: ClassVar[str]
    """The full name of the data set that it was trained on."""
    image: ClassVar[tuple[int, int, int]]
    """Channels, height and width of what it draws."""
    classes: ClassVar[tuple[str, ...]]
    """Names of the classes, in the order of labels; empty where it takes none."""
    licence: ClassVar[str]
    """The SPDX identifier of the weights' licence."""

    command: ClassVar[str]
    """The command that trained it."""
    steps: ClassVar[int]
    """Updates of the generator."""
    images_seen: ClassVar[int]
    """Real images that the discriminator was shown."""
    cost: ClassVar[str]
    """How long it took, on which machine."""
    figures: ClassVar[dict[str, tuple[float, str]]]
    """What was measured, by the metric's name, each with its interval and protocol in words."""
    ancestors: ClassVar[tuple[str, ...]] = ()
    """The weights that the training started from, and those that they started from, each in words; empty
    where it was trained from scratch."""
    remarks: ClassVar[tuple[str, ...]] = ()
    """What else is to be known: what it does not draw well, which seeds were tried."""
