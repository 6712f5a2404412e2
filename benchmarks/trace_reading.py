"""Reads a recording of 100 MB: seconds and peak memory against `json.loads` of the same file.

python benchmarks/trace_reading.py v100_convnet_nsres.json.gz

The file is a real recording repeated with later clocks and new correlations. Each measurement is a
process of its own, the contenders alternate, and the parent reports medians.
"""

from __future__ import annotations

import gzip
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

CONTENDERS = {
    "json.loads": "json.loads of the text",
    "read": "ganzoo.trace.read",
    "read and analyse": "read, then analyse and to_json",
    "page": "read, then analyse and make_page",
}


@click.command()
@click.argument("recording", type=click.Path(exists=True, path_type=Path))
@click.option("--megabytes", default=100, show_default=True, help="Size of the file to read.")
@click.option("--rounds", default=5, show_default=True, help="Measurements of each contender.")
@click.option("--contender", type=click.Choice(list(CONTENDERS)), hidden=True)
def main(recording: Path, megabytes: int, rounds: int, contender: str | None) -> None:
    """Print a Markdown table of seconds and memory."""
    if contender is not None:
        click.echo(json.dumps(measure(recording, contender)))
        return
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large.json"
        repeats = repeat(recording, large, megabytes * 10**6)
        click.echo(f"{large.stat().st_size / 1e6:.1f} MB, {recording.name} {repeats} times\n")
        samples: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
        for _ in range(rounds):
            for name in CONTENDERS:
                command = [sys.executable, __file__, str(large), "--contender", name]
                output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                samples[name].append(json.loads(output))
    click.echo("| | seconds (range) | processor seconds | ratio to `json.loads` by round | peak memory |")
    click.echo("|---|---|---|---|---|")
    for name, own in samples.items():
        click.echo(row(CONTENDERS[name], own, samples["json.loads"]))


def row(title: str, own: list[dict[str, float]], reference: list[dict[str, float]]) -> str:
    """One line of the table."""
    seconds = [sample["seconds"] for sample in own]
    cpu = statistics.median(sample["cpu"] for sample in own)
    ratios = [mine["cpu"] / other["cpu"] for mine, other in zip(own, reference, strict=True)]
    memory = statistics.median(sample["memory"] for sample in own)
    return (
        f"| {title} | {statistics.median(seconds):.2f} ({min(seconds):.2f}-{max(seconds):.2f}) | {cpu:.2f} | "
        f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f}) | {memory / 2**20:.0f} MiB |"
    )


def measure(path: Path, contender: str) -> dict[str, float]:
    """Seconds of wall clock and processor from the file's name to the result, and the process's peak memory.

    The memory of an interpreter with the modules imported is taken off.
    """
    from ganzoo import trace
    from ganzoo.pages.recording.page import make_page

    before = peak_memory()
    wall, cpu = time.perf_counter(), time.process_time()
    if contender == "json.loads":
        result: Any = json.loads(path.read_text(encoding="utf-8"))
    else:
        result = trace.read(path)
        if contender == "read and analyse":
            result = trace.to_json(trace.analyse(result))
        if contender == "page":
            result = make_page(path.name, result, trace.analyse(result), ())
    seconds, used = time.perf_counter() - wall, time.process_time() - cpu
    assert result
    return {"seconds": seconds, "cpu": used, "memory": peak_memory() - before}


def peak_memory() -> int:
    """The largest resident memory of this process so far, in bytes; Linux only.

    Not getrusage's, which begins at the size of the process that started this one.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(re.search(r"VmHWM:\s*(\d+) kB", status)[1])  # type: ignore[index]


def repeat(recording: Path, target: Path, size: int) -> int:
    """Writes a recording over and over, each time later and with its own correlations; returns how often."""
    content = recording.read_bytes()
    text = gzip.decompress(content) if recording.suffix == ".gz" else content
    root = json.loads(text, parse_float=Decimal)
    events = root.pop("traceEvents")
    starts = [event["ts"] for event in events if "ts" in event]
    length = max(starts) - min(starts) + 1_000_000
    numbers = ("correlation", "External id", "external id")
    offset = 1 + max(event.get("args", {}).get(key, 0) for event in events for key in numbers)
    templates = [_template(event, numbers) for event in events]
    repeats = 0
    with target.open("w", encoding="utf-8") as file:
        file.write(as_json(root)[:-1] + ', "traceEvents": [')
        while file.tell() < size:
            for index, (template, start, own) in enumerate(templates):
                values = {key: number + repeats * offset for key, number in own.items()}
                values |= {} if start is None else {"ts": start + repeats * length}
                file.write(",\n" if repeats or index else "\n")
                file.write(template % values)
            repeats += 1
        file.write("]}\n")
    return repeats


def _template(event: dict[str, Any], numbers: tuple[str, ...]) -> tuple[str, Any, dict[str, int]]:
    """The event as JSON with places for its start and its numbers, and these; None where it has no start."""
    arguments = event.get("args", {})
    own = {key: arguments[key] for key in numbers if key in arguments}
    marked = {**event, **({"args": arguments | {key: f"#{key}#" for key in own}} if own else {})}
    if "ts" in event:
        marked["ts"] = "#ts#"
    text = as_json(marked).replace("%", "%%")
    for key in ("ts", *own):
        text = text.replace(f'"#{key}#"', f"%({key})s")
    return text, event.get("ts"), own


def as_json(event: Any) -> str:
    """JSON, indented as the profiler writes it, in which a Decimal is a number with all its digits."""
    return re.sub(
        r'"@([-0-9.]+)@"', r"\1", json.dumps(event, indent=2, default=lambda number: f"@{number:f}@")
    )


if __name__ == "__main__":
    main()
