"""What machine figures are of."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import torch


def describe() -> dict[str, Any]:
    """Processor, threads, load and versions."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return {
        "processor": f"{name or platform.processor()} {torch.backends.cpu.get_cpu_capability()}",
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "cuda": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
    }


def sentence(machine: dict[str, Any]) -> str:
    """The same in words."""
    device = f", {machine['cuda']}" if machine["cuda"] else ""
    return (
        f"{machine['processor']}{device}, {machine['threads']} of {machine['cores']} cores, load "
        f"{machine['load']} at the end; torch {machine['torch']}, Python {machine['python']}"
    )
