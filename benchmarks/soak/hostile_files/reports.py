"""Hostile JSON of measurements: benchmark reports, evaluations, and recordings of the profiler."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.soak.hostile_files.drawing import mapped, one_of
from benchmarks.soak.hostile_files.fuzzing import Reader
from benchmarks.soak.hostile_files.json_mutation import as_json, edited_json
from benchmarks.soak.hostile_files.mutation import mutated
from benchmarks.soak.hostile_files.packing import gzipped
from benchmarks.soak.hostile_files.special_files import Make, content, sparse
from ganzoo import trace
from ganzoo.benchmark import report
from ganzoo.benchmark.compare import comparison, table
from ganzoo.benchmark.show.tables import tabulate
from ganzoo.pages.report.tables import read_evaluation
from ganzoo.tables import RENDERERS

_KEY: Final = {
    "model": "ganzoo-models:dcgan", "phase": "train-step", "image": "3x32x32", "batch_size": 64,
    "precision": "fp32",
    "channels_last": False, "compile": False,
    "components": {"upsampling": "ganzoo-components:transposed-conv"},
    "device": "cpu, a processor", "threads": 2,
}  # fmt: skip
_TIMES: Final = [[1_000_000 + 1000 * (17 * block + 5 * place) for place in range(5)] for block in range(4)]
_LAUNCH: Final = {
    "blocks_ns": _TIMES,
    "wall_ns": list(map(sum, _TIMES)),
    "dispatch_ns": list(map(sum, _TIMES)),
}
_ROW: Final = {
    "key": _KEY, "status": "ok", "reason": None, "flags": ["noisy"],
    "timing": {"clock": "perf-counter", "images_per_step": 64, "launches": [_LAUNCH, _LAUNCH],
               "first_step_ns": 3_000_000, "compile_ns": None, "warmup_steps": 5},
    "summary": {"median_ns": 1_030_000, "interval_ns": [1_020_000, 1_040_000], "p05_ns": 1_000_000,
    "p95_ns": 1_071_000,
                "samples": 40, "wall_ns": 1_030_000, "dispatch_ns": 1_030_000, "images_per_second": 62_135.9,
                "images_per_second_interval": [61_000.0, 63_000.0], "seconds_per_kimg": 0.016, "drift": 0.01},
    "subphases": {"G.forward": {"median_ns": 250_000, "share": 0.25, "samples": 20}},
    "parameters": {"generator": 1_000_000, "discriminator": 500_000},
    "flops": {"per_image": 1e9, "per_step": 64 * 10**9, "by_operator": {"convolution": 64 * 10**9},
              "counts": "convolutions", "achieved_per_second": 6e13, "share_of_peak": 0.5},
    "peak": {"flops_per_second": 1.2e14, "bytes_per_second": 1e11, "source": "a data sheet",
    "measured": False},
    "memory": {"weights": 6_000_000, "gradients": 6_000_000, "optimizer": 12_000_000, "average": 4_000_000,
               "activations_peak": 10**8, "allocated_peak": None, "reserved_peak": None, "device_used": None,
               "resident_peak": 6 * 10**8, "resident_baseline": 3 * 10**8},
    "kernels": {"source": "operators", "steps": 3, "profiled_step_ns": 1_100_000, "table": [
        {"name": "aten::convolution", "category": "convolution", "calls": 12, "total_ns": 900_000,
        "calls_per_step": 4.0,
         "mean_ns": 75_000, "share": 0.8, "phase": "G.forward", "shortest_ns": 50_000,
         "longest_ns": 90_000}]},
}  # fmt: skip
_FAILED: Final = {"key": {**_KEY, "model": "x:y"}, "status": "failed", "reason": "\x1b[2Jno"}
_REPORT: Final = {
    "schema": 1, "created": "2026-01-01T00:00:00Z", "command": ["ganzoo", "bench"], "seed": 0,
    "environment": {"python": "3.11", "versions": {"torch": "2.6.0"}}, "rows": [_ROW, _FAILED],
}  # fmt: skip

_EVALUATION: Final = {
    "schema": 1, "samples": "runs/x", "warnings": ["few images"],
    "figures": [{"metric": "frechet-distance", "name": "fd", "value": 12.5, "low": 11.0, "high": 14.0,
                 "standard_error": 0.7, "is_lower_better": True}],
    "protocol": {"dataset": {"name": "digits", "split": "train"}, "features": {"name": "classifier"},
    "seed": 0},
}  # fmt: skip
_COMPARED: Final = {"schema": 1, "reports": [_EVALUATION, _EVALUATION], "differences": []}

_NESTED: Final = b"[" * 100_000 + b"]" * 100_000


def readers(folder: Path) -> list[Reader]:
    """What reads measurements."""
    honest = {"a report": as_json(_REPORT)}
    evaluations = {"one": as_json(_EVALUATION), "several": as_json(_COMPARED)}
    recordings = {"plain": as_json(_recording()), "gzipped": gzipped(as_json(_recording()))}
    text = [recordings["plain"]]
    return [
        Reader(
            "benchmark report", _show_and_compare, "report.json", honest,
            one_of(mutated(list(honest.values())), edited_json(list(honest.values())),
                      edited_json(list(honest.values()))),
            {**_JSON, "2 million empty rows": _inside(b'{"schema":1,"rows":[', b"{},", 2 * 10**6, b"{}]}"),
             "2.6 million empty lists as environment": _inside(
                 b'{"schema":1,"created":"","command":[],"seed":0,"rows":[],"environment":{"a":[', b"[],",
                 26 * 10**5, b"1]}}")},
        ),
        Reader(
            "evaluation, for a page", read_evaluation, "evaluation.json", evaluations,
            one_of(mutated(list(evaluations.values())), edited_json(list(evaluations.values()))), _JSON,
        ),
        Reader(
            "recording", lambda path: trace.to_json(trace.analyse(trace.read(path))), "trace.json",
            recordings,
            one_of(mutated(list(recordings.values())), edited_json(text),
            mapped(edited_json(text), gzipped)),
            {"nested 100,000 deep": content(_NESTED), "no UTF-8": content(b"\xff\xfe{}"),
             "a gzip bomb of 1 GB": _gzip_bomb},
        ),
    ]  # fmt: skip


def _show_and_compare(path: Path) -> None:
    """What `ganzoo bench show` and `compare` do with a report, against itself and an honest one."""
    read = report.read(path)
    for shown in ("times", "memory", "parts", "kernels"):
        for render in RENDERERS.values():
            render(tabulate({"a": read}, shown))
    honest = report.from_json(json.loads(as_json(_REPORT)), "honest")
    for pair in ((read, read), (honest, read), (read, honest)):
        compared = comparison.compare(*pair)
        table.to_json(compared)
        table.comparison_table(compared)
        compared.regressions(5.0)


def _recording() -> dict[str, Any]:
    """Two steps of a host and a GPU."""
    events: list[dict[str, Any]] = []

    def add(category: str, name: str, start: float, duration: float, **more: Any) -> None:
        events.append(
            {
                "ph": "X",
                "cat": category,
                "name": name,
                "ts": start,
                "dur": duration,
                "pid": 1,
                "tid": 1,
                **more,
            }
        )

    for step in range(2):
        start = 1000.0 + 500 * step
        add("user_annotation", f"ProfilerStep#{step}", start, 450.0)
        add("cpu_op", "aten::mm", start + 1, 40.5)
        add("cuda_runtime", "cudaLaunchKernel", start + 10, 5.25, args={"correlation": step + 1})
        add("kernel", "gemm", start + 30, 100.125, pid=0, tid=7,
            args={"device": 0, "stream": 7, "correlation": step + 1})  # fmt: skip
    add(
        "gpu_memcpy",
        "Memcpy HtoD",
        1900.0,
        10.0,
        pid=0,
        tid=7,
        args={"device": 0, "stream": 7, "bytes": 1024},
    )
    return {"schemaVersion": 1, "deviceProperties": [{"id": 0, "name": "a GPU"}], "traceEvents": events}


def _inside(before: bytes, text: bytes, times: int, after: bytes) -> Make:
    return lambda path: path.write_bytes(before + text * times + after)


def _gzip_bomb(path: Path) -> None:
    path.write_bytes(gzip.compress(bytes(2**20)) * 1000)


_JSON: Final[Mapping[str, Make]] = {
    "nested 100,000 deep": content(_NESTED),
    "nested 100,000 deep inside": content(b'{"schema": 1, "rows": ' + _NESTED + b"}"),
    "2.6 million empty lists": _inside(b"[", b"[],", 26 * 10**5, b"1]"),
    "100 MB of spaces": _inside(b"{}", b" ", 10**8, b""),
    "a text of 100 MB": _inside(b'{"schema": "', b"x", 10**8, b'"}'),
    "a number of 5,000 digits": content(b'{"schema": 1' + b"0" * 5000 + b"}"),
    "a number of 4,000 digits": content(b'{"schema": 1' + b"0" * 4000 + b"}"),
    "no UTF-8": content(b"\xff\xfe{}"),
    "half a text": content(b'{"schema": 1, "rows": ["'),
    "a text on 20 GiB": sparse(b'{"schema": "'),
}
