"""The playground's server: what it draws, and what it refuses."""

from __future__ import annotations

import base64
import io
import socket
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from ganzoo.cli import main
from ganzoo.pages.playground.painter import Painter
from ganzoo.pages.playground.painters import Painters
from ganzoo.pages.playground.server import make_app
from ganzoo.runs.trained import load
from ganzoo.sampling.generation import generate
from ganzoo.sampling.latents import draw_latents, truncate

TOKEN = "the-token"
RIGHT = {"Authorization": f"Bearer {TOKEN}"}

TRAIN = ["--dataset", "digits", "--max-steps", "2", "--batch-size", "16", "--set", "model.channels=4"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the runs `conditional` and `unconditional`."""
    folder = tmp_path_factory.mktemp("runs")
    for model, name in (("cgan", "conditional"), ("dcgan", "unconditional")):
        with pytest.raises(SystemExit) as stopped:
            main(["train", model, *TRAIN, "--device", "cpu", "--out", str(folder / name)])
        assert stopped.value.code == 0
    return folder


def client_of(run: Path) -> TestClient:
    app = make_app(Painters(Painter(load(run)), run / "checkpoints"), run.name, TOKEN)
    return TestClient(app, base_url="http://127.0.0.1:8000", headers=RIGHT, follow_redirects=False)


@pytest.fixture(scope="module")
def conditional(folder: Path) -> TestClient:
    return client_of(folder / "conditional")


@pytest.fixture(scope="module")
def unconditional(folder: Path) -> TestClient:
    return client_of(folder / "unconditional")


def pixels(uri: str) -> np.ndarray:
    head, data = uri.split(",", 1)
    assert head == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        return np.asarray(image)


def drawn(client: TestClient, question: str, **parameters: object) -> list[np.ndarray]:
    response = client.get(f"/api/{question}", params=parameters)
    assert response.status_code == 200, response.text
    return [pixels(uri) for uri in response.json()["images"]]


def test_an_image_is_that_of_ganzoo_sample(conditional, folder, tmp_path):
    for seed in (0, 7):
        arguments = [str(folder / "conditional"), "--num", "1", "--seed", str(seed), "--label", "3"]
        with pytest.raises(SystemExit) as stopped:
            main(["sample", *arguments, "--device", "cpu", "--out", str(tmp_path / "one.npz")])
        assert stopped.value.code == 0
        with np.load(tmp_path / "one.npz", allow_pickle=False) as file:
            expected = file["images"][0, :, :, 0]
        (image,) = drawn(conditional, "images", seed=seed, num=1, label=3)
        assert np.array_equal(image, expected)


def test_every_image_has_the_next_seed(unconditional):
    together = drawn(unconditional, "images", seed=5, num=3)
    for offset, image in enumerate(together):
        assert np.array_equal(image, drawn(unconditional, "images", seed=5 + offset, num=1)[0])


def test_without_a_label_classes_take_turns(conditional):
    images = drawn(conditional, "images", seed=0, num=12)
    assert np.array_equal(images[11], drawn(conditional, "images", seed=11, num=1, label=1)[0])


def test_truncation_reaches_the_generator(unconditional, folder):
    generator = load(folder / "unconditional").generator
    point = truncate(draw_latents(1, generator.latent_dim, 2), 0.5)
    (expected,) = next(generate(generator, point, None))
    (image,) = drawn(unconditional, "images", seed=2, num=1, truncation=0.5)
    assert np.array_equal(image, expected[0].numpy())


def test_a_way_goes_from_one_seed_to_the_other(conditional):
    way = drawn(conditional, "interpolation", start=1, end=2, steps=5, label=4)
    assert len(way) == 5
    for image, seed in ((way[0], 1), (way[-1], 2)):
        (end,) = drawn(conditional, "images", seed=seed, num=1, label=4)
        assert np.abs(image.astype(int) - end.astype(int)).max() <= 1  # rounding on the circle
    assert not np.array_equal(way[0], way[2])


def test_sliders_move_an_image_along_its_directions(conditional, folder):
    assert conditional.get("/api/generator").json()["directions"] == 5
    (still,) = drawn(conditional, "images", seed=4, num=1, label=2)
    (moved,) = drawn(conditional, "images", seed=4, num=1, label=2, moved="0,-3")
    (zero,) = drawn(conditional, "images", seed=4, num=1, label=2, moved="0,0.0")
    assert np.array_equal(still, zero)
    arguments = ["--directions", "2", "--seed", "4", "--label", "2", "--device", "cpu"]
    with pytest.raises(SystemExit):
        main(["sample", str(folder / "conditional"), *arguments, "--out", str(folder / "strip.npz")])
    with np.load(folder / "strip.npz", allow_pickle=False) as file:
        assert np.array_equal(moved, file["images"].reshape(2, 7, 8, 8)[1, 0])
    way = drawn(conditional, "interpolation", start=4, end=5, steps=2, label=2, moved="0,-3")
    assert np.array_equal(way[0], moved)


def test_it_says_what_it_draws_and_no_path(conditional, folder):
    response = conditional.get("/api/generator")
    generator = response.json()
    assert generator["name"] == "conditional"
    assert generator["class_names"] == [str(digit) for digit in range(10)]
    assert (generator["step"], generator["width"], generator["height"]) == (2, 8, 8)
    assert str(folder) not in response.text


REFUSED = {
    "num of a billion": "images?num=1000000000",
    "num of zero": "images?num=0",
    "negative num": "images?num=-1",
    "num that is no number": "images?num=NaN",
    "num beyond integers": f"images?num={'9' * 5000}",
    "half an image": "images?num=1.5",
    "negative seed": "images?seed=-1",
    "seed beyond 32 bits": "images?seed=4294967296",
    "infinite seed": "images?seed=Infinity",
    "truncation NaN": "images?truncation=NaN",
    "truncation infinity": "images?truncation=inf",
    "truncation zero": "images?truncation=0",
    "negative truncation": "images?truncation=-1",
    "huge truncation": "images?truncation=1e300",
    "label out of range": "images?label=10",
    "negative label": "images?label=-1",
    "label by a path": "images?label=../../etc/passwd",
    "label of SQL": "images?label=1%3B+DROP+TABLE",
    "NUL": "images?label=%00",
    "moved in words": "images?moved=far",
    "moved too far": "images?moved=5",
    "moved along too many": "images?moved=0,0,0,0,0,1",
    "moved into nothing": "images?moved=1,,2",
    "seed twice": "images?seed=1&seed=x",
    "num twice": "images?num=1&num=2",
    "a word that it does not know": "images?num=1&trunctation=0.5",
    "one step": "interpolation?start=0&end=1&steps=1",
    "thousands of steps": "interpolation?start=0&end=1&steps=5000",
    "no end": "interpolation?start=0",
    "label of a way": "interpolation?start=0&end=1&label=99",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_question_is_refused(conditional, name):
    response = conditional.get(f"/api/{REFUSED[name]}")
    assert response.status_code == 422, response.text
    assert response.json()["detail"]


def test_an_unconditional_generator_has_no_labels(unconditional):
    response = unconditional.get("/api/images?label=1")
    assert response.status_code == 422
    assert "unconditional" in response.json()["detail"]


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer \xe9"],
)
@pytest.mark.parametrize("question", ["generator", "images", "interpolation?start=0&end=1"])
def test_without_the_token_there_is_no_answer(conditional, authorization, question):
    headers = {"Authorization": authorization.encode("latin-1")}
    response = conditional.get(f"/api/{question}", headers=headers)
    assert response.status_code == 401
    assert "token" in response.json()["detail"]


def test_a_token_in_the_address_is_not_taken(conditional):
    response = conditional.get(f"/api/generator?token={TOKEN}", headers={"Authorization": ""})
    assert response.status_code == 401


@pytest.mark.parametrize("path", ["/", "/play.js", "/api/generator", "/api/images"])
@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "127.0.0.1.attacker.example",
        "localhost.attacker.example:8000",
        "0.0.0.0",
        "",
        "[::2]",
        "127.0.0.1@attacker.example",
        "127.0.0.1:x",
        "[localhost]x",
        "localhost attacker.example",
    ],
)
def test_another_host_is_refused_against_dns_rebinding(conditional, path, host):
    assert conditional.get(path, headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("origin", ["http://attacker.example", "null", "https://127.0.0.1:8000", ""])
def test_another_site_is_refused(conditional, origin):
    assert conditional.get("/api/images?num=1", headers={"Origin": origin}).status_code == 403


def test_the_page_itself_may_ask(conditional):
    headers = {"Origin": "http://127.0.0.1:8000"}
    assert conditional.get("/api/images?num=1", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "localhost:1234", "LOCALHOST", "[::1]", "[::1]:8000"]
)
def test_loopback_is_answered(conditional, host):
    assert conditional.get("/api/generator", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd", "//etc/passwd", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/play.html",
        "/assets/play.js", "/static/..%2f..%2fetc/passwd", "/api/../etc/passwd", "/docs", "/redoc",
        "/openapi.json", "/play.js/", "/api/images/%00", "/server.py",
    ],
)  # fmt: skip
def test_there_is_no_way_to_the_disk(conditional, path):
    assert conditional.get(path).status_code in (307, 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_questions_are_only_asked(conditional, method):
    response = conditional.request(method, "/api/images", content=b"x" * 100_000)
    assert response.status_code == 405
    assert "access-control-allow-origin" not in response.headers


def test_every_answer_forbids_what_the_page_does_not_need(conditional):
    asked = [conditional.get(path) for path in ("/", "/play.css", "/play.js", "/api/generator", "/nowhere")]
    asked += [
        conditional.get("/api/images?num=x"),
        conditional.get("/", headers={"Host": "attacker.example"}),
    ]
    for headers in (answer.headers for answer in asked):
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_the_page_holds_nothing_of_the_run_nor_the_token(conditional):
    page = conditional.get("/", headers={"Authorization": ""})
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert TOKEN not in page.text
    assert "conditional" not in page.text


MISTAKES = {
    "no run": (["absent"], 2, "there is no absent"),
    "every address": (["{run}", "--host", "0.0.0.0"], 2, "ssh -L"),
    "every IPv6 address": (["{run}", "--host", "::"], 2, "ssh -L"),
    "not this machine": (["{run}", "--host", "192.0.2.1"], 1, "can't be listened on"),
    "port too large": (["{run}", "--port", "70000"], 2, "--port"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_gets_a_message_and_its_exit_code(folder, tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    arguments, code, fragment = MISTAKES[name]
    with pytest.raises(SystemExit) as stopped:
        main(["play", *(text.format(run=folder / "unconditional") for text in arguments)])
    error = capsys.readouterr().err
    assert (stopped.value.code, fragment in error) == (code, True), error
    assert "Traceback" not in error


def test_a_port_that_is_taken_is_said(folder, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SystemExit) as stopped:
        main(["play", str(folder / "unconditional"), "--port", str(taken.getsockname()[1])])
    assert stopped.value.code == 1
    assert "--port 0 takes a free port" in capsys.readouterr().err
