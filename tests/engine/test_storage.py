"""Where tensors lie in memory: what can be trained and saved, and what is refused in words."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from ganzoo.engine.storage import move, problems, require_same_tensors, saved_shapes, shared
from ganzoo.errors import GanzooError


class Holder(nn.Module):
    """Has the given parameters, and buffers, by name."""

    def __init__(self, buffers: dict[str, Tensor | None] | None = None, **parameters: nn.Parameter) -> None:
        super().__init__()
        for name, parameter in parameters.items():
            self.register_parameter(name, parameter)
        for name, buffer in (buffers or {}).items():
            self.register_buffer(name, buffer)


def parameter(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(*shape))


def tied() -> nn.Module:
    weight = parameter(3, 3)
    return Holder(one=weight, other=weight)


def neighbours() -> nn.Module:
    both = torch.randn(6)  # as an LSTM's on a GPU: one piece of memory, cut up
    return Holder(one=nn.Parameter(both[:3]), other=nn.Parameter(both[3:]))


def columns() -> nn.Module:
    both = torch.randn(5, 2)
    return Holder({"mean": both[:, 0], "deviation": both[:, 1]})


SOUND: dict[str, Callable[[], nn.Module]] = {
    "tied": tied,
    "neighbours in memory": neighbours,
    "interleaved buffers": columns,
    "transposed": lambda: Holder(weight=nn.Parameter(torch.randn(3, 5).t())),
    "channels last": lambda: nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last),
    "one element": lambda: Holder(weight=nn.Parameter(torch.randn(4, 4)[:1, :1])),
    "empty": lambda: Holder({"nothing": torch.zeros(0), "either": torch.zeros(0)}),
    "no buffer yet": lambda: Holder({"later": None}, weight=parameter(3)),
    "batch statistics": lambda: nn.BatchNorm2d(3, track_running_stats=False),
    "weight norm": lambda: parametrizations.weight_norm(nn.Linear(3, 3)),
    "spectral norm": lambda: parametrizations.spectral_norm(nn.Linear(3, 3)),
    "an LSTM": lambda: nn.LSTM(3, 3),
}


@pytest.mark.parametrize("name", SOUND)
def test_sound_modules_have_no_problem(name: str) -> None:
    assert problems(SOUND[name](), "generator") == []


def views() -> nn.Module:
    base = torch.randn(4, 4)
    return Holder(whole=nn.Parameter(base), rows=nn.Parameter(base[1:3]))


def crossing() -> nn.Module:
    base = torch.randn(4, 4)
    return Holder({"row": base[1], "column": base[:, 2]})


def copied_data() -> nn.Module:
    one = parameter(3)
    return Holder(one=one, other=nn.Parameter(one.data))


def watched() -> nn.Module:
    weight = parameter(3)
    return Holder({"watched": weight.detach()}, weight=weight)


WRONG: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "expanded": (lambda: Holder(weight=nn.Parameter(torch.randn(1, 3).expand(4, 3))), "weight is expanded"),
    "expanded buffer": (lambda: Holder({"blur": torch.ones(1, 3, 3).expand(2, 3, 3)}), "blur is expanded"),
    "sliding": (lambda: Holder({"w": torch.arange(9.0).as_strided((4, 3), (1, 1))}), "w is expanded"),
    "gaps": (
        lambda: Holder(weight=nn.Parameter(torch.randn(4, 8)[:, ::2])),
        "weight lies in memory with gaps",
    ),
    "views": (views, "whole and the generator's rows overlap"),
    "crossing": (crossing, "row and the generator's column|column and the generator's row"),
    "data of another": (copied_data, "overlap in memory; tie weights by giving one nn.Parameter both names"),
    "a buffer that is a parameter": (watched, "overlap in memory"),
    "meta": (
        lambda: Holder(weight=nn.Parameter(torch.empty(3, device="meta"))),
        "weight is on the meta device",
    ),
    "lazy": (lambda: nn.LazyLinear(3), "weight has no shape yet"),
    "old weight norm": (
        lambda: torch.nn.utils.weight_norm(nn.Linear(3, 3)),
        "weight is computed where it is built.* use torch.nn.utils.parametrizations.weight_norm",
    ),
}


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("name", WRONG)
def test_problems_are_named(name: str) -> None:
    make, expected = WRONG[name]
    found = problems(make(), "generator")
    assert found
    for problem in found:
        assert problem.startswith("the generator's ")
    assert re.search(expected, found[0])


def test_what_both_networks_learn_is_named() -> None:
    vectors, trunk = nn.Embedding(3, 2), nn.Linear(2, 2)
    generator, discriminator = nn.Sequential(vectors, trunk), nn.Sequential(nn.Linear(2, 2), vectors)
    assert shared(generator, discriminator) == [
        "the generator's 0.weight is the discriminator's 1.weight as well: both players would learn it, each "
        "against the other; give each network its own"
    ]
    view = Holder(weight=nn.Parameter(trunk.weight.data[0]))
    assert len(shared(generator, view)) == 1


def test_what_neither_learns_may_be_shared() -> None:
    vectors = nn.Embedding(3, 2).requires_grad_(False)
    norm = nn.BatchNorm1d(2, affine=False)
    assert shared(nn.Sequential(vectors, norm), nn.Sequential(vectors, norm)) == []


def test_a_buffer_under_two_names_stays_one_tensor() -> None:
    kernel, weight = torch.randn(2, 3, 2, 2), parameter(2, 3, 2, 2)
    network = nn.Sequential(
        Holder({"kernel": kernel}, weight=weight), Holder({"kernel": kernel}, weight=weight)
    )
    moved = move(network, torch.device("cpu"), torch.channels_last)
    assert moved[0].kernel is moved[1].kernel
    assert moved[0].weight is moved[1].weight
    assert moved[1].kernel.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(moved[1].kernel, kernel)


def test_tensors_that_come_or_go_are_named() -> None:
    network = Holder({"later": None}, weight=parameter(3))
    built_with = saved_shapes({"generator": network})
    require_same_tensors({"generator": network}, built_with)
    network.later = torch.zeros(3)
    with pytest.raises(GanzooError, match="the generator has made, dropped or resized later since"):
        require_same_tensors({"generator": network}, built_with)
    with pytest.raises(GanzooError, match="resized weight since"):
        require_same_tensors({"generator": Holder(weight=parameter(4))}, built_with)
