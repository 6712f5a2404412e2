"""`ganzoo sample`: exact counts, formats, labels, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import ganzoo as api
from ganzoo.cli import main
from ganzoo.errors import UsageError
from ganzoo.runs.trained import load
from ganzoo.sampling.grids import image_grid

TRAIN = ["--dataset", "digits", "--max-steps", "2", "--batch-size", "16", "--set", "model.channels=4"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the runs `conditional`, `unconditional` and `styled`; only the first has latents of a
    multiple of 16, the numbers that torch draws together.
    """
    folder = tmp_path_factory.mktemp("runs")
    for model, name, latent_dim in (
        ("cgan", "conditional", 128),
        ("dcgan", "unconditional", 100),
        ("stylegan2", "styled", 7),
    ):
        given = [*TRAIN, "--set", f"model.latent_dim={latent_dim}"]
        with pytest.raises(SystemExit) as exit_info:
            main(["train", model, *given, "--out", str(folder / name)])
        assert exit_info.value.code == 0
    return folder


def arrays(ganzoo: Callable[..., object], *arguments: object) -> dict[str, np.ndarray]:
    result = ganzoo("sample", *arguments, "--out", "samples.npz")
    assert result.code == 0, result.err
    with np.load("samples.npz", allow_pickle=False) as file:
        return dict(file)


@pytest.mark.parametrize("count", [1, 7, 300])
def test_the_count_is_exact_beyond_one_batch(ganzoo, runs, count):
    drawn = arrays(ganzoo, runs / "conditional", "--num", count)
    assert drawn["images"].shape == (count, 8, 8, 1)
    assert drawn["images"].dtype == np.uint8
    assert drawn["labels"].dtype == np.int64
    assert drawn["labels"].tolist() == [index % 10 for index in range(count)]


def test_an_unconditional_run_has_no_labels(ganzoo, runs):
    assert arrays(ganzoo, runs / "unconditional", "--num", 2).keys() == {"images"}


def test_a_label_is_a_number_or_a_name(ganzoo, runs):
    by_number = arrays(ganzoo, runs / "conditional", "--num", 4, "--label", 3)
    assert by_number["labels"].tolist() == [3] * 4


def test_of_several_classes_is_said_what_draws_them(ganzoo, runs):
    refused = ganzoo("sample", runs / "conditional", "--label", "3,4")
    assert refused.code == 2
    assert "there is no class '3,4'; --label takes one, such as --label 3: without it every" in refused.err
    assert "--walk 24" in refused.err


ABSURD = {
    "a seed beyond 64 bits": ("--seed", 2**64),
    "a seed of forty digits": ("--seed", "1" * 40),
    "more images than there are numbers": ("--num", "1" * 30),
    "a label of 5,000 digits": ("--label", "9" * 5000),
    "a label in another script": ("--label", "٣"),
}


@pytest.mark.parametrize("name", ABSURD)
def test_an_absurd_number_is_refused_in_words(ganzoo, runs, name):
    option, value = ABSURD[name]
    result = ganzoo("sample", runs / "conditional", option, value, "--out", "x.npz")
    assert result.code == 2, result.err
    assert "rror: " in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(("count", "seed"), [(0, 0), (-1, 0), (1, -1), (1, 2**63), (2**40, 0)])
def test_python_refuses_what_the_command_line_refuses(runs, count, seed):
    with pytest.raises(UsageError, match=r"^(a seed|the number of images) is"):
        api.load(runs / "unconditional").sample(count, seed=seed)


def test_what_a_stranger_has_named_does_not_command_the_terminal(ganzoo, runs, monkeypatch):
    named = replace(api.load(runs / "conditional"), class_names=("\x1b]0;title\x07\u202e[bold]",))
    monkeypatch.setattr("ganzoo.runs.trained.load", lambda _path: named)
    result = ganzoo("sample", runs / "conditional", "--label", "x", "--out", "x.png")
    assert result.code == 2
    assert "0  ]0;title  [bold]" in result.err
    assert not set("\x1b\x07\u202e") & set(result.err)


def test_the_seed_decides_and_a_longer_sample_begins_the_same(ganzoo, runs):
    first = arrays(ganzoo, runs / "unconditional", "--num", 3, "--seed", 5)["images"]
    again = arrays(ganzoo, runs / "unconditional", "--num", 3, "--seed", 5)["images"]
    other = arrays(ganzoo, runs / "unconditional", "--num", 3, "--seed", 6)["images"]
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("name", ["conditional", "unconditional", "styled"])
def test_an_image_is_the_same_however_many_are_drawn_with_it(ganzoo, runs, tmp_path, name):
    many = arrays(ganzoo, runs / name, "--num", 64)["images"]
    for count in (1, 13):
        assert np.array_equal(arrays(ganzoo, runs / name, "--num", count)["images"], many[:count])
    for count in (1, 64):
        assert ganzoo("sample", runs / name, "--num", count, "--out", "grid.png").code == 0
        with Image.open(tmp_path / "grid.png") as grid:
            first = np.asarray(grid)[2:58:7, 2:58:7]  # an 8x8 image, each pixel as 7x7
        assert np.array_equal(first, np.broadcast_to(many[0], (8, 8, 3)))
    drawn = load(runs / name).sample(13)
    assert np.array_equal(drawn.permute(0, 2, 3, 1).numpy(), many[:13])


@pytest.mark.parametrize("name", ["conditional", "unconditional", "styled"])
def test_a_truncated_image_is_the_same_however_many_are_drawn_with_it(ganzoo, runs, name):
    plain = arrays(ganzoo, runs / name, "--num", 64)["images"]
    many = arrays(ganzoo, runs / name, "--num", 64, "--truncation", 0.5)["images"]
    assert not np.array_equal(many, plain)
    for count in (1, 13):
        few = arrays(ganzoo, runs / name, "--num", count, "--truncation", 0.5)["images"]
        assert np.array_equal(few, many[:count])
    drawn = load(runs / name).sample(13, truncation=0.5)
    assert np.array_equal(drawn.permute(0, 2, 3, 1).numpy(), many[:13])


def test_styles_are_truncated_towards_their_mean(ganzoo, runs):
    plain = arrays(ganzoo, runs / "styled", "--num", 20)["images"]
    unchanged, mean = (
        arrays(ganzoo, runs / "styled", "--num", 20, "--truncation", psi)["images"] for psi in (1, 0)
    )
    assert np.array_equal(unchanged, plain)
    assert np.array_equal(mean, np.broadcast_to(mean[0], mean.shape))


@pytest.mark.parametrize("name", ["unconditional", "styled"])
def test_the_grid_of_a_training_shows_what_is_sampled_afterwards(ganzoo, runs, tmp_path, name):
    assert ganzoo("sample", runs / name, "--out", "grid.png").code == 0
    assert (tmp_path / "grid.png").read_bytes() == (runs / name / "samples/step-00000002.png").read_bytes()


def test_an_image_a_seed_is_the_first_of_each_seed(ganzoo, runs):
    drawn = arrays(ganzoo, runs / "unconditional", "--seeds", "7,0-2")["images"]
    for image, seed in zip(drawn, (7, 0, 1, 2), strict=True):
        one = arrays(ganzoo, runs / "unconditional", "--num", 1, "--seed", seed)["images"]
        assert np.array_equal(image, one[0])


def test_a_walk_goes_through_the_images_of_its_seeds(ganzoo, runs):
    frames = arrays(ganzoo, runs / "styled", "--walk", 4, "--seeds", "3,9,1")["images"].astype(int)
    points = arrays(ganzoo, runs / "styled", "--seeds", "3,9,1")["images"].astype(int)
    assert len(frames) == 7
    assert np.abs(frames[::3] - points).max() <= 1, "rounding on the circle"
    alone = arrays(ganzoo, runs / "styled", "--walk", 4, "--seed", 3)["images"]
    assert len(alone) == 4, "to the next seed"


def test_a_walk_between_classes_keeps_its_noise(ganzoo, runs):
    frames = arrays(ganzoo, runs / "conditional", "--walk", 3, "--label", "2,7", "--seed", 5)["images"]
    for frame, label in ((frames[0], 2), (frames[2], 7)):
        one = arrays(ganzoo, runs / "conditional", "--num", 1, "--label", label, "--seed", 5)["images"][0]
        assert np.array_equal(frame, one)


def test_a_film_goes_forth_and_back(ganzoo, runs, tmp_path):
    assert ganzoo("sample", runs / "unconditional", "--walk", 5, "--out", "walk.gif").code == 0
    with Image.open(tmp_path / "walk.gif") as film:
        assert (film.n_frames, film.size, film.info["loop"]) == (8, (56, 56), 0)
    assert ganzoo("sample", runs / "unconditional", "--walk", 5, "--out", "walk.png").code == 0
    with Image.open(tmp_path / "walk.png") as strip:
        assert strip.size == (5 * 58 + 2, 58 + 2)


def test_an_encoder_is_given_the_frames_of_a_film(ganzoo, runs, tmp_path, monkeypatch):
    encoder = tmp_path / "bin" / "ffmpeg"
    encoder.parent.mkdir()
    encoder.write_text('#!/bin/sh\nfor last; do :; done\ncat > "$last"\n')
    encoder.chmod(0o755)
    monkeypatch.setenv("PATH", f"{encoder.parent}:/usr/bin:/bin")
    assert ganzoo("sample", runs / "unconditional", "--walk", 5, "--out", "walk.mp4").code == 0
    assert (tmp_path / "walk.mp4").stat().st_size == 5 * 56 * 56 * 3
    encoder.write_text("#!/bin/sh\necho no such encoder >&2\nexit 1\n")
    failed = ganzoo("sample", runs / "unconditional", "--walk", 5, "--out", "other.mp4")
    assert (failed.code, "can't make an .mp4: no such encoder" in failed.err) == (1, True)
    assert not (tmp_path / "other.mp4").exists()
    encoder.unlink()
    refused = ganzoo("sample", runs / "unconditional", "--walk", 5, "--out", "walk.mp4")
    assert (refused.code, "--out walk.gif needs none" in refused.err) == (2, True)


@pytest.mark.parametrize(("name", "rows"), [("conditional", 3), ("styled", 2)])
def test_a_strip_has_a_row_for_each_direction_and_the_image_in_its_middle(ganzoo, runs, tmp_path, name, rows):
    moved = arrays(ganzoo, runs / name, "--directions", rows, "--seed", 4)["images"].reshape(rows, 7, 8, 8)
    one = arrays(ganzoo, runs / name, "--num", 1, "--seed", 4)["images"][0, :, :, 0]
    assert np.array_equal(moved[:, 3], np.broadcast_to(one, (rows, 8, 8)))
    assert not np.array_equal(moved[0, 0], moved[0, 6])
    assert ganzoo("sample", runs / name, "--directions", rows, "--out", "strip.png").code == 0
    with Image.open(tmp_path / "strip.png") as strip:
        assert strip.size == (7 * 58 + 2, rows * 58 + 2)


def test_a_grid_holds_every_image(ganzoo, runs, tmp_path):
    result = ganzoo("sample", runs / "unconditional", "--num", 9, "--out", "grid.png")
    assert (result.code, result.out) == (0, "grid.png\n"), result.err
    with Image.open(tmp_path / "grid.png") as grid:
        assert grid.size == (8 * 58 + 2, 2 * 58 + 2)


def test_a_checkpoint_file_alone_is_enough(ganzoo, runs, tmp_path):
    (source,) = (runs / "conditional/checkpoints").iterdir()
    (tmp_path / "alone.safetensors").write_bytes(source.read_bytes())
    drawn = arrays(ganzoo, "alone.safetensors", "--num", 2)
    assert np.array_equal(drawn["images"], arrays(ganzoo, runs / "conditional", "--num", 2)["images"])


MISTAKES = {
    "no such run": (["absent"], 2, "there is no absent"),
    "label out of range": (["{runs}/conditional", "--label", "10"], 2, "no class '10'"),
    "unknown class": (["{runs}/conditional", "--label", "Trouser"], 2, "classes: 0 0, 1 1"),
    "label of an unconditional run": (["{runs}/unconditional", "--label", "1"], 2, "unconditional"),
    "unknown format": (["{runs}/conditional", "--out", "x.jpg"], 2, ".png"),
    "nothing": (["{runs}/conditional", "--num", "0"], 2, "--num"),
    "seed of too many bits": (["{runs}/conditional", "--seed", str(2**64)], 2, "--seed"),
    "missing CUDA device": (["{runs}/conditional", "--device", "cuda:99"], 1, "--device cpu"),
    "threshold of zero": (["{runs}/unconditional", "--truncation", "0"], 2, "a number above 0"),
    "threshold that is none": (["{runs}/unconditional", "--truncation", "nan"], 2, "a number above 0"),
    "styles beyond themselves": (["{runs}/styled", "--truncation", "1.5"], 2, "from 0 (every image"),
    "styles behind the mean": (["{runs}/styled", "--truncation", "-0.5"], 2, "not by -0.5"),
    "seeds backwards": (["{runs}/styled", "--seeds", "5-3"], 2, "such as 0-63"),
    "seeds in words": (["{runs}/styled", "--seeds", "1,two"], 2, "such as 0-63"),
    "a seed too large": (["{runs}/styled", "--seeds", f"1-{2**63}"], 2, "a seed is a number"),
    "more seeds than numbers": (["{runs}/styled", "--seeds", f"0-{2**40}"], 2, "the number of images"),
    "seeds and a seed": (["{runs}/styled", "--seeds", "1", "--seed", "0"], 2, "leave --seed and --num out"),
    "a walk of one": (["{runs}/styled", "--walk", "1"], 2, "2 or more, not 1"),
    "a walk without end": (["{runs}/styled", "--walk", "99999"], 2, "at most 10,000 images"),
    "a walk to nowhere": (["{runs}/conditional", "--walk", "3", "--label", "1,x"], 2, "no class 'x'"),
    "classes and seeds": (
        ["{runs}/conditional", "--walk", "3", "--label", "1,2", "--seeds", "1-3"],
        2,
        "3 seeds and 2 classes",
    ),
    "two pictures": (["{runs}/styled", "--walk", "3", "--directions", "1"], 2, "one at a time"),
    "too many directions": (["{runs}/styled", "--directions", "999"], 2, "directions, not 999"),
    "truncated directions": (
        ["{runs}/styled", "--directions", "1", "--truncation", "1"],
        2,
        "leave --truncation",
    ),
    "a film of a grid": (["{runs}/styled", "--out", "x.gif"], 2, "a walk may be a .gif"),
    "truncation in words": (["{runs}/styled", "--truncation", "much"], 2, "--truncation"),
    "folder that is no run": (["."], 2, "not a run folder"),
    "place that can't be written": (
        ["{runs}/conditional", "--out", "/dev/null/x.png"],
        1,
        "can't be written",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_gets_a_message_and_its_exit_code(ganzoo, runs, name):
    arguments, code, fragment = MISTAKES[name]
    result = ganzoo("sample", *(argument.format(runs=runs) for argument in arguments))
    assert result.code == code, result.err
    assert fragment in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("damage", "fragment"),
    [
        (lambda data: data[: len(data) // 2], "damaged"),
        (lambda data: b"\xff" * 8 + data[8:], "damaged"),
        (lambda _: b"", "damaged"),
    ],
    ids=["truncated", "header length", "empty"],
)
def test_a_damaged_checkpoint_is_refused(ganzoo, runs, tmp_path, damage, fragment):
    (source,) = (runs / "conditional/checkpoints").iterdir()
    (tmp_path / "bad.safetensors").write_bytes(damage(source.read_bytes()))
    result = ganzoo("sample", "bad.safetensors")
    assert result.code == 1
    assert fragment in result.err


def test_a_grid_that_nothing_would_show_is_refused_before_it_is_drawn(ganzoo, runs, tmp_path):
    """8x8 digits are enlarged to 56 pixels and 2 of margin, 58 * 58 each: 2**25 pixels hold 9,974 of them."""
    refused = ganzoo("sample", runs / "conditional", "--num", 100_000, "--out", "grid.png")
    assert refused.code == 2
    assert "a grid of 100,000 images would have 336 million pixels" in refused.err
    assert "--num 9974" in refused.err
    assert list(tmp_path.glob("grid*")) == []


def test_one_image_is_no_plural(ganzoo, runs):
    assert "1 image of step" in ganzoo("sample", runs / "conditional", "--num", 1, "--out", "a.png").err


def test_the_class_that_was_drawn_is_said(ganzoo, runs):
    one = ganzoo("sample", runs / "conditional", "--num", 1, "--label", 7, "--out", "a.png")
    assert "drawn, all of class 7" in one.err


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"\x89PNG\r\n", "a PNG picture"), (b"PK\x03\x04", "a ZIP archive"), (b'{"schema": 1}', "JSON")],
)
def test_a_file_of_another_kind_is_named_as_what_it_is(ganzoo, tmp_path, content, kind):
    (tmp_path / "file").write_bytes(content)
    for command in (
        ("sample", "file"),
        ("train", "--resume", "file"),
        ("export", "file", "--format", "onnx"),
    ):
        refused = ganzoo(*command)
        assert refused.code == 2
        assert f"file is {kind}" in refused.err
        assert "not a checkpoint" in refused.err


def test_a_picture_is_no_run_no_report_and_no_configuration(ganzoo, tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n")
    for command in (("report", "a.png"), ("bench", "show", "a.png"), ("train", "--config", "a.png")):
        refused = ganzoo(*command)
        assert refused.code in (1, 2)
        assert "it is a PNG picture" in refused.err


def test_a_folder_is_not_made_of_a_file(ganzoo, tmp_path):
    (tmp_path / "junk.toml").write_text("x")
    refused = ganzoo("train", "gan", "--dataset", "digits", "--out", "junk.toml")
    assert refused.code == 2
    assert "junk.toml is a file, and a run is never overwritten" in refused.err


def test_a_picture_of_classes_has_a_row_for_each_beside_its_name(ganzoo, runs, tmp_path):
    result = ganzoo("sample", runs / "conditional", "--out", "grid.png")
    assert "80 images" in result.err
    drawn = arrays(ganzoo, runs / "conditional", "--num", 80)
    with Image.open(tmp_path / "grid.png") as grid:
        pixels = np.asarray(grid)
    assert pixels.shape[0] == 10 * 58 + 2
    for label in range(10):
        row = pixels[58 * label + 2 : 58 * label + 58 : 7]
        own = drawn["images"][drawn["labels"] == label]
        for place in range(8):
            shown = row[:, 58 * place + 2 : 58 * place + 58 : 7]
            assert np.array_equal(shown, np.broadcast_to(own[place], (8, 8, 3)))
        name = row[:, 8 * 58 + 2 :]
        assert name.min() < 128 < name.max() == 255  # letters on white


def test_the_lines_of_a_grid_are_seen_between_black_images_white_ones_and_noise():
    for level in (0, 127, 255):
        grid = np.asarray(image_grid(torch.full((4, 1, 56, 56), level, dtype=torch.uint8), 2)).astype(int)
        assert abs(grid[30, 59, 0] - level) >= 30
