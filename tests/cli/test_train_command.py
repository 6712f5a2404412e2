"""`ganzoo train`: what it leaves behind, and what it says when it can't."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganzoo.runs import checkpoints

SMALL = ("--dataset", "digits", "--max-steps", "3", "--batch-size", "16", "--set", "run.log_every=1")
TINY_DCGAN = ("--set", "model.channels=4", "--set", "model.latent_dim=6")


def test_leaves_a_whole_run_folder(ganzoo, tmp_path):
    result = ganzoo("train", "dcgan", *SMALL, *TINY_DCGAN, "--sample-every", 1, "--out", "run")
    assert result.code == 0, result.err
    assert result.out == "run\n"
    run = tmp_path / "run"
    assert sorted(p.name for p in run.iterdir()) == [
        "checkpoints",
        "config.json",
        "env.json",
        "latest",
        "metrics.jsonl",
        "samples",
    ]
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2, 3]
    assert all(np.isfinite([line["discriminator_loss"], line["generator_loss"]]).all() for line in lines)
    grids = sorted(p.name for p in (run / "samples").iterdir())
    assert grids == [*(f"step-{step:08d}.png" for step in range(4)), "strip.png"]
    assert (run / "checkpoints" / (run / "latest").read_text().strip()).is_file()
    assert json.loads((run / "env.json").read_text())["versions"]["torch"]


def test_the_grid_has_a_row_a_class(ganzoo, tmp_path):
    result = ganzoo("train", "cgan", *SMALL, "--set", "model.channels=4", "--out", "run")
    assert result.code == 0, result.err
    # Ten rows of eight 8x8 images, each enlarged seven times, with two pixels between them.
    with Image.open(tmp_path / "run/samples/step-00000003.png") as grid:
        assert grid.size == (8 * (56 + 2) + 2, 10 * (56 + 2) + 2)


@pytest.mark.parametrize("upsampling", ["transposed-conv", "resize-conv", "pixel-shuffle"])
@pytest.mark.parametrize(
    ("model", "conditioning"), [("dcgan", None), ("cgan", "embedding"), ("cgan", "one-hot"), ("gan", None)]
)
def test_every_model_trains_with_every_component(ganzoo, tmp_path, model, conditioning, upsampling):
    if model == "gan" and upsampling != "transposed-conv":
        pytest.skip("gan is fully connected: it has no upsampling")
    tiny = "model.hidden=8,8" if model == "gan" else "model.channels=4"
    components = [] if model == "gan" else ["--upsampling", upsampling]
    components += ["--conditioning", conditioning] if conditioning else []
    result = ganzoo("train", model, *SMALL, "--set", tiny, *components, "--out", "run")
    assert result.code == 0, result.err
    config = json.loads((tmp_path / "run/config.json").read_text())
    if model != "gan":
        assert config["upsampling"]["name"] == f"ganzoo-components:{upsampling}"
    if conditioning:
        assert config["conditioning"]["name"] == f"ganzoo-components:{conditioning}"


def test_the_written_configuration_replays_the_run_bit_for_bit(ganzoo, tmp_path):
    assert ganzoo("train", "cgan", *SMALL, "--set", "model.channels=4", "--seed", 7, "--out", "a").code == 0
    result = ganzoo("train", "--config", "a/config.json", "--out", "b")
    assert result.code == 0, result.err
    first, second = (_last_checkpoint(tmp_path / name) for name in "ab")
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert json.loads((tmp_path / "a/config.json").read_text()) == json.loads(
        (tmp_path / "b/config.json").read_text()
    )


@pytest.mark.parametrize(
    "settings",
    [
        ["--precision", "fp32"],
        ["--precision", "bf16"],
        ["--precision", "fp16"],
        ["--set", "training.accumulate=4"],
        ["--set", "training.discriminator_steps=3"],
        ["--set", "training.schedule=linear"],
        ["--set", "training.average_half_life=none"],
        ["--set", "training.flip=true"],
    ],
    ids=lambda settings: settings[-1],
)
def test_every_way_of_training_goes_on_where_it_stopped(ganzoo, tmp_path, settings):
    train = ["train", "dcgan", "--dataset", "digits", "--batch-size", 16, *TINY_DCGAN, *settings]
    assert ganzoo(*train, "--max-steps", 4, "--checkpoint-every", 2, "--out", "whole").code == 0
    (first, _) = sorted((tmp_path / "whole/checkpoints").iterdir())
    before = _last_checkpoint(tmp_path / "whole")
    result = ganzoo("train", "--resume", first)
    assert result.code == 0, result.err
    after = _last_checkpoint(tmp_path / "whole")
    assert before.keys() == after.keys()
    assert not [name for name in before if not np.array_equal(before[name], after[name])]


@pytest.mark.parametrize("latent_dim", [10**12, 10**18])
def test_memory_that_runs_out_is_said_in_words(ganzoo, tmp_path, latent_dim):
    result = ganzoo("train", "dcgan", *SMALL, "--set", f"model.latent_dim={latent_dim}", "--out", "run")
    assert result.code == 1
    assert "error: there is not enough memory" in result.err
    assert "--batch-size" in result.err
    assert "Traceback" not in result.err


def test_another_seed_gives_other_weights(ganzoo, tmp_path):
    for seed in (1, 2):
        assert ganzoo("train", "dcgan", *SMALL, *TINY_DCGAN, "--seed", seed, "--out", seed).code == 0
    first, second = (_last_checkpoint(tmp_path / str(seed)) for seed in (1, 2))
    assert not np.array_equal(first["generator.dense.weight"], second["generator.dense.weight"])


def test_only_the_newest_checkpoints_are_kept(ganzoo, tmp_path):
    result = ganzoo("train", "dcgan", *SMALL, *TINY_DCGAN, "--checkpoint-every", 1, "--out", "run")
    assert result.code == 0, result.err
    kept = sorted(p.name for p in (tmp_path / "run/checkpoints").iterdir())
    assert kept == ["step-00000002.safetensors", "step-00000003.safetensors"]


def test_training_ends_after_the_epochs(ganzoo, tmp_path):
    result = ganzoo(
        "train", "gan", "--dataset", "digits", "--batch-size", 500, "--epochs", 2, "--set", "model.hidden=8,"
        , "--out", "run",
    )  # fmt: skip
    assert result.code == 0, result.err
    last = json.loads((tmp_path / "run/metrics.jsonl").read_text().splitlines()[-1])
    assert (last["step"], last["epoch"]) == (2 * (1500 // 500), 2.0)


def _last_checkpoint(run: Path) -> dict[str, np.ndarray]:
    path = run / "checkpoints" / (run / "latest").read_text().strip()
    return {name: tensor.numpy() for name, tensor in checkpoints.read_tensors(path).items()}


MISTAKES = {
    "unknown model": (["train", "dcgn", *SMALL], 2, ["no model is called 'dcgn'", "did you mean 'dcgan'"]),
    "no model": (["train", *SMALL], 2, ["no model is named"]),
    "no data set": (["train", "dcgan"], 2, ["no dataset is chosen", "--dataset", "digits"]),
    "a component's name as model": (
        ["train", "one-hot", *SMALL],
        2,
        ["there is a conditioning of that name"],
    ),
    "unknown data set": (["train", "dcgan", "--dataset", "cifar"], 2, ["'cifar'", "cifar10"]),
    "slot that the model lacks": (
        ["train", "dcgan", *SMALL, "--conditioning", "one-hot"],
        2,
        ["'dcgan' has no conditioning"],
    ),
    "unknown setting": (
        ["train", "dcgan", *SMALL, "--set", "model.latent=3"],
        2,
        ["no setting 'model.latent'", "model.latent_dim"],
    ),
    "setting without value": (
        ["train", "dcgan", *SMALL, "--set", "model.latent_dim"],
        2,
        ["section.key=value"],
    ),
    "setting of the wrong type": (
        ["train", "dcgan", *SMALL, "--set", "model.latent_dim=many"],
        2,
        ["model.latent_dim takes a whole number, not 'many'"],
    ),
    "setting out of range": (
        ["train", "dcgan", *SMALL, "--set", "model.channels=0"],
        2,
        ["model", "channels"],
    ),
    "average in steps": (
        ["train", "dcgan", *SMALL, "--batch-size", "64", "--set", "training.ema_decay=0.5"],
        2,
        ["real images", "for 0.5 a step write training.average_half_life=64 ("],
    ),
    "no average, in steps": (
        ["train", "dcgan", *SMALL, "--set", "training.ema_decay=0"],
        2,
        ["real images", "for 0 a step write training.average_half_life=none ("],
    ),
    "average of nonsense": (
        ["train", "dcgan", *SMALL, "--set", "training.ema_decay=much"],
        2,
        ["real images", "write training.average_half_life=IMAGES"],
    ),
    "no steps": (["train", "dcgan", *SMALL, "--epochs", "0"], 2, ["epochs must be at least 1, not 0"]),
    "batch larger than the data": (
        ["train", "dcgan", "--dataset", "digits", "--batch-size", "5000"],
        2,
        ["1500 images", "fewer than one batch of 5000", "--batch-size"],
    ),
    "unknown device": (["train", "dcgan", *SMALL, "--device", "gpu"], 2, ["'gpu'", "cuda"]),
    "missing CUDA device": (
        ["train", "dcgan", *SMALL, "--device", "cuda:99"],
        1,
        ["cuda:99", "--device cpu"],
    ),
    "a CUDA graph on a CPU": (
        ["train", "dcgan", *SMALL, "--set", "training.cuda_graph=true"],
        2,
        ["CUDA device"],
    ),
    "tf32 on a CPU": (["train", "dcgan", *SMALL, "--precision", "tf32"], 2, ["tf32", "fp32"]),
    "resume with a model": (["train", "dcgan", "--resume", "run"], 2, ["needs no MODEL"]),
    "resume of nothing": (["train", "--resume", "absent"], 2, ["absent does not exist"]),
    "resume of weights": (
        ["train", "--resume", "dcgan.fashion-mnist"],
        2,
        ["dcgan.fashion-mnist does not exist: it names trained weights", "ganzoo show dcgan.fashion-mnist"],
    ),
    "a folder for a data set": (["train", "dcgan", "--dataset", "."], 2, ["it is a folder", "--data-dir ."]),
    "missing configuration": (["train", "--config", "absent.toml"], 2, ["absent.toml"]),
    "unknown option": (["train", "dcgan", "--datasets", "digits"], 2, ["--dataset"]),
    "empty folder": (["train", "dcgan", "--dataset", "folder", "--data-dir", "."], 1, ["image"]),
    "folder that is not there": (["train", "dcgan", "--dataset", "folder", "--data-dir", "no"], 1, ["no"]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_gets_a_message_and_its_exit_code(ganzoo, tmp_path, name):
    arguments, code, fragments = MISTAKES[name]
    result = ganzoo(*arguments)
    assert result.code == code, result.err
    for fragment in fragments:
        assert fragment in result.err
    assert "Traceback" not in result.err
    assert not (tmp_path / "runs").exists(), "a run that can't start leaves no folder"


def test_a_size_the_model_cannot_draw_is_refused(ganzoo, tmp_path):
    (tmp_path / "images").mkdir()
    for index in range(4):
        Image.new("RGB", (33, 33), (index, 0, 0)).save(tmp_path / f"images/{index}.png")
    result = ganzoo(
        "train", "dcgan", "--dataset", "folder", "--data-dir", "images", "--set", "dataset.size=33",
        "--batch-size", 2,
    )  # fmt: skip
    assert result.code == 2
    assert "33x33" in result.err


def test_a_corrupt_image_is_named(ganzoo, tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images/broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnot really")
    result = ganzoo("train", "dcgan", "--dataset", "folder", "--data-dir", "images", "--batch-size", 1)
    assert result.code == 1
    assert "broken.png" in result.err
    assert "Traceback" not in result.err


def test_a_run_is_never_overwritten(ganzoo, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run/precious.txt").write_text("mine")
    result = ganzoo("train", "dcgan", *SMALL, *TINY_DCGAN, "--out", "run")
    assert result.code == 2
    assert "never overwritten" in result.err
    assert [p.name for p in (tmp_path / "run").iterdir()] == ["precious.txt"]


def test_a_place_that_cannot_be_written_is_said(ganzoo, tmp_path):
    (tmp_path / "file").write_text("")
    result = ganzoo("train", "dcgan", *SMALL, *TINY_DCGAN, "--out", "file/run")
    assert result.code == 1
    assert "can't be made" in result.err


@pytest.mark.parametrize("checkpoint_every", [1, 1000])
def test_divergence_has_its_own_exit_code_and_keeps_good_checkpoints_only(ganzoo, tmp_path, checkpoint_every):
    result = ganzoo(
        "train", "dcgan", "--dataset", "digits", "--batch-size", 16, "--max-steps", 60, *TINY_DCGAN,
        "--set", "run.log_every=10", "--learning-rate", "1e20", "--precision", "fp32", "--out", "run",
        "--checkpoint-every", checkpoint_every,
    )  # fmt: skip
    assert result.code == 4, result.err
    assert "diverged" in result.err
    assert "step" in result.err
    assert "discriminator." in result.err or "generator." in result.err, "a tensor is named"
    for path in (tmp_path / "run/checkpoints").iterdir():
        tensors = checkpoints.read_tensors(path)
        assert all(tensor.isfinite().all() for tensor in tensors.values() if tensor.is_floating_point())


def test_a_data_set_with_labels_out_of_range_is_refused(ganzoo, tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(
        "import torch\n"
        "from ganzoo.interfaces import Dataset, LabelledImages\n\n\n"
        "class Wrong(Dataset):\n"
        '    """One label too many."""\n\n'
        "    ganzoo_api = 1\n\n"
        "    def __init__(self, config, data_dir):\n"
        "        pass\n\n"
        "    def load(self, split):\n"
        "        images = torch.zeros(8, 1, 8, 8, dtype=torch.uint8)\n"
        '        return LabelledImages(images, torch.arange(8), ("a", "b"))\n',
        encoding="utf-8",
    )
    result = ganzoo("train", "dcgan", "--dataset", "wrong.py:Wrong", "--max-steps", "1", "--out", "run")
    assert result.code == 1
    assert "wrong.py:Wrong is wrong: labels must be in 0..1, not 7" in result.err
    assert not (tmp_path / "run").exists()


def test_a_run_is_never_made_shorter_than_it_is(ganzoo, tmp_path):
    """Its config.json would no longer tell how it was made."""
    assert ganzoo("train", "dcgan", *SMALL, *TINY_DCGAN, "--out", "a run").code == 0
    before = {path: path.read_bytes() for path in (tmp_path / "a run").rglob("*") if path.is_file()}

    refused = ganzoo("train", "--resume", "a run", "--max-steps", 1)

    assert refused.code == 2
    assert "has taken 3 steps already and can't end after 1" in refused.err
    assert {path: path.read_bytes() for path in (tmp_path / "a run").rglob("*") if path.is_file()} == before
    longer, shorter = (shlex.split(line.partition(": ")[2])[1:] for line in refused.err.splitlines()[1:])
    assert ganzoo(*shorter, "--out", "short").code == 0
    assert ganzoo(*longer, "--set", "run.log_every=1").code == 0
    assert json.loads((tmp_path / "a run/config.json").read_text())["training"]["max_steps"] == 6
    assert (tmp_path / "a run/latest").read_text() == "step-00000006.safetensors\n"


def test_a_finished_run_says_so_and_keeps_its_settings_file(ganzoo, tmp_path):
    assert ganzoo("train", "dcgan", *SMALL, *TINY_DCGAN, "--out", "run").code == 0
    before = (tmp_path / "run/config.json").stat()

    again = ganzoo("train", "--resume", "run")

    assert again.code == 0
    (said,) = [line for line in again.err.splitlines() if line.startswith("finished")]
    assert said == "finished  3 steps of 3 taken; to go on: ganzoo train --resume run --max-steps 6"
    after = (tmp_path / "run/config.json").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "a-run"], "ganzoo train --resume a-run goes on with it"),
        (["show", "a-run"], "ganzoo report a-run shows it"),
        (["train", "acgan.fashion-mnist"], "ganzoo train --init-from acgan.fashion-mnist starts from them"),
        (["train", "gan", "--dataset", "./absent"], "a path goes behind --data-dir"),
        (["train", "--config", "a-run/metrics.jsonl"], "it is TOML, or a run's config.json"),
        (
            ["evaluate", "grid.png", "--dataset", "digits"],
            "name a run folder, a checkpoint, a .npz, or a folder",
        ),
    ],
)
def test_what_is_named_in_the_place_of_something_else_is_told_apart(
    ganzoo: Any, tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "a-run").mkdir()
    (tmp_path / "a-run" / "config.json").write_text("{}")
    (tmp_path / "a-run" / "metrics.jsonl").write_text('{"step": 1}\n')
    (tmp_path / "grid.png").write_bytes(b"\x89PNG\r\n\x1a\n and what follows")

    result = ganzoo(*arguments)

    assert result.code == 2
    assert said in result.err
