"""Going on with a run that has a schedule: exact where it counts images, else refused."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from ganzoo.cli import main
from ganzoo.runs import checkpoints
from ganzoo.training import loop

TINY = ("--batch-size", "16", "--precision", "fp32", "--set", "model.hidden=4,")
TRAIN = ("train", "gan", "--dataset", "digits", *TINY, "--set", "training.schedule=linear")
IN_IMAGES = ("--set", "training.schedule_images=96", "--set", "training.final_average_half_life=100")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of four steps, whose schedule is the training's length."""
    path = tmp_path_factory.mktemp("trained") / "run"
    with pytest.raises(SystemExit, match="0"):
        main([*TRAIN, "--max-steps", "4", "--out", str(path)])
    return path


@pytest.fixture
def four(trained: Path, tmp_path: Path) -> Path:
    """A copy of it to go on with."""
    return Path(shutil.copytree(trained, tmp_path / "run"))


def newest(run: Path) -> dict[str, torch.Tensor]:
    return checkpoints.read_tensors(run / "checkpoints" / (run / "latest").read_text().strip())


def files(run: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in run.rglob("*") if path.is_file()}


def rewrite(run: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Changes what the newest checkpoint says of itself."""
    path = run / "checkpoints" / (run / "latest").read_text().strip()
    metadata = checkpoints.read_metadata(path)
    change(metadata)
    metadata.pop("schema")
    checkpoints.write(path, checkpoints.read_tensors(path), metadata)


def test_a_run_with_a_schedule_in_images_is_extended_as_if_it_had_been_planned(
    ganzoo: Callable[..., Any], tmp_path: Path
) -> None:
    assert ganzoo(*TRAIN, *IN_IMAGES, "--max-steps", 4, "--out", "run").code == 0
    assert ganzoo("train", "--resume", "run", "--max-steps", 8).code == 0
    assert ganzoo(*TRAIN, *IN_IMAGES, "--max-steps", 8, "--out", "straight").code == 0

    resumed, straight = newest(tmp_path / "run"), newest(tmp_path / "straight")
    assert resumed.keys() == straight.keys()
    assert [name for name in straight if not torch.equal(resumed[name], straight[name])] == []


def test_another_length_is_refused_where_it_would_stretch_the_schedule(
    ganzoo: Callable[..., Any], four: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(four)
    monkeypatch.setattr(loop, "prepare", None)  # refused before the data are read and networks are built

    refused = ganzoo("train", "--resume", four, "--max-steps", 8)

    assert refused.code == 2
    assert "planned for 4 steps and can't end after 8: its linear schedule is as long" in refused.err
    assert "--set training.schedule_images=128" in refused.err
    assert ganzoo("train", "--resume", four, "--max-steps", 3).code == 2
    assert files(four) == before


def test_what_the_refusal_says_to_type_makes_a_run_that_may_be_extended(
    ganzoo: Callable[..., Any], four: Path
) -> None:
    said = ganzoo("train", "--resume", four, "--max-steps", 6).err
    command = shlex.split(next(line for line in said.splitlines() if "ganzoo train --config" in line))

    assert ganzoo(*command[command.index("train") :], "--out", "new").code == 0
    assert ganzoo("train", "--resume", "new", "--max-steps", 7).code == 0


def test_a_change_that_leaves_the_end_where_it_was_passes(ganzoo: Callable[..., Any], four: Path) -> None:
    assert ganzoo("train", "--resume", four, "--epochs", 50).code == 0
    assert json.loads((four / "config.json").read_text())["training"]["epochs"] == 50


def test_a_length_edited_into_the_configuration_is_refused_alike(
    ganzoo: Callable[..., Any], four: Path
) -> None:
    text = (four / "config.json").read_text()
    (four / "config.json").write_text(text.replace('"max_steps": 4', '"max_steps": 8'))

    refused = ganzoo("train", "--resume", four)

    assert refused.code == 2
    assert "planned for 4 steps" in refused.err


def test_before_its_first_checkpoint_a_run_may_still_get_another_length(
    ganzoo: Callable[..., Any], four: Path
) -> None:
    (four / "latest").unlink()
    for checkpoint in (four / "checkpoints").iterdir():
        checkpoint.unlink()
    assert ganzoo("train", "--resume", four, "--max-steps", 2).code == 0


def test_a_checkpoint_that_does_not_count_its_images_is_held_to_the_same_rule(
    ganzoo: Callable[..., Any], four: Path
) -> None:
    rewrite(four, lambda metadata: metadata.pop("num_images"))

    assert ganzoo("train", "--resume", four, "--max-steps", 8).code == 2
    assert ganzoo("train", "--resume", four, "--epochs", 50).code == 0


@pytest.mark.parametrize("change", [{"num_images": "many"}, {"num_images": None}, {"configuration": {}}])
def test_a_forged_checkpoint_is_refused_in_words(
    ganzoo: Callable[..., Any], four: Path, change: Mapping[str, Any]
) -> None:
    rewrite(four, lambda metadata: metadata.update(change))

    refused = ganzoo("train", "--resume", four, "--max-steps", 8)

    assert refused.code == 1
    assert "lacks what a run needs" in refused.err


def test_a_data_set_that_has_grown_is_not_gone_on_with(ganzoo: Callable[..., Any], tmp_path: Path) -> None:
    """Epochs would be longer, and their order another."""
    (tmp_path / "data" / "any").mkdir(parents=True)
    for number in range(9):
        pixels = np.full((8, 8, 3), 20 * number, dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "data" / "any" / f"{number}.png")
    folder = ("--dataset", "folder", "--data-dir", "data", "--set", "dataset.size=8")
    trained = ganzoo("train", "gan", *folder, *TINY, "--batch-size", 4, "--max-steps", 2, "--out", "run")
    assert trained.code == 0, trained.err
    shutil.copy(tmp_path / "data/any/1.png", tmp_path / "data/any/9.png")

    refused = ganzoo("train", "--resume", "run", "--max-steps", 4)

    assert refused.code == 1
    assert "trained on 9 images, and its data set has 10 now" in refused.err
