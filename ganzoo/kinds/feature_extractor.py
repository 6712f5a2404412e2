"""The kind `feature-extractor`: images as vectors, and what every one promises."""

from __future__ import annotations

import random
import re
from functools import cached_property
from typing import Any, ClassVar, Final

import numpy as np
import torch
from torch import Tensor, nn

from ganzoo.interfaces import FeatureExtractor, LabelledImages
from ganzoo.testing.checks import Check, Failure, Suite, check, require
from ganzoo.testing.every import EVERY
from ganzoo.testing.module_checks import (
    a_seed_reproduces_it,
    builds,
    evaluation_leaves_the_random_state,
    inputs_are_not_modified,
    rows_are_independent,
)
from ganzoo.testing.modules import ModuleSubject
from ganzoo.testing.placement import repeats


class FeatureExtractorKind:
    """Represents images as vectors, to compare sets of them."""

    ganzoo_api = 1
    position = 9
    group = "ganzoo.feature_extractors"
    interface = "ganzoo.interfaces:FeatureExtractor"
    attributes: ClassVar = {"standard_inception": "bool", "self_contained": "bool"}
    checks = "ganzoo.kinds.feature_extractor:SUITE"
    template = "feature_extractor.template"
    template_use = "evaluate RUN --dataset digits --features $name"


_INCEPTION: Final = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
"""SHA-256 of TensorFlow's weights of 5 December 2015 as pytorch-fid and torch-fidelity have them, in
pt_inception-2015-12-05-6726825d.pth."""

_INCEPTION_FEATURES: Final = 2048
"""Length of the last average pooling (Heusel et al., 2017)."""

_SIZES: Final = ((8, 8), (28, 28), (32, 48))


class _Vectors(nn.Module):
    """An extractor, of whose features only the vectors are returned."""

    def __init__(self, extractor: nn.Module) -> None:
        super().__init__()
        self.extractor = extractor

    def forward(self, images: Tensor) -> Tensor:
        vectors: Tensor = self.extractor(images).vectors
        return vectors


class FeatureExtractorSubject(ModuleSubject):
    """An extractor for a data set of 60 images, of noise in three classes."""

    def make(self, channels: int) -> FeatureExtractor:
        """The extractor for grey or colour images, in evaluation mode."""
        noise = torch.Generator().manual_seed(0)
        images = torch.randint(256, (60, channels, 16, 16), generator=noise).to(torch.uint8)
        data = LabelledImages(images, torch.arange(60) % 3, ("one", "other", "third"))
        extractor: FeatureExtractor = self.bound.make(lambda: data)
        return extractor.eval()

    @cached_property
    def extractor(self) -> FeatureExtractor:
        """The extractor for colour images, made once, on the device of the checks."""
        return self.place(self.make(3))

    def build(self) -> dict[str, nn.Module]:
        """The extractor for colour images, made anew."""
        return {"extractor": _Vectors(self.make(3))}

    def inputs(self, name: str, batch: int) -> tuple[Tensor, ...]:
        """Images `(batch, 3, 16, 16)` uint8."""
        return (torch.randint(256, (batch, 3, 16, 16)).to(torch.uint8),)

    def draws_alone(self, name: str) -> bool:
        """The vector of an image depends on that image."""
        return True


@check(
    why="Any data set may be evaluated, grey or colour and of any size, and `features` sizes the table "
    "that its vectors go into.",
    remedy="Return Features with float32 vectors (batch, features); resize inside forward, and repeat a "
    "grey channel where the network wants three.",
)
def any_image_becomes_a_vector(subject: FeatureExtractorSubject) -> None:
    for channels, extractor in ((3, subject.extractor), (1, subject.place(subject.make(1)))):
        for height, width in _SIZES:
            for batch in (1, 5):
                images = subject.place(torch.randint(256, (batch, channels, height, width)).to(torch.uint8))
                with torch.inference_mode():
                    vectors = extractor(images).vectors
                shape, expected = tuple(vectors.shape), (batch, extractor.features)
                require(shape == expected, f"images {tuple(images.shape)} become {shape}, not {expected}")
                require(vectors.dtype == torch.float32, f"vectors are {vectors.dtype}")
                require(bool(vectors.isfinite().all()), f"images {tuple(images.shape)} give NaN or infinity")


@check(
    why="Distances between vectors that don't depend on the images are all zero, and every generator is "
    "perfect.",
    remedy="Use the images in forward.",
)
def different_images_differ(subject: FeatureExtractorSubject) -> None:
    (images,) = subject.given("extractor", 2)
    with torch.inference_mode():
        first, second = subject.extractor(images).vectors
    require(not torch.equal(first, second), "two images of noise have the same vector")


@check(
    why="Class accuracy compares the logits with the labels of the data set.",
    remedy="Leave class_names empty where the logits are of other classes; else one logit a name, in "
    "their order. Without logits return None.",
)
def logits_are_of_its_classes(subject: FeatureExtractorSubject) -> None:
    names = subject.extractor.class_names
    require(isinstance(names, tuple), f"class_names is {names!r:.80}, not a tuple")
    with torch.inference_mode():
        logits = subject.extractor(*subject.given("extractor", 5)).logits
    if logits is None:
        require(not names, f"there are no logits for the classes {', '.join(names)}")
        return
    require(logits.ndim == 2 and len(logits) == 5, f"logits of 5 images are {tuple(logits.shape)}")
    require(logits.dtype == torch.float32, f"logits are {logits.dtype}")
    if names:
        fits = logits.shape[1] == len(names)
        require(fits, f"there are {logits.shape[1]} logits for {len(names)} classes")


@check(
    why="A figure without the network, weights and resizing behind it can't be compared with any other.",
    remedy="Set protocol to a FeatureProtocol with every field filled, the SHA-256 computed from the "
    "weights in use.",
)
def protocol_is_complete(subject: FeatureExtractorSubject) -> None:
    protocol = subject.extractor.protocol
    for field in ("network", "weights", "resize"):
        text = getattr(protocol, field)
        require(isinstance(text, str) and bool(text.strip()), f"protocol.{field} is {text!r}")
    digest = protocol.weights_sha256
    if not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest):
        raise Failure(f"protocol.weights_sha256 is {digest!r:.80}, not 64 hexadecimal digits")


@check(
    why="Weights that chance draws give other distances in each process: a figure that nobody can repeat.",
    remedy="Load trained weights, or draw them from a torch.Generator with a fixed seed.",
)
def its_weights_do_not_depend_on_chance(subject: FeatureExtractorSubject) -> None:
    made = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        np.random.seed(seed)
        random.seed(seed)
        made.append(subject.place(subject.make(3)))
    images = subject.given("extractor", 4)
    with torch.inference_mode():
        first, second = (extractor(*images) for extractor in made)
    same = repeats(first.vectors, second.vectors)
    require(same, "made again after another seed, it gives other vectors of the same images")
    if first.logits is not None:
        same = repeats(first.logits, second.logits)
        require(same, "made again after another seed, it gives other logits of the same images")


def _claims_nothing(subject: FeatureExtractorSubject) -> str | None:
    return None if subject.cls.standard_inception else "it doesn't say that it is the Inception of FID"


@check(
    why="Only the distance between features of one network, with its weights, is the FID of the literature. "
    "Printed under that name, another one is compared with figures that have nothing to do with it.",
    remedy="Leave standard_inception out, unless the weights are those of pt_inception-2015-12-05 and a "
    "vector is their last average pooling.",
    unless=_claims_nothing,
)
def standard_inception_is_what_it_says(subject: FeatureExtractorSubject) -> None:
    digest, length = subject.extractor.protocol.weights_sha256, subject.extractor.features
    require(length == _INCEPTION_FEATURES, f"its vectors have {length} numbers, not {_INCEPTION_FEATURES}")
    require(digest == _INCEPTION, f"the SHA-256 of its weights is {digest}, not {_INCEPTION}")
    with torch.inference_mode():
        vectors = subject.extractor(*subject.given("extractor", 4)).vectors
    require(bool((vectors >= 0).all()), "averages of rectified maps are not negative, and its vectors are")


_CHECKS: Final[tuple[Check[Any], ...]] = (
    builds,
    inputs_are_not_modified,
    a_seed_reproduces_it,
    evaluation_leaves_the_random_state,
    rows_are_independent,
    its_weights_do_not_depend_on_chance,
    any_image_becomes_a_vector,
    different_images_differ,
    logits_are_of_its_classes,
    protocol_is_complete,
    standard_inception_is_what_it_says,
)

SUITE = Suite(FeatureExtractorSubject, (*EVERY, *_CHECKS), minimum=11)
