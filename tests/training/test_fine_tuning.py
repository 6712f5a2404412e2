"""Training that starts from other weights: what it takes over, keeps, records and refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

import ganzoo as library
from ganzoo.cli import main
from ganzoo.errors import GanzooError, UsageError
from ganzoo.interfaces import Dataset, LabelledImages
from ganzoo.runs import checkpoints
from ganzoo.training import loop
from ganzoo.training.call import LogProgress

TRAIN = ["--dataset", "digits", "--batch-size", "16", "--max-steps", "2", "--precision", "fp32",
         "--device", "cpu", "--checkpoint-every", "1", "--set", "run.keep_checkpoints=9"]  # fmt: skip


def invoke(*arguments: object) -> None:
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    assert end.value.code in (0, None)


@pytest.fixture(scope="module")
def ancestor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose average differs from the weights that it trains."""
    folder = tmp_path_factory.mktemp("ancestor") / "run"
    invoke("train", "acgan", *TRAIN, "--set", "model.channels=4", "--set", "training.average_half_life=16",
           "--out", folder)  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def tuned(ancestor: Path) -> Path:
    """A run that started from it, named by its folder, and kept two blocks."""
    folder = ancestor.parent / "tuned"
    invoke("train", "--init-from", ancestor, "--freeze", "discriminator:2", *TRAIN, "--out", folder)
    return folder


def tensors(run: Path, step: int, prefix: str = "") -> dict[str, torch.Tensor]:
    return checkpoints.read_tensors(run / f"checkpoints/step-{step:08d}.safetensors", prefix)


def test_it_starts_with_the_pictures_of_its_ancestor(ancestor: Path, tuned: Path) -> None:
    first, last = tuned / "samples/step-00000000.png", ancestor / "samples/step-00000002.png"
    assert first.read_bytes() == last.read_bytes()
    assert first.read_bytes() != (ancestor / "samples/step-00000000.png").read_bytes()


def test_the_trained_generator_starts_from_the_average_too(ancestor: Path, tuned: Path) -> None:
    average, weights = tensors(ancestor, 2, "generator."), tensors(ancestor, 2, "training.generator.")
    begun = tensors(tuned, 1, "training.generator.")
    rate = 2e-4  # Adam's first step moves a weight by the learning rate at most
    name = "dense.weight"
    assert (weights[name] - average[name]).abs().max() > 0
    assert (begun[name] - average[name]).abs().max() <= rate * 1.01


def test_frozen_blocks_keep_their_weights_and_others_learn(ancestor: Path, tuned: Path) -> None:
    before, after = tensors(ancestor, 2, "discriminator."), tensors(tuned, 2, "discriminator.")
    same = {name for name in before if torch.equal(before[name], after[name])}
    assert {
        "convolutions.0.weight",
        "convolutions.0.bias",
        "convolutions.4.weight",
        "convolutions.5.weight",
    } <= same
    assert {"dense.weight", "classifier.weight"} <= before.keys() - same


def test_configuration_environment_and_checkpoints_say_where_it_comes_from(
    ancestor: Path, tuned: Path
) -> None:
    source = ancestor / "checkpoints/step-00000002.safetensors"
    settings = json.loads((tuned / "config.json").read_text())
    assert settings["training"]["init_from"] == str(source)
    assert settings["training"]["frozen_blocks"] == 2
    assert settings["model"]["channels"] == 4, "the networks are set as the ancestor's"
    (record,) = json.loads((tuned / "env.json").read_text())["ancestry"]
    assert (record["name"], record["step"], record["dataset"]) == (str(source), 2, "ganzoo-datasets:digits")
    assert record["inherited"]["generator"]["fresh"] == []
    assert checkpoints.read_metadata(tuned / "checkpoints/step-00000002.safetensors")["ancestry"] == [record]


@pytest.mark.slow
def test_a_package_of_it_names_its_ancestors_and_no_folder(
    ancestor: Path, tuned: Path, tmp_path: Path
) -> None:
    invoke("train", "--init-from", tuned, *TRAIN, "--max-steps", 1, "--out", tmp_path / "third")
    invoke(
        "new",
        "weights",
        "acgan.third",
        "--run",
        tmp_path / "third",
        "--licence",
        "MIT",
        "--out",
        tmp_path / "new",
    )
    card = (tmp_path / "new/README.md").read_text()
    line = next(line for line in card.splitlines() if line.startswith("| started from"))
    assert line.count("step-00000002.safetensors: acgan on digits, step 2, SHA-256") == 2
    files = [path for path in (tmp_path / "new").rglob("*") if path.is_file()]
    assert not any(str(tmp_path.parent).encode() in path.read_bytes() for path in files)
    assert (
        json.loads((tmp_path / "new/ganzoo_acgan_third/config.json").read_text())["training"]["init_from"]
        is None
    )


@pytest.mark.slow
def test_stopped_and_resumed_it_equals_one_that_never_stopped(tuned: Path, tmp_path: Path) -> None:
    config = tuned / "config.json"
    invoke("train", "--config", config, "--max-steps", 1, "--out", tmp_path / "run")
    invoke("train", "--resume", tmp_path / "run", "--max-steps", 2)
    whole, parts = tensors(tuned, 2), tensors(tmp_path / "run", 2)
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole if not name.startswith("meter."))


@pytest.mark.slow
def test_killed_before_its_first_checkpoint_it_begins_from_the_same_ancestor_or_not_at_all(
    ancestor: Path, tuned: Path, tmp_path: Path
) -> None:
    source = tmp_path / "source.safetensors"
    source.write_bytes((ancestor / "checkpoints/step-00000002.safetensors").read_bytes())
    run = tmp_path / "run"
    invoke("train", "--init-from", source, "--freeze", "discriminator:2", *TRAIN, "--out", run)
    expected = tensors(run, 2)
    for path in ((run / "latest"), *(run / "checkpoints").iterdir()):
        path.unlink()
    invoke("train", "--resume", run)
    assert all(
        torch.equal(t, expected[name]) for name, t in tensors(run, 2).items() if not name.startswith("meter.")
    )

    for path in ((run / "latest"), *(run / "checkpoints").iterdir()):
        path.unlink()
    source.write_bytes((tuned / "checkpoints/step-00000002.safetensors").read_bytes())
    with pytest.raises(UsageError, match="is no longer what the run started from"):
        loop.resume(run, {}, LogProgress())


def test_python_starts_from_weights_and_other_classes_are_fresh(ancestor: Path, tmp_path: Path) -> None:
    run = library.train(
        "acgan", dataset=FiveClasses, init_from=ancestor, out=tmp_path / "run",
        settings={"training.batch_size": 16, "training.max_steps": 1, "run.device": "cpu"},
    )  # fmt: skip
    (record,) = json.loads((run.path / "env.json").read_text())["ancestry"]
    assert record["inherited"]["generator"]["fresh"] == ["dense.weight"], "columns of a one-hot label"
    assert record["inherited"]["discriminator"]["fresh"] == ["classifier.weight", "classifier.bias"]


def test_as_many_classes_of_other_names_are_fresh_too(ancestor: Path, tmp_path: Path) -> None:
    """A generator that draws a 0 where an A is asked for is worse than one that has never heard of either."""
    run = library.train(
        "acgan", dataset=Letters, init_from=ancestor, out=tmp_path / "run",
        settings={"training.batch_size": 16, "training.max_steps": 1, "run.device": "cpu"},
    )  # fmt: skip
    (record,) = json.loads((run.path / "env.json").read_text())["ancestry"]
    assert record["inherited"]["generator"]["fresh"] == ["dense.weight"]
    assert record["inherited"]["discriminator"]["fresh"] == ["classifier.weight", "classifier.bias"]


class Letters(Dataset):
    """As many classes as there are digits."""

    ganzoo_api = 1

    def __init__(self, config: object, data_dir: Path | None) -> None:
        pass

    def load(self, split: str) -> LabelledImages:
        return LabelledImages(
            torch.zeros(50, 1, 8, 8, dtype=torch.uint8), torch.arange(50) % 10, tuple("ABCDEFGHIJ")
        )


class FiveClasses(Dataset):
    """The first five digits."""

    ganzoo_api = 1

    def __init__(self, config: object, data_dir: Path | None) -> None:
        pass

    def load(self, split: str) -> LabelledImages:
        images = torch.zeros(50, 1, 8, 8, dtype=torch.uint8).random_(
            generator=torch.Generator().manual_seed(0)
        )
        return LabelledImages(images, torch.arange(50) % 5, tuple("01234"))


MISTAKES = {
    "another architecture": (
        ["dcgan", "--init-from", "{run}"],
        "of the generator's 15 tensors: it is of ganzoo-models:acgan",
    ),
    "nothing there": (["acgan", "--init-from", "absent"], "there is no absent"),
    "all frozen": (["--init-from", "{run}", "--freeze", "discriminator:99"], "N from 0 to"),
    "the other player": (
        ["--init-from", "{run}", "--freeze", "generator:1"],
        "--freeze takes discriminator:N",
    ),
    "nothing to keep": (["acgan", "--freeze", "discriminator:1"], "choose weights with --init-from"),
    "other data": (["--resume", "{run}", "--dataset", "mnist"], "--init-from"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_gets_a_message(ganzoo: Any, ancestor: Path, name: str) -> None:
    arguments, fragment = MISTAKES[name]
    given = [argument.format(run=ancestor) for argument in arguments]
    result = ganzoo(
        "train",
        *given,
        *([] if "--dataset" in given else TRAIN),
        *([] if "--resume" in given else ["--out", "x"]),
    )
    assert result.code == 2, result.err
    assert fragment in result.err
    assert not Path("x").exists(), "nothing is left behind"


@pytest.mark.slow
def test_blocks_of_a_discriminator_that_the_weights_lack_cant_be_kept(
    ancestor: Path, tmp_path: Path, ganzoo: Any
) -> None:
    source = ancestor / "checkpoints/step-00000002.safetensors"
    alone = tmp_path / "alone.safetensors"
    kept = {name: t for name, t in checkpoints.read_tensors(source).items() if name.startswith("generator.")}
    checkpoints.write(alone, kept, checkpoints.read_metadata(source))
    refused = ganzoo("train", "--init-from", alone, "--freeze", "discriminator:1", *TRAIN)
    assert refused.code == 2
    assert "holds no discriminator" in refused.err
    assert ganzoo("train", "--init-from", alone, *TRAIN, "--out", "fresh").code == 0
    (record,) = json.loads(Path("fresh/env.json").read_text(encoding="utf-8"))["ancestry"]
    assert (
        len(record["inherited"]["discriminator"]["fresh"]) == record["inherited"]["discriminator"]["tensors"]
    )


@pytest.mark.parametrize("model", [None, 5, ["acgan"]])
def test_an_ancestor_without_a_model_is_refused_in_words(
    model: object, ancestor: Path, tmp_path: Path, ganzoo: Any
) -> None:
    source = ancestor / "checkpoints/step-00000002.safetensors"
    metadata = checkpoints.read_metadata(source)
    del metadata["configuration"]["model"]["name"]
    if model is not None:
        metadata["configuration"]["model"]["name"] = model
    nameless = tmp_path / "nameless.safetensors"
    checkpoints.write(nameless, checkpoints.read_tensors(source), metadata)
    refused = ganzoo("train", "--init-from", nameless, *TRAIN)
    assert refused.code == 1
    assert "has the model" in refused.err


def test_a_damaged_ancestor_is_refused(ancestor: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.safetensors"
    data = bytearray((ancestor / "checkpoints/step-00000002.safetensors").read_bytes())
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(GanzooError, match="damaged"):
        library.train("acgan", dataset="digits", init_from=path, out=tmp_path / "run")
