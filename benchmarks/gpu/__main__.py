"""`python -m benchmarks.gpu RESULTS`: runs all parts that are not done yet and writes `gpu.md`."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import click
from rich.console import Console

from benchmarks.gpu.parts import Outcome, Part, grouped, read_parts, run_group

_TAIL = 40
"""Lines of a log that the report shows."""


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--parts", "file", type=click.Path(exists=True, path_type=Path), help="[benchmarks/gpu/parts.toml]"
)
@click.option(
    "--data", type=click.Path(path_type=Path), default=Path("data"), help="Folder of the data sets."
)
@click.option("--device", default="cuda", show_default=True)
@click.option("--seconds", default=540.0, show_default=True, help="After which nothing runs any more.")
@click.option("--only", multiple=True, help="A part or a group; by default all.")
@click.option("--tiny", is_flag=True, help="Networks and lengths too small to mean anything: a dry run.")
def main(
    results: Path,
    file: Path | None,
    data: Path,
    device: str,
    seconds: float,
    only: tuple[str, ...],
    tiny: bool,
) -> None:
    """Measure, prove and train on a GPU what can't be measured without one.

    Called again with the same folder it goes on with the parts that have not succeeded.
    """
    deadline = time.monotonic() + seconds
    results = results.resolve()
    (results / "runs").mkdir(parents=True, exist_ok=True)
    parts = read_parts(file or Path(__file__).with_name("parts.toml"))
    if only:
        parts = [part for part in parts if part.name in only or part.group in only]
    done: list[str] = _read(results / "done.json")
    words = {
        "python": sys.executable,
        "device": device,
        "data": str(data.resolve()),
        "results": str(results),
        "tiny": "--max-steps 2 --set training.batch_size=8 --set training.cuda_graph=false" if tiny else "",
        "bench": "--batch-size 4 --max-time 0.2" if tiny else "",
        "speed": "--steps 2 --warmup 1 --batch-size 8 --channels 4 --threads 1"
        if tiny
        else "--steps 200 --warmup 50",
    }
    os.environ["OMP_NUM_THREADS"] = "1"
    failures = 0
    for group, members in grouped([part for part in parts if part.name not in done]):
        if time.monotonic() > deadline - 5:
            _say(results, f"\n## {group}\n\nnot begun: the time was over\n")
            continue
        _say(results, f"\n## {group}\n")
        for outcome in run_group(members, words, results, deadline):
            failures += outcome.failed
            if not outcome.failed:
                done.append(outcome.part.name)
                (results / "done.json").write_text(json.dumps(done), encoding="utf-8")
            _say(results, _described(outcome, results))
    sys.exit(min(failures, 1))


def _read(path: Path) -> list[str]:
    return list(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else []


def _described(outcome: Outcome, results: Path) -> str:
    part: Part = outcome.part
    lines = (results / f"{part.name}.log").read_text(encoding="utf-8", errors="replace").splitlines()
    verdict = "**failed**" if outcome.failed else "stopped by its limit" if outcome.reached_limit else "done"
    about = [f"Proves: {part.proves}  \nRefuted by: {part.refuted_by}", ""] if part.proves else []
    shown = lines[-(_TAIL if outcome.failed or part.ends_itself else 3) :]
    title = f"\n### {part.name}: {verdict} (exit code {outcome.code}, {outcome.seconds:.0f} s)\n"
    return "\n".join([title, *about, "```text", *shown, "```", ""])


def _say(results: Path, text: str) -> None:
    with (results / "gpu.md").open("a", encoding="utf-8") as report:
        report.write(text)
    Console(highlight=False, markup=False, soft_wrap=True).print(text)


if __name__ == "__main__":
    main()
