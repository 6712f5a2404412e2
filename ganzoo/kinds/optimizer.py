"""The kind `optimizer`: by which rule the weights of both players learn, and what every one promises."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

import torch
from torch import Tensor, nn

from ganzoo.engine.optimizer_state import restore_state, state_of
from ganzoo.errors import GanzooError
from ganzoo.testing.checks import Check, Failure, Subject, Suite, check, require
from ganzoo.testing.every import EVERY


class OptimizerKind:
    """The rule by which the weights of both players learn."""

    ganzoo_api = 1
    position = 5
    group = "ganzoo.optimizers"
    interface = "ganzoo.interfaces:Optimizer"
    role = "required"
    option = "What the weights learn by."
    attributes = {"usual": "bool"}  # noqa: RUF012
    checks = "ganzoo.kinds.optimizer:SUITE"
    template = "optimizer.template"
    template_use = "train dcgan --dataset digits --optimizer $name"


_RATE: Final = 0.01
_SHAPES: Final = ((4, 3, 2, 2), (3, 4), (3,), ())
"""Of a convolution, a dense layer, a bias and a single number."""


class OptimizerSubject(Subject):
    """An optimiser, and parameters of several shapes for it to teach."""

    @cached_property
    def rule(self) -> Any:
        """The plugin, as training makes it."""
        return self.bound.make()

    def parameters(self) -> list[nn.Parameter]:
        """The same parameters in each call, the first of them channels-last."""
        numbers = torch.Generator().manual_seed(0)
        found = [torch.randn(shape, generator=numbers) for shape in _SHAPES]
        found[0] = found[0].contiguous(memory_format=torch.channels_last)
        return [nn.Parameter(self.place(values)) for values in found]

    def made(self, parameters: list[nn.Parameter], rate: float | Tensor = _RATE) -> torch.optim.Optimizer:
        """The torch optimiser that the plugin makes."""
        return self.rule.make(parameters, rate)  # type: ignore[no-any-return]


def _distance(parameters: list[nn.Parameter]) -> Tensor:
    """Half the squared distance from 1: its gradient is what is missing."""
    return sum(((each - 1).square().sum() / 2 for each in parameters), parameters[0].new_zeros(()))


def _take_steps(optimizer: torch.optim.Optimizer, parameters: list[nn.Parameter], count: int) -> None:
    for _ in range(count):
        optimizer.zero_grad()
        _distance(parameters).backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def _values(parameters: list[nn.Parameter]) -> list[Tensor]:
    return [parameter.detach().clone() for parameter in parameters]


@check(
    why="The training step calls step() and zero_grad(), and the schedule sets lr in every parameter group.",
    remedy="Return a torch.optim.Optimizer of all the given parameters, with lr=learning_rate.",
    is_gate=True,
)
def it_makes_a_torch_optimizer(subject: OptimizerSubject) -> None:
    parameters = subject.parameters()
    made = subject.made(parameters)
    require(isinstance(made, torch.optim.Optimizer), f"make returns a {type(made).__name__}")
    held = [id(parameter) for group in made.param_groups for parameter in group["params"]]
    require(sorted(held) == sorted(map(id, parameters)), "its groups don't hold each given parameter once")
    rates = [group.get("lr") for group in made.param_groups]
    require(all(rate == _RATE for rate in rates), f"asked for {_RATE}, the lr of its groups is {rates}")


@check(
    why="An optimiser with the wrong sign makes both players worse, and the losses of a GAN don't tell.",
    remedy="Move the weights against their gradients; no maximize=True.",
)
def it_descends(subject: OptimizerSubject) -> None:
    parameters = subject.parameters()
    before = _distance(parameters).item()
    _take_steps(subject.made(parameters), parameters, 20)
    after = _distance(parameters).item()
    require(after < before, f"20 steps take a convex function from {before:.4g} to {after:.4g}")


@check(
    why="Schedules, warm-ups and the rate of the discriminator work through lr: what ignores it trains at "
    "another rate than the run's settings say.",
    remedy="Read group['lr'] in each step, and let a step of lr 0 move nothing.",
)
def the_learning_rate_is_followed(subject: OptimizerSubject) -> None:
    parameters = subject.parameters()
    optimizer, before = subject.made(parameters), _values(parameters)
    for group in optimizer.param_groups:
        group["lr"] = 0.0
    _take_steps(optimizer, parameters, 2)
    still = all(map(torch.equal, before, _values(parameters)))
    require(still, "two steps after the lr of every group was set to 0 still move weights")


@check(
    why="A CUDA graph repeats the Python numbers that it was captured with: only a tensor can change.",
    remedy="Hand learning_rate on as it comes: no float(learning_rate).",
)
def a_learning_rate_on_the_device_stays_there(subject: OptimizerSubject) -> None:
    rate = subject.place(torch.tensor(_RATE))
    groups = subject.made(subject.parameters(), rate).param_groups
    kept = all(group["lr"] is rate for group in groups)
    require(kept or not any(group.get("capturable") for group in groups), "it replaces the given tensor")


@check(
    why="Where a player's own path gives no gradient, as to a frozen part or an unused class, there is "
    "nothing to learn from.",
    remedy="Pass over parameters whose grad is None.",
)
def what_has_no_gradient_stays(subject: OptimizerSubject) -> None:
    parameters = subject.parameters()
    optimizer, before = subject.made(parameters), _values(parameters)
    _distance(parameters[1:]).backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    require(torch.equal(before[0], parameters[0]), "a parameter without a gradient is changed")


@check(
    why="The two players learn apart: what one optimiser remembers is not the other's.",
    remedy="Make a new torch optimiser in each call of make, and keep nothing outside its state.",
)
def each_player_has_its_own(subject: OptimizerSubject) -> None:
    alone, beside, other = (subject.parameters() for _ in range(3))
    _take_steps(subject.made(alone), alone, 2)
    optimizers = subject.made(beside), subject.made(other)
    for _ in range(2):
        for optimizer, parameters in zip(optimizers, (beside, other), strict=True):
            _take_steps(optimizer, parameters, 1)
    same = all(map(torch.equal, _values(alone), _values(beside)))
    require(same, "steps differ where another player learns beside them")


@check(
    why="A run that is resumed goes on bit for bit: 4 steps are 2 steps, a checkpoint, and 2 more.",
    remedy="Keep everything that steps change in the torch optimiser's state: for each parameter tensors and "
    "numbers, which the first step makes complete. Counters on the object or in param_groups are lost.",
)
def its_state_is_saved_and_restored(subject: OptimizerSubject) -> None:
    whole, first, resumed = (subject.parameters() for _ in range(3))
    _take_steps(subject.made(whole), whole, 4)
    stopped, going_on = subject.made(first), subject.made(resumed)
    _take_steps(stopped, first, 2)
    try:
        restore_state(going_on, {key: value.clone() for key, value in state_of(stopped).items()})
    except (GanzooError, ValueError) as error:
        raise Failure(f"its state after 2 steps can't be saved and restored: {error}") from None
    with torch.no_grad():
        for parameter, saved in zip(resumed, first, strict=True):
            parameter.copy_(saved)
    _take_steps(going_on, resumed, 2)
    same = all(map(torch.equal, _values(whole), _values(resumed)))
    require(same, "4 steps give other weights than 2 steps, a checkpoint, and 2 more")


def _nothing_moves(subject: OptimizerSubject) -> str | None:
    return None if subject.rule.final_numbers else "nothing moves but the learning rate"


@check(
    why="The schedule moves these numbers in every parameter group, from the torch optimiser's defaults to "
    "their final values.",
    remedy="Name what is in the optimiser's defaults, and give numbers of the same form: a float for a "
    "float, a tuple for a tuple of the same length.",
    unless=_nothing_moves,
)
def final_numbers_are_of_its_groups(subject: OptimizerSubject) -> None:
    defaults = subject.made(subject.parameters()).defaults
    for name, final in subject.rule.final_numbers.items():
        require(name != "lr", "the learning rate has a schedule of its own")
        require(name in defaults, f"{name!r} is not among {', '.join(defaults)}")
        require(_form(final) == _form(defaults[name]), f"{name} goes from {defaults[name]!r} to {final!r}")


def _form(value: Any) -> Any:
    """What a number of a parameter group is, so that two can be compared."""
    return len(value) if isinstance(value, tuple) else isinstance(value, (int, float))


_CHECKS: Final[tuple[Check[Any], ...]] = (
    it_makes_a_torch_optimizer,
    it_descends,
    the_learning_rate_is_followed,
    a_learning_rate_on_the_device_stays_there,
    what_has_no_gradient_stays,
    each_player_has_its_own,
    its_state_is_saved_and_restored,
    final_numbers_are_of_its_groups,
)

SUITE = Suite(OptimizerSubject, (*EVERY, *_CHECKS), minimum=8)
