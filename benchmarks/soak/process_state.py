"""What one process holds and has set, so that two moments can be compared."""

from __future__ import annotations

import gc
import logging
import os
import random
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

GROWTH: Final = 8 * 1024
"""KiB that the memory of a process may grow between two moments when the same was done again and again."""


def settings_of_process() -> dict[str, Any]:
    """What a library has to leave as it was."""
    root, own = logging.getLogger(), logging.getLogger("ganzoo")
    return {
        "signal handlers": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
        "random numbers of torch": torch.get_rng_state().numpy().tobytes(),
        "random numbers of numpy": np.random.get_state()[1].tobytes(),  # type: ignore[index, union-attr]
        "random numbers of Python": random.getstate(),
        "torch's default type": torch.get_default_dtype(),
        "torch's default device": torch.get_default_device(),
        "gradients": torch.is_grad_enabled(),
        "deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
        "threads of torch": torch.get_num_threads(),
        "precision of products": torch.get_float32_matmul_precision(),
        "TF32": (torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32),
        "cuDNN": (torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic),
        "warning filters": list(warnings.filters),
        "log handlers": [*root.handlers, *own.handlers],
        "log levels": (root.level, own.level),
        "sys.path": list(sys.path),
        "environment": dict(os.environ),
        "folder": Path.cwd(),
        "output": (sys.stdout, sys.stderr),
    }


def holdings() -> dict[str, int]:
    """What a library has to give back: memory in KiB, descriptors and so on."""
    gc.collect()
    process = Path("/proc/self")
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return {
        "memory": int(status["VmRSS"].split()[0]),
        "descriptors": len(list((process / "fd").iterdir())),
        "Python's threads": threading.active_count(),
        "the system's threads": len(list((process / "task").iterdir())),
        "modules": len(sys.modules),
        "temporary files": len(list(Path(tempfile.gettempdir()).glob("*"))),
        "networks": sum(issubclass(type(found), torch.nn.Module) for found in gc.get_objects()),
    }


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """The settings that differ."""
    names = [name for name in before if before[name] != after[name]]
    return f"changed: {', '.join(names)}" if names else None


def grown(before: Mapping[str, int], after: Mapping[str, int]) -> str | None:
    """What has grown, memory by more than `GROWTH`."""
    more = [
        f"{name} from {before[name]:,} to {after[name]:,}"
        for name in before
        if after[name] > before[name] + (GROWTH if name == "memory" else 0)
    ]
    return f"grown: {', '.join(more)}" if more else None
