"""`ganzoo report`: what the page holds, what it leaves out with a reason, and what it refuses."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import torch
from PIL import Image

from ganzoo.cli import main
from ganzoo.pages.report import curves, drawings, history


class Page(HTMLParser):
    """The elements of a page, with the text of some."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.rows: list[tuple[dict[str, str | None], list[str]]] = []
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside.append(tag)
        if tag == "script":
            self.scripts.append("")
        elif tag == "tr":
            self.rows.append((dict(attrs), []))
        elif tag in ("td", "th") and self.rows:
            self.rows[-1][1].append("")

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "script" in self._inside:
            self.scripts[-1] += data
        elif {"td", "th"} & set(self._inside):
            self.rows[-1][1][-1] += data

    def attributes(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.elements if name == tag)

    @property
    def charts(self) -> list[dict]:
        return json.loads(self.scripts[0])

    def cells(self, name: str) -> tuple[dict[str, str | None], list[str]]:
        """The row that starts so, and its other cells."""
        for attributes, cells in self.rows:
            if cells and cells[0].split() and cells[0].split()[0] == name:
                return attributes, cells[1:]
        raise AssertionError(f"no row {name}")


def report(*arguments: object, code: int = 0) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["report", *map(str, arguments)])
    assert stopped.value.code == code


def page_of(folder: Path, *arguments: object) -> Page:
    report(*arguments, "--out", folder / "page.html")
    return Page((folder / "page.html").read_text(encoding="utf-8"))


def test_every_grid_of_a_run_is_in_the_page_as_it_was(real_runs, tmp_path):
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


def test_a_conditional_run_names_its_rows(real_runs, tmp_path):
    page = page_of(tmp_path, real_runs / "conditional")
    first = re.search(r'<ol class="rows".*?</ol>', page.text).group()
    assert re.findall("<li>(.*?)</li>", first) == [str(digit) for digit in range(10)]
    assert '<ol class="rows"' not in page_of(tmp_path, real_runs / "unconditional").text


def test_curves_are_the_lines_of_metrics(real_runs, tmp_path):
    page = page_of(tmp_path, real_runs / "conditional")
    text = (real_runs / "conditional/metrics.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    losses = page.charts[0]
    assert losses["title"] == "Losses"
    assert [series["steps"] for series in losses["series"]] == [[1, 2, 3, 4, 5, 6]] * 2
    assert losses["series"][0]["values"] == [line["discriminator_loss"] for line in lines]
    assert losses["series"][1]["values"] == [line["generator_loss"] for line in lines]
    assert {"Diversity", "Gradients", "Speed"} <= {chart["title"] for chart in page.charts}


def test_settings_that_differ_are_marked(real_runs, tmp_path):
    page = page_of(tmp_path, real_runs / "conditional", real_runs / "another")
    attributes, cells = page.cells("training.learning_rate")
    assert (attributes["class"], cells) == ("differs", ["0.0002", "0.001"])
    attributes, cells = page.cells("training.batch_size")
    assert ("class" in attributes, cells) == (False, ["16", "16"])


def test_no_path_of_the_machine_is_in_the_page(real_runs, tmp_path):
    page = page_of(tmp_path, real_runs / "conditional", "--data-dir", tmp_path)
    assert str(tmp_path) not in page.text
    assert str(real_runs) not in page.text
    assert "data_dir" not in page.text.split('id="settings"')[1]


def test_nothing_is_fetched_and_only_the_pages_own_scripts_may_run(real_runs, tmp_path):
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


def test_the_nearest_images_and_interpolation_are_drawn(real_runs, tmp_path):
    page = page_of(tmp_path, real_runs / "unconditional")
    alternatives = [a["alt"] for a in page.attributes("img")]
    assert sum("nearest" in text for text in alternatives) == 8
    assert any("between latents" in text for text in alternatives)


def test_what_cannot_be_drawn_is_left_out_with_the_reason(forged, tmp_path):
    run = forged()
    for checkpoint in (run / "checkpoints").iterdir():
        checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    page = page_of(tmp_path, run)
    assert "Not drawn: the checkpoint" in page.text
    assert "Not compared: the checkpoint" in page.text
    assert page.charts


def test_a_data_set_that_is_not_at_hand_is_no_obstacle(forged, tmp_path):
    run = forged(settings={"dataset": {"name": "nobody:has-this"}})
    page = page_of(tmp_path, run)
    assert "Not compared:" in page.text
    assert "Not drawn:" not in page.text


def test_a_run_without_checkpoint_metrics_or_samples_still_gets_a_page(real_runs, tmp_path):
    run = tmp_path / "begun"
    (run / "samples").mkdir(parents=True)
    (run / "config.json").write_text((real_runs / "conditional/config.json").read_text())
    page = page_of(tmp_path, run)
    for text in ("No run has a sample grid", "No run has recorded metrics yet", "has no checkpoint yet"):
        assert text in page.text


def test_a_damaged_or_huge_or_linked_grid_is_left_out(forged, tmp_path):
    run = forged()
    secret = tmp_path / "secret.png"
    Image.new("RGB", (3, 3), "red").save(secret)
    (run / "samples/step-00000002.png").write_bytes(b"no image")
    (run / "samples/step-00000004.png").unlink()
    (run / "samples/step-00000004.png").symlink_to(secret)
    Image.new("1", (8000, 8000)).save(run / "samples/step-00000005.png")
    page = page_of(tmp_path, run)
    assert [a["data-step"] for a in page.attributes("img") if "data-step" in a] == ["0", "6"]
    for remark in ("00002.png is left out: it is no whole PNG", "00004.png is a link", "32,000,000 pixels"):
        assert remark in page.text


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


def test_nothing_that_a_run_says_becomes_markup(forged, tmp_path):
    losses = {"discriminator_loss": 1.0, "generator_loss": 2.0, HOSTILE: 3.0}
    run = forged(
        name="<b>x",
        lines=[
            {"step": 1, **losses},
            {"step": 1, "warning": HOSTILE, "message": HOSTILE},
            {"step": 1, "evaluation": {HOSTILE: {"value": 1, "low": 0, "high": 2}}},
        ],
        settings={"model": {HOSTILE: HOSTILE}},
        environment={HOSTILE: HOSTILE},
    )
    page = page_of(tmp_path, run)
    assert len(page.scripts) == 3
    assert not any(key.startswith("on") for _, attributes in page.elements for key in attributes)
    assert all(a["src"].startswith("data:image/webp;base64,") for a in page.attributes("img"))
    assert html.escape(HOSTILE, quote=False).replace("'", "&#39;").replace('"', "&#34;") in page.text
    assert HOSTILE in [chart["title"] for chart in page.charts][-1]


@pytest.mark.parametrize(
    ("line", "steps"),
    [
        ('{"step": 1, "discriminator_loss": NaN, "generator_loss": Infinity}', 0),
        ('{"step": "x", "discriminator_loss": 1}', 0),
        ('{"step": true, "discriminator_loss": 1}', 0),
        ('{"step": 1, "discriminator_loss": 1' + "0" * 400 + "}", 0),
        ('{"step": 1, "discriminator_loss": "high", "generator_loss": 1}', 1),
        ('{"step": 1, "discriminator_loss": 1, "evaluation": "x"}', 1),
    ],
)
def test_a_line_that_is_no_number_is_not_drawn(forged, tmp_path, line, steps):
    run = forged()
    (run / "metrics.jsonl").write_text(line + "\n")
    charts = page_of(tmp_path, run).charts
    assert (
        sum(value is not None for chart in charts for s in chart["series"] for value in s["values"]) == steps
    )


@pytest.mark.parametrize("line", ["[1]", "3", "[" * 100_000])
def test_metrics_that_are_no_objects_are_refused(forged, tmp_path, capsys, line):
    run = forged()
    (run / "metrics.jsonl").write_text(line + "\n")
    report(run, "--out", tmp_path / "page.html", code=1)
    assert "is damaged" in capsys.readouterr().err
    assert not (tmp_path / "page.html").exists()


def test_evaluations_of_the_training_have_curves_with_intervals_and_a_table(forged, tmp_path):
    loss = {"discriminator_loss": 1.0, "generator_loss": 1.0}
    figure = {"FID": {"value": 12.5, "low": 12.0, "high": 13.0}}
    page = page_of(tmp_path, forged(lines=[{"step": 1, **loss}, {"step": 1, "evaluation": figure}]))
    (chart,) = (chart for chart in page.charts if chart["title"] == "FID")
    (series,) = chart["series"]
    assert [series[key] for key in ("steps", "values", "lows", "highs")] == [[1], [12.5], [12.0], [13.0]]
    assert page.cells("1")[1] == ["12.5 (12 to 13)"]


def test_evaluations_and_benchmarks_that_are_given_get_tables(real_runs, tmp_path):
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
def test_a_mistake_gets_a_message_and_its_exit_code(real_runs, tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    arguments, code, fragment = MISTAKES[name]
    report(*(text.format(runs=real_runs, runs_name=real_runs.name) for text in arguments), code=code)
    error = capsys.readouterr().err
    assert fragment in error
    assert "Traceback" not in error


def test_many_grids_and_lines_are_thinned_evenly():
    assert history.thinned(range(5), 9) == [0, 1, 2, 3, 4]
    assert history.thinned(range(101), 5) == [0, 25, 50, 75, 100]


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["/a/x"], ["x"]),
        (["/a/x", "/a/y"], ["x", "y"]),
        (["/a/x", "/b/x"], ["a/x", "b/x"]),
        (["/a/1/x", "/b/1/x", "/a/2/x"], ["a/1/x", "b/1/x", "a/2/x"]),
    ],
)
def test_runs_are_called_by_as_little_as_tells_them_apart(paths, names):
    assert history.names_of([Path(path) for path in paths]) == names


def test_the_nearest_are_those_with_the_smallest_mean_square_difference():
    training = torch.zeros(2000, 1, 2, 2, dtype=torch.uint8)
    training[:, 0, 0, 0] = torch.arange(2000) % 200
    training[1500] = 9
    images = torch.full((1, 1, 2, 2), 10, dtype=torch.uint8)
    distances, indices = drawings.find_nearest(images, training, 2)
    assert indices[0, 0] == 1500
    assert distances[0, 0] == 1  # every pixel differs by 1
    assert distances[0, 1] == pytest.approx((3 * 100 / 4) ** 0.5)  # 10 in one corner, 0 in three
    assert training[indices[0, 1], 0, 0, 0] == 10


def test_metrics_nobody_knows_get_charts_but_not_without_end(forged):
    line = {"step": 1, "discriminator_loss": 1, **{f"of_a_plugin_{index}": index for index in range(1000)}}
    titles = [chart.title for chart in curves.draw([history.read(forged(lines=[line]), "x")])]
    assert titles[:3] == ["Losses", "Of a plugin 0", "Of a plugin 1"]
    assert len(titles) == 25


def test_a_logarithmic_chart_has_no_place_for_zero(forged):
    line = {"step": 1, "discriminator_loss": 1, "generator_gradient": 0.0, "discriminator_gradient": 2.0}
    read = history.read(forged(lines=[line]), "x")
    (chart,) = (chart for chart in curves.draw([read]) if chart.title == "Gradients")
    assert [series.values for series in chart.series] == [[None], [2.0]]


def test_the_page_needs_no_torch_until_it_is_made():
    code = "import sys; from ganzoo.cli import report_command, play_command; print('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert result.stdout.strip() == "False"
