"""The Python API: training, resuming and sampling without a shell."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

import ganzoo
from ganzoo.errors import PluginError, UsageError
from ganzoo.training.interruption import InterruptedTraining
from ganzoo.training.observer import TrainingStart

SMALL = {
    "model.channels": 4,
    "training.max_steps": 4,
    "training.batch_size": 16,
    "training.precision": "fp32",
}


class Recorder:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.plans: list[TrainingStart] = []
        self.metrics: list[dict[str, Any]] = []
        self.grids: list[Path] = []

    def started(self, plan: TrainingStart) -> None:
        self.plans.append(plan)

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        self.metrics.append(dict(metrics))

    def sampled(self, path: Path) -> None:
        self.grids.append(path)

    def warned(self, message: str) -> None:
        raise AssertionError(message)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ganzoo.Run:
    """A conditional run of four steps."""
    out = tmp_path_factory.mktemp("api") / "run"
    return ganzoo.train("cgan", dataset="digits", settings=SMALL, out=out)


def test_a_training_is_that_of_the_command_line(run: ganzoo.Run, tmp_path: Path, ganzoo_command: Any) -> None:
    arguments = [f"--set={key}={value}" for key, value in SMALL.items()]
    done = ganzoo_command("train", "cgan", "--dataset", "digits", *arguments, "--out", "other")
    assert done.returncode == 0, done.stderr

    other = tmp_path / "other"
    for name in ("config.json", "latest"):
        assert (run.path / name).read_bytes() == (other / name).read_bytes()
    ours, theirs = (
        [{k: v for k, v in json.loads(line).items() if "seconds" not in k and k != "images_per_second"}
         for line in (folder / "metrics.jsonl").read_text("utf-8").splitlines()]
        for folder in (run.path, other)
    )  # fmt: skip
    assert ours == theirs
    assert ours[-1]["step"] == 4


def test_a_run_is_a_path(run: ganzoo.Run) -> None:
    assert os.fspath(run) == str(run.path)
    assert ganzoo.load(run).checkpoint == ganzoo.load(run.path).checkpoint == run.latest_checkpoint()


def test_a_trained_generator_draws_images(run: ganzoo.Run) -> None:
    trained = ganzoo.load(run)

    images = trained.sample(6, label=7, seed=3)

    assert (images.shape, images.dtype) == ((6, 1, 8, 8), torch.uint8)
    latents = torch.randn(6, trained.generator.latent_dim, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        floats = trained.generator(latents, torch.full((6,), 7))
    assert torch.equal(images, ((floats + 1) * 127.5).round().clamp(0, 255).to(torch.uint8))
    assert torch.equal(trained.sample(6, label="7", seed=3), images)
    assert not torch.equal(trained.sample(6, label=7, seed=4), images)
    assert torch.equal(trained.sample(20, seed=3)[7], trained.sample(20, label=7, seed=3)[7])
    assert isinstance(ganzoo.image_grid(images), Image.Image)
    with pytest.raises(UsageError, match="there is no class '11'"):
        trained.sample(1, label=11)


def test_resuming_gives_the_run_that_never_stopped(tmp_path: Path, run: ganzoo.Run) -> None:
    stopped = ganzoo.train(
        "cgan", dataset="digits", settings={**SMALL, "training.max_steps": 2}, out=tmp_path / "run"
    )

    resumed = ganzoo.resume(stopped, settings={"training.max_steps": 4})

    whole, pieced = ganzoo.load(run).generator.state_dict(), ganzoo.load(resumed).generator.state_dict()
    assert whole.keys() == pieced.keys()
    assert all(torch.equal(whole[name], pieced[name]) for name in whole)


def test_components_and_classes_may_be_given(tmp_path: Path) -> None:
    from ganzoo_components.upsamplings import PixelShuffle

    run = ganzoo.train(
        "dcgan",
        dataset="digits",
        upsampling=PixelShuffle,
        objective="bce",
        settings={**SMALL, "training.max_steps": 1, "upsampling.kernel_size": 1},
        out=str(tmp_path / "run"),
    )

    configuration = json.loads((run.path / "config.json").read_text("utf-8"))
    assert configuration["upsampling"]["kernel_size"] == 1
    assert configuration["upsampling"]["name"].endswith(":PixelShuffle")


def test_an_observer_is_told(tmp_path: Path) -> None:
    recorder = Recorder()

    settings = {**SMALL, "run.log_every": 2}
    run = ganzoo.train("gan", dataset="digits", settings=_without_channels(settings), out=tmp_path / "run",
                       observer=recorder)  # fmt: skip

    assert [plan.total_steps for plan in recorder.plans] == [4]
    assert [metrics["step"] for metrics in recorder.metrics] == [2, 4]
    assert recorder.grids[-1] == run.grid_path(4)


def test_without_an_observer_progress_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="ganzoo.training"):
        ganzoo.train("gan", dataset="digits", settings=_without_channels(SMALL), out=tmp_path / "run")

    assert "4 steps on cpu, 1500 images of 1x8x8" in caplog.text
    assert "step 4, discriminator " in caplog.text


def _without_channels(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key != "model.channels"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": "dcgann"}, "did you mean 'dcgan'"),
        ({"settings": {"model.latent_dmi": 3}}, "did you mean 'model.latent_dim'"),
        ({"settings": {"training.batch_size": 0}}, "training.batch_size must be at least 1"),
        ({"upsampling": "resize-cnov"}, "did you mean 'resize-conv'"),
        ({"upsample": "resize-conv"}, "there is no setting 'upsample.name'"),
        ({"conditioning": "embedding"}, "the model 'dcgan' has no conditioning"),
    ],
)
def test_a_mistake_is_a_usage_error_and_leaves_no_run(
    tmp_path: Path, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        ganzoo.train(**({"model": "dcgan", "dataset": "digits", "out": tmp_path / "run"} | arguments))
    assert not (tmp_path / "run").exists()


def test_a_broken_plugin_is_a_plugin_error(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(
        "from ganzoo.interfaces import Upsampling\n1 / 0\nclass Broken(Upsampling):\n    ganzoo_api = 1\n"
    )
    with pytest.raises(PluginError, match="ZeroDivisionError"):
        ganzoo.train(
            "dcgan", dataset="digits", upsampling=f"{tmp_path}/broken.py:Broken", out=tmp_path / "run"
        )


def test_being_interrupted_keeps_a_checkpoint(tmp_path: Path) -> None:
    class Impatient(Recorder):
        def progressed(self, metrics: Mapping[str, Any]) -> None:
            signal.raise_signal(signal.SIGINT)

    settings = {**SMALL, "training.max_steps": 100, "run.log_every": 3}
    with pytest.raises(InterruptedTraining, match="go on with"):
        ganzoo.train("cgan", dataset="digits", settings=settings, out=tmp_path / "run", observer=Impatient())

    assert ganzoo.load(tmp_path / "run").step == 3
    run = ganzoo.resume(tmp_path / "run", settings={"training.max_steps": 4})
    assert ganzoo.load(run).step == 4


def test_several_processes_are_sent_to_torchrun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UsageError, match="torchrun"):
        ganzoo.train("gan", dataset="digits", out=tmp_path / "run")
    with pytest.raises(UsageError, match="torchrun"):
        ganzoo.resume(tmp_path / "run")


@pytest.mark.slow
def test_training_imports_no_command_line(tmp_path: Path) -> None:
    code = (
        "import sys, ganzoo\n"
        "ganzoo.train('gan', dataset='digits', settings={'training.max_steps': 1}, out='run')\n"
        "print([name for name in sys.modules if name.startswith('ganzoo.cli')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=120
    )
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


# What is installed


def test_names_are_listed_by_kind_and_wildcard() -> None:
    assert ganzoo.list_plugins("upsampling") == ["pixel-shuffle", "resize-conv", "transposed-conv"]
    assert ganzoo.list_plugins("upsampling", "*-conv") == ["resize-conv", "transposed-conv"]
    assert {"dcgan", "cgan", "gan"} <= set(ganzoo.list_plugins("model", "*gan"))
    assert {"dcgan", "bce"} <= set(ganzoo.list_plugins())
    assert ganzoo.list_plugins(pattern="no-such-*") == []
    with pytest.raises(UsageError, match="there is no kind 'models'; did you mean 'model'"):
        ganzoo.list_plugins("models")


@pytest.mark.parametrize("name", ganzoo.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    assert getattr(ganzoo, name).__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'ganzoo' has no attribute 'tarin'"):
        _ = ganzoo.tarin  # type: ignore[attr-defined]
