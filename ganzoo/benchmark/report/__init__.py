"""A benchmark report: its data types, and the JSON file that holds them.

Times are integer nanoseconds, sizes integer bytes, rates floats a second; what is not known is None
(JSON null), never 0.
"""

from __future__ import annotations

from ganzoo.arithmetic.peaks import Peak
from ganzoo.benchmark.report.costs import Flops, Memory, Parameters
from ganzoo.benchmark.report.file import SCHEMA, from_json, read, to_json, write
from ganzoo.benchmark.report.kernels import KernelTable, KernelTotals
from ganzoo.benchmark.report.key import PHASES, USUAL_PHASES, Key, Phase
from ganzoo.benchmark.report.rows import Flag, Report, Row, Status
from ganzoo.benchmark.report.timing import Launch, Part, Summary, Timing

__all__ = [
    "PHASES", "SCHEMA", "USUAL_PHASES", "Flag", "Flops", "KernelTable", "KernelTotals", "Key", "Launch",
    "Memory", "Parameters", "Part", "Peak", "Phase", "Report", "Row", "Status", "Summary", "Timing",
    "from_json", "read", "to_json", "write",
]  # fmt: skip
