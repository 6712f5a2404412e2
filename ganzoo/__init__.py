"""GanZoo: a plugin-based zoo of generative adversarial networks on PyTorch.

    gan = ganzoo.create_model("dcgan", image=ganzoo.ImageSpec(3, 32, 32), upsampling="resize-conv")
    ganzoo.list_plugins("model", "*gan")
    run = ganzoo.train("cgan", dataset="digits", settings={"training.epochs": 20})
    ganzoo.image_grid(ganzoo.load(run).sample(16, label=7))

Names are imported when first used, so that `import ganzoo` costs no torch.
"""

from __future__ import annotations

import fnmatch
import importlib
from typing import TYPE_CHECKING, Any

from ganzoo.plugins.discovery import discover, kind_named

if TYPE_CHECKING:
    from ganzoo.errors import GanzooError
    from ganzoo.evaluation.call import evaluate
    from ganzoo.evaluation.periodic import make_evaluation
    from ganzoo.interfaces import ImageSpec
    from ganzoo.models import GAN
    from ganzoo.runs.creation import create_model
    from ganzoo.runs.folder import Run
    from ganzoo.runs.trained import TrainedGenerator, load
    from ganzoo.sampling.grids import image_grid
    from ganzoo.training.call import resume, train

__version__ = "0.1.0"

__all__ = [
    "GAN",
    "GanzooError",
    "ImageSpec",
    "Run",
    "TrainedGenerator",
    "create_model",
    "evaluate",
    "image_grid",
    "list_plugins",
    "load",
    "make_evaluation",
    "resume",
    "train",
]

_HOMES = {
    "GAN": "ganzoo.models",
    "GanzooError": "ganzoo.errors",
    "ImageSpec": "ganzoo.interfaces",
    "Run": "ganzoo.runs.folder",
    "TrainedGenerator": "ganzoo.runs.trained",
    "create_model": "ganzoo.runs.creation",
    "evaluate": "ganzoo.evaluation.call",
    "image_grid": "ganzoo.sampling.grids",
    "load": "ganzoo.runs.trained",
    "make_evaluation": "ganzoo.evaluation.periodic",
    "resume": "ganzoo.training.call",
    "train": "ganzoo.training.call",
}


def list_plugins(kind: str | None = None, pattern: str = "*") -> list[str]:
    """The names of the installed plugins, without importing any.

    Args:
        kind: "model", "upsampling" or another of the kinds that `ganzoo list` shows; None for all.
        pattern: which names, with shell wildcards: `"*gan"`.

    Raises:
        UsageError: there is no such kind.
    """
    if kind is not None:
        kind_named(kind)
    plugins = discover().plugins
    return [p.name for p in plugins if kind in (None, p.kind) and fnmatch.fnmatch(p.name, pattern)]


if not TYPE_CHECKING:  # to a type checker, a module with this function would have any name

    def __getattr__(name: str) -> Any:
        if name in _HOMES:
            return getattr(importlib.import_module(_HOMES[name]), name)
        raise AttributeError(f"module 'ganzoo' has no attribute {name!r}")
