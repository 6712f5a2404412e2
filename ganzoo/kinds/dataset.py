"""The kind `dataset`: labelled images, and what every one promises of types, ranges and order."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import torch
from torch import Tensor

from ganzoo.errors import UsageError
from ganzoo.interfaces import LabelledImages
from ganzoo.plugins.card import IMAGE_SHAPE
from ganzoo.testing.checks import Check, Failure, Suite, check, require
from ganzoo.testing.dataset_subject import DatasetSubject
from ganzoo.testing.every import EVERY
from ganzoo.testing.reading_checks import (
    another_process_reads_the_same,
    loading_leaves_the_random_state,
    order_is_deterministic,
)


class DatasetKind:
    """Labelled images."""

    ganzoo_api = 1
    position = 8
    group = "ganzoo.datasets"
    interface = "ganzoo.interfaces:Dataset"
    role = "required"
    option = "Data set."
    attributes: ClassVar = {"image_shape": "dict[str, int]"}
    checks = "ganzoo.kinds.dataset:SUITE"
    template = "dataset.template"
    template_use = "train cgan --dataset $name"


_COMPARED: Final = 10_000
"""Images of either split that are compared with those of the other."""

_MOST_SHARED: Final = 0.1
"""Share of test images that may be training images: published data sets hold a few images twice."""

_DARKEST_MAXIMUM: Final = 64
"""A data set whose brightest pixel is below this is scaled wrongly: images scaled to [0, 1] and cast to bytes
reach 1, those of 16 greys 15 or 16, right ones come near 255."""


@check(
    why="Without its training images nothing can be said of a data set.",
    remedy='Return LabelledImages from load("train"). Where the files have to be brought, name their '
    "folder with --data-dir.",
    is_gate=True,
)
def loads(subject: DatasetSubject) -> None:
    kind = type(subject.train).__name__
    require(isinstance(subject.train, LabelledImages), f"load returns a {kind}, not LabelledImages")
    tensors = (subject.train.images, subject.train.labels)
    require(all(isinstance(x, Tensor) for x in tensors), "images and labels are no tensors")


@check(
    why="Images stay as bytes on the device, a quarter of the memory of floats, and are scaled there.",
    remedy="Return uint8 (N, channels, height, width): for floats in [0, 1], (255 * "
    "images).round().to(uint8).",
)
def images_are_bytes(subject: DatasetSubject) -> None:
    for split, data in subject.splits():
        shape, dtype = tuple(data.images.shape), data.images.dtype
        require(dtype == torch.uint8, f"the images of {split} are {dtype}")
        is_shape = len(shape) == 4 and shape[1] in (1, 3) and 0 not in shape
        require(is_shape, f"the images of {split} are {shape}, not (N, 1 or 3, height, width)")


def _does_not_say(subject: DatasetSubject) -> str | None:
    return None if subject.bound.cls.image_shape else "it doesn't say how large its images are"


@check(
    why="ganzoo list --dataset NAME shows the models that draw images of this size, before any is read.",
    remedy="Set image_shape to the channels, height and width that load returns, or leave it out where "
    "settings or files decide them.",
    unless=_does_not_say,
)
def image_shape_is_true(subject: DatasetSubject) -> None:
    said = dict(subject.bound.cls.image_shape)
    loaded = dict(zip(IMAGE_SHAPE, subject.train.images.shape[1:], strict=True))
    require(said == loaded, f"image_shape says {said}, and the images are {loaded}")


@check(
    why="Training maps the bytes 0..255 to [-1, 1]. Images that use a corner of the range are black to "
    "the networks.",
    remedy="Scale the darkest possible pixel to 0 and the brightest to 255 before casting to uint8.",
)
def images_use_the_range(subject: DatasetSubject) -> None:
    brightest = int(subject.train.images.max())
    require(
        brightest >= _DARKEST_MAXIMUM,
        f"the brightest pixel of all training images is {brightest} of 255",
    )


@check(
    why="Labels index embeddings, and torch indexes by int64.",
    remedy="Return int64 (N,), a label for every image.",
)
def labels_are_int64(subject: DatasetSubject) -> None:
    for split, data in subject.splits():
        shape, dtype = tuple(data.labels.shape), data.labels.dtype
        require(dtype == torch.int64, f"the labels of {split} are {dtype}")
        expected = (len(data.images),)
        require(shape == expected, f"the labels of {split} are {shape} for {expected[0]} images")


@check(
    why="A conditional model has as many classes as there are names. A label beyond them stops an "
    "accelerator with a device assert in the middle of the training.",
    remedy="Count classes from 0, and name them all in class_names.",
)
def labels_are_within_bounds(subject: DatasetSubject) -> None:
    for split, data in subject.splits():
        lowest, highest = int(data.labels.min()), int(data.labels.max())
        last = len(data.class_names) - 1
        within = lowest >= 0 and highest <= last
        require(within, f"the labels of {split} are {lowest}..{highest}, the classes 0..{last}")


@check(
    why="A conditional model draws noise for a class of which it has seen no image, and class accuracy is "
    "wrong for it.",
    remedy="Count classes from 0 without a gap, and name no class that has no training image.",
)
def every_class_has_images(subject: DatasetSubject) -> None:
    seen = set(subject.train.labels.tolist())  # those of no class are for labels-are-within-bounds to find
    empty = [name for label, name in enumerate(subject.train.class_names) if label not in seen]
    require(not empty, f"no training image is of the class {', '.join(map(repr, empty[:3]))}")


@check(
    why="Samples are asked for by class name: ganzoo sample RUN --label NAME.",
    remedy="Return a tuple of different, non-empty strings.",
)
def class_names_are_distinct(subject: DatasetSubject) -> None:
    for split, data in subject.splits():
        names = data.class_names
        texts = isinstance(names, tuple) and all(isinstance(name, str) and name for name in names)
        require(texts, f"the class names of {split} are {names!r:.80}, not a tuple of text")
        distinct = len({name.lower() for name in names}) == len(names)
        require(distinct, f"class names of {split} occur twice: {', '.join(names)}")


def _has_no_test_split(subject: DatasetSubject) -> str | None:
    return None if subject.test is not None else "it has no split 'test'"


@check(
    why="A model trained on one split is judged on the other.",
    remedy='Give "test" the class names and the image size of "train". Without a test split, raise '
    "UsageError.",
    unless=_has_no_test_split,
)
def splits_agree(subject: DatasetSubject) -> None:
    assert subject.test is not None
    train, test = subject.train, subject.test
    shapes = tuple(train.images.shape[1:]), tuple(test.images.shape[1:])
    require(shapes[0] == shapes[1], f'images are {shapes[0]} in "train" and {shapes[1]} in "test"')
    require(train.class_names == test.class_names, "the splits have other class names")


@check(
    why="Whoever judges a model by images that it has learnt from finds it better than it is.",
    remedy='Read other files for "test". Without a test split, raise UsageError.',
    unless=_has_no_test_split,
)
def splits_are_disjoint(subject: DatasetSubject) -> None:
    assert subject.test is not None
    train, test = (
        [image.numpy().tobytes() for image in data.images[:_COMPARED]]
        for data in (subject.train, subject.test)
    )
    known = set(train)
    both = sum(image in known for image in test) / len(test)
    require(both <= _MOST_SHARED, f"{both:.0%} of the test images are training images")


@check(
    why="A mistyped split has to be said, not answered with another split's images.",
    remedy='Raise ganzoo.errors.UsageError for every split but "train" and "test".',
)
def unknown_splits_are_refused(subject: DatasetSubject) -> None:
    try:
        subject.load("no-such-split")
    except UsageError:
        return
    raise Failure('load("no-such-split") raises no UsageError')


_CHECKS: Final[tuple[Check[Any], ...]] = (
    loads,
    images_are_bytes,
    image_shape_is_true,
    images_use_the_range,
    labels_are_int64,
    labels_are_within_bounds,
    every_class_has_images,
    class_names_are_distinct,
    splits_agree,
    splits_are_disjoint,
    order_is_deterministic,
    loading_leaves_the_random_state,
    unknown_splits_are_refused,
    another_process_reads_the_same,
)

SUITE = Suite(DatasetSubject, (*EVERY, *_CHECKS), minimum=11)
