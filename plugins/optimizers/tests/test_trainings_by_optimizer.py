"""Trainings with every optimiser: resumed, in float16, against a plain loop, and as WGAN was published."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F

import ganzoo
from ganzoo.engine.distributed import World
from ganzoo.engine.engine import Engine
from ganzoo.engine.preparation import prepare
from ganzoo.errors import GanzooError
from ganzoo.plugins import discovery
from ganzoo.runs import checkpoints
from ganzoo.settings.binding import bind
from ganzoo.settings.merging import resolve
from ganzoo.training import state

SETTINGS = {
    "model.name": "gan", "dataset.name": "digits", "model.latent_dim": 4, "model.hidden": (8,),
    "training.batch_size": 16, "training.max_steps": 4, "training.precision": "fp32",
    "training.schedule": "linear",
}  # fmt: skip

OPTIMIZERS = [plugin.name for plugin in discovery.discover().of_kind("optimizer")]

VARIANTS = [
    *({"optimizer.name": name} for name in OPTIMIZERS),
    {"optimizer.name": "adam", "optimizer.amsgrad": True, "optimizer.final_beta2": 0.5},
    {"optimizer.name": "sgd", "optimizer.momentum": 0.9, "optimizer.nesterov": True},
    {"optimizer.name": "rmsprop", "optimizer.momentum": 0.9, "optimizer.centered": True},
    {"optimizer.name": "asgd", "optimizer.t0": 1.0},
]


def called(variant: dict[str, Any]) -> str:
    return "-".join(
        str(value) if key.endswith("name") else key.split(".")[1] for key, value in variant.items()
    )


def engine(*changes: dict[str, Any]) -> Engine:
    return prepare(bind(resolve(SETTINGS, *changes)), torch.device("cpu"), World())


def saved(made: Engine) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in state.capture(made.equipment).items()}


@pytest.mark.parametrize("variant", VARIANTS, ids=called)
def test_four_steps_are_two_a_checkpoint_and_two_more(variant: dict[str, Any], tmp_path: Path) -> None:
    whole = engine(variant)
    for _ in range(2):
        whole.take_step()
    checkpoints.write(tmp_path / "2.safetensors", state.capture(whole.equipment), {})
    for _ in range(2):
        whole.take_step()
    expected = saved(whole)

    resumed = engine(variant)
    assert state.restore(tmp_path / "2.safetensors", resumed.equipment)
    resumed.go_to(2)
    for _ in range(2):
        resumed.take_step()

    found = saved(resumed)
    assert found.keys() == expected.keys()
    assert [name for name, tensor in expected.items() if not torch.equal(found[name], tensor)] == []


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_loss_scale_changes_no_step_but_skips_what_overflows(name: str) -> None:
    made = engine({"optimizer.name": name, "training.precision": "fp16"})
    for player in (made.equipment.players.generator, made.equipment.players.discriminator):
        player.scaler.load_state_dict({**player.scaler.state_dict(), "scale": 2.0**10})
    before = saved(made)
    made.take_step()
    after = saved(made)
    moved = [
        key for key in after if key.startswith("discriminator.") and not key.endswith("num_batches_tracked")
    ]
    assert all(torch.isfinite(after[key]).all() for key in moved)
    assert any(not torch.equal(before[key], after[key]) for key in moved)

    made.equipment.players.discriminator.scaler.load_state_dict(
        {**made.equipment.players.discriminator.scaler.state_dict(), "scale": 1e38}
    )
    made.take_step()
    skipped = saved(made)
    parameters = dict(made.equipment.players.discriminator.network.named_parameters())
    assert all(
        torch.equal(after[f"discriminator.{key}"], skipped[f"discriminator.{key}"]) for key in parameters
    )


def test_rmsprop_steps_as_a_plain_loop_does() -> None:
    """Algorithm 1 of Goodfellow et al., 2014, written out with torch.optim.RMSprop."""
    made = engine(
        {
            "model.name": "dcgan",
            "model.channels": 4,
            "model.max_channels": 8,
            "model.latent_dim": 4,
            "training.schedule": "constant",
        },
        # The larger eps keeps gradients that are nothing but rounding from becoming whole steps.
        {
            "optimizer.name": "rmsprop",
            "optimizer.momentum": 0.5,
            "optimizer.eps": 1e-4,
            "training.learning_rate": 1e-3,
        },
    )
    generator, discriminator = (
        copy.deepcopy(player.network)
        for player in (made.equipment.players.generator, made.equipment.players.discriminator)
    )
    noise = torch.get_rng_state()
    shown = [made.take_step().real.images for _ in range(2)]

    torch.set_rng_state(noise)
    learn_g = torch.optim.RMSprop(generator.parameters(), lr=1e-3, momentum=0.5, eps=1e-4)
    learn_d = torch.optim.RMSprop(discriminator.parameters(), lr=1e-3, momentum=0.5, eps=1e-4)
    for real in shown:
        fake = generator(torch.randn(16, 4))
        learn_d.zero_grad()
        (F.softplus(-discriminator(real)).mean() + F.softplus(discriminator(fake.detach())).mean()).backward()
        learn_d.step()
        learn_g.zero_grad()
        F.softplus(-discriminator(fake)).mean().backward()
        learn_g.step()

    for player, plain in (("generator", generator), ("discriminator", discriminator)):
        trained = getattr(made.equipment.players, player).network.state_dict()
        for key, tensor in plain.state_dict().items():
            torch.testing.assert_close(trained[key], tensor, rtol=1e-5, atol=1e-7, msg=f"{player}.{key}")


def test_a_checkpoint_of_another_optimiser_is_refused(tmp_path: Path) -> None:
    made = engine({"optimizer.name": "adam"})
    made.take_step()
    tensors = state.capture(made.equipment)
    for change, reason in (
        ({"optimizer.generator.0.momentum_buffer": torch.zeros(8, 4)}, "of another optimiser"),
        ({"optimizer.generator.99.exp_avg": torch.zeros(8, 4)}, "of other parameters"),
        ({"optimizer.generator.0.exp_avg_sq": torch.zeros(1)}, "of other parameters"),
        ({"optimizer.generator.x.exp_avg": torch.zeros(1)}, "no state that training can go on from"),
    ):
        checkpoints.write(tmp_path / "other.safetensors", {**tensors, **change}, {})
        with pytest.raises(GanzooError, match=reason):
            state.restore(tmp_path / "other.safetensors", engine({"optimizer.name": "adam"}).equipment)


def test_wgan_trains_as_published_by_options_alone(tmp_path: Path) -> None:
    """Arjovsky et al., 2017, algorithm 1: RMSProp at 5e-5, weights within 0.01, five critic updates."""
    run = ganzoo.train(
        "gan", dataset="digits", objective="wasserstein", regularisation="weight-clipping",
        optimizer="rmsprop", out=tmp_path / "wgan",
        settings={"training.learning_rate": 5e-5, "training.discriminator_steps": 5,
                  "training.max_steps": 2, "model.hidden": (8,)},
    )  # fmt: skip
    tensors = checkpoints.read_tensors(run.checkpoint_path(2))
    critic = [tensor for name, tensor in tensors.items() if name.startswith("discriminator.")]
    assert max(tensor.abs().max().item() for tensor in critic) <= 0.01
    learned = {name: tensor for name, tensor in tensors.items() if name.startswith("optimizer.")}
    assert {name.rpartition(".")[2] for name in learned} == {"step", "square_avg"}
    steps = {(name.split(".")[1], tensor.item()) for name, tensor in learned.items() if tensor.dim() == 0}
    assert steps == {("generator", 2), ("discriminator", 10)}
