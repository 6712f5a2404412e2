"""What the processes of an attack have done already when they are forked: all but to compute with torch.

Modules are imported, and the cards of plugins are read.
"""

from __future__ import annotations

import sklearn.datasets
import torch._dynamo  # noqa: F401
import torch.distributed  # noqa: F401
import torch.utils.tensorboard  # noqa: F401

from ganzoo.plugins.discovery import discover
from ganzoo.settings.binding import bind
from ganzoo.settings.merging import resolve

discover()
for model in ("gan", "cgan"):
    bind(resolve({"model.name": model, "dataset.name": "digits"}, {}))
bind(resolve({"model.name": "gan", "dataset.name": "digits", "augmentation.name": "ada"}, {}))
sklearn.datasets.load_digits()
