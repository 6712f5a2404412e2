"""The attacks on playground, Python use and numbers: tiny ones, and that each notices what is planted."""

from __future__ import annotations

import contextlib
import random
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click
import numpy as np
import pytest
import torch

from benchmarks.soak import numbers, python_use, serving
from benchmarks.soak.command_line import Ended, json_fault
from benchmarks.soak.degenerate import samples
from benchmarks.soak.guest import Guest
from benchmarks.soak.process_state import changed, grown, settings_of_process
from benchmarks.soak.scenarios import Attack, Outcome, carry_out, chosen, conclude
from benchmarks.soak.visitor import launch, playing, trained
from ganzoo.training import divergence, loop, recorder


def faults(scenarios: dict[str, Attack], *words: str, seconds: float = 2) -> dict[str, list[str]]:
    """The faults of some scenarios, which are bounded in time."""
    outcomes = carry_out(chosen(scenarios, words), 0, seconds)
    assert all(outcome.cases for outcome in outcomes)
    return {outcome.name: outcome.faults for outcome in outcomes}


def held(_dice: random.Random) -> Iterator[str | None]:
    while True:
        yield None


def broken(dice: random.Random) -> Iterator[str | None]:
    while True:
        yield f"broken {dice.random()}"


def failing(_dice: random.Random) -> Iterator[str | None]:
    yield None
    raise LookupError("the attack")


def test_an_attack_is_bounded_repeatable_and_fails_where_a_promise_did(capsys):
    conclude(carry_out({"held": held}, 0, 0.01))
    first, again = (carry_out({"broken": broken}, 7, 0)[0].faults for _ in range(2))
    assert first == again != carry_out({"broken": broken}, 8, 0)[0].faults
    assert "LookupError: the attack" in carry_out({"failing": failing}, 0, 9)[0].faults[0]
    with pytest.raises(SystemExit) as stopped:
        conclude([Outcome("held", 3), Outcome("broken", 2, ["what was seen"], 1.0)])
    assert stopped.value.code == 1
    captured = capsys.readouterr()
    assert "| broken | 2 | 1 | 1 |" in captured.out
    assert "broken: what was seen" in captured.err
    with pytest.raises(click.UsageError, match="no scenario is called 'x'"):
        chosen({"held": held}, ("x",))


def test_what_may_not_come_of_a_command_is_noticed():
    assert Ended(0, "", "").fault((0, 2)) is None
    assert Ended(2, "", "error: words").fault((0, 2)) is None
    for ended in (
        Ended(None, "", "x"),
        Ended(1, "", "error: x"),
        Ended(2, "", ""),
        Ended(2, "", "Traceback error: "),
    ):
        assert ended.fault((0, 2))
    assert json_fault('{"a": [1.5, null]}') is None
    assert json_fault('{"a": [NaN, -Infinity]}') == "NaN, -Infinity in JSON"
    assert json_fault("{")


def test_what_a_process_keeps_or_lost_is_noticed():
    before = settings_of_process()
    assert changed(before, settings_of_process()) is None
    state = torch.get_rng_state()
    torch.randn(1)
    assert changed(before, settings_of_process()) == "changed: random numbers of torch"
    torch.set_rng_state(state)
    assert grown({"memory": 100, "descriptors": 3}, {"memory": 5000, "descriptors": 3}) is None
    assert grown({"memory": 100, "descriptors": 3}, {"memory": 9000, "descriptors": 4}) == (
        "grown: memory from 100 to 9,000, descriptors from 3 to 4"
    )


def test_degenerate_samples_are_of_every_sort():
    dice = random.Random(0)
    drawn = [samples(dice, np.random.default_rng(0)) for _ in range(300)]
    assert len({name for name, _, _ in drawn}) > 100
    assert all(images.shape[1:] == (8, 8, 1) and images.dtype == np.uint8 for _, images, _ in drawn)
    assert all(labels is None or len(labels) == len(images) for _, images, labels in drawn)


UNGUARDED = """
import sys
from ganzoo.pages.serving import connections, gate
gate.Gate._refusal = lambda self, headers: None
connections.BoundedConnection.connection_made = lambda self, transport: (
    transport.abort() if len(self.connections) > 9 else intact(self, transport))
from ganzoo.cli import main
main(sys.argv[1:])
""".replace("gate.Gate", "intact = connections.BoundedConnection.connection_made\ngate.Gate", 1)
"""A playground that answers to any name, and turns away whoever comes after nine others."""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*unclosed <socket:ResourceWarning")  # the attack leaves its own open
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
def test_the_playground_holds_out(tmp_path):
    with playing(trained(tmp_path)) as server:
        scenarios = serving.attacks(server)
        quick = ("names", "sites", "tokens", "paths", "absurd", "no HTTP", "nothing", "gone", "eight")
        found = faults(scenarios, *quick) | faults({"Ctrl-C": serving.ending(server)}, seconds=60)
    assert found == {name: [] for name in found}
    assert len(found) == 10


@pytest.mark.slow
def test_a_playground_that_does_not_hold_out_is_noticed(tmp_path):
    run = trained(tmp_path)
    arguments = ["play", str(run), "--port", "0", "--device", "cpu"]
    server = launch([sys.executable, "-c", UNGUARDED, *arguments], tmp_path / "log")
    try:
        found = faults(serving.attacks(server), "names", "sites", "nothing")
    finally:
        server.process.kill()
        server.process.communicate()
    assert all(found.values()), found


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Guest:
    return Guest(tmp_path_factory.mktemp("guest"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")
def test_a_training_is_a_good_guest(guest):
    scenarios = python_use.attacks(guest)
    words = ("torch", "meddle", "raise", "once", "write", "threads", "loops", "copies")
    found = faults(scenarios, *words)
    assert found == {name: [] for name in found}
    assert len(found) == 8


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_bad_guest_is_noticed(guest, monkeypatch):
    monkeypatch.setattr(loop, "own_torch_state", lambda _device: contextlib.nullcontext())
    monkeypatch.setattr(loop, "alone", contextlib.nullcontext)
    monkeypatch.setattr(loop, "Undisturbing", lambda observer, _device: observer)
    random_numbers = torch.get_rng_state()
    try:
        found = faults(python_use.attacks(guest), "30", "meddle", "threads")
    finally:
        torch.set_rng_state(random_numbers)
        torch.set_default_dtype(torch.float32)
        torch.set_grad_enabled(True)
    assert all(found.values()), found


@pytest.mark.slow
def test_extreme_numbers_end_in_words(tmp_path, monkeypatch):
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    scenarios = {
        "trainings": numbers.trainings(tmp_path / "a"),
        "evaluations": numbers.evaluations(tmp_path / "b"),
        "samples": numbers.numbers_of_samples(tmp_path),
    }
    found = faults(scenarios, seconds=8)
    assert found == {name: [] for name in scenarios}


LARGE_STEPS = {
    "training.learning_rate": ("1e38",),
    "optimizer.beta1": ("0",),
    "training.batch_size": ("4",),
}


@pytest.mark.slow
def test_numbers_that_are_none_are_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(divergence, "non_finite", lambda _players: [])
    monkeypatch.setattr(recorder, "require_finite_losses", lambda *_: None)
    monkeypatch.setattr(numbers, "EXTREMES", LARGE_STEPS)
    cases = islice(numbers.trainings(tmp_path)(random.Random(0)), 40)
    assert any(fault and ("numbers that are none" in fault or "NaN" in fault) for fault in cases)


def test_every_attack_is_a_command():
    for module in (serving, python_use, numbers):
        assert {parameter.name for parameter in module.command.params} == {"seed", "seconds", "only"}
        assert f"python -m {module.__name__}" in (module.__doc__ or "")
        assert Path(str(module.__file__)).stem == module.command.name
