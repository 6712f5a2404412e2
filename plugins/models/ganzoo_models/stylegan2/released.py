"""Weights of StyleGAN2-ADA's code (NVlabs/stylegan2-ada-pytorch) in our names.

Its generator is the one with skip connections, its discriminator of the architecture `orig` or `resnet`. Its
tracked mean style is left out: ours is computed when it is needed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from torch import Tensor

from ganzoo.interfaces import ImageSpec, Released

_COMPUTED: Final = ("resample_filter", "w_avg")
_LAYERS: Final = {"conv0": "doubling_layer", "conv1": "layer", "torgb": "to_image"}
_DISCRIMINATOR: Final = {"conv0": "keep", "conv1": "halve", "skip": "shortcut"}
_LAST: Final = {"b4.conv": "convolution", "b4.fc": "dense", "b4.out": "to_logits"}


def read_stylegan2(generator: Mapping[str, Tensor], discriminator: Mapping[str, Tensor]) -> Released:
    """See `Model.read_released`."""
    theirs = {name: tensor for name, tensor in generator.items() if not name.endswith(_COMPUTED)}
    const = theirs["synthesis.b4.const"]  # (C, 4, 4)
    side = max(int(found[1]) for name in theirs if (found := re.match(r"synthesis\.b(\d+)\.", name)))
    widths = [theirs[f"synthesis.b{4 << index}.conv1.weight"].shape[0] for index in range(_blocks(side))]
    style_dim = theirs["synthesis.b4.conv1.affine.weight"].shape[1]
    embed = theirs.get("mapping.embed.weight")
    in_features = theirs["mapping.fc0.weight"].shape[1]
    channels = theirs[f"synthesis.b{side}.torgb.weight"].shape[0]
    settings: dict[str, Any] = {
        "model.latent_dim": in_features - (0 if embed is None else embed.shape[0]),
        "model.style_dim": style_dim,
        "model.mapping_layers": _count(theirs, r"mapping\.fc\d+\.weight"),
        "model.channels": widths[0],
        "model.capacity": max(width * (4 << index) for index, width in enumerate(widths)),
    }
    judge = {name: tensor for name, tensor in discriminator.items() if not name.endswith(_COMPUTED)}
    if judge:
        settings["model.residual"] = any(".skip." in name for name in judge)
    if embed is not None:
        settings["conditioning.name"] = "ganzoo-components:one-hot"
        settings["model.label_layers"] = _count(judge, r"mapping\.fc\d+\.weight") or 8
    image = ImageSpec(channels, side * const.shape[1] // 4, side * const.shape[2] // 4)
    return Released(
        settings,
        image,
        None if embed is None else embed.shape[1],
        {_in_generator(name): tensor for name, tensor in theirs.items()},
        {_in_discriminator(name, side): tensor for name, tensor in judge.items()},
    )


def _blocks(side: int) -> int:
    return side.bit_length() - 2


def _count(tensors: Mapping[str, Tensor], pattern: str) -> int:
    return sum(re.fullmatch(pattern, name) is not None for name in tensors)


def _in_generator(name: str) -> str:
    if name == "synthesis.b4.const":
        return "constant"
    if (ours := _in_mapping(name)) is not None:
        return ours
    found = re.fullmatch(r"synthesis\.b(\d+)\.(conv0|conv1|torgb)\.(.+)", name)
    if found is None:
        raise ValueError(f"{name} is not known")
    block, layer, rest = f"blocks.{_blocks(int(found[1])) - 1}", _LAYERS[found[2]], found[3]
    if layer == "to_image":
        return f"{block}.image_bias" if rest == "bias" else f"{block}.{layer}.{_modulated(rest)}"
    if rest.startswith(("affine.", "weight")):
        return f"{block}.{layer}.convolution.{_modulated(rest)}"
    return f"{block}.{layer}.{rest.replace('noise_const', 'constant_noise')}"


def _modulated(rest: str) -> str:
    return rest.replace("affine.", "to_scales.")


def _in_mapping(name: str) -> str | None:
    if name.startswith("mapping.embed."):
        return name.replace("mapping.embed.", "label.")
    return (
        re.sub(r"^mapping\.fc(\d+)\.", r"mapping.layers.\1.", name) if name.startswith("mapping.fc") else None
    )


def _in_discriminator(name: str, side: int) -> str:
    if (ours := _in_mapping(name)) is not None:
        return ours
    found = re.fullmatch(r"b(\d+)\.(\w+)\.(.+)", name)
    if found is None:
        raise ValueError(f"{name} is not known")
    if found[2] == "fromrgb":
        return f"from_image.{found[3]}"
    if last := _LAST.get(f"b{found[1]}.{found[2]}"):
        return f"{last}.{found[3]}"
    block = _blocks(side) - _blocks(int(found[1]))
    return f"blocks.{block}.{_DISCRIMINATOR[found[2]]}.{found[3]}"
