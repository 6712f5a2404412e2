"""`ganzoo watch` in a real browser, while the run that it shows is being written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from ganzoo.runs import lock
from tests.browser.conftest import serving

pytestmark = pytest.mark.slow


def test_a_training_is_followed_from_nothing_to_its_end(visit, runs, tmp_path):
    run: Path = tmp_path / "run"
    shutil.copytree(runs / "conditional", run)
    lines = (run / "metrics.jsonl").read_text().splitlines(keepends=True)
    (run / "metrics.jsonl").unlink()
    shutil.move(run / "samples", tmp_path / "samples")
    shutil.move(run / "checkpoints", tmp_path / "checkpoints")
    with serving("watch", str(run)) as address:
        page = visit(address, width=390, scheme="dark")
        with lock.held(run):
            expect(page.locator(".state")).to_contain_text("being trained; no line of losses yet")
            expect(page.get_by_text("No sample grid yet.")).to_be_visible()
            (run / "samples").mkdir()
            for step in (0, 2):
                name = f"step-{step:08d}.png"
                shutil.copy(tmp_path / "samples" / name, run / "samples" / name)
            (run / "metrics.jsonl").write_text("".join(lines[:3]) + lines[3][:20])
            expect(page.locator(".state")).to_contain_text("step 3 of 6")
            expect(page.locator(".stage img")).to_have_attribute("data-step", "2")
            expect(page.locator(".plot canvas").first).to_be_visible()
            page.get_by_label("Training step").fill("0")
            expect(page.locator(".stage img")).to_have_attribute("data-step", "0")
            shutil.copy(tmp_path / "samples/step-00000004.png", run / "samples")
            expect(page.get_by_label("Show step 4")).to_be_visible()
            expect(page.locator(".stage img")).to_have_attribute("data-step", "0")  # it was chosen
            page.get_by_role("button", name="Newest").click()
            expect(page.locator(".stage img")).to_have_attribute("data-step", "4")
        (run / "checkpoints").mkdir()
        (run / "metrics.jsonl").write_text("".join(lines))
        expect(page.locator(".state")).to_contain_text("finished; step 6 of 6")
        assert json.loads(lines[0])["step"] == 1
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        host = address.partition("/#")[0]
        asked = [url for url in page.requests if not url.startswith("data:")]
        assert all(url.startswith(f"{host}/") for url in asked), "nothing is asked of a network"
        page.close()


def test_several_runs_stand_side_by_side(visit, runs):
    with serving("watch", str(runs / "conditional"), str(runs / "unconditional")) as address:
        page = visit(address)
        expect(page.locator(".column h3")).to_have_text(["conditional", "unconditional"])
        expect(page.locator(".stage img")).to_have_count(2)
        expect(page.locator(".rows li")).to_have_count(10)
        expect(page.locator(".plot canvas").first).to_be_visible()
        page.close()
