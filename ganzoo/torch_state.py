"""Torch's global state: as a result needs it, whatever a notebook has set, and given back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch


@contextmanager
def own_torch_state(*devices: torch.device) -> Iterator[None]:
    """Surrounds what computes a result, so that it depends on no setting of torch's and changes none.

    Inside, tensors are float32 on the CPU unless something else is asked for, gradients are recorded, and
    nothing is cast automatically. Afterwards all this is as before, and so are the random numbers, the
    precision of float32 products and whether algorithms must be repeatable.

    Args:
        devices: those beside the CPU whose random numbers are used.
    """
    dtype, precision = torch.get_default_dtype(), torch.get_float32_matmul_precision()
    cudnn = torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic
    algorithms = _algorithms()
    memory: Any = (
        torch.utils.deterministic
    )  # its attributes are properties of a module, which mypy can not see
    fills = memory.fill_uninitialized_memory
    with ExitStack() as state:
        state.enter_context(torch.random.fork_rng([d for d in devices if d.type == "cuda"]))
        state.enter_context(torch.inference_mode(False))
        state.enter_context(torch.enable_grad())
        for device_type in {"cpu", *(device.type for device in devices)}:
            if torch.is_autocast_enabled(device_type):
                state.enter_context(torch.autocast(device_type, enabled=False))
        if torch.get_default_device().type != "cpu":  # the mode costs time at each call of torch
            state.enter_context(torch.device("cpu"))
        torch.set_default_dtype(torch.float32)
        try:
            yield
        finally:
            torch.set_default_dtype(dtype)
            torch.set_float32_matmul_precision(precision)
            torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic = cudnn
            choose_repeatable_algorithms(*algorithms)
            memory.fill_uninitialized_memory = fills


def choose_repeatable_algorithms(is_wanted: bool, warn_only: bool) -> None:
    """Sets whether algorithms must be repeatable, and whether torch only warns of those that are not.

    Where that is so already nothing is called: torch would import its compiler for it.
    """
    if _algorithms() != (is_wanted, warn_only):
        torch.use_deterministic_algorithms(is_wanted, warn_only=warn_only)


def _algorithms() -> tuple[bool, bool]:
    return (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )


def seed_random_numbers(seed: int, device: torch.device) -> None:
    """Seeds torch's random numbers on the CPU and on one device; `torch.manual_seed` seeds every device."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)
