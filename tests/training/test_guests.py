"""A training as a guest in a Python process: it depends on nothing that is set there, and changes nothing."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

import ganzoo
from ganzoo.errors import UsageError
from ganzoo.training.interruption import InterruptedTraining

SETTINGS = {
    "model.channels": 2, "training.max_steps": 3, "training.batch_size": 8, "training.precision": "fp32",
    "run.device": "cpu", "run.log_every": 1, "run.sample_every": 3,
}  # fmt: skip


class Watcher:
    """An observer that does something with each line of metrics."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act

    def started(self, start: Any) -> None: ...

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        self._act()

    def sampled(self, path: Path) -> None: ...

    def warned(self, message: str) -> None: ...


def trained(out: Path, act: Callable[[], object] = lambda: None) -> ganzoo.Run:
    return ganzoo.train("dcgan", dataset="digits", settings=SETTINGS, out=out, observer=Watcher(act))


def images_of(run: ganzoo.Run) -> torch.Tensor:
    return ganzoo.load(run).sample(4, seed=1)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> torch.Tensor:
    """Samples of the run that nobody disturbed."""
    return images_of(trained(tmp_path_factory.mktemp("guest") / "run"))


@contextmanager
def setting(change: Callable[[Any], object], value: Any, usual: Any) -> Any:
    change(value)
    try:
        yield
    finally:
        change(usual)


@contextmanager
def other_types() -> Any:
    with (
        setting(torch.set_default_dtype, torch.float64, torch.float32),
        setting(torch.set_default_device, "meta", None),
        setting(torch.set_float32_matmul_precision, "high", "highest"),
    ):
        yield


@contextmanager
def without_gradients() -> Any:
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        yield


@pytest.mark.parametrize("surroundings", [other_types, without_gradients])
def test_what_a_notebook_has_set_decides_nothing_and_stays(undisturbed, tmp_path, surroundings):
    def state() -> tuple[object, ...]:
        precision = torch.get_float32_matmul_precision()
        return torch.get_default_dtype(), torch.get_default_device(), torch.is_grad_enabled(), precision

    with surroundings():
        before, random_numbers = state(), torch.get_rng_state()
        assert torch.equal(images_of(trained(tmp_path / "run")), undisturbed)
        assert state() == before
        assert torch.equal(torch.get_rng_state(), random_numbers)


def test_to_watch_changes_no_number(undisturbed, tmp_path):
    def meddle() -> None:
        torch.manual_seed(5)
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)

    assert torch.equal(images_of(trained(tmp_path / "run", meddle)), undisturbed)
    assert (torch.get_default_dtype(), torch.is_grad_enabled()) == (torch.float32, True)


def test_two_trainings_at_once_are_refused_and_the_first_goes_on(undisturbed, tmp_path):
    refused: list[BaseException] = []

    def begin_another() -> None:
        try:
            trained(tmp_path / "another")
        except UsageError as error:
            refused.append(error)

    def in_a_thread() -> None:
        thread = threading.Thread(target=begin_another)
        thread.start()
        thread.join()

    run = trained(tmp_path / "run", in_a_thread)
    assert len(refused) == 3
    assert "start another process" in str(refused[0])
    assert not (tmp_path / "another").exists()
    assert torch.equal(images_of(run), undisturbed)


def test_after_a_failure_the_next_training_may_begin(undisturbed, tmp_path):
    def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        trained(tmp_path / "failed", fail)
    assert torch.equal(images_of(trained(tmp_path / "run")), undisturbed)


def test_an_interruption_passes_between_processes():
    passed = pickle.loads(pickle.dumps(InterruptedTraining("stopped", 15)))
    assert (str(passed), passed.exit_code) == ("stopped", 143)
