"""The most that a device can do: data sheets for GPUs, a measurement for CPUs, else unknown.

Figures are for dense matrices. Vendors print tensor-core figures "with sparsity" where they can; half
of that is the dense figure, and the source says where it was halved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Peak:
    """What the device can do at most, in the precision of the row."""

    flops_per_second: float | None
    bytes_per_second: float | None
    source: str
    """Where the figures come from: a data sheet, `measured here ...`, or why there are none."""
    measured: bool
    """Whether the device was measured rather than looked up."""


@dataclass(frozen=True)
class Sheet:
    """What a vendor says of a device."""

    pattern: str
    """Regular expression of the whole name under which torch knows the device."""
    teraflops: Mapping[str, float]
    """Precision to dense peak in 10^12 a second; products of fp16 and bf16 accumulate in fp32."""
    gigabytes_per_second: float
    source: str


_HALVED: Final = "; tensor figures halved, as printed with sparsity"

SHEETS: Final = (
    Sheet(
        r"NVIDIA H200",
        {"fp32": 67, "tf32": 494.5, "bf16": 989.5, "fp16": 989.5},
        4800,
        "NVIDIA H200 Tensor Core GPU datasheet, SXM" + _HALVED,
    ),
    Sheet(
        r"NVIDIA H100 80GB HBM3",
        {"fp32": 67, "tf32": 494.5, "bf16": 989.5, "fp16": 989.5},
        3350,
        "NVIDIA H100 Tensor Core GPU datasheet, SXM" + _HALVED,
    ),
    Sheet(
        r"NVIDIA H100 PCIe",
        {"fp32": 51, "tf32": 378, "bf16": 756.5, "fp16": 756.5},
        2000,
        "NVIDIA H100 Tensor Core GPU datasheet, PCIe" + _HALVED,
    ),
    Sheet(
        r"(NVIDIA )?A100-SXM4-80GB",
        {"fp32": 19.5, "tf32": 156, "bf16": 312, "fp16": 312},
        2039,
        "NVIDIA A100 Tensor Core GPU datasheet, 80GB SXM, figures without sparsity",
    ),
    Sheet(
        r"NVIDIA A100 80GB PCIe",
        {"fp32": 19.5, "tf32": 156, "bf16": 312, "fp16": 312},
        1935,
        "NVIDIA A100 Tensor Core GPU datasheet, 80GB PCIe, figures without sparsity",
    ),
    Sheet(
        r"(NVIDIA )?A100-(SXM4|PCIE)-40GB",
        {"fp32": 19.5, "tf32": 156, "bf16": 312, "fp16": 312},
        1555,
        "NVIDIA A100 Tensor Core GPU datasheet, 40GB, figures without sparsity",
    ),
    Sheet(
        r"NVIDIA L40S",
        {"fp32": 91.6, "tf32": 183, "bf16": 362.05, "fp16": 362.05},
        864,
        "NVIDIA L40S datasheet, figures without sparsity",
    ),
    Sheet(
        r"NVIDIA L4",
        {"fp32": 30.3, "tf32": 60, "bf16": 121, "fp16": 121},
        300,
        "NVIDIA L4 Tensor Core GPU datasheet" + _HALVED,
    ),
    Sheet(
        r"NVIDIA A10",
        {"fp32": 31.2, "tf32": 62.5, "bf16": 125, "fp16": 125},
        600,
        "NVIDIA A10 Tensor Core GPU datasheet, figures without sparsity",
    ),
    Sheet(
        r"(NVIDIA )?(Tesla )?T4",
        {"fp32": 8.1, "fp16": 65},
        320,
        "NVIDIA T4 Tensor Core GPU product brief; Turing multiplies neither bf16 nor tf32",
    ),
    Sheet(
        r"(NVIDIA )?(Tesla )?V100-SXM2-(16|32)GB(-LS)?",
        {"fp32": 15.7, "fp16": 125},
        900,
        "NVIDIA V100 Tensor Core GPU datasheet, SXM2; Volta multiplies neither bf16 nor tf32",
    ),
    Sheet(
        r"(NVIDIA )?(Tesla )?V100-PCIE-(16|32)GB",
        {"fp32": 14, "fp16": 112},
        900,
        "NVIDIA V100 Tensor Core GPU datasheet, PCIe; Volta multiplies neither bf16 nor tf32",
    ),
    Sheet(
        r"NVIDIA GeForce RTX 4090",
        {"fp32": 82.6, "tf32": 82.6, "bf16": 165.2, "fp16": 165.2},
        1008,
        "NVIDIA Ada GPU architecture whitepaper, appendix A, figures without sparsity",
    ),
    Sheet(
        r"NVIDIA GeForce RTX 3090",
        {"fp32": 35.6, "tf32": 35.6, "bf16": 71, "fp16": 71},
        936,
        "NVIDIA Ampere GA102 GPU architecture whitepaper, table 2, figures without sparsity",
    ),
)
"""GPUs with a published dense peak. One that is not here has an unknown peak, which is never guessed."""


def look_up(name: str, precision: str) -> Peak:
    """The peak of a GPU by the name that torch gives it, such as "NVIDIA A100-SXM4-80GB"."""
    for sheet in SHEETS:
        if re.fullmatch(sheet.pattern, name):
            teraflops = sheet.teraflops.get(precision)
            return Peak(
                flops_per_second=None if teraflops is None else teraflops * 1e12,
                bytes_per_second=sheet.gigabytes_per_second * 1e9,
                source=sheet.source,
                measured=False,
            )
    return unknown(f"unknown: {name} is not in the table of ganzoo.arithmetic.peaks")


def unknown(reason: str) -> Peak:
    """No peak, and why."""
    return Peak(flops_per_second=None, bytes_per_second=None, source=reason, measured=False)
