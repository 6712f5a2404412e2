"""`ganzoo invert`: what draws a given picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from ganzoo.cli import main
from ganzoo.runs import checkpoints
from ganzoo.runs.trained import load
from ganzoo.sampling.generation import generate

TRAIN = ["--dataset", "digits", "--max-steps", "2", "--batch-size", "16", "--set", "model.channels=8",
         "--set", "model.latent_dim=8", "--device", "cpu"]  # fmt: skip


def invoke(*arguments: object) -> None:
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    assert end.value.code in (0, None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs with and without styles, and a picture that each draws."""
    folder = tmp_path_factory.mktemp("inversion")
    for model, name, more in (("cgan", "plain", []), ("stylegan2", "styled", ["--set", "model.style_dim=8"])):
        invoke("train", model, *TRAIN, *more, "--out", folder / name)
        label = ["--label", "3"] if name == "plain" else []
        invoke("sample", folder / name, "--num", 1, "--seed", 99, *label, "--out", folder / "one.npz")
        Image.fromarray(np.load(folder / "one.npz")["images"][0, :, :, 0]).save(folder / f"{name}.png")
    Image.fromarray(np.tile(np.arange(0, 240, 20, dtype=np.uint8), (9, 1))).save(folder / "other.png")
    return folder


@pytest.mark.parametrize(("name", "space"), [("plain", "latents"), ("styled", "styles")])
def test_what_is_found_draws_the_picture(ganzoo: Any, folder: Path, name: str, space: str) -> None:
    label = ["--label", "3"] if name == "plain" else []
    result = ganzoo("invert", folder / name, folder / f"{name}.png", "--steps", 60, *label, "--device", "cpu")
    assert (result.code, result.out) == (0, "inversion.png\n"), result.err
    assert "step 60/60" in result.err
    with np.load("inversion.npz", allow_pickle=False) as file:
        found = dict(file)
    asked = np.asarray(Image.open(folder / f"{name}.png")).astype(float)
    apart = np.sqrt(np.square(found["image"][:, :, 0] - asked).mean())
    assert apart == pytest.approx(found["distance"], abs=0.5), "pixels are rounded"
    assert apart < 4, "of 256 grey levels; 0.6 to 2.4 were measured over seeds"

    generator = load(folder / name).generator
    if space == "styles":
        generator = generator.style_space().generator
    labels = torch.tensor([3]) if name == "plain" else None
    (drawn,) = torch.cat(list(generate(generator, torch.from_numpy(found[space]), labels)))
    assert np.abs(drawn[0].numpy().astype(int) - found["image"][:, :, 0]).max() <= 1, (
        "rounding of other batches"
    )
    with Image.open("inversion.png") as strip:
        assert (strip.width - 2) % 58 == 0
        corner = np.asarray(strip)[2:58:7, 2:58:7, 0]
    assert np.array_equal(corner, asked), "the strip begins with the picture"


@pytest.mark.slow
def test_the_seed_decides(ganzoo: Any, folder: Path) -> None:
    found = []
    for number, seed in enumerate((1, 1, 2)):
        out = f"{number}.png"
        options = ["--steps", 3, "--seed", seed, "--device", "cpu", "--out", out]
        assert ganzoo("invert", folder / "plain", folder / "other.png", "--resize", *options).code == 0
        found.append(np.load(f"{number}.npz", allow_pickle=False)["latents"])
    assert np.array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


MISTAKES = {
    "another size": (["{folder}/plain", "{folder}/other.png"], "12 pixels wide and 9 high"),
    "no picture": (["{folder}/plain", "{folder}/plain/config.json"], "can't be read as a picture"),
    "nothing": (["{folder}/plain", "absent.png"], "can't be read as a picture: No such file"),
    "a class that isn't": (["{folder}/plain", "{folder}/plain.png", "--label", "x"], "no class 'x'"),
    "another file": (["{folder}/plain", "{folder}/plain.png", "--out", "x.jpg"], "--out is a .png"),
    "no run": (["absent", "{folder}/plain.png"], "there is no absent"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_gets_a_message(ganzoo: Any, folder: Path, name: str) -> None:
    arguments, fragment = MISTAKES[name]
    result = ganzoo("invert", *(argument.format(folder=folder) for argument in arguments))
    assert result.code == 2, result.err
    assert fragment in result.err


def test_a_generator_that_draws_no_numbers_inverts_nothing(ganzoo: Any, folder: Path, tmp_path: Path) -> None:
    source = load(folder / "plain").checkpoint
    tensors = checkpoints.read_tensors(source)
    broken = {name: t.fill_(torch.nan) for name, t in tensors.items() if name.startswith("generator.")}
    checkpoints.write(tmp_path / "nan.safetensors", tensors | broken, checkpoints.read_metadata(source))
    refused = ganzoo("invert", "nan.safetensors", folder / "plain.png", "--steps", 2, "--device", "cpu")
    assert refused.code == 1
    assert "the generator draws NaN or infinite pixels" in refused.err
    assert [path.name for path in tmp_path.iterdir()] == ["nan.safetensors"]


def test_what_was_found_is_not_overwritten_unasked(ganzoo: Any, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "inversion.npz").write_bytes(b"")
    refused = ganzoo("invert", folder / "plain", folder / "plain.png")
    assert (refused.code, "--force" in refused.err) == (2, True)
