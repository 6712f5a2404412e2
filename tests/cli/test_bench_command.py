"""`ganzoo bench` as a user types it."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import click
import pytest

from ganzoo.benchmark.measure import harness, processes

SMALL = (
    "--image",
    "1x8x8",
    "--batch-size",
    "2",
    "--launches",
    "1",
    "--max-time",
    "0.2",
    "--precision",
    "fp32",
)

BROKEN = '''
"""A model without memory."""
from typing import final
from ganzoo.interfaces import Model

@final
class Broken(Model):
    """Builds nothing."""
    ganzoo_api = 1
    recipe = {"objective.name": ("ganzoo-objectives:bce", "nowhere")}
    def __init__(self, config, image, num_classes):
        pass
    def generator(self):
        raise MemoryError("there was none")
    def discriminator(self):
        raise MemoryError("there was none")
'''


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks are done by this process, a hundred times as fast; everything else is as it is."""
    from ganzoo.benchmark.codec import decode, encode
    from ganzoo.benchmark.measure import calibration, harness, processes, worker

    def ask(task: Any, _timeout: float) -> Any:
        request = {"kind": type(task).__name__, "task": json.loads(json.dumps(encode(task)))}
        answer = worker.answer(request)
        return decode(processes._ANSWERS[type(answer).__name__], json.loads(json.dumps(encode(answer))))

    monkeypatch.setattr(harness, "ask", ask)
    monkeypatch.setattr(calibration, "_SIDE", 64)
    monkeypatch.setattr(calibration, "_ELEMENTS", 2**16)


@pytest.mark.slow
def test_a_report_of_good_and_bad_rows(ganzoo: Any, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)

    result = ganzoo(
        "bench", "gan", "broken.py:Broken", "--phase", "train-step", "--out", "a.json", *SMALL, "--kernels"
    )

    assert result.code == 0, result.err
    lines = result.out.splitlines()
    assert lines[0].startswith("all rows: phase train-step, image 1x8x8, batch 2, precision fp32, channels")
    assert {"model", "images/s", "ms/step", "s/kimg", "GFLOP/image", "remarks"} <= set(lines[2].split())
    assert "one-launch" in lines[3]
    assert "out-of-memory: MemoryError: there was none" in lines[4]
    assert "2 rows, each measured by 1 process" in result.err

    report = json.loads((tmp_path / "a.json").read_text())
    assert report["schema"] == 1
    assert report["command"][:2] != []
    good, bad = report["rows"]
    assert (good["status"], good["key"]["model"]) == ("ok", "ganzoo-models:gan")
    assert good["subphases"]["generator backward"]["median_ns"] > 0
    assert good["peak"]["measured"] or good["peak"]["source"]
    assert good["memory"]["optimizer"] > good["memory"]["gradients"] > 0
    assert good["kernels"]["table"][0]["phase"]
    assert (bad["status"], bad["timing"]) == ("out-of-memory", None)

    # What was written, the other commands read.
    shown = ganzoo("bench", "show", "a.json", "--table", "parts")
    assert shown.code == 0
    assert "generator forward" in shown.out
    compared = ganzoo("bench", "compare", "a.json", "a.json", "--json")
    assert compared.code == 0, compared.err


@pytest.mark.slow
@pytest.mark.usefixtures("in_process")
def test_a_sweep_has_a_row_for_every_combination(ganzoo: Any) -> None:
    result = ganzoo(
        "bench", "gan", "cgan", "--phase", "discriminate", "--precision", "fp32,auto,fp32",
        "--channels-last", "on,off", "--image", "1x8x8", "--batch-size", "2,3", "--launches", "1",
        "--max-time", "0.01", "--json",
    )  # fmt: skip

    assert result.code == 0, result.err
    rows = result.json["rows"]
    assert {row["status"] for row in rows} == {"ok"}
    keys = [row["key"] for row in rows]
    precisions = {key["precision"] for key in keys}  # auto is fp32 where the hardware has nothing better
    assert len(rows) == 2 * 2 * 2 * len(precisions)
    assert [key["model"] for key in keys] == (
        ["ganzoo-models:gan"] * (len(rows) // 2) + ["ganzoo-models:cgan"] * (len(rows) // 2)
    )


@pytest.mark.slow
@pytest.mark.usefixtures("in_process")
def test_a_search_for_the_batch_ends_with_a_command(ganzoo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from ganzoo.benchmark.measure import batch_search

    free = iter([2**40, 2**40])
    monkeypatch.setattr(batch_search, "available_memory", lambda: next(free, 2**20))

    result = ganzoo(
        "bench", "gan", "--find-batch", "--batch-size", "2", "--image", "1x8x8", "--launches", "1",
        "--max-time", "0.05", "--precision", "fp32", "--objective", "hinge", "--out", "batches.json",
    )  # fmt: skip

    assert result.code == 0, result.err
    lines = result.out.splitlines()
    assert {"batch", "images/s", "ms/step", "remarks"} <= set(lines[2].split())
    assert [line.split()[1] for line in lines[3:6]] == ["2", "4", "8"]
    assert lines[7].startswith("verdict   8 is the largest batch measured (16 would take about ")
    assert lines[8].startswith(
        "use it    ganzoo train gan --dataset NAME --objective hinge --precision fp32 --batch-size "
    )
    assert lines[8].split()[-2:-1] == ["--batch-size"]
    assert len(json.loads(Path("batches.json").read_text(encoding="utf-8"))["rows"]) == 3


@pytest.mark.slow
@pytest.mark.usefixtures("in_process")
def test_tuning_ends_with_a_command(ganzoo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from ganzoo.benchmark.measure.tuning import TuningRequest

    ways = TuningRequest.ways  # compiling takes a minute
    monkeypatch.setattr(
        TuningRequest, "ways", lambda self, graphs: replace(ways(self, graphs), compile=(False,))
    )

    arguments = ("--batch-size", "2", "--steps", "8", "--launches", "1", "--max-time", "0.02")
    result = ganzoo("tune", "gan", "--dataset", "digits", "--device", "cpu", *arguments)

    assert result.code == 0, result.err
    said = {line[:10].strip(): line for line in result.out.splitlines() if line[:1].isalpha()}
    assert "unsupported: tf32 is a CUDA device's" in result.out
    assert "CUDA graph: needs a CUDA device, not cpu" in said["not tried"]
    assert said["use it"].startswith(
        "use it    ganzoo train gan --dataset digits --batch-size 2 --precision "
    )
    assert "verdict" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "ganzoo tune needs a MODEL"),
        (["dcgan", "--objective", "bce,hinge"], "one value of objective.name, not bce,hinge"),
        (["dcgan", "--batch-size", "16,32"], "ganzoo tune takes one --batch-size, not 16,32"),
        (["dcgan", "--cuda-graph", "on"], "ganzoo tune tries training.cuda_graph itself: leave it out"),
        (["dcgan", "--set", "training.precision=bf16"], "ganzoo tune tries training.precision itself"),
        (["dcgan", "--batch-size", "many"], "--batch-size takes whole numbers from 1"),
    ],
)
def test_what_tuning_refuses(ganzoo: Any, arguments: list[str], said: str) -> None:
    result = ganzoo("tune", *arguments)

    assert result.code == 2
    assert said in result.err


@pytest.mark.slow
@pytest.mark.usefixtures("in_process")
def test_choices_of_a_training_are_priced_row_by_row(ganzoo: Any, tmp_path: Path) -> None:
    Path("run.toml").write_text(
        '[model]\nname = "gan"\nlatent_dim = 8\n[training]\nbatch_size = 2\nprecision = "fp32"\n'
        '[run]\nlog_every = 2\n[dataset]\nname = "digits"\n',
        encoding="utf-8",
    )
    result = ganzoo(
        "bench", "gan", "dcgan", "--config", "run.toml", "--phase", "train-step,data,run,generate",
        "--objective", "bce,hinge", "--set", "model.channels=8", "--launches", "1", "--max-time", "0.01",
        "--out", "report.json", "--json",
    )  # fmt: skip

    assert result.code == 0, result.err
    rows = result.json["rows"]
    refused = [row for row in rows if row["status"] == "unsupported"]
    assert {row["key"]["model"] for row in refused} == {"ganzoo-models:gan"}
    assert all("there is no setting 'model.channels'" in row["reason"] for row in refused)
    priced = [row for row in rows if row["status"] == "ok"]
    assert len(priced) + len(refused) == len(rows)
    keys = [row["key"] for row in priced]
    # As the configuration says, without options: batch, precision, and the images of its data.
    assert {(key["batch_size"], key["precision"], key["image"]) for key in keys} == {(2, "fp32", "1x8x8")}
    # An objective changes neither the batches nor what is drawn: those have one row each.
    assert [(key["phase"], key["settings"].get("objective.name")) for key in keys] == [
        ("train-step", "ganzoo-objectives:bce"),
        ("data", None),
        ("run", "ganzoo-objectives:bce"),
        ("generate", None),
        ("train-step", "ganzoo-objectives:hinge"),
        ("run", "ganzoo-objectives:hinge"),
    ]
    assert keys[0]["settings"]["dataset.name"] == "ganzoo-datasets:digits"
    assert "objective.name" in keys[0]["own"]
    assert "objective.name" not in keys[4]["own"]
    by_phase = {row["key"]["phase"]: row for row in priced}
    assert by_phase["run"]["timing"]["steps_per_sample"] == 2  # a line of metrics every other step
    assert by_phase["data"]["flops"]["per_step"] == 0

    shown = ganzoo("bench", "show", "report.json")
    heading = next(line for line in shown.out.splitlines() if line.startswith("model"))
    assert "objective" in heading.split()
    assert "hinge" in shown.out
    assert ganzoo("bench", "compare", "report.json", "report.json", "--json").code == 0


@pytest.mark.usefixtures("in_process")
def test_json_is_the_report(ganzoo: Any) -> None:
    result = ganzoo("bench", "gan", "--phase", "generate", *SMALL, "--json")

    assert result.code == 0, result.err
    assert list(result.json)[:2] == ["schema", "created"]
    (row,) = result.json["rows"]
    assert row["key"]["phase"] == "generate"
    # The generator's three dense layers for an image of 64 pixels, by hand: 2 · weights.
    assert row["flops"]["per_image"] == 2 * (row["parameters"]["generator"] - biases(row))


def biases(row: Any) -> int:
    """What of the generator's parameters is no weight of a product: biases, and batch normalisation."""
    from ganzoo import create_model
    from ganzoo.interfaces import ImageSpec

    network = create_model(row["key"]["model"], image=ImageSpec(1, 8, 8)).generator
    return sum(parameter.numel() for parameter in network.parameters() if parameter.ndim == 1)


@pytest.mark.usefixtures("in_process")
def test_a_precision_that_the_device_lacks_is_a_row(ganzoo: Any) -> None:
    result = ganzoo("bench", "gan", "--phase", "generate", *SMALL[:-1], "tf32", "--device", "cpu", "--json")

    assert result.code == 1
    (row,) = result.json["rows"]
    assert row["status"] == "unsupported"
    assert "tf32 is a CUDA device's" in row["reason"]


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["dcgn"], "no model is called 'dcgn'; did you mean 'dcgan'?"),
        (["trcae", "x.json"], "ganzoo bench has no command 'trcae'; did you mean 'trace'?"),
        (["dcgan", "--phase", "train"], "any of generate, discriminate, train-step, data, run, not 'train'"),
        (["dcgan", "--batch-size", "64,0"], "--batch-size takes whole numbers from 1, such as 64,128, not '"),
        (["dcgan", "--image", "32"], "--image takes channels (1 or 3), height and width, such as 3x32x32"),
        (["dcgan", "--image", "2x32x32"], "--image takes channels (1 or 3)"),
        (["dcgan", "--precision", "fp8"], "--precision takes any of auto, fp32, tf32, bf16, fp16, not 'fp8'"),
        (["dcgan", "--compile", "yes"], "--compile takes any of on, off, not 'yes'"),
        (["gan", "--upsampling", "resize-conv"], "the model 'ganzoo-models:gan' has no upsampling"),
        (["dcgan", "--upsampling", "resize"], "no upsampling is called 'resize'"),
        (["dcgan", "--out", "no/where/report.json"], "--out: there is no folder no/where"),
        (["dcgan", "--device", "tpu"], "there is no device 'tpu'"),
        (["dcgan", "--objective", "bce,hing"], "no objective is called 'hing'; did you mean 'hinge'?"),
        (["dcgan", "--set", "training.batch_size=8"], "has an option of its own here: use --batch-size"),
        (["dcgan", "--set", "model.latent=8"], "there is no setting 'model.latent'"),
        (["dcgan", "--set", "model.latent_dim"], "--set takes section.key=value"),
        (["dcgan", "--recipe", "fats"], "has no recipe 'fats'"),
        (["dcgan", "--accumulate", "1,3"], "training.accumulate=3 fits no row"),
        (["dcgan", "--objective", "bce,"], "has an empty place in its list"),
        (["dcgan", "--phase", "generate", "--objective", "hinge"], "objective.name changes nothing in gen"),
        (["dcgan", "--max-time", "nan"], "'nan' is not a finite number"),
        (["dcgan", "--max-time", "inf"], "'inf' is not a finite number"),
        (["--find-batch"], "--find-batch needs a MODEL or --config"),
        (["dcgan", "--find-batch", "--batch-size", "8,16"], "one number to begin with, not 8,16"),
        (["dcgan", "--image", "1x8x8", "--dataset", "digits"], "--image and --dataset exclude each other"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)  # fmt: skip
def test_mistakes_are_told_before_anything_is_measured(ganzoo: Any, arguments: list[str], said: str) -> None:
    result = ganzoo("bench", *arguments)

    assert result.code == 2, result.err
    assert said in result.err
    assert result.out == ""


@pytest.mark.usefixtures("in_process")
def test_a_signal_before_the_first_row_has_its_own_exit_code(
    ganzoo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(plan: Any) -> Any:
        raise processes.Stopped(signal.SIGTERM)

    monkeypatch.setattr(harness, "probe", stopped)

    assert ganzoo("bench", "gan").code == 143


@pytest.mark.usefixtures("in_process")
def test_a_device_that_is_not_there(ganzoo: Any) -> None:
    result = ganzoo("bench", "gan", "--device", "cuda:7")

    assert result.code == 1
    assert "the device 'cuda:7' is not there" in result.err


@pytest.mark.parametrize("name", ["trace", "compare", "show"])
def test_the_other_commands_are_below_it(ganzoo: Any, name: str) -> None:
    result = ganzoo("bench", name, "--help")

    assert result.code == 0
    assert result.out.startswith(f"Usage: ganzoo bench {name} ")


def completed(*words: str) -> list[str]:
    """What a shell is offered for the last word."""
    from click.shell_completion import ShellComplete

    from ganzoo.cli import group

    return [
        item.value
        for item in ShellComplete(group, {}, "ganzoo", "").get_completions(list(words[:-1]), words[-1])
    ]


def test_models_and_commands_are_completed() -> None:
    assert completed("bench", "dc") == ["dcgan"]
    assert completed("bench", "tr") == ["trace"]
    assert "gan" in completed("bench", "dcgan", "")
    assert "--batch-size" in completed("bench", "dcgan", "--batch")


@pytest.mark.parametrize("columns", [60, 100, 250])
def test_a_table_fits_its_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    from ganzoo.benchmark import report
    from ganzoo.benchmark.report import Key, Row
    from ganzoo.cli.bench_output import print_report

    keys = [
        Key(
            model=model,
            phase="train-step",
            image="3x32x32",
            batch_size=64,
            precision="bf16",
            channels_last=True,
            compile=False,
            components={"upsampling": "ganzoo-components:transposed-conv"},
            device="cpu (a processor with quite a long name)",
            threads=2,
        )
        for model in ("ganzoo-models:dcgan", "ganzoo-models:gan")
    ]
    made = report.Report(
        created="now",
        command=("ganzoo",),
        seed=0,
        environment={},
        rows=tuple(Row(key=key, status="failed", reason="it is only a test") for key in keys),
    )
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")

    print_report(made)

    caption, *table = click.unstyle(capsys.readouterr().out).splitlines()
    assert caption.startswith("phase train-step, image 3x32x32")
    assert max(map(len, table)) <= columns
    assert "dcgan" in "".join(table)
    assert "only a test" in " ".join(" ".join(table).split())


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_progress_on_a_terminal_fits_and_names_the_cell(width: int) -> None:
    import io

    from rich.console import Console

    from ganzoo.benchmark.measure.cells import Cell
    from ganzoo.cli.bench_output import LaunchLine

    cell = Cell(
        model="ganzoo-models:dcgan",
        components={},
        phase="generate",
        image="3x32x32",
        batch_size=8,
        precision="bf16",
        channels_last=False,
        compile=True,
        device="cpu",
        seed=0,
    )
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, color_system=None, width=width)
    listener = LaunchLine()
    listener.planned(2, 3, 1.0)
    listener.launched(3, cell)
    listener.finished(cell, "1 ms")
    console.print(listener.line, end="")

    (line,) = file.getvalue().splitlines()
    assert len(line) <= width
    assert "2/6" in line
    assert line.rstrip().endswith(" left")
    described = "dcgan generate, 3x32x32, batch 8, bf16, not channels-last, compiled"
    assert (described in line) == (width == 120)


def test_help_is_that_of_benchmarks_with_the_other_commands(ganzoo: Any) -> None:
    result = ganzoo("bench", "--help")

    assert result.out.startswith("Usage: ganzoo bench [OPTIONS] [MODEL]...")
    assert "--batch-size" in result.out
    assert all(f"  {name} " in result.out for name in ("trace", "compare", "show"))
    commands = result.out.partition("\nCommands:\n")[2]
    assert commands
    assert " run" not in commands


def test_a_folder_of_data_is_named_as_for_a_training(ganzoo: Any, in_process: None, tmp_path: Path) -> None:
    folder = tmp_path / "here, and nowhere"

    result = ganzoo("bench", "gan", "--phase", "data", "--dataset", "fashion-mnist",
                    "--data-dir", str(folder), "--batch-size", "2", "--launches", "1", "--json")  # fmt: skip

    assert str(folder) in result.out + result.err, "the commas of a path part no list"
    assert result.code != 0


def test_a_report_is_no_picture(ganzoo: Any) -> None:
    result = ganzoo("bench", "gan", "--out", "gan.png")

    assert result.code == 2
    assert "ganzoo bench writes a .json, not 'gan.png'\nname it --out gan.json" in result.err


@pytest.mark.parametrize("command", ["bench", "tune"])
def test_a_folder_of_data_needs_a_data_set(ganzoo: Any, command: str, tmp_path: Path) -> None:
    result = ganzoo(command, "gan", "--data-dir", str(tmp_path))

    assert result.code == 2
    assert "add --dataset NAME" in result.err
