"""Where checks take place: what is put on the device, and what a plugin that leaves it is told."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from ganzoo.errors import UsageError
from ganzoo.kinds.upsampling import StandInUpsampling, UpsamplingSubject
from ganzoo.plugins.lookup import find_any
from ganzoo.testing import NotChecked, check_installed, check_plugin
from ganzoo.testing.placement import repeats

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device is here")


def test_modules_and_inputs_are_put_on_the_device() -> None:
    plugin = find_any(StandInUpsampling)
    subject = UpsamplingSubject(plugin, StandInUpsampling, {}, None, None, torch.device("meta"))
    (fresh,) = subject.fresh().values()
    tensors = (*fresh.parameters(), *subject.given("block", 2))
    assert {tensor.device.type for tensor in tensors} == {"meta"}
    assert subject.place("a name") == "a name"


def test_a_result_repeats_bit_for_bit_on_the_cpu() -> None:
    ones = torch.ones(3)
    assert repeats(ones, ones.clone())
    assert not repeats(ones, ones + 1e-6)


def test_checks_do_not_run_on_mps() -> None:
    with pytest.raises(UsageError, match="float64"):
        check_plugin(StandInUpsampling, device="mps")


@pytest.mark.slow
def test_what_needs_a_download_or_a_folder_is_not_checked() -> None:
    found: dict[str, Any] = {each.plugin: each for each in check_installed("dataset")}
    assert found["ganzoo-datasets:digits"].passed
    folder = found["ganzoo-datasets:folder"]
    assert isinstance(folder, NotChecked)
    assert not folder.is_problem
    assert "--data-dir" in folder.reason


class Elsewhere(StandInUpsampling):  # type: ignore[misc]
    """Adds a tensor that it makes on the CPU."""

    ganzoo_api = 1

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Maps `(B, C, H, W)` to `(B, D, 2H, 2W)`."""
        return super().forward(images) + torch.zeros(1, 1, 1, 1)


@needs_cuda
def test_a_plugin_that_makes_a_tensor_on_the_cpu_fails_on_cuda() -> None:
    check_plugin(StandInUpsampling, device="cuda").require_passed()
    report = check_plugin(Elsewhere, device="cuda")
    (problem,) = [result for result in report.results if result.check == "builds"]
    assert problem.status == "failed"
    assert "device" in problem.reason
