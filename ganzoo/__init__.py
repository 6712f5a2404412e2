"""GanZoo: a plugin-based zoo of generative adversarial networks on PyTorch.

    gan = ganzoo.create_model("dcgan", image=ganzoo.ImageSpec(3, 32, 32), upsampling="resize-conv")
    ganzoo.list_plugins("model")
    ganzoo.load("runs/...").generator

Names are imported when first used, so that `import ganzoo` costs no torch.
"""

from __future__ import annotations

import fnmatch
import importlib
from typing import TYPE_CHECKING, Any

from ganzoo.registry import discover

if TYPE_CHECKING:
    from ganzoo.interfaces import ImageSpec
    from ganzoo.models import GAN, create_model
    from ganzoo.runs import TrainedGenerator, load

__version__ = "0.1.0"

__all__ = ["GAN", "ImageSpec", "TrainedGenerator", "create_model", "list_plugins", "load"]

_HOMES = {
    "GAN": "ganzoo.models",
    "ImageSpec": "ganzoo.interfaces",
    "TrainedGenerator": "ganzoo.runs",
    "create_model": "ganzoo.models",
    "load": "ganzoo.runs",
}


def list_plugins(kind: str | None = None, pattern: str = "*") -> list[str]:
    """The names of the installed plugins, without importing any.

    Args:
        kind: "model", "conditioning", "upsampling", "objective" or "dataset"; None for all.
        pattern: which names, with shell wildcards: `"*gan"`.
    """
    plugins = discover().plugins
    return [p.name for p in plugins if kind in (None, p.kind) and fnmatch.fnmatch(p.name, pattern)]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'ganzoo' has no attribute {name!r}")
