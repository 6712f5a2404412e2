"""Hostile pickles of released networks, as `ganzoo import` reads them: none may run anything."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch

from benchmarks.soak.hostile_files.fuzzing import Reader
from benchmarks.soak.hostile_files.mutation import mutated
from benchmarks.soak.hostile_files.special_files import Make, content
from benchmarks.soak.hostile_files.weights import RUNS
from ganzoo.runs.pickles import Record, read_pickle, tensors_of

_PART: Final = b"ctorch.nn.modules.module\nModule\n"


def readers(folder: Path) -> list[Reader]:
    """What reads released snapshots."""
    seeds = {f"protocol {number}": _snapshot(number) for number in (4, 5)}
    return [Reader("released pickle", _read, "released.pkl", seeds, mutated(list(seeds.values())), _CRAFTED)]


def _read(path: Path) -> object:
    held = read_pickle(path)
    return [tensors_of(part) for part in held.values()] if isinstance(held, dict) else tensors_of(held)


def _snapshot(protocol: int) -> bytes:
    """Two networks in the names that torch gives modules."""
    networks = {name: torch.nn.Sequential(torch.nn.Linear(3, 4)) for name in ("G_ema", "D")}
    return pickle.dumps({**networks, "cur_nimg": 1000}, protocol)


def _module(modules: bytes) -> bytes:
    """A part of a network, whose inner parts are what these opcodes put on the stack."""
    return _PART + b")\x81}(X\x08\x00\x00\x00_modules" + modules + b"ub"


def _nested(depth: int) -> bytes:
    """Parts within parts, each of which holds the one below it twice."""
    text = b"\x80\x02" + _module(b"}") + b"q\x00"
    for index in range(depth):
        memo = bytes([index])
        text += _module(b"}(X\x01\x00\x00\x00ah" + memo + b"X\x01\x00\x00\x00bh" + memo + b"u")
        text += b"q" + bytes([index + 1])
    return text + b"."


def _in_itself() -> bytes:
    """A part that lies within itself."""
    inner = b"}(X\x01\x00\x00\x00ah\x00u"
    return b"\x80\x02" + _PART + b")\x81q\x00}(X\x08\x00\x00\x00_modules" + inner + b"ub."


_CRAFTED: Final[Mapping[str, Make]] = {
    **{f"a pickle that runs a command, protocol {n}": content(pickle.dumps(RUNS, n)) for n in range(6)},
    "a network that runs a command": content(pickle.dumps({"G_ema": RUNS, "D": RUNS})),
    "a name within a module": content(b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01:\x85R."),
    "a method of a class that is known": content(
        b"\x80\x04\x8c\x0bcollections\x8c\x14OrderedDict.fromkeys\x93)R."
    ),
    "a class of torch that is no type": content(b"\x80\x02ctorch\nload\nX\x01\x00\x00\x00x\x85R."),
    "a module of the training": content(b"\x80\x02ctraining.networks\n__import__\n)R."),
    "a part that lies within itself": content(_in_itself()),
    "2**40 parts in 3 kB": content(_nested(40)),
    "parts nested 250 deep": content(_nested(250)),
    "a text that claims 2**62 bytes": content(b"\x80\x04\x8d" + (2**62).to_bytes(8, "little")),
    "bytes that claim 2**40": content(b"\x80\x04\x8e" + (2**40).to_bytes(8, "little")),
    "a number that claims 2**31 bytes": content(b"\x80\x02\x8b" + (2**31 - 1).to_bytes(4, "little")),
    "a memo of 2**31 places": content(b"\x80\x02}r" + struct.pack("<I", 2**31 - 1) + b"."),
    "lists nested 100,000 deep": content(b"\x80\x02" + b"]" * 10**5 + b"a" * (10**5 - 1) + b"."),
    "an object of its own": content(pickle.dumps([1, {"G_ema": None}])),
    "an unpickler's own record": content(pickle.dumps({"G_ema": Record})),
}
