"""Hostile weights: safetensors, and pickles, which are never to run."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from ganzoo_features.weights import load_state, read_state
from safetensors.torch import save
from torch import nn

from benchmarks.soak.hostile_files import tensor_files
from benchmarks.soak.hostile_files.fuzzing import Reader
from benchmarks.soak.hostile_files.mutation import mutated
from benchmarks.soak.hostile_files.packing import zipped
from benchmarks.soak.hostile_files.special_files import Make, content


class Runs:
    """Unpickled, it runs a command."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (":",)


RUNS: Final = Runs()
"""To be put wherever an object may be pickled."""


def readers(folder: Path) -> list[Reader]:
    """What reads weights."""
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    state = network.state_dict()
    packed = {"tensors": save(state)}
    pickled = {"torch.save": _saved(state), "torch.save before 1.6": _saved(state, zipped=False)}

    def read(path: Path) -> None:
        load_state(network, read_state(path), str(path))

    return [
        Reader(
            "weights, safetensors", read, "weights.safetensors", packed, tensor_files.mutants(packed),
            tensor_files.CRAFTED,
        ),
        Reader("weights, pickled", read, "weights.pth", pickled, mutated(list(pickled.values())), _CRAFTED),
    ]  # fmt: skip


def _saved(value: Any, zipped: bool = True) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, _use_new_zipfile_serialization=zipped)
    return buffer.getvalue()


def _bomb(path: Path) -> None:
    """A tensor of 600 MB in 3 MB, which `torch.save` never packs."""
    pickled = zipfile.ZipFile(io.BytesIO(_saved({"a": torch.zeros(1)})))
    head = {name: pickled.read(name) for name in pickled.namelist() if not name.endswith("data/0")}
    prefix = next(iter(head)).partition("/")[0]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in head.items():
            archive.writestr(name, data)
        with archive.open(f"{prefix}/data/0", "w", force_zip64=True) as member:
            for _ in range(600):
                member.write(bytes(2**20))


_CRAFTED: Final[Mapping[str, Make]] = {
    **{f"a pickle that runs a command, protocol {n}": content(pickle.dumps(RUNS, n)) for n in range(6)},
    "a state that runs a command": content(_saved({"a": RUNS})),
    "a state of before 1.6 that runs a command": content(_saved({"a": RUNS}, zipped=False)),
    "an archive with a pickle that runs a command": content(
        zipped({"archive/data.pkl": pickle.dumps(RUNS, 2), "archive/version": b"3\n"})
    ),
    "a module": content(_saved(nn.Linear(1, 1))),
    "no mapping": content(_saved([1, 2])),
    "a mapping to numbers": content(_saved({"a": 1})),
    "names that are numbers": content(_saved({1: torch.zeros(1)})),
    "a text that claims 2**62 bytes": content(b"\x80\x04\x8d" + (2**62).to_bytes(8, "little")),
    "a number that claims 2**31 bytes": content(b"\x80\x02\x8b" + (2**31 - 1).to_bytes(4, "little")),
    "lists nested 100,000 deep": content(b"\x80\x02" + b"]" * 10**5 + b"a" * (10**5 - 1) + b"."),
    "an archive of 600 MB in 3 MB": _bomb,
    "an archive of nothing": content(zipped({})),
    "weights as sparse tensors": content(_saved({"0.weight": torch.eye(4, 3).to_sparse()})),
}
