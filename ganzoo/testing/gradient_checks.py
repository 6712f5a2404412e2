"""The checks of what training does to modules: gradients everywhere, and finite numbers in bfloat16."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganzoo.testing.checks import check, require
from ganzoo.testing.modules import BATCH, ModuleSubject, output_of

Gradients = dict[str, Tensor | None]
"""Name to gradient; None where none arrives."""


def _leaves(inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return tuple(x.requires_grad_() if x.is_floating_point() else x for x in inputs)


def _gradients(subject: ModuleSubject, name: str, module: nn.Module) -> tuple[Gradients, Gradients]:
    """Gradients of parameters and of floating inputs, of a weighted sum of the output in training mode."""
    inputs = _leaves(subject.given(name, BATCH))
    output = output_of(module.train(), inputs)
    wanted = {key: p for key, p in module.named_parameters() if p.requires_grad}
    learned_from = [i for i in range(len(inputs)) if i not in subject.answers(name)]
    floats = {f"input {i + 1}": inputs[i] for i in learned_from if inputs[i].is_floating_point()}
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
        gradients = _gradients(subject, name, module)[1]
        _require_gradients(gradients, name)
        for key, gradient in gradients.items():
            if gradient is not None and gradient.ndim == 2:  # latents
                unused = [i for i, column in enumerate(gradient.T) if not column.any()]
                require(not unused, f"no gradient reaches the columns {unused[:3]} of {key} of the {name}")


@check(
    why="Where the hardware multiplies bfloat16 natively, training runs in it; a NaN there ends the run.",
    remedy="Compute exponentials, norms, variances and divisions in float32: torch.autocast(..., "
    "enabled=False), or .float() before them.",
)
def stays_finite_in_bfloat16(subject: ModuleSubject) -> None:
    for name, module in subject.awake():
        drawn = subject.given(name, BATCH)
        _require_finite(subject, name, module, drawn, "")
        alike = tuple(x[:1].repeat(BATCH, *[1] * (x.ndim - 1)) for x in drawn)
        _require_finite(subject, name, module, alike, " where all examples are alike")
        uniform = tuple(torch.ones_like(x) if x.is_floating_point() else x for x in drawn)
        _require_finite(subject, name, module, uniform, " where all numbers are 1")


def _require_finite(
    subject: ModuleSubject, name: str, module: nn.Module, inputs: tuple[Tensor, ...], where: str
) -> None:
    with torch.autocast(subject.device.type, torch.bfloat16):
        output = output_of(module.train(), inputs)
    require(bool(torch.isfinite(output).all()), f"the {name}'s output is not finite under autocast{where}")
    parameters = {key: p for key, p in module.named_parameters() if p.requires_grad}
    if output.requires_grad and parameters:
        loss = output.float().square().mean()
        found = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
        pairs = zip(parameters, found, strict=True)
        broken = [key for key, gradient in pairs if gradient is not None and not gradient.isfinite().all()]
        require(not broken, f"under autocast the gradient of the {name}'s {broken[:1]} is not finite{where}")
