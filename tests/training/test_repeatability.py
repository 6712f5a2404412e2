"""Repeatable sums on a CUDA device: what is asked of torch, what is said where it can't, what is put back."""

from __future__ import annotations

import os
import warnings

import pytest
import torch

from ganzoo.devices import choose_algorithms
from ganzoo.torch_state import own_torch_state
from ganzoo.training.repeatability import unrepeatable_told

CUDA = torch.device("cuda")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)


@pytest.mark.parametrize("deterministic", [True, False])
def test_a_cuda_device_is_asked_for_it_and_the_caller_gets_its_own_choice_back(deterministic: bool) -> None:
    with own_torch_state():
        choose_algorithms(deterministic, CUDA)
        assert torch.backends.cudnn.deterministic is deterministic
        assert torch.are_deterministic_algorithms_enabled() is deterministic
        assert torch.is_deterministic_algorithms_warn_only_enabled()
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    os.environ.pop("CUBLAS_WORKSPACE_CONFIG")
    assert not torch.backends.cudnn.deterministic
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.utils.deterministic.fill_uninitialized_memory


def test_a_processor_is_asked_for_nothing() -> None:
    choose_algorithms(True, torch.device("cpu"))
    assert not torch.are_deterministic_algorithms_enabled()
    assert "CUBLAS_WORKSPACE_CONFIG" not in os.environ


def test_what_can_not_be_repeated_is_said_once_and_other_warnings_pass() -> None:
    told: list[str] = []
    with own_torch_state(), warnings.catch_warnings(record=True) as others:
        warnings.simplefilter("always")
        torch.use_deterministic_algorithms(True, warn_only=True)
        with unrepeatable_told(told.append):
            for _ in range(3):  # torch's own example of an operation without a repeatable form, on any device
                torch.zeros(4).put_(torch.tensor([0, 0]), torch.ones(2))
            warnings.warn("of a plugin", stacklevel=1)
    assert len(told) == 1
    assert told[0].startswith("put_ adds in an order of its own")
    assert [str(warning.message) for warning in others] == ["of a plugin"]
