"""Hostile configurations, in TOML and in JSON, as they are trained from."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.soak.hostile_files.drawing import Draw, one_of
from benchmarks.soak.hostile_files.fuzzing import Reader
from benchmarks.soak.hostile_files.json_mutation import edited_json
from benchmarks.soak.hostile_files.mutation import mutated
from benchmarks.soak.hostile_files.special_files import content
from ganzoo.settings.configuration import parse_file
from ganzoo.settings.merging import resolve

_TOML: Final = b"""# A run
[model]
name = "cgan"
latent_dim = 100
[upsampling]
name = "resize-conv"
kernel_size = 3
[dataset]
name = "digits"
[optimizer]
name = "adam"
beta1 = 0.5
[training]
batch_size = 64
learning_rate = 0.001
flip = true
[run]
log_every = 10
data_dir = "data"
"""

_JSON: Final = {
    "schema": 2,
    "model": {"name": "ganzoo-models:gan", "hidden": [8, 16], "latent_dim": 4},
    "objective": {"name": "ganzoo-objectives:bce"},
    "dataset": {"name": "ganzoo-datasets:folder", "size": 64, "channels": 3},
    "regularisation": {"name": "none"},
    "augmentation": {"name": "none"},
    "training": {"epochs": 3, "max_steps": None, "batch_size": 64, "learning_rate": 2e-4, "seed": 0},
    "run": {"device": "auto", "data_dir": None, "log_every": 50},
}

_OLD: Final = {**_JSON, "schema": 1, "training": {"epochs": 3, "batch_size": 64, "log_every": 5}}

_TOML_VALUES: Final = (
    "1979-05-27T07:32:00Z", "1979-05-27", "07:32:00", "nan", "inf", "-inf", "1e400", "0x7fffffffffffffffffff",
    "0x" + "f" * 9000, "9" * 4000, "9" * 5000, '"\\u001b[2J"', "'''\n'''", "[1, [2, [3]]]", "{a = {b = 1}}",
    "[" * 500 + "]" * 500,
    "true", '""', "-0.0", "{}", "[{a = 1}]", '"none"',
)  # fmt: skip


def readers(folder: Path) -> list[Reader]:
    """What reads configurations."""
    honest = {"schema 2": json.dumps(_JSON).encode(), "schema 1": json.dumps(_OLD).encode()}
    texts = list(honest.values())
    nested = {
        "nested 100,000 deep": content(b'{"model": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        "nested 100,000 deep in a setting": content(
            b'{"model": {"name": "gan", "latent_dim": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}"
        ),
        "3 million empty lists": content(b'{"model": {"a": [' + b"[]," * 3_000_000 + b"1]}}"),
        "a number of 5,000 digits": content(b'{"model": {"latent_dim": ' + b"9" * 5000 + b"}}"),
        "100 MB of spaces": lambda path: path.write_bytes(b"{}" + b" " * 10**8),
    }
    dotted = {
        "a key of 20,000 parts": content(b"[model]\n" + b"a." * 20_000 + b"a = 1\n"),
        "a table of 100,000 parts": content(b"[" + b"a." * 100_000 + b"a]\nb = 1\n"),
        "a setting nested 900 deep": content(
            b"[model]\nname = 'gan'\nlatent_dim = " + b"[" * 900 + b"]" * 900
        ),
        "a hundred thousand tables": content(b"".join(b"[a%d]\nb=1\n" % i for i in range(100_000))),
        "5 million characters of a comment": content(b"#" + b"a" * 5_000_000),
        "2 million quotes": content(b'a = """' + b'"' * 2_000_000),
    }
    return [
        Reader(
            "configuration, JSON",
            _resolve,
            "config.json",
            honest,
            one_of(mutated(texts), edited_json(texts)),
            nested,
        ),
        Reader("configuration, TOML", _resolve, "run.toml", {"all": _TOML}, _mutants_of_toml(), dotted),
    ]


def _resolve(path: Path) -> object:
    return resolve(parse_file(path))


def _mutants_of_toml() -> Draw[bytes]:
    lines = _TOML.decode().splitlines()
    settings = [index for index, line in enumerate(lines) if "=" in line]

    def changed(index: int, value: str) -> bytes:
        key = lines[index].partition("=")[0]
        return "\n".join([*lines[:index], f"{key}= {value}", *lines[index + 1 :], ""]).encode()

    def assigned(random: Random) -> bytes:
        return changed(random.choice(settings), random.choice(_TOML_VALUES))

    return one_of(mutated([_TOML]), assigned)
