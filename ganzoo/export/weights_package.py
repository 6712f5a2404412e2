"""A trained generator as an installable package of the kind `weights`: file, picture, class and card.

The folder is a repository of a model hub as well: its README begins with the YAML that hubs read (Hugging
Face Hub documentation, "Model Cards").
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import torch
from PIL.Image import Image
from torch import Tensor

from ganzoo.errors import UsageError
from ganzoo.export.card_figures import figures_for_card
from ganzoo.files import disk_errors
from ganzoo.plugins.discovery import kinds
from ganzoo.runs import checkpoints
from ganzoo.runs.ancestry import ANCESTRY, ancestry_of, in_words, without_place
from ganzoo.runs.folder import Run
from ganzoo.runs.record import read_environment
from ganzoo.runs.trained import find_checkpoint, load
from ganzoo.runs.training_behind import training_of
from ganzoo.sampling.grids import picture_of
from ganzoo.scaffolding import Package, require_free_name
from ganzoo.scaffolding.weights import weights_package
from ganzoo.settings.configuration import NAME, RUN, SCHEMA, TRAINING, flatten
from ganzoo.text import printable

_KEPT: Final = ("step", "image", "num_classes", "class_names", "configuration", "plugins", "torch")
"""What of a checkpoint's metadata concerns whoever draws."""


def weights_package_of(
    run: Path,
    name: str,
    *,
    licence: str,
    command: str | None,
    figures: Path | None,
    keeps_discriminator: bool,
    replaces: bool = False,
) -> Package:
    """The package of a run's generator, ready to be written.

    Args:
        run: a run folder, or a checkpoint in one.
        name: what the weights are called, `MODEL.TAG`.
        licence: the SPDX identifier of their licence.
        command: what trained it; None for the one that replays its configuration, which the package holds.
        figures: what `ganzoo evaluate RUN --json` has printed; None: no figures.
        keeps_discriminator: whether its weights come along, for fine-tuning.
        replaces: whether installed weights may be called so already.

    Raises:
        UsageError: the name is not the model's with a tag, or is taken; what draws is a class in a file; or
            the figures are no such file, or of another checkpoint.
        GanzooError: the checkpoint is damaged, or its images are not finite.
    """
    checkpoint = find_checkpoint(run)
    trained, metadata = load(checkpoint), checkpoints.read_metadata(checkpoint)
    settings = flatten(metadata["configuration"])
    training = training_of(trained)
    if training is None:
        raise UsageError(
            f"{checkpoint} was imported: how it was trained isn't known, and a card has to say it"
        )
    drawing = [section for section, kind in kinds().items() if kind.role in ("model", "component")]
    _require_installed(settings, drawing)
    model = settings[f"model.{NAME}"]
    _require_name(name, model)
    players = ("generator.", "discriminator.") if keeps_discriminator else ("generator.",)
    tensors = {
        prefix + key: tensor
        for prefix in players
        for key, tensor in checkpoints.read_tensors(checkpoint, prefix).items()
    }
    kept: dict[str, Any] = {key: metadata[key] for key in _KEPT if key in metadata}
    # Where data, run and files lay concerns nobody else, and would tell of the machine.
    kept["configuration"] = {
        section: values | {NAME: _without_folder(values[NAME])} if NAME in values else values
        for section, values in kept["configuration"].items()
        if section != RUN
    }
    kept["plugins"] = {
        _without_folder(plugin): version for plugin, version in kept.get("plugins", {}).items()
    }
    ancestry = [without_place(record) for record in ancestry_of(metadata)]
    if ancestry:
        kept[ANCESTRY] = ancestry
        _forget_place(kept["configuration"])
    drawn = picture_of(trained.generator)
    data, dtype, levels = _smallest(tensors, kept, drawn)
    picture = io.BytesIO()
    drawn.save(picture, format="PNG")
    shape = tuple(metadata["image"])
    needs = {
        settings[key].partition(":")[0] for section in drawing if (key := f"{section}.{NAME}") in settings
    }
    if not replaces:
        require_free_name("weights", name)
    return weights_package(
        name,
        needs,
        {
            "sha256": hashlib.sha256(data).hexdigest(),
            "model": model,
            "dataset": kept["configuration"]["dataset"][NAME],
            "image": shape,
            "classes": trained.class_names,
            "licence": licence,
            "command": command or "ganzoo train --config config.json",
            "steps": trained.step,
            "images_seen": training.images_seen,
            "cost": cost_of(checkpoint),
            "figures": {} if figures is None else figures_for_card(figures, checkpoint, training),
            "ancestors": tuple(map(in_words, ancestry)),
        },
        numbers=f"{dtype}; {levels} of 256 levels from the run's own pixels at most",
        files={
            "weights.safetensors": data,
            "picture.png": picture.getvalue(),
            "config.json": json.dumps(_replayable(kept["configuration"]), indent=2).encode() + b"\n",
        },
    )


def _require_name(name: str, model: str) -> None:
    expected = model.rpartition(":")[2]
    before, dot, tag = name.partition(".")
    if dot and tag and before != expected:
        raise UsageError(f"the run is of {expected}: call its weights {expected}.{printable(tag)}")
    if not dot or not tag:
        raise UsageError(
            f"weights are called after their model and a tag, for instance {expected}.fashion-mnist, "
            f"not {printable(name)!r}"
        )


def _smallest(
    tensors: Mapping[str, Tensor], metadata: Mapping[str, Any], drawn: Image
) -> tuple[bytes, str, int]:
    """The file in float16 where that moves no pixel of the picture by more than one level, else as it is."""
    before = _pixels(drawn)
    halves = {
        name: tensor.half() if tensor.dtype == torch.float32 else tensor for name, tensor in tensors.items()
    }
    for candidate, dtype in ((halves, "float16"), (dict(tensors), "float32")):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "weights.safetensors")
            with disk_errors(path, "free some space, or set TMPDIR to another folder"):
                checkpoints.save(path, candidate, metadata)
            apart = int((_pixels(picture_of(load(path).generator)) - before).abs().max())
            if apart <= 1 or dtype == "float32":
                return path.read_bytes(), dtype, apart
    raise AssertionError("the last candidate is returned")


def _pixels(image: Image) -> Tensor:
    return torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8).to(torch.int16)


def _require_installed(settings: Mapping[str, Any], drawing: Iterable[str]) -> None:
    for section in drawing:
        name = settings.get(f"{section}.{NAME}", "")
        if _is_in_a_file(name):
            raise UsageError(
                f"the {section} {printable(name)} is a class in a file: nobody else could draw with "
                "the weights\nput it into a package (see: ganzoo new), and train with that"
            )


def _without_folder(plugin: str) -> str:
    """The name of a plugin; of a class in a file, without the folder that the file lies in."""
    path, _, cls = plugin.rpartition(":")
    return f"{Path(path).name}:{cls}" if _is_in_a_file(plugin) else plugin


def _is_in_a_file(plugin: str) -> bool:
    return plugin.rpartition(":")[0].endswith(".py")


def _replayable(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration as `ganzoo train --config` takes it."""
    return {"schema": SCHEMA, **configuration}


def _forget_place(configuration: Mapping[str, dict[str, Any]]) -> None:
    """Takes the path of a checkpoint that nobody else has out of the settings: replayed, they begin anew."""
    settings = configuration[TRAINING]
    if Path(settings["init_from"]).is_absolute():
        settings |= {"init_from": None, "frozen_blocks": 0}


def cost_of(checkpoint: Path) -> str:
    """Time and machine, from the run that the checkpoint lies in."""
    run = Run(checkpoint.parent.parent)
    lines = run.read_metrics("losses") if run.metrics.is_file() else []
    seconds = [line["seconds"] for line in lines if type(line.get("seconds")) in (int, float)]
    if not seconds:
        return "not recorded"
    said = read_environment(run.path)  # of a run that may be a stranger's
    devices = said.get("devices")
    names = (
        [device.get("name") for device in devices if isinstance(device, dict)]
        if isinstance(devices, list)
        else []
    )
    machine = ", ".join(map(str, names or [said.get("processor", "?")]))
    return f"{seconds[-1] / 60:.1f} min on {printable(machine)}"
