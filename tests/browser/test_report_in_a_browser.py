"""The page of `ganzoo report` in a real browser: slider, curves, colours, phone, keyboard."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from ganzoo.cli import main

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(runs: Path) -> str:
    out = runs / "report.html"
    with pytest.raises(SystemExit) as stopped:
        main(["report", str(runs / "conditional"), str(runs / "unconditional"), "--out", str(out)])
    assert stopped.value.code == 0
    return out.as_uri()


def shown_steps(page: Any) -> list[str]:
    return page.eval_on_selector_all(
        ".samples img", "images => images.filter(i => i.offsetWidth > 0).map(i => i.dataset.step)"
    )


def inked(page: Any) -> list[int]:
    """How many pixels of each chart are in the colours of a curve: neither background nor grey."""
    return page.eval_on_selector_all(
        ".plot canvas",
        """canvases => canvases.map(canvas => {
            const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let count = 0;
            for (let at = 0; at < data.length; at += 4) {
                const colour = [data[at], data[at + 1], data[at + 2]];
                if (data[at + 3] > 128 && Math.max(...colour) - Math.min(...colour) > 60) count++;
            }
            return count;
        })""",
    )


def test_the_slider_goes_through_time_in_every_run(visit, address):
    page = visit(address)
    assert shown_steps(page) == ["6", "6"]
    slider = page.get_by_label("Training step")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert shown_steps(page) == ["4", "4"]
    page.keyboard.press("Home")
    assert shown_steps(page) == ["0", "0"]
    assert slider.get_attribute("aria-valuetext") == "step 0 of 6"
    assert page.locator("#step-shown").inner_text() == "step 0"


def test_play_runs_to_the_end(visit, address):
    page = visit(address)
    page.locator("#play").click()
    assert shown_steps(page) == ["0", "0"]
    expect(page.locator("#step")).to_have_value("3", timeout=15_000)
    assert shown_steps(page) == ["6", "6"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_curves_are_drawn(visit, address, scheme):
    drawn = inked(visit(address, scheme=scheme))
    assert len(drawn) >= 6
    assert min(drawn) > 100


def test_legends_stay_in_a_line_and_neighbours_on_an_axis_have_different_labels(visit, address):
    page = visit(address)
    heights = page.eval_on_selector_all(".u-legend .u-label", "all => all.map(one => one.offsetHeight)")
    assert 0 < max(heights) < 30
    assert page.evaluate("ticks([0.035, 0.04, 0.045, 0.05], 0.005)") == ["0.035", "0.04", "0.045", "0.05"]
    assert page.evaluate("ticks([9500, 10000, 10500], 500)") == ["9.5K", "10K", "10.5K"]
    assert page.evaluate("ticks([0, 0], 0)") == ["0", "0"]


def test_a_run_of_one_step_with_odd_values_is_drawn_as_well(visit, runs, tmp_path):
    run = tmp_path / "<img src=x onerror=alert(1)>"
    shutil.copytree(runs / "conditional", run)
    losses = {
        "kind": "losses",
        "step": 1,
        "discriminator_loss": 1e200,
        "generator_loss": -1e200,
        "generator_gradient": 0.0,
        "discriminator_gradient": 0.0,
        "diversity": None,
        "</script><script>alert(1)</script>": 1,
    }
    figures = {"FID": {"value": 3.0, "low": 2.0, "high": 4.0}}
    evaluation = {"kind": "evaluation", "step": 1, "evaluation": figures}
    (run / "metrics.jsonl").write_text(f"{json.dumps(losses)}\n{json.dumps(evaluation)}\n")
    with pytest.raises(SystemExit) as stopped:
        main(["report", str(run), "--out", str(tmp_path / "odd.html")])
    assert stopped.value.code == 0
    page = visit((tmp_path / "odd.html").as_uri())
    titles = page.locator(".chart h3").all_inner_texts()
    assert titles == ["Losses", "Gradients", "</script><script>alert(1)</script>", "FID"]
    assert page.locator(".plot canvas").count() == 4
    assert page.locator("script").count() == 3


def test_nothing_is_asked_of_a_network(visit, address):
    page = visit(address)
    assert [url for url in page.requests if not url.startswith("data:")] == [address]


def test_pointing_at_a_chart_reads_it(visit, address):
    page = visit(address)
    plot = page.locator(".plot").first
    plot.scroll_into_view_if_needed()
    box = plot.locator(".u-over").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    values = plot.locator(".u-value").all_inner_texts()
    assert values[0] in "123456"
    assert all(float(value) for value in values[1:])


def test_arrow_keys_read_a_chart(visit, address):
    page = visit(address)
    plot = page.locator(".plot").first
    plot.focus()
    page.keyboard.press("Home")
    readout = page.locator(".readout").first
    assert readout.inner_text().startswith("step 1: conditional: discriminator loss ")
    page.keyboard.press("ArrowRight")
    assert readout.inner_text().startswith("step 2: ")


def test_colours_follow_the_system_and_the_button(visit, address):
    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = visit(address), visit(address, scheme="dark")
    assert light.evaluate(ground) == "rgb(251, 250, 247)"
    assert dark.evaluate(ground) == "rgb(21, 23, 26)"
    light.locator("#theme").click()
    light.locator("#theme").click()
    assert light.locator("#theme").inner_text() == "Colours: dark"
    assert light.evaluate(ground) == "rgb(21, 23, 26)"


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_needs_no_scrolling_sideways(visit, address, width):
    page = visit(address, width=width, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert min(inked(page)) > 100


def test_only_what_differs_can_be_shown(visit, address):
    page = visit(address)
    rows = page.locator("#settings tbody tr:visible")
    everything = rows.count()
    page.get_by_label("only what differs").check()
    names = [text.split()[0] for text in rows.all_inner_texts()]
    assert "model" in names
    assert "training.batch_size" not in names
    assert len(names) < everything


def test_everything_that_can_be_used_has_a_name(visit, address):
    page = visit(address)
    nameless = page.eval_on_selector_all(
        "button, input, a, [tabindex], [role]",
        """all => all.filter(e => !(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.length))
               .map(e => e.outerHTML.slice(0, 80))""",
    )
    assert nameless == []
    assert page.locator("img:not([alt]), img[alt='']").count() == 0


def test_a_stranger_s_script_does_not_run_even_if_it_got_in(browser, address):
    """The second wall: the policy, were something not escaped."""
    source = Path(address.removeprefix("file://"))
    forged = source.with_name("forged.html")
    text = source.read_text(encoding="utf-8")
    forged.write_text(text.replace("<main>", "<main><script>document.title = 'owned'</script>"), "utf-8")
    page = browser.new_page()
    refused = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(forged.as_uri())
    assert page.title() != "owned"
    assert any("Content Security Policy" in text for text in refused)
    page.close()
