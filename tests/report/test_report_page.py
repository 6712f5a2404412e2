"""`ganzoo report`: what the page holds, and what the command refuses."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import subprocess
import sys

import pytest
from PIL import Image


def test_every_grid_of_a_run_is_in_the_page_as_it_was(page_of, real_runs, tmp_path):
    page = page_of(tmp_path, real_runs / "conditional")
    images = {a["data-step"]: a for a in page.attributes("img") if "data-step" in a}
    assert list(images) == ["0", "2", "4", "6"]
    assert [step for step, a in images.items() if "hidden" not in a] == ["6"]
    for step, attributes in images.items():
        head, data = attributes["src"].split(",", 1)
        assert head == "data:image/webp;base64"
        with (
            Image.open(io.BytesIO(base64.b64decode(data))) as shown,
            Image.open(real_runs / f"conditional/samples/step-{int(step):08d}.png") as original,
        ):
            assert shown.convert("RGB").tobytes() == original.convert("RGB").tobytes()
    slider = next(a for a in page.attributes("input") if a.get("id") == "step")
    assert (slider["data-steps"], slider["max"]) == ("0 2 4 6", "3")


def test_a_conditional_run_names_its_rows(page_of, real_runs, tmp_path):
    page = page_of(tmp_path, real_runs / "conditional")
    first = re.search(r'<ol class="rows".*?</ol>', page.text).group()
    assert re.findall("<li>(.*?)</li>", first) == [str(digit) for digit in range(10)]
    assert '<ol class="rows"' not in page_of(tmp_path, real_runs / "unconditional").text


def test_curves_are_the_lines_of_metrics(page_of, real_runs, tmp_path):
    page = page_of(tmp_path, real_runs / "conditional")
    text = (real_runs / "conditional/metrics.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    losses = page.charts[0]
    assert losses["title"] == "Losses"
    assert [series["steps"] for series in losses["series"]] == [[1, 2, 3, 4, 5, 6]] * 2
    assert losses["series"][0]["values"] == [line["discriminator_loss"] for line in lines]
    assert losses["series"][1]["values"] == [line["generator_loss"] for line in lines]
    assert {"Diversity", "Gradients", "Speed"} <= {chart["title"] for chart in page.charts}


def test_settings_that_differ_are_marked(page_of, real_runs, tmp_path):
    page = page_of(tmp_path, real_runs / "conditional", real_runs / "another")
    attributes, cells = page.cells("training.learning_rate")
    assert (attributes["class"], cells) == ("differs", ["0.0002", "0.001"])
    attributes, cells = page.cells("training.batch_size")
    assert ("class" in attributes, cells) == (False, ["16", "16"])


def test_no_path_of_the_machine_is_in_the_page(page_of, real_runs, tmp_path):
    page = page_of(tmp_path, real_runs / "conditional", "--data-dir", tmp_path)
    assert str(tmp_path) not in page.text
    assert str(real_runs) not in page.text
    assert "data_dir" not in page.text.split('id="settings"')[1]


def test_nothing_is_fetched_and_only_the_pages_own_scripts_may_run(page_of, real_runs, tmp_path):
    page = page_of(tmp_path, real_runs / "conditional")
    sources = [a[key] for _, a in page.elements for key in ("src", "href") if a.get(key)]
    assert sources
    assert all(source.startswith(("data:", "#")) for source in sources)
    assert not re.search(r"url\(|@import", "".join(re.findall("<style>(.*?)</style>", page.text, re.DOTALL)))
    policy = next(a["content"] for a in page.attributes("meta") if "http-equiv" in a)
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in page.scripts[1:]]
    assert len(hashes) == 2
    expected = " ".join(f"'sha256-{digest}'" for digest in hashes)
    assert policy == (f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {expected}")


def test_the_nearest_images_and_interpolation_are_drawn(page_of, real_runs, tmp_path):
    page = page_of(tmp_path, real_runs / "unconditional")
    alternatives = [a["alt"] for a in page.attributes("img")]
    assert sum("nearest" in text for text in alternatives) == 8
    assert any("between latents" in text for text in alternatives)


def test_evaluations_of_the_training_have_curves_with_intervals_and_a_table(page_of, forged, tmp_path):
    loss = {"discriminator_loss": 1.0, "generator_loss": 1.0}
    figure = {"FID": {"value": 12.5, "low": 12.0, "high": 13.0}}
    page = page_of(tmp_path, forged(lines=[{"step": 1, **loss}, {"step": 1, "evaluation": figure}]))
    (chart,) = (chart for chart in page.charts if chart["title"] == "FID")
    (series,) = chart["series"]
    assert [series[key] for key in ("steps", "values", "lows", "highs")] == [[1], [12.5], [12.0], [13.0]]
    assert page.cells("1")[1] == ["12.5 (12 to 13)"]


def test_evaluations_and_benchmarks_that_are_given_get_tables(page_of, real_runs, tmp_path):
    evaluation = {
        "schema": 1,
        "samples": "/home/somebody/run",
        "figures": [
            {"metric": "fid", "name": "FID", "value": 41.25, "low": 40.5, "high": 42, "is_lower_better": True}
        ],
        "protocol": {"split": "test"},
        "warnings": ["few samples"],
    }
    path = tmp_path / "judged.json"
    path.write_text(json.dumps(evaluation))
    page = page_of(tmp_path, real_runs / "conditional", "--evaluation", path)
    assert page.cells("FID")[1] == ["41.25 (40.5 to 42)"]
    assert "Protocol: split test" in page.text
    assert "Warning: few samples" in page.text
    assert "/home/somebody" not in page.text


MISTAKES = {
    "no run": (["absent"], 2, "does not exist"),
    "no run folder": (["."], 2, "not a run folder"),
    "twice": (["{runs}/conditional", "{runs}/../{runs_name}/conditional"], 2, "named twice"),
    "other suffix": (["{runs}/conditional", "--out", "page.pdf"], 2, ".html"),
    "no evaluation": (["{runs}/conditional", "--evaluation", "{runs}/conditional/env.json"], 2, "--json >"),
    "no benchmark": (["{runs}/conditional", "--benchmark", "{runs}/conditional/env.json"], 1, "env.json"),
    "no place": (["{runs}/conditional", "--out", "/dev/null/page.html"], 1, "can't be written"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_gets_a_message_and_its_exit_code(report, real_runs, tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    arguments, code, fragment = MISTAKES[name]
    report(*(text.format(runs=real_runs, runs_name=real_runs.name) for text in arguments), code=code)
    error = capsys.readouterr().err
    assert fragment in error
    assert "Traceback" not in error


def test_the_page_needs_no_torch_until_it_is_made():
    code = "import sys; from ganzoo.cli import report_command, play_command; print('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert result.stdout.strip() == "False"
