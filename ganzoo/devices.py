"""The device that networks run on and the precision of their matrix products."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from itertools import chain

import torch
from torch import nn

from ganzoo.errors import GanzooError, UsageError
from ganzoo.torch_state import choose_repeatable_algorithms


def choose_device(name: str, cuda_index: int = 0) -> torch.device:
    """Turns `auto`, `cpu`, `cuda`, `cuda:1` or `mps` into a device that is there.

    Args:
        name: what the user asks for.
        cuda_index: the CUDA device that is meant where `name` gives no number: each process has its own.

    Raises:
        UsageError: no such device is known to torch.
        GanzooError: the device is not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and cuda_index:
        name = f"cuda:{cuda_index}"
    try:
        device = torch.device(name)
    except RuntimeError:
        raise UsageError(f"there is no device {name!r}; allowed: auto, cpu, cuda, cuda:N, mps") from None
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) >= count:
            raise GanzooError(
                f"the device {name!r} is not there: torch {torch.__version__} sees {count} CUDA devices\n"
                "use --device cpu, or see ganzoo env"
            )
    elif device.type == "mps":
        if not torch.backends.mps.is_available():
            raise GanzooError("the device 'mps' is not there; use --device cpu, or see ganzoo env")
    elif device.type != "cpu":
        raise UsageError(f"GanZoo does not run on {name!r}; allowed: auto, cpu, cuda, cuda:N, mps")
    return device


def choose_precision(precision: str, device: torch.device) -> torch.dtype:
    """Turns `auto`, `fp32`, `tf32`, `bf16` or `fp16` into the type of the matrix products.

    Between fp32 and tf32 it sets torch's own switch, which only CUDA devices look at: tf32 products
    have float32's range with 10 bits of mantissa.

    Raises:
        UsageError: the device can't do what is asked.
    """
    if precision in ("bf16", "fp16") and device.type == "mps":
        raise UsageError(f"{precision} is not available on mps; use --precision fp32")
    if precision == "tf32" and device.type != "cuda":
        raise UsageError(f"tf32 is a CUDA device's; on {device.type} use --precision fp32 or bf16")
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    torch.backends.cudnn.allow_tf32 = precision == "tf32"
    if precision == "auto":
        return torch.bfloat16 if multiplies_bf16(device) else torch.float32
    return {"bf16": torch.bfloat16, "fp16": torch.float16}.get(precision, torch.float32)


def precision_name(precision: str, dtype: torch.dtype) -> str:
    """What `choose_precision` has made of `auto`: `fp32`, `tf32`, `bf16` or `fp16`."""
    names = {torch.float32: "fp32", torch.bfloat16: "bf16", torch.float16: "fp16"}
    return "tf32" if precision == "tf32" else names[dtype]


def choose_algorithms(deterministic: bool, device: torch.device) -> None:
    """Tells a CUDA device whether sums may be added in any order, which differs from run to run.

    Where an operation has no repeatable form, torch warns and goes on. On other devices nothing changes.
    """
    if device.type != "cuda":
        return
    torch.backends.cudnn.deterministic = deterministic
    choose_repeatable_algorithms(deterministic, warn_only=True)
    # Filling what is overwritten anyway only helps to find a read of memory that nobody wrote.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    # cuBLAS looks at it when it is first used (cuBLAS documentation, "Results Reproducibility").
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


def multiplies_bf16(device: torch.device) -> bool:
    """Whether the hardware itself multiplies bfloat16, rather than emulating it."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu" and hasattr(torch.cpu, "get_capabilities"):
        capabilities = torch.cpu.get_capabilities()
        return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
    return False


def autocast(device: torch.device, dtype: torch.dtype) -> AbstractContextManager[object]:
    """Runs the matrix products of what it surrounds in `dtype`."""
    return nullcontext() if dtype == torch.float32 else torch.autocast(device.type, dtype)


def device_of(module: nn.Module) -> torch.device:
    """Where a module computes: the device of its parameters, else of its buffers, else the CPU."""
    tensors = chain(module.parameters(), module.buffers())
    return next((tensor.device for tensor in tensors), torch.device("cpu"))


def synchronise(device: torch.device) -> None:
    """Waits until a device has done what it was given; a CPU has."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
