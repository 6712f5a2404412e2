"""`ganzoo bench trace`: what it prints, to whom, and its exit codes."""

from __future__ import annotations

import ast
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ganzoo import trace
from ganzoo.cli import main

A100 = "a100_convnet_ddp_nccl.json.gz"


@pytest.fixture
def bench_trace(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs the command in a pipe; returns exit code, stdout and stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit_info:
            main(["bench", "trace", *map(str, arguments)])
        captured = capsys.readouterr()
        code = exit_info.value.code
        return (code if isinstance(code, int) else 0), captured.out, captured.err

    return run


Run = Callable[..., tuple[int, str, str]]
Find = Callable[[str], Path]


def test_json_is_as_documented(bench_trace: Run, shared: Find) -> None:
    code, out, err = bench_trace(shared(A100), "--json", "--top", 1)

    result = json.loads(out)
    assert (code, err, result["schema"], result["complete"]) == (0, "", 1, True)
    assert result["kernels"].items() >= {
        "count": 2700, "total_ns": 162532340, "union_ns": 155215315,
    }.items()  # fmt: skip
    assert result["gpu"] == {"busy_ns": 157500014, "span_ns": 660551005}
    assert result["memcpy"].items() >= {"count": 960, "total_ns": 2262781}.items()
    assert result["memset"] == {"count": 114, "total_ns": 390717}
    assert len(result["table"]) == 70
    first = result["table"][0]
    assert (first["calls"], first["total_ns"], first["category"]) == (15, 46762159, "communication")
    assert {"name", "instances", "kernels", "total_ns"} <= set(result["ranges"][0])


def test_a_pipe_gets_whole_lines_with_whole_names(bench_trace: Run, shared: Find) -> None:
    code, out, err = bench_trace(shared(A100), "--top", 3)

    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "GPU       0: NVIDIA A100-PG509-200"
    assert lines[1].startswith("busy      23.8%, 157.500 ms of 660.551 ms; idle: waiting for the host 75.9%")
    assert any(line.startswith("verdict   launch-bound: the GPU waits for the host 76%") for line in lines)
    kernels = lines[lines.index("Kernels") + 2 :][:3]
    assert kernels[0].split() == [
        "46.762", "ms", "28.8%", "15", "3,117.5", "µs", "communication",
        "ncclKernel_AllReduce_RING_LL_Sum_float(ncclDevComm*,", "unsigned", "long,", "ncclWork*)",
    ]  # fmt: skip
    assert max(map(len, kernels)) > 250
    assert err == "67 more rows: --top 0 shows all\n8 more rows: --top 0 shows all\n"
    assert "\x1b" not in out


def test_by_category(bench_trace: Run, shared: Find) -> None:
    _, out, err = bench_trace(shared(A100), "--by", "category")

    lines = out.splitlines()
    rows = [line.split() for line in lines[lines.index("Categories") + 2 :]]
    assert rows[0] == ["46.876", "ms", "28.8%", "21", "communication"]
    assert err == ""


def test_by_operator(bench_trace: Run, shared: Find) -> None:
    _, out, _ = bench_trace(shared(A100), "--by", "operator", "--top", 1)

    lines = out.splitlines()
    assert lines[lines.index("Operators, time of the host") + 2].split()[-1] == "aten::empty"


def test_one_range(bench_trace: Run, shared: Find) -> None:
    code, out, _ = bench_trace(shared(A100), "--range", "## forward ##", "--json")
    _, steps, _ = bench_trace(shared(A100), "--range", "ProfilerStep#*", "--json")

    result = json.loads(out)
    assert (code, result["range"]) == (0, "## forward ##")
    assert (result["kernels"]["count"], result["kernels"]["total_ns"]) == (879, 38035875)
    assert json.loads(steps)["kernels"]["total_ns"] == 162532340


def test_a_recording_without_a_gpu_shows_operators(bench_trace: Run, shared: Find) -> None:
    code, out, _ = bench_trace(shared("cpu_only.json.gz"))

    lines = out.splitlines()
    assert code == 0
    assert lines[0].startswith("verdict   no-gpu-activity: no GPU activity; ")
    assert "Operators, time of the host" in lines
    assert lines[4].split() == ["0.004", "ms", "100.0%", "0.004", "ms", "4", "aten::empty"]
    assert lines[-1].split() == ["1,102.981", "ms", "10", "gloo:all_reduce"]


def test_an_incomplete_recording_says_so(bench_trace: Run, recording: Any) -> None:
    recording.call(1_000, 100, 1).kernel(2_000, 100, 1).call(3_000, 100, 2)

    code, out, err = bench_trace(recording.write("a.json.gz"), "--json")

    warning = "warning: the recording is incomplete: 1 of 2 launches have no kernel: the profiler lost them\n"
    assert (code, err, json.loads(out)["complete"]) == (0, warning, False)


def test_names_of_a_file_can_not_steer_the_terminal(bench_trace: Run, recording: Any) -> None:
    recording.kernel(1_000, 100, 1, name="evil\x1b[2J\x07[bold]\ud800").range("r\n\x1b[31m", 1, 1)

    code, out, _ = bench_trace(recording.write())

    assert code == 0
    assert "\x1b" not in out
    assert "\x07" not in out
    assert "evil [2J [bold]" in out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["missing.json"], 2, "there is no file 'missing.json'"),
        (["text.json"], 1, "text.json is not a recording"),
        (["good.json", "--range", "no"], 2, "there is no range 'no'"),
        (["good.json", "--by", "colour"], 2, "'colour' is not one of"),
        (["good.json", "--top", "-1"], 2, "-1 is not in the range"),
        ([], 2, "Missing argument 'FILE...'"),
    ],
)
def test_exit_codes(
    bench_trace: Run,
    recording: Any,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    recording.kernel(1_000, 100, 1)
    folder = recording.write("good.json").parent
    (folder / "text.json").write_text("hello")
    monkeypatch.chdir(folder)

    found, out, err = bench_trace(*arguments)

    assert (found, out) == (code, "")
    assert message in err
    assert "Traceback" not in err


def test_a_terminal_gets_a_table_that_fits(recording: Any) -> None:
    name = (
        "void at::native::vectorized_elementwise_kernel<4, at::native::CUDAFunctor_add<float>, "
        "at::detail::Array<char*, 3> >(int)"
    )
    recording.kernel(1_000, 100, 1, name=name).range("[param|cuda]", 1, 1)
    path = recording.write()

    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ganzoo", "bench", "trace", str(path)],
        stdout=terminal,
        stderr=subprocess.PIPE,
        env=os.environ | {"COLUMNS": "100", "TERM": "xterm"},
    )
    os.close(terminal)
    shown = b""
    while True:
        try:
            chunk = os.read(controller, 65536)
        except OSError:  # the other end is closed
            break
        if not chunk:
            break
        shown += chunk
    assert process.wait() == 0
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    os.close(controller)

    text = shown.decode()
    assert "vectorized_elementwise_kernel<CUDAFunctor_add>" in text
    assert "[param|cuda]" in text
    assert "─" in text
    assert "at::native" not in text


def test_neither_torch_nor_numpy_is_imported(recording: Any) -> None:
    path = recording.kernel(1_000, 100, 1).write()
    code = (
        "import sys, atexit\n"
        "atexit.register(lambda: print(*{name.split('.')[0] for name in sys.modules}))\n"
        "from ganzoo.cli import main\n"
        "main(['bench', 'trace', sys.argv[1], '--json'])"
    )
    output = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    ).stdout
    modules = set(output.splitlines()[-1].split())

    assert "ganzoo" in modules
    assert modules.isdisjoint({"torch", "numpy", "rich", "PIL"})


def test_the_package_is_of_the_standard_library() -> None:
    code = "import sys, ganzoo.trace; print(*sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    modules = {name.split(".")[0] for name in output.split()}
    assert modules.isdisjoint({"torch", "numpy", "rich", "click", "PIL"})


def test_the_package_needs_nothing_of_ganzoo_but_errors_and_text() -> None:
    imported = set()
    for path in Path(trace.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module)
            elif isinstance(node, ast.Import):
                imported.update(name.name for name in node.names)

    own = {name for name in imported if name.split(".")[0] not in sys.stdlib_module_names}
    assert {name for name in own if not name.startswith("ganzoo.trace")} == {"ganzoo.errors", "ganzoo.text"}
