"""Under which conditions a benchmark runs: versions and hardware, load, governor and torch's switches."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import torch

from ganzoo.environment import describe_environment

_GOVERNOR: Final = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")

_VARIABLES: Final = (
    "CUDA_",
    "CUBLAS_",
    "CUDNN_",
    "NVIDIA_",
    "PYTORCH_",
    "TORCH",
    "OMP_",
    "MKL_",
    "KMP_",
    "ONEDNN_",
)
"""Beginnings of the names of environment variables that change how fast torch is."""


def describe() -> dict[str, Any]:
    """The environment of `ganzoo env`, and what a time depends on besides."""
    return {
        **describe_environment(),
        "cpu_affinity": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "cpu_governor": _governor(),
        "load_average": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
        "cudnn": torch.backends.cudnn.version(),  # type: ignore[no-untyped-call]
        "flags": {
            "cudnn_benchmark": torch.backends.cudnn.benchmark,
            "deterministic": torch.are_deterministic_algorithms_enabled(),
        },
        "variables": {
            name: value for name, value in sorted(os.environ.items()) if name.startswith(_VARIABLES)
        },
    }


def _governor() -> str | None:
    try:
        return _GOVERNOR.read_text(encoding="utf-8").strip()
    except OSError:
        return None
