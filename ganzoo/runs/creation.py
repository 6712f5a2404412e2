"""Networks by name: freshly initialised, or with trained weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, overload

from ganzoo import models
from ganzoo.errors import UsageError
from ganzoo.images import ImageSpec
from ganzoo.models import GAN
from ganzoo.plugins import lookup
from ganzoo.plugins.discovery import discover
from ganzoo.runs.pretrained import pretrained as installed_weights
from ganzoo.runs.pretrained import weights_file
from ganzoo.runs.trained import load_networks


@overload
def create_model(name: str | type, *, pretrained: str) -> GAN: ...
@overload
def create_model(
    name: str | type,
    *,
    image: ImageSpec,
    num_classes: int | None = None,
    settings: Mapping[str, Any] | None = None,
    pretrained: None = None,
    **components: str | type,
) -> GAN: ...
def create_model(
    name: str | type,
    *,
    image: ImageSpec | None = None,
    num_classes: int | None = None,
    settings: Mapping[str, Any] | None = None,
    pretrained: str | None = None,
    **components: str | type,
) -> GAN:
    """Builds a pair of networks: with the trained weights that are asked for, or freshly initialised.

    Fresh weights are drawn from torch's global random state: call `torch.manual_seed` first for the same
    weights again.

    Args:
        name: a model's name, `distribution:name`, `path/to/file.py:Class`, or the class itself.
        image: shape of the images to draw; weights have theirs.
        num_classes: number of classes of a conditional model; None for others, and beside weights.
        settings: `{"model.latent_dim": 64, "upsampling.kernel_size": 3}`.
        pretrained: the tag of installed weights, or their whole name: `create_model("acgan",
            pretrained="fashion-mnist")`. The discriminator is trained too where they hold it, else fresh.
        **components: what fills the model's slots, by slot: `upsampling="resize-conv"`.

    Raises:
        UsageError: an unknown name or setting, an image that the model can't draw, or anything beside
            weights.
        PluginError: a plugin can't be loaded.
        GanzooError: the weights can't be had, or are damaged.
    """
    if pretrained is None:
        if image is None:
            raise UsageError("image is missing: create_model(..., image=ganzoo.ImageSpec(3, 32, 32))")
        return models.create(name, image, num_classes, settings or {}, components)
    if image is not None or num_classes is not None or settings or components:
        raise UsageError("weights have their own image, classes and settings: give pretrained alone")
    # Looked up, not loaded by name: a folder that happens to be called so is not what was asked for.
    model = lookup.find("model", name).name
    tag = pretrained.removeprefix(f"{model}.")
    if any(tag == plugin.name for plugin in discover().of_kind("weights")):  # of another model
        other, _, its_tag = tag.partition(".")
        raise UsageError(f"{tag} are weights of {other}: create_model({other!r}, pretrained={its_tag!r})")
    weights = installed_weights(f"{model}.{tag}")
    return load_networks(weights_file(weights))
