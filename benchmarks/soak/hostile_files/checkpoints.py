"""Hostile checkpoints: loaded to draw from, and gone on from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch

import ganzoo
from benchmarks.soak.hostile_files import tensor_files
from benchmarks.soak.hostile_files.fuzzing import Reader
from benchmarks.soak.hostile_files.special_files import Make
from ganzoo.engine.distributed import World
from ganzoo.engine.preparation import prepare
from ganzoo.runs import ancestry, checkpoints
from ganzoo.settings.binding import bind
from ganzoo.settings.merging import resolve
from ganzoo.training.call import LogProgress
from ganzoo.training.inheritance import describe, inherit
from ganzoo.training.recorder import Recorder
from ganzoo.training.resuming import require_same_run
from ganzoo.training.tracking import Tracking

_NAME: Final = "checkpoints/step-00000002.safetensors"
_TRAINING: Final = {"training.max_steps": 2, "training.batch_size": 8, "run.log_every": 1}
_UNCONDITIONAL: Final = {"model.hidden": [8], "model.latent_dim": 4, **_TRAINING}
_CONDITIONAL: Final = {"model.channels": 2, "model.latent_dim": 8, "training.precision": "fp32", **_TRAINING}


def trained(model: str, settings: Mapping[str, Any], out: Path) -> Path:
    """The folder of a run of two steps on the digits."""
    return Path(ganzoo.train(model, dataset="digits", settings=settings, out=out))


def readers(folder: Path) -> list[Reader]:
    """What reads checkpoints."""
    runs = {
        "gan": trained("gan", _UNCONDITIONAL, folder / "gan"),
        "cgan": trained("cgan", _CONDITIONAL, folder / "cgan"),
    }
    whole = {name: (run / _NAME).read_bytes() for name, run in runs.items()}
    seeds = {name: _without_own_checksum(data) for name, data in whole.items()}
    mutants = tensor_files.mutants(seeds, ("ganzoo", "ganzoo.digests"))
    only = {"gan": seeds["gan"]}
    return [
        Reader(
            "checkpoint, to draw from",
            _draw,
            _NAME,
            {**seeds, "with a checksum of what it says": whole["gan"]},
            mutants,
            {**tensor_files.CRAFTED, **_forged(seeds)},
        ),
        Reader(
            "checkpoint, to go on from",
            _resumer(),
            _NAME,
            only,
            tensor_files.mutants(only, ("ganzoo",)),
            {**tensor_files.CRAFTED, **_forged(only)},
        ),
        Reader(
            "checkpoint, to start from",
            _starter(),
            _NAME,
            only,
            tensor_files.mutants(only, ("ganzoo", "ganzoo.digests")),
            {**tensor_files.CRAFTED, **_forged(only)},
        ),
    ]


def _without_own_checksum(data: bytes) -> bytes:
    """A checkpoint whose changed metadata can't be told, as a stranger would forge it."""
    header, tensors = tensor_files.taken_apart(data)
    digests = json.loads(header["__metadata__"]["ganzoo.digests"])
    del digests[""]
    header["__metadata__"]["ganzoo.digests"] = json.dumps(digests)
    return tensor_files.put_together(header, tensors)


def _draw(path: Path) -> object:
    return ganzoo.load(path).sample(2)


def _resumer() -> Callable[[Path], object]:
    """Does what `ganzoo train --resume` does between reading the data and taking the first step."""
    configuration = resolve({"model.name": "gan", "dataset.name": "digits", **_UNCONDITIONAL})
    bound = bind(configuration)
    device = torch.device("cpu")
    engine = prepare(bound, device, World(0, 1))
    recorder = Recorder(engine, bound.configuration, LogProgress(), Tracking((), 8, device, print), None)

    def resume(path: Path) -> None:
        require_same_run(
            path, checkpoints.read_metadata(path), bound.configuration, engine.equipment.num_images
        )
        recorder.restore(path)

    return resume


def _starter() -> Callable[[Path], object]:
    """Does what `ganzoo train --init-from` does with an ancestor before the first step."""
    configuration = resolve({"model.name": "gan", "dataset.name": "digits", **_UNCONDITIONAL})
    bound = bind(configuration)
    engine = prepare(bound, torch.device("cpu"), World(0, 1))

    def start(path: Path) -> None:
        ancestry.resolve({"dataset.name": "digits", ancestry.INIT_FROM: str(path)})
        records = inherit(engine, ancestry.find_ancestor(str(path)), bound.configuration)
        json.dumps([records, describe(records[0]), *map(ancestry.in_words, records)])

    return start


def _forged(seeds: Mapping[str, bytes]) -> dict[str, Make]:
    """Whole checkpoints, but for what they say of themselves."""
    gigantic: Mapping[str, Mapping[str, Any]] = {
        "a step that is NaN": {"step": float("nan")},
        "an infinite step": {"step": float("inf")},
        "a step of 10**300": {"step": 10**300},
        "a negative step": {"step": -1},
        "an image of 2**40 pixels a side": {"image": [1, 2**40, 2**40]},
        "an image of 30,000 pixels a side": {"image": [1, 30_000, 30_000]},
        "an image of half pixels": {"image": [1, 8.5, 8.5]},
        "a billion classes": {"num_classes": 10**9},
        "10**30 classes": {"num_classes": 10**30},
        "classes without names": {"num_classes": 10, "class_names": []},
        "names that are numbers": {"num_classes": 3, "class_names": [1, 2, 3]},
        "names with control characters": {"num_classes": 2, "class_names": ["\x1b[2J", "\r\x07"]},
        "a latent of 2**40": {"configuration": {"model": {"name": "ganzoo-models:gan", "latent_dim": 2**40}}},
        "a latent of 10**9": {"configuration": {"model": {"name": "ganzoo-models:gan", "latent_dim": 10**9}}},
        "a layer of 60,000 numbers by as many": {
            "configuration": {"model": {"name": "ganzoo-models:gan", "hidden": [60_000, 60_000]}}
        },
        "a million layers": {
            "configuration": {"model": {"name": "ganzoo-models:gan", "hidden": [1] * 10**6}}
        },
        "a mapping network of 10**9 layers": {
            "image": [3, 16, 16], "num_classes": None, "class_names": [],
            "configuration": {"model": {"name": "ganzoo-models:stylegan2", "mapping_layers": 10**9}},
        },
        "another model": {"configuration": {"model": {"name": "ganzoo-models:dcgan"}}},
        "a module as a model": {"configuration": {"model": {"name": "antigravity:fly"}}},
    }  # fmt: skip
    return {
        f"{of}: {name}": partial(_forge, data, changes)
        for of, data in seeds.items()
        for name, changes in gigantic.items()
    }


def _forge(data: bytes, changes: Mapping[str, Any], path: Path) -> None:
    header, tensors = tensor_files.taken_apart(data)
    inner = {**json.loads(header["__metadata__"]["ganzoo"]), **changes}
    header["__metadata__"]["ganzoo"] = json.dumps(inner)
    path.write_bytes(tensor_files.put_together(header, tensors))
