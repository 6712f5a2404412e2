"""Training on a CUDA device: every plugin runs there, and repeats, resumes and is captured as promised."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

import ganzoo
from ganzoo.plugins import discovery
from ganzoo.runs import checkpoints
from ganzoo.runs.folder import Run


def names(kind: str) -> list[str]:
    """The installed plugins of a kind that can be used."""
    return [plugin.name for plugin in discovery.discover().of_kind(kind) if not plugin.problem]


PRECISIONS = ("fp32", "tf32", "bf16", "fp16")


def tensors(run: Run) -> dict[str, torch.Tensor]:
    return dict(checkpoints.read_tensors(run.latest_checkpoint(), ""))


def different(first: Run, second: Run) -> list[str]:
    one, other = tensors(first), tensors(second)
    assert one.keys() == other.keys()
    return [name for name in one if not torch.equal(one[name], other[name])]


def furthest(first: Run, second: Run) -> tuple[float, str]:
    """The largest difference of any tensor of the networks, as a share of that tensor's own size."""
    one, other = tensors(first), tensors(second)
    apart = {
        name: float((one[name].double() - other[name].double()).norm() / (1e-6 + one[name].double().norm()))
        for name in one
        if name.startswith(("generator.", "discriminator.")) and one[name].is_floating_point()
    }
    name = max(apart, key=lambda key: apart[key])
    return apart[name], name


def losses_of(run: Run) -> list[tuple[float, float]]:
    lines = [line for line in run.read_metrics("losses") if "discriminator_loss" in line]
    return [(float(line["discriminator_loss"]), float(line["generator_loss"])) for line in lines]


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("model", names("model"))
def test_every_model_trains_in_every_precision(train: Any, device: str, model: str, precision: str) -> None:
    if precision == "tf32" and device == "cpu":
        pytest.skip("tf32 is a CUDA device's")
    losses = losses_of(train(model, "run", {"training.max_steps": 4, "training.precision": precision}))
    assert len(losses) == 4
    assert all(math.isfinite(loss) for pair in losses for loss in pair), losses


@pytest.mark.parametrize("model", names("model"))
def test_the_first_loss_is_the_processors(train: Any, cuda: str, model: str) -> None:
    """Weights and data are the same there, only noise is another: the judge agrees on real images at once."""
    settings = {"training.max_steps": 1, "training.precision": "fp32"}
    here = train(model, "cpu", {**settings, "run.device": "cpu"})
    there = train(model, "cuda", settings)
    for (one, _), (other, _) in zip(losses_of(here), losses_of(there), strict=True):
        assert one == pytest.approx(other, rel=0.5, abs=0.5)


OTHERS = [
    (kind, name)
    for kind in ("objective", "regularisation", "augmentation", "optimizer")
    for name in names(kind)
]


@pytest.mark.parametrize(("kind", "name"), OTHERS)
def test_every_other_plugin_trains(train: Any, kind: str, name: str) -> None:
    chosen = {kind: name} | ({"regularisation": "gradient-penalty"} if name == "wasserstein" else {})
    run = train("dcgan", "run", {"training.max_steps": 4, "training.precision": "fp32"}, **chosen)
    assert all(math.isfinite(loss) for pair in losses_of(run) for loss in pair)


@pytest.mark.parametrize("upsampling", names("upsampling"))
@pytest.mark.parametrize("conditioning", names("conditioning"))
def test_every_component_trains(train: Any, upsampling: str, conditioning: str) -> None:
    settings = {"training.max_steps": 3, "training.precision": "bf16"}
    run = train("cgan", "run", settings, upsampling=upsampling, conditioning=conditioning)
    assert all(math.isfinite(loss) for pair in losses_of(run) for loss in pair)


WAYS: dict[str, dict[str, Any]] = {
    "fp32": {"training.precision": "fp32"},
    "tf32": {"training.precision": "tf32"},
    "bf16": {"training.precision": "bf16"},
    "fp16": {"training.precision": "fp16"},
    "accumulate": {"training.accumulate": 2, "training.precision": "fp32"},
    "fresh fakes, flips": {"training.fresh_fakes": True, "training.flip": True, "training.precision": "fp32"},
    "graph": {"training.cuda_graph": True, "training.precision": "fp32"},
    "graph in bf16": {"training.cuda_graph": True, "training.precision": "bf16"},
}


EVERY_MODELS = ("fp32", "bf16", "graph")
"""Ways in which every model is tried; the others depend on no network, and `dcgan` stands for all."""


@pytest.mark.parametrize(
    ("model", "way"),
    [(model, way) for way in WAYS for model in names("model") if way in EVERY_MODELS or model == "dcgan"],
)
def test_a_resumed_run_equals_an_uninterrupted_one(
    train: Any, messages: Any, device: str, model: str, way: str
) -> None:
    """Bit for bit, but for models that say that the device can't."""
    settings = WAYS[way]
    if device == "cpu" and ("graph" in way or way == "tf32"):
        pytest.skip("only a CUDA device has it")
    said = messages()
    common = {**settings, "run.checkpoint_every": 6}
    whole = train(model, "whole", {**common, "training.max_steps": 12}, said)
    stopped = train(model, "stopped", {**common, "training.max_steps": 6})
    resumed = ganzoo.resume(stopped, settings={"training.max_steps": 12}, observer=messages())
    changed = different(whole, resumed)
    can_repeat = not any("bit for bit" in message for message in said.warnings)
    if can_repeat:
        assert not changed, (changed[:5], furthest(whole, resumed), said.warnings)
    else:
        assert furthest(whole, resumed)[0] < 0.05, (furthest(whole, resumed), said.warnings)


@pytest.mark.parametrize("model", names("model"))
def test_a_captured_step_computes_what_an_eager_one_does(train: Any, cuda: str, model: str) -> None:
    settings = {"training.precision": "fp32", "training.max_steps": 10}
    eager = train(model, "eager", settings)
    captured = train(model, "captured", {**settings, "training.cuda_graph": True})
    for one, other in zip(losses_of(eager), losses_of(captured), strict=True):
        assert one == pytest.approx(other, rel=1e-2, abs=1e-2)
    assert furthest(eager, captured)[0] < 0.02, furthest(eager, captured)


@pytest.mark.parametrize(("kind", "name"), [pair for pair in OTHERS if pair[0] != "objective"])
def test_what_can_be_captured_is(train: Any, cuda: str, kind: str, name: str) -> None:
    """Every plugin's step is captured and computes the same, or is refused in words before the first step."""
    settings = {"training.precision": "fp32", "training.max_steps": 8}
    refusal = None
    try:
        captured = train("dcgan", "captured", {**settings, "training.cuda_graph": True}, **{kind: name})
    except ganzoo.UsageError as error:
        refusal = str(error)
    if refusal is not None:
        assert "cuda_graph" in refusal
        return
    eager = train("dcgan", "eager", settings, **{kind: name})
    for one, other in zip(losses_of(eager), losses_of(captured), strict=True):
        assert one == pytest.approx(other, rel=2e-2, abs=2e-2)


@pytest.mark.parametrize("model", names("model"))
def test_a_step_waits_for_nothing(cuda: str, settings_of: Any, model: str) -> None:
    """No value is read back during a step: torch raises where one is."""
    from ganzoo.engine.distributed import World
    from ganzoo.engine.preparation import prepare
    from ganzoo.settings.binding import bind
    from ganzoo.settings.merging import resolve
    from ganzoo.torch_state import own_torch_state

    place = Path(str(ganzoo.__file__)).parent / "benchmark/measure/synthetic.py"
    named = {"model.name": model, "dataset.name": f"{place}:SyntheticImages"}
    bound = bind(resolve(named, {**settings_of(model), "training.precision": "bf16"}))
    where = torch.device(cuda)
    with own_torch_state(where):
        engine = prepare(bound, where, World())
        for _ in range(2):
            engine.take_step()
        torch.cuda.set_sync_debug_mode("error")
        try:
            for _ in range(4):
                engine.take_step()
        finally:
            torch.cuda.set_sync_debug_mode("default")


def test_streamed_images_train_like_resident_ones(
    train: Any, cuda: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ganzoo.engine import data

    settings = {"training.max_steps": 20, "training.precision": "fp32"}
    resident = train("dcgan", "resident", settings)
    monkeypatch.setattr(data, "_SHARE_OF_MEMORY", 0.0)
    streamed = train("dcgan", "streamed", settings)
    assert not different(resident, streamed)


def test_a_run_goes_on_on_another_device(train: Any, messages: Any, cuda: str) -> None:
    common = {"training.precision": "fp32", "run.checkpoint_every": 4}
    run = train("dcgan", "run", {**common, "training.max_steps": 4, "run.device": "cpu"})
    resumed = ganzoo.resume(run, settings={"training.max_steps": 8, "run.device": cuda}, observer=messages())
    assert all(math.isfinite(loss) for pair in losses_of(resumed) for loss in pair)


def test_the_callers_state_of_the_device_is_left_alone(train: Any, cuda: str) -> None:
    torch.cuda.manual_seed(5)
    before = torch.cuda.get_rng_state(), torch.are_deterministic_algorithms_enabled()
    train("dcgan", "run", {"training.max_steps": 2})
    assert torch.equal(before[0], torch.cuda.get_rng_state())
    assert torch.are_deterministic_algorithms_enabled() == before[1]
    assert not torch.backends.cudnn.deterministic
