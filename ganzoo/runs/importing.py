"""Released checkpoints of others, written as weights of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganzoo.errors import GanzooError, UsageError
from ganzoo.files import disk_errors, kind_of_file
from ganzoo.interfaces import Model, Released
from ganzoo.models import GAN, build
from ganzoo.plugins import discovery, lookup
from ganzoo.plugins.discovery import Plugin
from ganzoo.plugins.loading import load
from ganzoo.runs import checkpoints
from ganzoo.runs.allocation import AllocationLimit
from ganzoo.runs.description import LARGEST_SIDE
from ganzoo.runs.pickles import is_zip, read_pickle, read_torch_file, tensors_of
from ganzoo.runs.trained import building
from ganzoo.settings.binding import bind
from ganzoo.settings.configuration import NAME
from ganzoo.settings.merging import resolve
from ganzoo.text import printable
from ganzoo.torch_state import own_torch_state


def import_released(source: Path, model: str, out: Path) -> GAN:
    """Writes a released snapshot as a checkpoint, with the generator's average and the discriminator.

    Args:
        source: a pickle with `G_ema` and `D`, as the code of StyleGAN2-ADA and of R3GAN write it, or a file
            of torch with the `state_dict` of a generator, as PyTorch-StudioGAN writes it.
        model: what it is of, a model of ours.
        out: the file to write.

    Returns:
        Both networks with the weights.

    Raises:
        UsageError: there is no such model, it doesn't read others' checkpoints, or the file is none of
            theirs.
        GanzooError: the pickle is damaged or refused, or is of another architecture; or the disk refuses.
    """
    plugin = lookup.find("model", model)
    cls = load(plugin)
    if not _reads(cls):
        raise _reads_none(plugin)
    _require_of_others(source)
    generator, discriminator = _networks(source)
    tensors = [*generator.items(), *discriminator.items()]
    for name, tensor in tensors:
        if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
            raise GanzooError(f"{source} is refused: {printable(name)} is larger than its memory")
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise GanzooError(f"{source} is refused: {printable(name)} holds values that are not finite")
    shapes = {str(number): tuple(tensor.shape) for number, (_, tensor) in enumerate(tensors)}
    try:
        released: Released | None = cls.read_released(generator, discriminator)
    except GanzooError:
        raise
    except Exception as error:  # of a stranger's shapes nearly anything comes
        reason = printable(str(error)) or type(error).__name__
        raise GanzooError(f"{source} is not of {plugin.name}: {reason}") from None
    if released is None:
        raise _reads_none(plugin)
    if max(released.image.shape) > LARGEST_SIDE:
        raise GanzooError(
            f"{source} draws images of {released.image}; they have at most {LARGEST_SIDE:,} pixels"
        )
    configuration = resolve({f"model.{NAME}": plugin.full_name}, released.settings, training=False)
    with building(source, "networks"), own_torch_state(), AllocationLimit(shapes):
        gan = build(bind(configuration), released.image, released.num_classes)
    for name, network in (("generator", gan.generator), ("discriminator", gan.discriminator)):
        _fill(network, getattr(released, name), f"the {name} of {source}", plugin.name)
    names = tuple(str(number) for number in range(released.num_classes or 0))
    ours = {
        f"{name}.{key}": tensor
        for name, network in (("generator", gan.generator), ("discriminator", gan.discriminator))
        for key, tensor in network.state_dict().items()
        if getattr(released, name)
    }
    checkpoints.write(out, ours, _metadata(gan, names))
    return gan


def _networks(source: Path) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The tensors of the generator and the discriminator, by the names of the released code."""
    with disk_errors(source, "name a file that others have released", "read"):
        held = read_torch_file(source) if is_zip(source) else read_pickle(source)
    parts = held if isinstance(held, dict) else {}
    state = parts.get("state_dict")
    if isinstance(state, dict) and state and all(isinstance(tensor, Tensor) for tensor in state.values()):
        return {str(name): tensor for name, tensor in state.items()}, {}
    try:
        generator, discriminator = (tensors_of(parts.get(key)) for key in ("G_ema", "D"))
    except GanzooError as error:
        raise GanzooError(f"{source} is refused: {error}") from None
    if not generator:
        raise GanzooError(
            f"{source} holds neither G_ema nor the state_dict of a generator: "
            "it is not a snapshot of a training that GanZoo reads"
        )
    return generator, discriminator


def _metadata(gan: GAN, class_names: tuple[str, ...]) -> dict[str, Any]:
    """What the checkpoint says of itself; how many steps its training took, nobody knows."""
    return {
        "step": 0,
        "image": gan.image.shape,
        "num_classes": gan.num_classes,
        "class_names": class_names,
        "configuration": gan.configuration.to_json(),
        "plugins": {plugin.full_name: plugin.version for plugin in gan.configuration.plugins()},
        "torch": torch.__version__,
    }


def _fill(network: torch.nn.Module, tensors: dict[str, torch.Tensor], what: str, model: str) -> None:
    """Gives a network all its weights, or leaves it as it is where there are none."""
    if not tensors:
        return
    wanted = {name: tensor.shape for name, tensor in network.state_dict().items()}
    # What is computed alike from the settings, such as one-hot vectors, is in no release.
    fixed = {name for name, _ in network.named_buffers() if name not in tensors}
    for name in sorted((wanted.keys() - fixed) | tensors.keys()):
        theirs = tensors[name].shape if name in tensors else None
        if wanted.get(name) != theirs:
            raise GanzooError(f"{what} does not fit {model}: {name} is {theirs}, and here {wanted.get(name)}")
    network.load_state_dict(tensors, strict=False)


def _require_of_others(source: Path) -> None:
    """Refuses what is no file, of another kind, or ours already.

    Raises:
        UsageError: it is; the message says what to do with it.
    """
    if not source.exists():
        raise UsageError(f"{source} can't be read: No such file or directory")
    if source.is_dir():
        raise UsageError(f"{source} is a folder: name the .pkl or .pth in it")
    try:
        checkpoints.read_shapes(source)
    except GanzooError:
        kind = kind_of_file(source)
        if kind is not None and not is_zip(source):
            raise UsageError(f"{source} is {kind}, and no checkpoint that others have released") from None
    else:
        raise UsageError(
            f"{source} is safetensors, which needs no import\n"
            f"if GanZoo has written it: ganzoo sample {source}"
        )


def _reads_none(plugin: Plugin) -> UsageError:
    return UsageError(
        f"the model {plugin.name} reads no checkpoints of others; these do: {', '.join(_readers())}"
    )


def _readers() -> list[str]:
    """The official and other installed models that read checkpoints of others."""
    return [
        plugin.name
        for plugin in discovery.discover().of_kind("model")
        if not plugin.problem and _reads(load(plugin))
    ]


def _reads(cls: type[Model]) -> bool:
    """Whether a model has a `read_released` of its own, or one of a model that it extends."""
    return cls.read_released.__func__ is not Model.read_released.__func__  # type: ignore[attr-defined]
