"""Readings of a step: by hand, and alike whatever the precision, the optimiser and the way a batch is cut."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.amp import GradScaler

from ganzoo.engine.distributed import World
from ganzoo.engine.engine import Engine
from ganzoo.engine.players import Player, Players
from ganzoo.engine.preparation import prepare
from ganzoo.engine.readings import indifferent_loss, readings
from ganzoo.engine.step import StepResult, apply_gradients
from ganzoo.interfaces import Batch, Objective
from ganzoo.settings.binding import bind
from ganzoo.settings.merging import resolve
from ganzoo.training.weight_growth import WeightGrowth

Reading = Mapping[str, float | None]


class NoObjective(Objective):
    """Stands in for one; no loss is computed here."""

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        raise NotImplementedError

    def generator_loss(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        raise NotImplementedError


def player(gradient: float, *, fp16: bool = False, **choices: Any) -> Player:
    """A network of one weight, and the gradient of its last backward pass."""
    network = nn.Linear(1, 1, bias=False)
    scaler = GradScaler("cpu", enabled=fp16)
    adam = torch.optim.Adam(network.parameters(), lr=0.1, **choices)
    (scaler.scale(network.weight) * gradient).sum().backward()
    return Player(network, network, adam, scaler)


def read(
    fake: Batch, real: Batch, generator: Player | None = None, discriminator: Player | None = None
) -> Any:
    players = Players(generator or player(1), discriminator or player(1), NoObjective(), torch.float32)
    loss = torch.tensor(0.0)
    return readings(StepResult(loss, loss, None, fake, real), players, World())


def images(*pixels: float) -> Tensor:
    return torch.tensor(pixels).reshape(-1, 1, 1, 1)


def test_readings_of_known_images() -> None:
    fake, real = Batch(images(-0.5, 0.5), None), Batch(images(-1.0, 1.0), None)
    assert read(fake, real, player(3.0), player(-8.0)) == {
        "diversity": 0.5,
        "saturation": 0.0,
        "real_saturation": 1.0,
        "generator_gradient": 3.0,
        "discriminator_gradient": 8.0,
    }


def class_diversity(fake: list[float], fake_labels: list[int], real: list[float], labels: list[int]) -> Any:
    batches = [
        Batch(images(*pixels), torch.tensor(numbers))
        for pixels, numbers in ((fake, fake_labels), (real, labels))
    ]
    return read(*batches)["class_diversity"]


def test_diversity_within_classes_by_hand() -> None:
    # Class 3: -0.1 and 0.1, so 0.02 in squares; class 5: 0.5, 0.5 and 0.8, so 0.06; 0.08 over 5 - 2.
    fake = (0.08 / 3) ** 0.5
    real = [-0.5, 0.5, 0.0, 1.0], [0, 0, 1, 1]  # 0.5 in squares each, over 4 - 2
    assert class_diversity([-0.1, 0.5, 0.5, 0.1, 0.8], [3, 5, 5, 3, 5], *real) == pytest.approx(
        fake / 0.5**0.5, rel=1e-5
    )


def test_one_image_a_class_has_diversity_but_none_within_classes() -> None:
    assert class_diversity([-0.9, 0.9, -0.9, 0.9], [0, 1, 0, 1], [-0.5, 0.5, 0.0, 1.0], [0, 0, 1, 1]) == 0


def test_a_batch_without_two_images_of_a_class_says_nothing() -> None:
    assert class_diversity([-0.9, 0.9], [0, 1], [-0.5, 0.5], [0, 0]) is None


def test_nothing_is_a_share_of_real_images_that_are_all_alike() -> None:
    assert read(Batch(images(-0.5, 0.5), None), Batch(images(0.25, 0.25), None))["diversity"] is None
    assert class_diversity([-0.9, 0.9], [0, 0], [-0.5, -0.5, 0.5, 0.5], [0, 0, 1, 1]) is None


def test_a_batch_of_one_image_has_no_spread_but_all_else() -> None:
    told = read(Batch(images(0.5), None), Batch(images(1.0), None), player(3.0))
    assert told["diversity"] is None
    assert told["real_saturation"] == 1
    assert told["generator_gradient"] == 3


@pytest.mark.parametrize("choices", [{"fused": True}, {"foreach": True}, {"foreach": False}], ids=str)
def test_whoever_divides_the_loss_scale_out_the_gradient_is_the_same(choices: dict[str, Any]) -> None:
    one = player(-8.0, fp16=True, **choices)
    apply_gradients(one)
    told = read(Batch(images(-0.5, 0.5), None), Batch(images(-1.0, 1.0), None), one)
    assert told["generator_gradient"] == 8
    assert told["loss_scale"] == 65536


@pytest.mark.parametrize("choices", [{"fused": True}, {"foreach": True}], ids=str)
def test_where_fp16_skips_an_update_there_is_no_gradient_to_tell(choices: dict[str, Any]) -> None:
    one = player(1e38, fp16=True, **choices)  # times 65536, more than float32 holds
    before = one.network.weight.detach().clone()
    apply_gradients(one)
    told = read(Batch(images(-0.5, 0.5), None), Batch(images(-1.0, 1.0), None), one)
    assert told["generator_gradient"] is None
    assert told["discriminator_gradient"] == 1
    assert told["loss_scale"] == 32768, "half of what it was"
    assert torch.equal(one.network.weight, before)


MODELS: dict[str, dict[str, Any]] = {
    "gan": {"model.hidden": (16, 16), "model.dropout": 0},
    "cgan": {"model.channels": 4},
}


@cache
def trained(model: str, precision: str, cut: tuple[tuple[str, int], ...], fused: bool) -> Reading:
    """Readings and losses of the third step of a training with seed 0."""
    chosen = {"model.name": model, "dataset.name": "digits", "training.batch_size": 32}
    settings = {f"training.{key}": value for key, value in (*cut, ("precision", precision))}
    with pytest.MonkeyPatch.context() as patch:
        if not fused:
            adam = torch.optim.Adam
            patch.setattr(torch.optim, "Adam", lambda given, **named: adam(given, **named | {"fused": False}))
        engine: Engine = prepare(
            bind(resolve(chosen | MODELS[model] | settings, {})), torch.device("cpu"), World()
        )
    for _ in range(3):
        result = engine.take_step()
    losses = {
        "discriminator_loss": result.discriminator_loss.item(), "generator_loss": result.generator_loss.item()
    }  # fmt: skip
    told = {**readings(result, engine.equipment.players, World()), **losses}
    told.pop("loss_scale", None)
    return told


CUTS = [(), (("accumulate", 2),), (("discriminator_steps", 2),)]

CASES = [
    pytest.param(model, precision, cut, fused, marks=[] if model == "gan" and fused else [pytest.mark.slow])
    for model in MODELS
    for precision in ("bf16", "fp16")
    for cut in CUTS
    for fused in (True, False)
]


@pytest.mark.parametrize(("model", "precision", "cut", "fused"), CASES)
def test_readings_do_not_depend_on_the_precision(
    model: str, precision: str, cut: tuple[tuple[str, int], ...], fused: bool
) -> None:
    # bfloat16 rounds each product by up to 1/256, and two steps of Adam carry a little of it on: up to 2 %
    # is seen. A loss scale that is left in, or divided out twice, is a factor of 65536.
    expected, told = trained(model, "fp32", cut, True), trained(model, precision, cut, fused)
    assert told.keys() == expected.keys()
    assert told == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_micro_batches_are_read_as_the_batch_that_they_are(precision: str) -> None:
    # Without batch statistics the two take the same step; 16 latents are drawn like 16 of 32.
    whole, cut = (trained("gan", precision, each, True) for each in ((), (("accumulate", 2),)))
    assert cut == pytest.approx(whole, rel=1e-3)


def test_a_healthy_run_in_fp16_is_not_ended_as_collapsed(ganzoo: Any, tmp_path: Path) -> None:
    # Clipped weights have small gradients, 0.002 here: divided by the loss scale once more they "vanish".
    arguments = (
        "train gan --dataset digits --max-steps 90 --batch-size 16 --precision fp16 --stop-on-collapse "
        "--objective wasserstein --regularisation weight-clipping --set model.hidden=16,16 "
        "--set run.log_every=10 --out run"
    )
    run = ganzoo(*arguments.split())
    assert run.code == 0, run.err
    lines = [json.loads(line) for line in (tmp_path / "run/metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(10, 100, 10)), "and nothing is warned of"


class Remembering(NoObjective, nn.Module):
    """The original loss, and how often it was asked for."""

    def __init__(self) -> None:
        nn.Module.__init__(self)
        self.register_buffer("calls", torch.zeros(()))

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        self.calls += 1
        return nn.functional.softplus(-real_logits).mean() + nn.functional.softplus(fake_logits).mean()


def test_what_an_objective_is_asked_before_the_first_step_leaves_no_trace() -> None:
    objective = Remembering()

    assert indifferent_loss(objective) == pytest.approx(2 * 0.693147)
    assert objective.calls == 0


@pytest.mark.parametrize(
    ("start", "now", "growth"),
    [
        (0.5, 2.0, 4.0),
        (-0.5, 5e29, 1e30),
        (0.0, 1.0, None),
        (0.5, float("inf"), None),
        (0.5, float("nan"), None),
    ],
)
def test_the_growth_of_weights_by_hand(start: float, now: float, growth: float | None) -> None:
    """The squares of 5e29 would be beyond float32."""
    still, moving = player(1), player(1)
    with torch.no_grad():
        moving.network.weight.fill_(start)  # type: ignore[operator, union-attr]
        watched = WeightGrowth(Players(still, moving, NoObjective(), torch.float32))
        moving.network.weight.fill_(now)  # type: ignore[operator, union-attr]
    assert watched.reading() == {"weight_growth": growth if growth is None else pytest.approx(growth)}
