"""The checks that plugins made of torch modules share: building, saving, randomness."""

from __future__ import annotations

import random
from typing import Any, Final

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn

from ganzoo.engine.storage import problems
from ganzoo.runs import checkpoints
from ganzoo.testing.checks import Check, check, require
from ganzoo.testing.device_checks import ON_THE_DEVICE
from ganzoo.testing.gradient_checks import gradients_reach_every_parameter, stays_finite_in_bfloat16
from ganzoo.testing.modules import BATCH, ModuleSubject, difference, output_of
from ganzoo.testing.placement import repeats
from ganzoo.testing.setting_checks import every_setting_has_an_effect


@check(
    why="Nothing else can be said of a plugin that the core can't construct.",
    remedy="Take the arguments that the docstring of the interface names, and use no other defaults.",
    is_gate=True,
)
def builds(subject: ModuleSubject) -> None:
    for name, module in subject.modules().items():
        output_of(module.eval(), subject.given(name, 2))


@check(
    why="On the meta device a network has shapes but no memory: its size and cost can be told before any "
    "is spent.",
    remedy="Make every tensor in the constructor with a factory that follows the default device "
    "(torch.zeros, not torch.from_numpy), and look at no value there.",
)
def builds_on_the_meta_device(subject: ModuleSubject) -> None:
    with torch.device("meta"):
        modules = subject.build()
    for name, module in modules.items():
        for kind, tensors in (("parameter", module.named_parameters()), ("buffer", module.named_buffers())):
            real = [key for key, tensor in tensors if tensor.device.type != "meta"]
            require(not real, f"{kind}s of the {name} that are not on the meta device: {', '.join(real)}")


@check(
    why="Adam walks a parameter and its moments through memory together, and a checkpoint restores every "
    "tensor by itself: gaps, expanded tensors and two that overlap end in wrong weights, or in a crash.",
    remedy="Register what is expanded, or part of another tensor, as its clone(). Tie weights by giving one "
    "nn.Parameter both names.",
)
def every_tensor_has_its_own_memory(subject: ModuleSubject) -> None:
    for name, module in subject.build().items():
        found = problems(module, name)
        require(not found, "; ".join(found[:3]))


@check(
    why="A checkpoint holds the state_dict in safetensors and nothing else. Whatever it misses is lost, "
    "and a resumed run or a sampled image is another.",
    remedy="Keep everything that training changes or chance draws in parameters and persistent buffers; "
    "make them all in the constructor.",
)
def state_dict_round_trips(subject: ModuleSubject) -> None:
    torch.manual_seed(1)
    others = subject.fresh()
    for name, module in subject.awake():
        with torch.no_grad():
            output_of(module.train(), subject.given(name, BATCH))  # moves running statistics
        state = checkpoints.separated(module.state_dict())
        others[name].load_state_dict(safetensors.torch.load(safetensors.torch.save(state)), strict=True)
        inputs = subject.given(name, BATCH)
        with torch.no_grad():
            expected = _repeatably(module.eval(), inputs)
            actual = _repeatably(others[name].eval(), inputs)
        require(
            difference(expected, actual) < 1e-4,
            f"the {name} restored from its state_dict gives another result",
        )


def _repeatably(module: nn.Module, inputs: tuple[Tensor, ...]) -> Tensor:
    torch.manual_seed(2)
    return output_of(module, inputs)


@check(
    why="The same fakes serve both players, and the same latents every sample grid of a run: a network "
    "that writes into them spoils the next use.",
    remedy="Use no in-place operation on an argument: clone it, or take the operation that returns a new "
    "tensor.",
)
def inputs_are_not_modified(subject: ModuleSubject) -> None:
    for name, module in subject.modules().items():
        for mode in (True, False):
            inputs = subject.given(name, BATCH)
            before = [x.clone() for x in inputs]
            with torch.no_grad():
                module.train(mode)(*inputs)
            same = all(torch.equal(x, y) for x, y in zip(before, inputs, strict=True))
            require(same, f"the {name} changes its input in {'training' if mode else 'evaluation'} mode")


@check(
    why="A seed has to give the same network again: runs are compared, resumed and reported by it.",
    remedy="Draw every random number with torch, from its global state: not with random, NumPy or the clock.",
)
def a_seed_reproduces_it(subject: ModuleSubject) -> None:
    def everything(elsewhere: int) -> dict[str, Tensor]:
        torch.manual_seed(3)
        random.seed(elsewhere)
        np.random.seed(elsewhere)
        found: dict[str, Tensor] = {}
        for name, module in subject.fresh().items():
            found |= {f"{name}'s {key}": value for key, value in module.named_parameters()}
            found |= {f"{name}'s {key}": value for key, value in module.named_buffers()}
            with torch.no_grad():
                found[f"{name}'s output in training mode"] = output_of(module, subject.given(name, BATCH))
        return found

    for name in subject.modules():  # what is found out once, such as the latents' length, may draw numbers
        subject.given(name, BATCH)
    first, second = everything(0), everything(1)
    require(first.keys() == second.keys(), "building it twice gives other parameters")
    other = [key for key in first if not repeats(first[key], second[key])]
    require(not other, f"different for the same seed: {', '.join(other[:3])}")


@check(
    why="Drawing samples during a training must not change the training that follows.",
    remedy="In evaluation mode draw no random number: neither from torch's global state nor elsewhere.",
)
def evaluation_leaves_the_random_state(subject: ModuleSubject) -> None:
    for name, module in subject.modules().items():
        inputs = subject.given(name, BATCH)
        before = _random_state(subject.device)
        with torch.no_grad():
            output_of(module.eval(), inputs)
        moved = [key for key, state in _random_state(subject.device).items() if state != before[key]]
        require(not moved, f"the {name} in evaluation mode moves the random state of {', '.join(moved)}")


def _random_state(device: torch.device) -> dict[str, Any]:
    numpy: Any = np.random.get_state()
    of_cuda = torch.cuda.get_rng_state(device).tolist() if device.type == "cuda" else None
    return {
        "torch": torch.get_rng_state().tolist(),
        f"torch on {device}": of_cuda,
        "Python": random.getstate(),
        "NumPy": (numpy[1].tolist(), numpy[2]),
    }


@check(
    why="In evaluation mode an image must depend on its own latents and label alone, or one seed gives "
    "other images in another batch.",
    remedy="Use running statistics in evaluation mode, and nothing that looks across the batch.",
)
def rows_are_independent(subject: ModuleSubject) -> None:
    for name, module in subject.awake():
        if not subject.draws_alone(name):
            continue
        inputs = subject.given(name, BATCH)
        with torch.no_grad():
            together = output_of(module.eval(), inputs)
            alone = [output_of(module, tuple(x[i : i + 1] for x in inputs)) for i in range(BATCH)]
        found = difference(together, torch.cat(alone))
        require(found < 1e-3, f"one row alone gives another result of the {name}, by {found:.1%}")


MODULES: Final[tuple[Check[Any], ...]] = (
    builds,
    builds_on_the_meta_device,
    every_tensor_has_its_own_memory,
    state_dict_round_trips,
    inputs_are_not_modified,
    a_seed_reproduces_it,
    evaluation_leaves_the_random_state,
    gradients_reach_every_parameter,
    stays_finite_in_bfloat16,
    rows_are_independent,
    *ON_THE_DEVICE,
    every_setting_has_an_effect,
)
