"""What a recording says of the whole of itself: GPUs, its process among others, an early stop."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

KEPT: Final = ("deviceProperties", "computeProperties", "distributedInfo", "INFO")
"""The properties that are used; `computeProperties` is the word of 2021."""

_STOPPED_EARLY: Final = re.compile(r"CUPTI stopped early\? = [1-9]")


def devices(properties: Mapping[str, Any]) -> dict[int, str]:
    """The names of GPUs by their number."""
    described = properties.get("deviceProperties", properties.get("computeProperties"))
    entries = described if isinstance(described, list) else []
    return {
        entry["id"]: entry["name"]
        for entry in entries
        if isinstance(entry, dict) and type(entry.get("id")) is int and type(entry.get("name")) is str
    }


def stopped_early(properties: Mapping[str, Any]) -> bool:
    """Whether the profiler's own log says that CUPTI, which records the kernels, gave up."""
    return _STOPPED_EARLY.search(str(properties.get("INFO", ""))) is not None


def distributed(properties: Mapping[str, Any], key: str, *, least: int) -> int | None:
    """`rank` or `world_size`; None where it is not recorded, or is less than the least that it can be."""
    described = properties.get("distributedInfo")
    value = described.get(key) if isinstance(described, dict) else None
    return value if type(value) is int and value >= least else None
