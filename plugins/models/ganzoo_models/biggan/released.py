"""Generators of PyTorch-StudioGAN's `big_resnet` (its BigGAN and ReACGAN) in our names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from torch import Tensor

from ganzoo.interfaces import ImageSpec, Released
from ganzoo_models.biggan.settings import GENERATOR_WIDTHS

_BLOCK: Final = re.compile(r"blocks\.(\d+)\.0\.(bn1|bn2|conv2d0|conv2d1|conv2d2)\.(.+)")
_ATTENTION: Final = re.compile(r"blocks\.(\d+)\.0\.(conv1x1_(?:theta|phi|g|attn)|sigma)(.*)")

_IN_BLOCKS: Final = {
    "bn1": "first_normalisation",
    "bn2": "second_normalisation",
    "conv2d0": "shortcut",
    "conv2d1": "upsampling.convolution",
    "conv2d2": "convolution",
}
_IN_ATTENTION: Final = {
    "conv1x1_theta": "query",
    "conv1x1_phi": "key",
    "conv1x1_g": "value",
    "conv1x1_attn": "output",
    "sigma": "scale",
}
_ENDS: Final = {"linear0": "dense", "shared": "embedding", "bn4": "normalisation", "conv2d5": "to_image"}
_WEIGHTS: Final = {
    "weight_orig": "parametrizations.weight.original",
    "weight_u": "parametrizations.weight.0.parametrisation._u",
    "weight_v": "parametrizations.weight.0.parametrisation._v",
}

_SIDE: Final = 4
"""Of the smallest feature map, in pixels."""


def read_big_resnet(generator: Mapping[str, Tensor]) -> Released:
    """See `Model.read_released`. The discriminator is left out: there a ReLU in place changes its shortcuts,
    so that the same weights give other logits here.
    """
    theirs = {name.removeprefix("module."): tensor for name, tensor in generator.items()}
    for needed in ("linear0.weight_orig", "shared.weight", "conv2d5.weight_orig"):
        if needed not in theirs:
            raise ValueError(
                f"it has no {needed}; of the files of a training name that of the generator, model=G_ema-..."
            )
    blocks = {int(match[1]) for name in theirs if (match := _BLOCK.fullmatch(name))}
    attention = {int(match[1]) for name in theirs if (match := _ATTENTION.fullmatch(name))}
    count = len(blocks)
    if attention != {count - 1}:
        raise ValueError(f"its attention is not before the last of its {count} blocks")
    classes, features = theirs["shared.weight"].shape
    width = theirs["conv2d5.weight_orig"].shape[1]
    multiple = GENERATOR_WIDTHS.get(count, (4,))[-1]
    settings: dict[str, Any] = {
        "model.latent_dim": theirs["linear0.weight_orig"].shape[1] * (count + 1),
        "model.label_features": features,
        "model.channels": width // multiple,
        "conditioning.name": "ganzoo-components:one-hot",
    }
    side = _SIDE << count
    ours = {_our_name(name, count): tensor for name, tensor in theirs.items()}
    # An embedding is a dense layer of one-hot vectors, transposed.
    ours["embedding.weight"] = ours["embedding.weight"].T.contiguous()
    return Released(
        settings, ImageSpec(theirs["conv2d5.weight_orig"].shape[0], side, side), classes, ours, {}
    )


def _our_name(name: str, count: int) -> str:
    if found := _BLOCK.fullmatch(name):
        number = int(found[1])
        place = "last_block" if number == count else f"blocks.{number}"
        return f"{place}.{_IN_BLOCKS[found[2]]}.{_in_layer(found[3])}"
    if found := _ATTENTION.fullmatch(name):
        rest = found[3].removeprefix(".")
        return ".".join(filter(None, ("attention", _IN_ATTENTION[found[2]], _in_layer(rest))))
    layer, _, rest = name.partition(".")
    if layer not in _ENDS:
        raise ValueError(f"{name} is not known")
    return f"{_ENDS[layer]}.{_in_layer(rest)}"


def _in_layer(rest: str) -> str:
    """The name of a weight in its layer; `bn` is the normalisation below gains and biases by class."""
    *path, weight = rest.split(".")
    path = ["normalisation" if part == "bn" else part for part in path]
    return ".".join((*path, _WEIGHTS.get(weight, weight)))
