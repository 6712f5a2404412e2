"""A model of timm with pretrained weights and the preprocessing that belongs to them."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path
from typing import Any, Final

import timm
import torch
import torch.nn.functional as F
from timm.data.config import resolve_model_data_config
from torch import Tensor, nn

from ganzoo.errors import GanzooError, UsageError, near_matches
from ganzoo.files import expanded
from ganzoo.interfaces import FeatureProtocol
from ganzoo_features.hub import without_vain_retries
from ganzoo_features.weights import load_state, read_state, require_sha256, state_sha256

_INTERPOLATIONS: Final = {"bicubic": "bicubic", "bilinear": "bilinear"}


class Pretrained(nn.Module):
    """Images `(B, C, H, W)` uint8 to vectors `(B, D)` and, where the model has a head, logits `(B, K)`.

    Images are resized whole to the model's own size with its own filter and antialiasing, without cropping;
    grey ones are repeated in three channels.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, name: str, weights: str | None, sha256: str | None, size: int | None) -> None:
        super().__init__()
        self.network = _created(name, weights, size)
        data: dict[str, Any] = resolve_model_data_config(self.network)  # type: ignore[no-untyped-call]
        self._size: tuple[int, int] = (size, size) if size else data["input_size"][1:]
        self._mode = _INTERPOLATIONS.get(data["interpolation"], "bicubic")
        self.register_buffer("mean", torch.tensor(data["mean"]).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(data["std"]).view(1, -1, 1, 1), persistent=False)
        self._has_head = bool(self.network.num_classes)
        with torch.inference_mode():
            probe, _ = self.eval()(torch.zeros(1, 3, *self._size, dtype=torch.uint8))
        self.length = int(probe.shape[1])
        actual = state_sha256(self.network.state_dict())
        if sha256 is not None:
            require_sha256(f"the weights of {name}", actual, sha256)
        height, width = self._size
        self.protocol = FeatureProtocol(
            network=f"{name} of timm {importlib.metadata.version('timm')}, last layer before the head",
            weights=_origin(self.network, weights),
            weights_sha256=actual,
            resize=f"{height}x{width}, {self._mode}, antialiased where it shrinks",
        )

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """See the class."""
        inputs = F.interpolate(
            images.float() / 255, self._size, mode=self._mode, align_corners=False, antialias=True
        )
        maps = self.network.forward_features((inputs.clamp(0, 1) - self.mean) / self.std)
        vectors: Tensor = self.network.forward_head(maps, pre_logits=True)
        logits: Tensor | None = self.network.forward_head(maps) if self._has_head else None
        return vectors, logits


def _created(name: str, weights: str | None, size: int | None) -> Any:
    if not timm.is_model(name):
        raise UsageError(
            f"timm has no model {name!r}{near_matches(name.partition('.')[0], timm.list_models())}\n"
            'see: python -c "import timm; print(timm.list_models(pretrained=True))"'
        )
    # Only transformers have to be told the size of their input.
    sized: dict[str, Any] = {"img_size": size} if size and "vit_" in name else {}
    if weights is not None:
        with torch.random.fork_rng(devices=()):
            network = timm.create_model(name, pretrained=False, **sized)
        path = expanded(weights)
        load_state(network, read_state(path), str(path))
        return network
    try:
        with without_vain_retries():
            return timm.create_model(name, pretrained=True, **sized)
    except UsageError:
        raise
    except Exception as error:
        # Whatever the hub's client raises (it has changed classes between versions), the weights
        # are not there.
        raise GanzooError(
            f"the weights of {name} can't be had from timm's hub: {type(error).__name__}: "
            f"{(str(error).splitlines() or [''])[0]}\n"
            "fetch them where there is a network and name them with --set features.weights=FILE"
        ) from None


def _origin(network: Any, weights: str | None) -> str:
    if weights is not None:
        return Path(weights).name
    settings = network.pretrained_cfg
    return str(settings.get("hf_hub_id") or settings.get("url") or "timm")
