"""What a result depends on besides the code: versions, hardware, plugins."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from typing import Any, Final

from ganzoo.plugins import discovery

DISTRIBUTIONS: Final = (
    "ganzoo-torch",
    "torch",
    "torchvision",
    "safetensors",
    "numpy",
    "click",
    "rich",
)
"""The distributions whose versions are recorded."""


def describe_environment() -> dict[str, Any]:
    """Versions, devices and plugins as JSON can say them; imports torch."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": _processor(),
        "cpu_count": os.cpu_count(),
        "versions": {name: _version(name) for name in DISTRIBUTIONS},
        "plugins": {p.full_name: p.version for p in discovery.announced().plugins},
        **_devices(),
    }


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123, no path of ours
            names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
        return names[0] if names else platform.processor()
    except OSError:
        return platform.processor()


def _devices() -> dict[str, Any]:
    import torch

    cuda = torch.cuda.is_available()
    return {
        "torch_threads": torch.get_num_threads(),
        "cuda": torch.version.cuda,
        "devices": [
            {
                "name": torch.cuda.get_device_name(index),
                "memory_bytes": torch.cuda.get_device_properties(index).total_memory,
            }
            for index in (range(torch.cuda.device_count()) if cuda else ())
        ],
    }
