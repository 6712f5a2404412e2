"""`ganzoo report` on damaged and hostile runs: what is left out with a reason, and what is refused."""

from __future__ import annotations

import html
import json
import os

import pytest
from PIL import Image


def test_what_cannot_be_drawn_is_left_out_with_the_reason(page_of, forged, tmp_path):
    run = forged()
    for checkpoint in (run / "checkpoints").iterdir():
        checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    page = page_of(tmp_path, run)
    assert "Not drawn: the checkpoint" in page.text
    assert "Not compared: the checkpoint" in page.text
    assert page.charts


def test_a_data_set_that_is_not_at_hand_is_no_obstacle(page_of, forged, tmp_path):
    run = forged(settings={"dataset": {"name": "nobody:has-this"}})
    page = page_of(tmp_path, run)
    assert "Not compared:" in page.text
    assert "Not drawn:" not in page.text


def test_a_run_without_checkpoint_metrics_or_samples_still_gets_a_page(page_of, real_runs, tmp_path):
    run = tmp_path / "begun"
    (run / "samples").mkdir(parents=True)
    (run / "config.json").write_text((real_runs / "conditional/config.json").read_text())
    page = page_of(tmp_path, run)
    for text in ("No run has a sample grid", "No run has recorded metrics yet", "has no checkpoint yet"):
        assert text in page.text


def test_a_damaged_or_huge_or_linked_grid_is_left_out(page_of, forged, tmp_path):
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


@pytest.mark.parametrize("part", ["config.json", "metrics.jsonl", "latest", "checkpoints"])
def test_a_part_that_is_a_link_out_of_the_run_is_not_followed(report, forged, tmp_path, capsys, part):
    run = forged()
    (run / part).rename(tmp_path / "elsewhere")
    (run / part).symlink_to(tmp_path / "elsewhere")
    report(run, "--out", tmp_path / "page.html", code=1)
    assert f"{part} is a link out of the run folder, which a page does not follow" in capsys.readouterr().err
    assert not (tmp_path / "page.html").exists()


def test_an_environment_or_grids_behind_a_link_are_left_out(page_of, forged, tmp_path):
    run = forged()
    (run / "env.json").unlink()
    (tmp_path / "secret.json").write_text('{"secret": "of another file"}')
    (run / "env.json").symlink_to(tmp_path / "secret.json")
    (run / "samples").rename(tmp_path / "samples")
    (run / "samples").symlink_to("../samples")
    page = page_of(tmp_path, run)
    assert "of another file" not in page.text
    assert "samples is a link and is left out" in page.text


def test_a_pipe_in_the_place_of_a_grid_is_left_out(page_of, forged, tmp_path):
    run = forged()
    (run / "samples/step-00000002.png").unlink()
    os.mkfifo(run / "samples/step-00000002.png")
    page = page_of(tmp_path, run)
    assert "00002.png is left out: it is no whole PNG" in page.text


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


def test_nothing_that_a_run_says_becomes_markup(page_of, forged, tmp_path):
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
def test_a_line_that_is_no_number_is_not_drawn(page_of, forged, tmp_path, line, steps):
    run = forged()
    (run / "metrics.jsonl").write_text(line + "\n")
    charts = page_of(tmp_path, run).charts
    assert (
        sum(value is not None for chart in charts for s in chart["series"] for value in s["values"]) == steps
    )


@pytest.mark.parametrize(
    "line", ["[1]", "3", "[" * 100_000, '[["step", 1], ["discriminator_loss", 1], [2, 3]]']
)
def test_metrics_that_are_no_objects_are_refused(report, forged, tmp_path, capsys, line):
    run = forged()
    (run / "metrics.jsonl").write_text(line + "\n")
    report(run, "--out", tmp_path / "page.html", code=1)
    assert "is damaged" in capsys.readouterr().err
    assert not (tmp_path / "page.html").exists()


def test_a_warning_or_an_evaluation_that_says_nothing_is_no_obstacle(page_of, forged, tmp_path):
    lines = [{"kind": "warning", "step": 1}, {"kind": "evaluation", "step": 1, "evaluation": 3}]
    page = page_of(tmp_path, forged(lines=lines))
    assert "step 1: None" in page.text
    assert "No run has recorded metrics yet" in page.text


@pytest.mark.parametrize(
    "figure",
    [{"name": "FID"}, {"name": ["FID"], "is_lower_better": True}, {"name": "FID", "is_lower_better": []}],
)
def test_an_evaluation_with_a_damaged_figure_is_refused(report, real_runs, tmp_path, capsys, figure):
    path = tmp_path / "judged.json"
    path.write_text(json.dumps({"samples": "x", "figures": [figure], "protocol": {}, "warnings": []}))
    report(real_runs / "conditional", "--evaluation", path, "--out", tmp_path / "page.html", code=2)
    assert "is no evaluation" in capsys.readouterr().err
