"""The checks that plugins made of torch modules share: building, saving, randomness, gradients."""

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
from ganzoo.testing.modules import BATCH, ModuleSubject, difference, output_of
from ganzoo.testing.placement import repeats

Gradients = dict[str, Tensor | None]
"""Name to gradient; None where none arrives."""


def _leaves(inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return tuple(x.requires_grad_() if x.is_floating_point() else x for x in inputs)


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
    def everything() -> dict[str, Tensor]:
        torch.manual_seed(3)
        found: dict[str, Tensor] = {}
        for name, module in subject.fresh().items():
            found |= {f"{name}'s {key}": value for key, value in module.named_parameters()}
            found |= {f"{name}'s {key}": value for key, value in module.named_buffers()}
            with torch.no_grad():
                found[f"{name}'s output in training mode"] = output_of(module, subject.given(name, BATCH))
        return found

    first, second = everything(), everything()
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


def _gradients(subject: ModuleSubject, name: str, module: nn.Module) -> tuple[Gradients, Gradients]:
    """Gradients of parameters and of floating inputs, of a weighted sum of the output in training mode."""
    inputs = _leaves(subject.given(name, BATCH))
    output = output_of(module.train(), inputs)
    wanted = {key: p for key, p in module.named_parameters() if p.requires_grad}
    floats = {f"input {i + 1}": x for i, x in enumerate(inputs) if x.is_floating_point()}
    if not output.requires_grad:
        return dict.fromkeys(wanted), dict.fromkeys(floats)
    loss = (output * torch.randn_like(output)).sum()
    found = torch.autograd.grad(loss, [*wanted.values(), *floats.values()], allow_unused=True)
    named = dict(zip([*wanted, *floats], found, strict=True))
    return {key: named[key] for key in wanted}, {key: named[key] for key in floats}


def _require_gradients(gradients: Gradients, name: str) -> None:
    without = [key for key, gradient in gradients.items() if gradient is None or not gradient.any()]
    require(not without, f"no gradient reaches {', '.join(without[:3])} of the {name}")
    broken = [k for k, gradient in gradients.items() if gradient is None or not gradient.isfinite().all()]
    require(not broken, f"the gradient is not finite at {', '.join(broken[:3])} of the {name}")


@check(
    why="A parameter without a gradient never learns, and only costs memory.",
    remedy="Remove the parameter, use it in forward, or keep it as a buffer if it is not meant to learn; "
    "don't detach what leads to it.",
)
def gradients_reach_every_parameter(subject: ModuleSubject) -> None:
    for name, module in subject.awake():
        _require_gradients(_gradients(subject, name, module)[0], name)


@check(
    why="The generator learns through the discriminator's gradients at its input images, and a block in "
    "its midst passes them on; latents without a gradient do not shape the image.",
    remedy="Don't detach, round or threshold on the way from the input to the output.",
)
def gradients_reach_the_inputs(subject: ModuleSubject) -> None:
    for name, module in subject.awake():
        _require_gradients(_gradients(subject, name, module)[1], name)


@check(
    why="Where the hardware multiplies bfloat16 natively, training runs in it; a NaN there ends the run.",
    remedy="Compute exponentials, norms and divisions in float32: torch.autocast(..., enabled=False), or "
    ".float() before them.",
)
def stays_finite_in_bfloat16(subject: ModuleSubject) -> None:
    for name, module in subject.awake():
        inputs = subject.given(name, BATCH)
        with torch.autocast(subject.device.type, torch.bfloat16):
            output = output_of(module.train(), inputs)
        require(bool(torch.isfinite(output).all()), f"the {name}'s output is not finite under autocast")
        parameters = {key: p for key, p in module.named_parameters() if p.requires_grad}
        if output.requires_grad and parameters:
            loss = output.float().square().mean()
            found = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
            pairs = zip(parameters, found, strict=True)
            broken = [
                key for key, gradient in pairs if gradient is not None and not gradient.isfinite().all()
            ]
            require(not broken, f"under autocast the gradient of the {name}'s {broken[:1]} is not finite")


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
)
