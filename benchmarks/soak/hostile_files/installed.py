"""Hostile metadata of an installed distribution, as every listing reads it."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from benchmarks.soak.hostile_files.drawing import one_of
from benchmarks.soak.hostile_files.fuzzing import Reader
from benchmarks.soak.hostile_files.mutation import mutated
from benchmarks.soak.hostile_files.special_files import content
from ganzoo.errors import GanzooError
from ganzoo.plugins import discovery
from ganzoo.plugins.source import SourceError

_FOLDER: Final = "toy-1.0.dist-info"
_METADATA: Final = b"Metadata-Version: 2.1\nName: toy\nVersion: 1.0\nSummary: A toy\n\nA page.\n"
_ENTRIES: Final = b"[ganzoo.upsamplings]\ntoy = toy_module:Toy\n[ganzoo.models]\nother = toy_module:Other\n"
_TIMES: Final = itertools.count(10**18, 10**9)
_MODULE: Final = b'''"""A toy."""
from dataclasses import dataclass

class Toy:
    """A toy (Nobody, 2026)."""
    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings."""
        kernel_size: int = 3
        """Side of the kernel."""

raise SystemExit("a listing has run this")
'''


def readers(folder: Path) -> list[Reader]:
    """What reads installed metadata and source text."""
    files = {
        f"{_FOLDER}/METADATA": _METADATA,
        f"{_FOLDER}/entry_points.txt": _ENTRIES,
        "toy_module.py": _MODULE,
    }

    def reader(name: str, file: str) -> Reader:
        others = {other: data for other, data in files.items() if other != file}

        def prepare(folder: Path) -> None:
            (folder / _FOLDER).mkdir(exist_ok=True)
            for other, data in others.items():
                (folder / other).write_bytes(data)

        depth = len(Path(file).parts)
        crafted = {
            "5,000 entries": content(
                b"[ganzoo.models]\n" + b"".join(b"n%d = m:C\n" % i for i in range(5_000))
            ),
            "nested 100,000 deep": content(b"(" * 100_000),
            "control characters": content(
                b"Name: \x1b[2J\nVersion: \r\n[ganzoo.models]\n\x1b[2J = \x07:\x00\n"
            ),
        }
        return Reader(
            name, lambda path: _list(path.parents[depth - 1]), file, {"honest": files[file]},
            one_of(mutated([files[file]])), crafted, prepare,
        )  # fmt: skip

    return [
        reader("installed, METADATA", f"{_FOLDER}/METADATA"),
        reader("installed, entry points", f"{_FOLDER}/entry_points.txt"),
        reader("installed, source text", "toy_module.py"),
    ]


def _list(site: Path) -> None:
    """What `ganzoo list` and completion read of what is installed in a folder."""
    with _alone(site):
        found = discovery.discover()
        for plugin in found.plugins:
            with suppress(GanzooError, SourceError):
                discovery.card(plugin)


@contextmanager
def _alone(site: Path) -> Iterator[None]:
    before = list(sys.path)
    sys.path[:] = [str(site)]
    sys.path_importer_cache.pop(str(site), None)
    os.utime(site, ns=(0, next(_TIMES)))  # as an installation would, so that it is looked at anew
    discovery.card.cache_clear()
    try:
        yield
    finally:
        sys.path[:] = before
        discovery.card.cache_clear()
