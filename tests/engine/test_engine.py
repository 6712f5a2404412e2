"""The engine: what belongs to a step is in it, once, and its parts have names."""

from __future__ import annotations

import math
import time

import pytest
import torch

from ganzoo.engine import parts
from ganzoo.engine.data import normalise
from ganzoo.engine.distributed import World
from ganzoo.engine.engine import Engine
from ganzoo.engine.preparation import prepare
from ganzoo.settings.binding import bind
from ganzoo.settings.merging import resolve

SETTINGS = {
    "model.name": "dcgan", "dataset.name": "digits", "model.channels": 4, "model.max_channels": 8,
    "training.batch_size": 16, "training.max_steps": 8, "training.precision": "fp32",
}  # fmt: skip


def engine(**changes: object) -> Engine:
    chosen = {key.replace("__", "."): value for key, value in changes.items()}
    return prepare(bind(resolve(SETTINGS, chosen)), torch.device("cpu"), World())


def weights(of: Engine) -> list[torch.Tensor]:
    players = of.equipment.players
    networks = players.generator.network, players.discriminator.network
    return [tensor.detach().clone() for network in networks for tensor in network.state_dict().values()]


def test_the_schedule_alone_owns_the_learning_rate_and_the_betas() -> None:
    made = engine(training__schedule="linear", training__learning_rate=0.01, optimizer__final_beta2=0.5)
    optimizers = [
        p.optimizer for p in (made.equipment.players.generator, made.equipment.players.discriminator)
    ]
    assert [group["lr"] for optimizer in optimizers for group in optimizer.param_groups] == [0.01, 0.01]
    for step in range(8):
        made.take_step()
        for optimizer in optimizers:
            (group,) = optimizer.param_groups
            assert group["lr"] == pytest.approx(0.01 * (8 - step) / 8)
            assert group["betas"] == (0.5, pytest.approx(0.5 + (0.999 - 0.5) * (8 - step) / 8))


def test_the_totals_are_the_sums_of_what_the_steps_return() -> None:
    made = engine(regularisation__name="r1", regularisation__every=2)
    results = [made.take_step() for _ in range(4)]
    assert [result.penalty is None for result in results] == [False, True, False, True]
    discriminator_loss, generator_loss, penalty = made.totals.means(World())
    assert discriminator_loss == pytest.approx(sum(r.discriminator_loss.item() for r in results) / 4)
    assert generator_loss == pytest.approx(sum(r.generator_loss.item() for r in results) / 4)
    assert penalty == pytest.approx(sum(r.penalty.item() for r in results if r.penalty is not None) / 4)
    assert made.totals.steps == 0


def flat(network: torch.nn.Module) -> torch.Tensor:
    """All parameters as one float64 vector."""
    return torch.cat([parameter.detach().double().flatten() for parameter in network.parameters()])


def half_life(images_seen: int, final: float, schedule_images: int) -> float:
    """On a cosine from 40 to `final`, and at most half of the images seen."""
    passed = math.pi * min(1, images_seen / schedule_images)
    return min(final + (40 - final) * (1 + math.cos(passed)) / 2, images_seen / 2)


@pytest.mark.parametrize(("final", "schedule_images"), [(40.0, 96), (400.0, 96), (10.0, 150)])
def test_the_average_is_the_sum_that_its_half_life_says(final: float, schedule_images: int) -> None:
    made = engine(
        training__discriminator_steps=2, training__learning_rate=0.01, training__schedule="cosine",
        training__schedule_images=schedule_images, training__average_half_life=40,
        training__final_average_half_life=final, training__average_ramp=0.5,
    )  # fmt: skip
    seen = [flat(made.sampled_generator)]
    for _ in range(6):
        made.take_step()
        seen.append(flat(made.equipment.players.generator.network))

    # A step shows 2 x 16 images; before the first none were seen, and the average keeps nothing.
    kept = [0.0, *(0.5 ** (32 / half_life(32 * step, final, schedule_images)) for step in range(1, 6))]
    weights = [(1 - before) * math.prod(kept[index:]) for index, before in enumerate([0.0, *kept])]
    assert sum(weights) == pytest.approx(1)
    expected = sum(weight * vector for weight, vector in zip(weights, seen, strict=True))
    torch.testing.assert_close(flat(made.sampled_generator), expected, rtol=1e-5, atol=1e-7)


def test_after_its_half_life_the_average_holds_half_of_the_weights_it_began_with() -> None:
    made = engine(training__average_half_life=64, training__average_ramp="none")
    average = made.sampled_generator
    with torch.no_grad():
        for parameter in average.parameters():
            parameter.fill_(1e6)
    for _ in range(4):  # 64 images
        made.take_step()
    assert flat(average).mean().item() == pytest.approx(0.5e6, rel=1e-4)


def test_samples_come_from_the_average_unless_there_is_none() -> None:
    made, plain = engine(), engine(training__average_half_life="none")
    assert made.sampled_generator is not made.equipment.players.generator.network
    assert plain.sampled_generator is plain.equipment.players.generator.network


def test_a_longer_training_takes_the_same_steps_on_a_schedule_in_images() -> None:
    left = []
    for steps in (4, 800):
        made = engine(training__max_steps=steps, training__schedule="cosine", training__schedule_images=40)
        for _ in range(4):
            made.take_step()
        left.append([*weights(made), *made.sampled_generator.state_dict().values()])
    assert all(torch.equal(a, b) for a, b in zip(*left, strict=True))
    (group,) = made.equipment.players.generator.optimizer.param_groups
    assert group["lr"] == 0, "after 40 images the rate holds at its final value"


def test_an_engine_at_another_step_goes_on_in_the_order_of_the_data() -> None:
    first, later = engine(), engine()
    shown = [first.take_step().real.images for _ in range(4)]
    later.go_to(2)
    assert torch.equal(later.take_step().real.images, shown[2])
    assert later.step == 3


@pytest.mark.parametrize(
    ("objective", "fresh_fakes", "batches"),
    [("bce", False, 2), ("bce", True, 2), ("relativistic", False, 2), ("relativistic", True, 3)],
)
def test_a_step_takes_the_batches_that_its_updates_need(
    objective: str, fresh_fakes: bool, batches: int
) -> None:
    """Data of the steps are disjoint, whether they follow each other or a resumption begins at one."""
    chosen = {
        "objective__name": objective,
        "training__fresh_fakes": fresh_fakes,
        "training__discriminator_steps": 2,
    }
    first, later = engine(**chosen), engine(**chosen)
    order = first.equipment.data.from_batch(0)
    in_order = [normalise(next(order)[0]) for _ in range(3 * batches)]
    shown = [first.take_step().real.images for _ in range(3)]
    for step, images in enumerate(shown):
        assert torch.equal(images, in_order[step * batches + 1])  # of the discriminator's second update
    later.go_to(2)
    assert torch.equal(later.take_step().real.images, shown[2])
    assert first.equipment.images_per_step == 32


def test_the_uncompiled_engine_trains_the_same_networks() -> None:
    made = engine()
    before = weights(made)
    made.uncompiled().take_step()
    assert any(not torch.equal(old, new) for old, new in zip(before, weights(made), strict=True))


def test_a_listener_changes_nothing_and_hears_every_part_of_a_step() -> None:
    silent, heard = engine(training__accumulate=2), engine(training__accumulate=2)
    torch.manual_seed(5)
    silent.take_step()
    names: list[str] = []
    torch.manual_seed(5)
    with parts.listening(names.append):
        heard.take_step()

    assert all(torch.equal(a, b) for a, b in zip(weights(silent), weights(heard), strict=True))
    assert names[1::2] == [parts.OTHER] * (len(names) // 2), "each part ends before the next begins"
    one = ["discriminator forward, real", "discriminator forward, fake", "discriminator backward"]
    other = ["generator forward", "discriminator forward, for generator", "generator backward"]
    assert names[::2] == [
        "data", "generator forward", "generator forward", *one, *one, "discriminator update",
        *other, *other, "generator update", "moving average",
    ]  # fmt: skip


def test_inside_a_part_no_other_begins() -> None:
    made = engine(regularisation__name="r1", augmentation__name="diffaugment")
    names: list[str] = []
    with parts.listening(names.append):
        made.take_step()
    assert names.count("penalty") == 1, "the passes and augmentations of the penalty are its own"
    assert names.count("augmentation") == 3, "real, fake, and for the generator"
    assert names.count("discriminator forward, real") == 1


def test_naming_a_part_costs_next_to_nothing_where_nobody_listens() -> None:
    def seconds(repeats: int = 20_000) -> float:
        began = time.perf_counter()
        for _ in range(repeats):
            with parts.part("generator forward"):
                pass
        return (time.perf_counter() - began) / repeats

    made = engine()
    made.take_step()
    began = time.perf_counter()
    made.take_step()
    step = time.perf_counter() - began
    assert 12 * min(seconds() for _ in range(3)) < 0.01 * step


def test_steps_go_on_beyond_the_planned_end_as_they_were_there() -> None:
    made = engine(training__schedule="linear")
    made.go_to(20)
    result = made.take_step()
    assert torch.isfinite(result.discriminator_loss)
    (group,) = made.equipment.players.generator.optimizer.param_groups
    assert group["lr"] == 0


def test_other_processes_have_the_same_weights_and_draw_other_noise() -> None:
    made, noise = [], []
    for rank in range(2):
        made.append(prepare(bind(resolve(SETTINGS)), torch.device("cpu"), World(rank=rank, size=2)))
        noise.append(torch.randn(4))
    assert all(torch.equal(a, b) for a, b in zip(*map(weights, made), strict=True))
    assert not torch.equal(*noise)
