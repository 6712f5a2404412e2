"""The features of real images, kept in the cache under a hash of everything that they depend on."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganzoo.devices import device_of
from ganzoo.errors import GanzooError
from ganzoo.evaluation.computation import SEED
from ganzoo.evaluation.features import BATCH_SIZE, FeatureSet, extract
from ganzoo.files import cache_folder
from ganzoo.interfaces import FeatureExtractor, LabelledImages
from ganzoo.runs import checkpoints
from ganzoo.sampling.latents import random_numbers

logger = logging.getLogger("ganzoo.evaluation")

_FORMAT = 1
_CHUNK = 1024


def draw_real(data: LabelledImages, count: int | None) -> LabelledImages:
    """So many images, drawn without replacement and in their order; all where there are no more."""
    if count is None or count >= len(data.images):
        return data
    order = torch.randperm(len(data.images), generator=random_numbers(SEED, "real images"))
    chosen = order[:count].sort().values
    return LabelledImages(data.images[chosen], data.labels[chosen], data.class_names)


def digest(data: LabelledImages) -> str:
    """SHA-256 of images, labels and class names, as hexadecimal digits."""
    sha = hashlib.sha256(json.dumps([list(data.images.shape), list(data.class_names)]).encode())
    for chunk in torch.split(data.images, _CHUNK):
        sha.update(chunk.contiguous().numpy().data)
    sha.update(data.labels.contiguous().numpy().data)
    return sha.hexdigest()


def real_features(
    data: LabelledImages, data_sha256: str, extractor: FeatureExtractor, identity: Mapping[str, Any]
) -> FeatureSet:
    """The features of real images, read from the cache or computed and written to it.

    Args:
        data: the images.
        data_sha256: their `digest`.
        extractor: as `features.extract` takes it.
        identity: everything else that the features depend on, as JSON can say it.
    """
    device = device_of(extractor).type
    recipe = {
        "format": _FORMAT,
        "data": data_sha256,
        "features": identity,
        "torch": torch.__version__,
        "device": device,
        "batch": BATCH_SIZE,
    }
    key = hashlib.sha256(json.dumps(recipe, sort_keys=True, default=str).encode()).hexdigest()
    path = _path(key)
    cached = _load(path, len(data.images), extractor.features) if path is not None else None
    if cached is not None:
        return cached
    computed = extract(extractor, _batches(data.images), len(data.images), data.labels)
    if path is not None:
        _store(path, computed, recipe)
    return computed


def _batches(images: Tensor) -> Iterator[Tensor]:
    return iter(torch.split(images, _CHUNK))


def _path(key: str) -> Path | None:
    try:
        return cache_folder() / "features" / f"{key}.safetensors"
    except GanzooError:
        return None


def _load(path: Path, count: int, length: int) -> FeatureSet | None:
    if not path.exists():
        return None
    try:
        shapes = checkpoints.read_shapes(path)
        lengths = {shapes[name][:1] for name in shapes}
        if shapes["vectors"] != (count, length) or shapes["labels"] != (count,) or lengths != {(count,)}:
            raise GanzooError(f"{path} holds those of other images")
        tensors = checkpoints.read_tensors(path)
        vectors, labels, logits = tensors["vectors"], tensors["labels"], tensors.get("logits")
        if (
            not vectors.is_floating_point()
            or labels.dtype != torch.int64
            or not torch.isfinite(vectors).all()
        ):
            raise GanzooError(f"{path} holds no features")
        if logits is not None and (logits.ndim != 2 or not logits.is_floating_point()):
            raise GanzooError(f"{path} holds no logits")
    except (GanzooError, KeyError, RuntimeError) as error:
        logger.warning("computing features anew, since those in the cache can't be used: %s", error)
        return None
    return FeatureSet(vectors, logits, labels)


def _store(path: Path, features: FeatureSet, recipe: Mapping[str, Any]) -> None:
    tensors = {"vectors": features.vectors, "labels": features.labels, "logits": features.logits}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        checkpoints.write(path, {name: t for name, t in tensors.items() if t is not None}, recipe)
    except (OSError, GanzooError) as error:
        logger.warning("the features of the real images are not kept, so next time computes anew: %s", error)
