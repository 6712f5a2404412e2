"""`ganzoo play` in a real browser, against the real server in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from ganzoo.cli import main
from tests.browser.conftest import serving

pytestmark = pytest.mark.slow


@contextmanager
def playing(run: Path) -> Iterator[str]:
    """The address that `ganzoo play` prints."""
    with serving("play", str(run), "--device", "cpu") as address:
        yield address


@pytest.fixture(scope="module")
def address(runs: Path) -> Iterator[str]:
    with playing(runs / "conditional") as address:
        yield address


def pictures(page: Any) -> list[str]:
    expect(page.locator("#strip img")).to_have_count(9)
    expect(page.locator(".is-drawing")).to_have_count(0)
    return page.eval_on_selector_all("#images img", "all => all.map(i => i.src)")


def chosen(page: Any, action: Any) -> list[str]:
    """The pictures after something was done that draws anew."""
    with page.expect_response("**/api/interpolation*"):
        action()
    return pictures(page)


def test_classes_seeds_truncation_and_surprise_draw_other_images(visit, address):
    page = visit(address)
    every_class = pictures(page)
    assert len(set(every_class)) == 16
    sevens = chosen(page, lambda: page.get_by_label("7", exact=True).check())
    assert len(sevens) == 16
    assert sevens[7] == every_class[7]
    assert sevens[0] != every_class[0]
    moved = chosen(page, lambda: page.locator("#seed").fill("1"))
    assert moved[:15] == sevens[1:]
    truncated = chosen(page, lambda: page.locator("#truncation").fill("0.5"))
    assert truncated != moved
    expect(page.locator("#directions input")).to_have_count(5)
    pushed = chosen(page, lambda: page.locator("#directions input").first.fill("3"))
    assert pushed != truncated
    assert page.locator("#again").inner_text() == "only without truncation and directions"
    surprised = chosen(page, lambda: page.get_by_role("button", name="Surprise me").click())
    assert set(surprised).isdisjoint(truncated)
    assert page.locator("#seed").input_value() != "1"


def test_the_way_goes_from_a_to_b(visit, address):
    page = visit(address)
    images = pictures(page)
    page.get_by_role("button", name="seed 4").click()
    expect(page.locator("#frame")).to_have_attribute("alt", "4, 50 % of the way from seed 4 to seed 1")
    with page.expect_response("**/api/interpolation*end=9*"):
        page.get_by_role("button", name="seed 9").click()
    position = page.get_by_label("Position between A and B")
    position.focus()
    page.keyboard.press("Home")
    expect(page.locator("#frame")).to_have_attribute("alt", "4, 0 % of the way from seed 4 to seed 9")
    assert page.locator("#again").inner_text() == "ganzoo sample RUN --num 1 --seed 4 --label 4"
    first = page.locator("#frame").get_attribute("src")
    page.keyboard.press("ArrowRight")
    assert page.locator("#frame").get_attribute("src") != first
    assert len(images) == 16


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_needs_no_scrolling_sideways(visit, address, width):
    page = visit(address, width=width, height=844, scheme="dark")
    pictures(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 23, 26)"


def test_an_unconditional_generator_offers_no_classes(visit, runs):
    with playing(runs / "unconditional") as address:
        page = visit(address)
        assert len(set(pictures(page))) == 16
        assert not page.locator("#classes").is_visible()
        page.close()


def test_without_the_token_the_page_says_what_to_do(browser, address):
    page = browser.new_page()
    page.goto(address.partition("#")[0])
    problem = page.get_by_role("alert")
    problem.wait_for()
    assert "open the address" in problem.inner_text()
    assert page.locator("#images img").count() == 0
    page.close()


def test_the_same_noise_is_drawn_by_each_checkpoint_and_what_is_seen_is_saved(visit, runs, tmp_path):
    arguments = ["--config", str(runs / "conditional/config.json"), "--checkpoint-every", "2"]
    with pytest.raises(SystemExit) as stopped:
        main(["train", *arguments, "--set", "run.keep_checkpoints=3", "--out", str(tmp_path / "kept")])
    assert stopped.value.code == 0
    with playing(tmp_path / "kept") as address:
        page = visit(address)
        newest = pictures(page)
        slider = page.get_by_label("Step of the training")
        expect(slider).to_have_attribute("aria-valuetext", "step 6")
        earlier = chosen(page, lambda: slider.fill("0"))
        expect(slider).to_have_attribute("aria-valuetext", "step 2")
        assert set(earlier).isdisjoint(newest)
        expect(page.locator("#again")).to_contain_text("step-00000002.safetensors")
        assert chosen(page, lambda: slider.fill("2")) == newest
        with page.expect_download() as saved:
            page.get_by_label("Save all images as one PNG").click()
        assert saved.value.suggested_filename == "kept-step-6-seed-0.png"
        with Image.open(saved.value.path()) as picture:
            assert picture.size == (8 * 60 + 4, 2 * 74 + 4)
        page.close()
