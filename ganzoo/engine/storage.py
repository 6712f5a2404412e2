"""Where the tensors of networks lie in memory, and what learning and checkpoints need of that.

Adam's fused update walks a parameter and its moments through memory together, and a checkpoint puts the
values of every tensor back by themselves. So every tensor needs memory of its own. Tied weights are one
tensor under several names, and as good as any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ganzoo.errors import GanzooError


class Named(NamedTuple):
    """A parameter or buffer, and what people call it: "the generator's hidden.weight"."""

    name: str
    tensor: Tensor


def problems(module: nn.Module, called: str) -> list[str]:
    """What keeps a module from being trained, saved and restored, in words; empty where nothing does.

    Args:
        module: as it was built, before it is moved or copied.
        called: what it is: "generator".
    """
    found = [*_named(module.named_parameters(), called), *_named(module.named_buffers(), called)]
    wrong = [f"{each.name} {problem}" for each in found if (problem := _problem(each.tensor))]
    wrong += [
        f"the {called}'s {name} is computed where it is built, and can't be copied; where that is the old "
        "torch.nn.utils.weight_norm, use torch.nn.utils.parametrizations.weight_norm"
        for name in _computed(module)
    ]
    return wrong or [
        f"{one.name} and {other.name} overlap in memory; tie weights by giving one nn.Parameter both names, "
        "or clone() one of them"
        for one, other in _overlapping(found)
    ]


def shared(generator: nn.Module, discriminator: nn.Module) -> list[str]:
    """What the two networks both learn, in words; empty where they share nothing that learns."""
    found = [
        *_named(generator.named_parameters(), "generator"),
        *_named(discriminator.named_parameters(), "discriminator"),
    ]
    return [
        f"{one.name} is {other.name} as well: both players would learn it, each against the other; "
        "give each network its own"
        for one, other in _overlapping(each for each in found if not is_lazy(each.tensor))
        if one.tensor.requires_grad or other.tensor.requires_grad
    ]


def require_trainable(generator: nn.Module, discriminator: nn.Module, model: str) -> None:
    """Refuses networks that can't be trained, before anything is made of them.

    Args:
        generator: as it was built.
        discriminator: likewise.
        model: the full name of the plugin that built them.

    Raises:
        GanzooError: with all that is wrong.
    """
    networks = {"generator": generator, "discriminator": discriminator}
    wrong = [problem for called, network in networks.items() for problem in problems(network, called)]
    wrong += [
        f"the {called} has no parameter that learns"
        for called, network in networks.items()
        if not any(parameter.requires_grad for parameter in network.parameters())
    ]
    wrong += shared(generator, discriminator)
    _refuse(f"the model {model} can't be trained", wrong)


def require_restorable(module: nn.Module, called: str, plugin: str) -> None:
    """Refuses a module that a checkpoint can't hold, before anything is made of it.

    Args:
        module: as it was built.
        called: what it is: "augmentation".
        plugin: the full name of what built it.

    Raises:
        GanzooError: with all that is wrong.
    """
    _refuse(f"the {called} {plugin} can't be saved and restored", problems(module, called))


def _refuse(what: str, wrong: Sequence[str]) -> None:
    if wrong:
        more = f"\nand {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise GanzooError(f"{what}: " + "\n".join(wrong[:3]) + more)


def move(network: nn.Module, device: torch.device, layout: torch.memory_format) -> nn.Module:
    """Moves a network to a device and gives its weights a layout in memory.

    A buffer under several names stays one tensor, as a parameter does. `nn.Module.to` would make it several.
    """
    tied: dict[int, list[tuple[nn.Module, str]]] = {}
    for module in network.modules():
        for name, buffer in module.named_buffers(recurse=False, remove_duplicate=False):
            tied.setdefault(id(buffer), []).append((module, name))
    network = network.to(device).to(memory_format=layout)
    for (module, name), *others in tied.values():
        for other, others_name in others:
            setattr(other, others_name, getattr(module, name))
    return network


Shapes = Mapping[str, torch.Size]
"""Name to shape, of all tensors that a checkpoint holds of a module."""


def saved_shapes(modules: Mapping[str, nn.Module]) -> dict[str, Shapes]:
    """The shapes of all tensors that a checkpoint holds of modules, by what these are called."""
    return {
        called: {name: tensor.shape for name, tensor in module.state_dict().items()}
        for called, module in modules.items()
    }


def require_same_tensors(modules: Mapping[str, nn.Module], built_with: Mapping[str, Shapes]) -> None:
    """Refuses modules that have made, dropped or resized a tensor since they were built.

    A checkpoint of them would not fit the networks that a resumed run builds.

    Args:
        modules: by what they are called.
        built_with: their `saved_shapes` when they were built.

    Raises:
        GanzooError: with the names.
    """
    for called, shapes in saved_shapes(modules).items():
        before = built_with[called]
        changed = [name for name in sorted(before.keys() | shapes) if before.get(name) != shapes.get(name)]
        if changed:
            raise GanzooError(
                f"the {called} has made, dropped or resized {', '.join(changed[:3])} since it was built: a "
                "checkpoint of it can't be restored\nmake every parameter and buffer in the constructor, as "
                "it stays, or say persistent=False in register_buffer where it need not be saved"
            )


def _named(tensors: Iterable[tuple[str, Tensor]], called: str) -> Iterator[Named]:
    return (Named(f"the {called}'s {name}", tensor) for name, tensor in tensors)


def _computed(module: nn.Module) -> Iterator[str]:
    """The names of attributes that were computed with parameters: `copy.deepcopy` refuses them."""
    for path, part in module.named_modules():
        for key, value in vars(part).items():
            if isinstance(value, Tensor) and not value.is_leaf:
                yield f"{path}.{key}".lstrip(".")


def _problem(tensor: Tensor) -> str | None:
    if is_lazy(tensor):
        return "has no shape yet; give its module all sizes in the constructor, rather than a lazy one"
    if tensor.is_meta:
        return "is on the meta device and has no values; make it on the default device"
    if tensor.layout != torch.strided or not tensor.numel():
        return None
    if _repeats(tensor):
        return "is expanded, so that one number in memory is several of its elements; clone() it"
    if isinstance(tensor, nn.Parameter) and _extent(tensor) > tensor.numel():
        return "lies in memory with gaps; make it contiguous() first"
    return None


def _repeats(tensor: Tensor) -> bool:
    """Whether several elements are one number in memory."""
    reached = 0
    for stride, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if size > 1 and stride <= reached:
            return True
        reached += (size - 1) * stride
    return False


def _extent(tensor: Tensor) -> int:
    """Elements from the first to the last in memory, gaps included."""
    return 1 + sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))


def _overlapping(found: Iterable[Named]) -> Iterator[tuple[Named, Named]]:
    """Pairs that have memory in common, in the order in which they lie there."""
    there = (each for each in found if each.tensor.layout == torch.strided and each.tensor.numel())
    begun: list[Named] = []
    for each in sorted((each for each in there if not each.tensor.is_meta), key=_start):
        begun = [one for one in begun if _end(one) > _start(each)]
        yield from ((one, each) for one in begun if _meet(one.tensor, each.tensor))
        begun.append(each)


def _start(each: Named) -> int:
    return each.tensor.data_ptr()


def _end(each: Named) -> int:
    return each.tensor.data_ptr() + _extent(each.tensor) * each.tensor.element_size()


def _meet(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors whose stretches of memory overlap have an element in common: columns have none."""
    if all(_extent(tensor) == tensor.numel() for tensor in (one, other)):
        return True
    return bool(torch.isin(_addresses(one), _addresses(other)).any())


def _addresses(tensor: Tensor) -> Tensor:
    addresses = torch.tensor(tensor.data_ptr())
    for stride, size in zip(tensor.stride(), tensor.shape, strict=True):
        addresses = addresses.unsqueeze(-1) + torch.arange(size) * stride * tensor.element_size()
    return addresses.flatten()
