"""Frozen features: a pretrained network's maps, mixed across channels and scales by fixed random weights.

Sauer, Chitta, Müller and Geiger, 2021, "Projected GANs Converge Faster", section 3.2, and the authors'
released code. Nothing in here is trained; gradients pass through to the images.
"""

from __future__ import annotations

from typing import Any, Final, Self, final

import timm
import torch
import torch.nn.functional as F
from ganzoo_features.hub import without_vain_retries
from ganzoo_features.weights import load_state, read_state
from torch import Tensor, nn

from ganzoo.errors import GanzooError, UsageError, near_matches
from ganzoo.files import expanded

HUB: Final = "hub"
"""What names the weights that timm has for a model."""

RANDOM: Final = "random"
"""What names no weights, on purpose: to see what pretraining is worth."""

LEVELS: Final = 4
"""Maps that are used: the deepest ones (section 3.2)."""


@final
class ProjectedFeatures(nn.Module):
    """Maps images to four maps of features, from the largest to the smallest.

    Each of the backbone's maps goes through a random 1x1 convolution to 1, 2, 4 and 8 times `channels`;
    then, from the smallest on, each is added to the next larger one, convolved to half of its channels
    and doubled. `channels` of the result are `widths`.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, backbone: str, weights: str, channels: int, resolution: int) -> None:
        super().__init__()
        self.resolution = resolution
        self.backbone = _pretrained(backbone, weights)
        self.indices = _keep_levels(self.backbone, backbone)
        settings = self.backbone.pretrained_cfg
        for name in ("mean", "std"):
            values = torch.tensor(settings[name]).reshape(1, -1, 1, 1)
            self.register_buffer(name, values, persistent=False)
        info = self.backbone.feature_info
        mixed = [channels << level for level in range(LEVELS)]
        self.widths = [max(channels, width // 2) for width in mixed]
        self.across_channels = nn.ModuleList(
            nn.Conv2d(info[index]["num_chs"], width, kernel_size=1)
            for index, width in zip(self.indices, mixed, strict=True)
        )
        self.across_scales = nn.ModuleList(
            nn.Conv2d(width, out, kernel_size=1) for width, out in zip(mixed, self.widths, strict=True)
        )
        self.requires_grad_(False)
        self.eval()

    def train(self, mode: bool = True) -> Self:
        """Stays in evaluation mode: the backbone's batch statistics are those that it was trained with."""
        return super().train(False)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Maps images `(B, C, H, W)` in [-1, 1], made larger where a side is shorter than `resolution`, to
        `(B, width, h, w)` for each of `widths`; the first map is twice as large as the backbone's.
        """
        images = images.expand(-1, 3, -1, -1)
        if min(images.shape[2:]) < self.resolution:  # larger ones are seen as they are (released code)
            images = F.interpolate(images, size=(self.resolution, self.resolution), mode="bilinear")
        images = ((images + 1) / 2 - self.mean) / self.std
        maps = self.backbone.forward_intermediates(images, indices=self.indices, intermediates_only=True)
        mixed = [convolution(x) for convolution, x in zip(self.across_channels, maps, strict=True)]
        results: list[Tensor] = []
        for level in reversed(range(LEVELS)):
            joined = mixed[level] if not results else mixed[level] + results[-1]
            larger = mixed[level - 1].shape[2:] if level else tuple(2 * side for side in joined.shape[2:])
            # A 1x1 convolution and resizing can trade places; before it, there are four times fewer pixels.
            convolved = self.across_scales[level](joined)
            results.append(F.interpolate(convolved, size=larger, mode="bilinear", align_corners=True))
        return results[::-1]


def _pretrained(name: str, weights: str) -> Any:
    """A model of timm with the weights that were asked for, and no others.

    Raises:
        UsageError: timm has no such model.
        GanzooError: the weights can't be had, or are another network's.
    """
    if not timm.is_model(name):
        raise UsageError(
            f"timm has no model {name!r}{near_matches(name.partition('.')[0], timm.list_models())}\n"
            'see: python -c "import timm; print(timm.list_models(pretrained=True))"'
        )
    if weights == RANDOM:
        return timm.create_model(name, pretrained=False)
    if weights != HUB:
        path = expanded(weights)
        network = timm.create_model(name, pretrained=False)
        load_state(network, read_state(path), str(path))
        return network
    try:
        with without_vain_retries():
            return timm.create_model(name, pretrained=True)
    except Exception as error:  # whatever the hub's client raises, the weights are not there
        raise GanzooError(
            f"the weights of {name} can't be had from timm's hub: {type(error).__name__}: "
            f"{(str(error).splitlines() or [''])[0]}\n"
            "fetch them where there is a network and name them with --set model.weights=FILE"
        ) from None


def _keep_levels(network: Any, name: str) -> list[int]:
    """Drops what lies behind the last map; returns which of its maps are used."""
    try:
        indices = network.prune_intermediate_layers(LEVELS, prune_norm=True, prune_head=True)
    except (AttributeError, AssertionError, NotImplementedError):
        raise UsageError(
            f"{name} of timm has no {LEVELS} maps to look at; take a backbone such as tf_efficientnet_lite0, "
            "resnet18 or convnext_atto"
        ) from None
    return list(indices)
