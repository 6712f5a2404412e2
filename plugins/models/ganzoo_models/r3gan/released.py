"""Weights of R3GAN's code (brownvc/R3GAN) in our names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from torch import Tensor

from ganzoo.interfaces import ImageSpec, Released

_PARTS: Final = {
    "LinearLayer1.Layer.weight": "expand.weight",
    "NonLinearity1.Bias": "first_activation.bias",
    "LinearLayer2.Layer.weight": "mix.weight",
    "NonLinearity2.Bias": "second_activation.bias",
    "LinearLayer3.Layer.weight": "reduce.weight",
    "LinearLayer.Layer.weight": "convolution.weight",
    "LinearLayer.weight": "dense.weight",
    "Basis.weight": "basis.weight",
    "Basis": "basis",
}
_ENDS: Final = {
    "AggregationLayer.Layer.weight": "to_image.weight",
    "ExtractionLayer.Layer.weight": "from_image.weight",
    "EmbeddingLayer.weight": "label.weight",
}
_LAYER: Final = re.compile(r"MainLayers\.(\d+)\.Layers\.(\d+)\.(.+)")


def read_r3gan(generator: Mapping[str, Tensor], discriminator: Mapping[str, Tensor]) -> Released:
    """See `Model.read_released`."""
    theirs, judge = _plain(generator), _plain(discriminator)
    found = [match for name in theirs if (match := _LAYER.fullmatch(name))]
    stages, layers = (1 + max(int(match[group]) for match in found) for group in (1, 2))
    if stages * layers > len(theirs):
        raise ValueError(f"of its {stages:,} stages of {layers:,} layers some are missing")
    basis = theirs["MainLayers.0.Layers.0.Basis"]  # (C, 4, 4), or with a batch before
    embedding = theirs.get("EmbeddingLayer.weight")
    latent_dim = theirs["MainLayers.0.Layers.0.LinearLayer.weight"].shape[1]
    settings: dict[str, Any] = {
        "model.latent_dim": latent_dim - (0 if embedding is None else embedding.shape[0]),
        "model.channels": theirs["MainLayers.0.Layers.1.LinearLayer3.Layer.weight"].shape[0],
        "model.blocks": layers - 1,
        "model.group_width": theirs["MainLayers.0.Layers.1.LinearLayer2.Layer.weight"].shape[1],
    }
    if embedding is not None:
        settings["conditioning.name"] = "ganzoo-components:one-hot"
    height, width = (side << (stages - 1) for side in basis.shape[-2:])
    image = ImageSpec(theirs["AggregationLayer.Layer.weight"].shape[0], height, width)
    return Released(
        settings,
        image,
        None if embedding is None else embedding.shape[1],
        {_ours(name, layers, False): tensor for name, tensor in theirs.items()},
        {_ours(name, layers, True): tensor for name, tensor in judge.items()},
    )


def _plain(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Without the wrapper of the training's code, and without filters, which are constants."""
    return {
        name.removeprefix("Model."): tensor for name, tensor in tensors.items() if not name.endswith("Kernel")
    }


def _ours(name: str, layers: int, of_discriminator: bool) -> str:
    if name in _ENDS:
        return _ENDS[name]
    found = _LAYER.fullmatch(name)
    if found is None or found[3] not in _PARTS:
        raise ValueError(f"{name} is not known")
    rest = _PARTS[found[3]]
    if of_discriminator and found[3] in ("Basis", "Basis.weight", "LinearLayer.weight"):
        return f"basis.{rest}"
    return f"layers.{int(found[1]) * layers + int(found[2])}.{rest}"
