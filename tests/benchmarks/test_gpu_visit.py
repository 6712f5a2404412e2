"""The visit to a GPU, without one: its parts are sound and stop as they should, and what is packed draws."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest

import ganzoo
from benchmarks.gpu.parts import Outcome, Part, grouped, read_parts, run_group
from ganzoo.cli import main as command_line
from ganzoo.plugins import discovery
from ganzoo.settings.merging import resolve
from ganzoo.settings.values import parse_assignment

ROOT = Path(__file__).parents[2]
PARTS = read_parts(ROOT / "benchmarks/gpu/parts.toml")
TRAININGS = [part for part in PARTS if part.group != part.name and not part.ends_itself]


def test_a_training_of_every_official_model_is_planned() -> None:
    official = {plugin.name for plugin in discovery.discover().of_kind("model")}
    assert official <= {part.name.partition(".")[0] for part in TRAININGS}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_every_part_says_what_it_proves_and_fills_in(part: Part) -> None:
    words = dict.fromkeys(("python", "device", "data", "results", "tiny", "bench", "speed"), "x")
    assert "{" not in part.command.format(**words)
    assert part.proves or not part.ends_itself


@pytest.mark.parametrize("part", TRAININGS, ids=lambda part: part.name)
def test_the_settings_of_every_training_are_right(part: Part) -> None:
    words = shlex.split(part.command)
    given: dict[str, Any] = {"model.name": words[words.index("train") + 1]}
    for option, key in (("--dataset", "dataset.name"), ("--recipe", "model.recipe")):
        if option in words:
            given[key] = words[words.index(option) + 1]
    given |= dict(parse_assignment(words[at + 1]) for at, word in enumerate(words) if word == "--set")
    assert resolve(given, {}).training is not None


def test_groups_keep_the_files_order() -> None:
    parts = [Part(name, group, 1, "true") for name, group in (("a", "x"), ("b", "y"), ("c", "x"))]
    assert [(group, [part.name for part in members]) for group, members in grouped(parts)] == [
        ("x", ["a", "c"]),
        ("y", ["b"]),
    ]


@pytest.mark.parametrize(
    ("code", "reached_limit", "ends_itself", "failed"),
    [(0, False, True, False), (1, False, True, True), (130, True, True, True), (130, True, False, False),
     (-2, True, False, False), (0, True, False, False), (-9, True, False, True), (1, False, False, True)],
)  # fmt: skip
def test_only_what_was_to_be_stopped_may_be(
    code: int, reached_limit: bool, ends_itself: bool, failed: bool
) -> None:
    part = Part("a", "a", 1, "true", ends_itself=ends_itself)
    assert Outcome(part, code, 1.0, reached_limit).failed == failed


def test_parts_of_a_group_run_at_the_same_time_each_to_its_limit(tmp_path: Path) -> None:
    parts = [
        Part("quick", "g", 20, "echo {word}"),
        Part("wrong", "g", 20, "exit 3"),
        Part("endless", "g", 0.6, "exec sleep 60", ends_itself=False),
    ]
    begun = time.monotonic()
    outcomes = {
        outcome.part.name: outcome
        for outcome in run_group(parts, {"word": "said"}, tmp_path, time.monotonic() + 60)
    }
    assert time.monotonic() - begun < 10
    assert (tmp_path / "quick.log").read_text() == "said\n"
    assert [outcomes[name].failed for name in ("quick", "wrong", "endless")] == [False, True, False]
    assert outcomes["endless"].reached_limit


PLAN = """
[[part]]
name = "sums"
group = "sums"
seconds = 60
command = "{python} -c 'print(1 + 1)'"
proves = "sums are right"
refuted_by = "another number than 2"

[trainings]
group = "sums"
seconds = 60

[trainings.settings]
"run.log_every" = 1

[training."gan.digits"]
model = "gan"
dataset = "digits"
"model.hidden" = "8"
"""


@pytest.mark.slow
def test_a_visit_is_reported_goes_on_and_is_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part fails at first and succeeds when called again; the training is not repeated; the pack draws."""
    plan = tmp_path / "parts.toml"
    plan.write_text(PLAN.replace("1 + 1", "1 +"))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    visit = [sys.executable, "-m", "benchmarks.gpu", str(tmp_path / "results"), "--parts", str(plan)]
    visit += ["--device", "cpu", "--tiny", "--seconds", "120"]

    first = subprocess.run(visit, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200)
    assert first.returncode == 1, first.stderr
    assert json.loads((tmp_path / "results/done.json").read_text()) == ["gan.digits"]
    plan.write_text(PLAN)
    second = subprocess.run(visit, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200)
    assert second.returncode == 0, second.stdout
    report = (tmp_path / "results/gpu.md").read_text()
    assert "### sums: **failed** (exit code 1" in report
    assert "### sums: done (exit code 0" in report
    assert report.count("### gan.digits") == 1

    (tmp_path / "out").mkdir()
    pack = [sys.executable, "-m", "benchmarks.gpu.pack", str(tmp_path / "results")]
    subprocess.run(
        [*pack, "--out", str(tmp_path / "out")], cwd=ROOT, env=environment, check=True, timeout=100
    )
    with tarfile.open(tmp_path / "out/results.tar.000") as tar:
        tar.extractall(tmp_path / "kept", filter="data")
    whole = ganzoo.load(tmp_path / "results/runs/gan.digits").sample(16)
    kept = ganzoo.load(tmp_path / "kept/slim/gan.digits").sample(16)
    assert (whole.int() - kept.int()).abs().max() <= 1
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as exit_info:
        command_line(["new", "weights", "gan.digits", "--run", "kept/slim/gan.digits", "--licence", "MIT"])
    assert exit_info.value.code in (0, None)
