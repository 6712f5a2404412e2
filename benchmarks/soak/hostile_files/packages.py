"""Hostile packages that are not installed, as `ganzoo show` reads them."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from benchmarks.soak.hostile_files.drawing import mapped, one_of
from benchmarks.soak.hostile_files.fuzzing import Reader
from benchmarks.soak.hostile_files.mutation import mutated
from benchmarks.soak.hostile_files.packing import zipped
from benchmarks.soak.hostile_files.special_files import Make, content
from ganzoo.cli.show_command import show_package

_INFO: Final = "toy-1.0.dist-info"
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

class Trained:
    """Weights of a toy."""
    ganzoo_api = 1
    file = "weights.safetensors"
    sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    picture = "picture.png"
    model = "toy"
    dataset = "digits"
    image = (1, 8, 8)
    classes = ("0", "1")
    licence = "MIT"
    command = "ganzoo train toy --dataset digits"
    steps = 1_000
    images_seen = 64_000
    cost = "a minute"
    figures = {"fid": (12.5, "of 1,000 images")}
    ancestors = ()
    remarks = ("none",)

raise SystemExit("a listing has run this")
'''
_WHEEL: Final = {
    "toy_module.py": _MODULE,
    f"{_INFO}/METADATA": (
        b"Metadata-Version: 2.1\nName: toy\nVersion: 1.0\nRequires-Dist: ganzoo-torch>=0.1\n\nA page.\n"
    ),
    f"{_INFO}/entry_points.txt": (
        b"[ganzoo.upsamplings]\ntoy = toy_module:Toy\n[ganzoo.weights]\ntoy.digits = toy_module:Trained\n"
    ),
    f"{_INFO}/WHEEL": b"Wheel-Version: 1.0\n",
}
_PROJECT: Final = b"""[project]
name = "toy"
version = "1.0"
dependencies = ["ganzoo-torch>=0.1"]

[project.entry-points."ganzoo.upsamplings"]
toy = "toy_module:Toy"

[project.entry-points."ganzoo.weights"]
"toy.digits" = "toy_module:Trained"
"""


def readers(folder: Path) -> list[Reader]:
    """What reads packages."""
    wheels = {"stored": zipped(_WHEEL), "packed": zipped(_WHEEL, zipfile.ZIP_DEFLATED)}
    inner = one_of(*(mapped(mutated([data]), _with(name)) for name, data in _WHEEL.items()))
    return [
        Reader(
            "wheel", _show, "toy-1.0-py3-none-any.whl", wheels,
            one_of(mutated(list(wheels.values())), inner), _WHEELS,
        ),
        Reader(
            "package's folder, pyproject.toml", lambda path: _show(path.parent), "pyproject.toml",
            {"honest": _PROJECT}, mutated([_PROJECT]), _PROJECTS,
            lambda place: (place / "toy_module.py").write_bytes(_MODULE),
        ),
        Reader(
            "package's folder, source text", lambda path: _show(path.parents[1]), "src/toy_module.py",
            {"honest": _MODULE}, mutated([_MODULE]), {},
            lambda place: (place / "pyproject.toml").write_bytes(_PROJECT),
        ),
    ]  # fmt: skip


def _show(path: Path) -> object:
    """What `ganzoo show` prints of a package, and prints as JSON."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        show_package(path, as_json=False)
        show_package(path, as_json=True)
    return printed.getvalue()


def _with(name: str) -> Callable[[bytes], bytes]:
    """Puts a file into the honest wheel."""
    return lambda data: zipped({**_WHEEL, name: data})


def _saying(name: str, data: bytes) -> Make:
    return content(_with(name)(data))


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in _WHEEL.items():
            archive.writestr(name, data)
        with archive.open("toy_other.py", "w", force_zip64=True) as member:
            for _ in range(1000):
                member.write(b"#" * 2**20)


def _entries(count: int, group: bytes = b"ganzoo.weights") -> bytes:
    return b"[" + group + b"]\n" + b"".join(b"n%d = toy_module:Toy\n" % index for index in range(count))


_CARDS: Final = {
    "a digest that is a call": (b'"0123456789', b'"0".join([]) + "0123456789'),
    "a file that leads out": (b'"weights.safetensors"', b'"../../etc/passwd"'),
    "images seen of 4,000 digits": (b"64_000", b"9" * 4000),
    "steps of 10**10**10": (b"1_000", b"10 ** 10 ** 10"),
    "an image of 2**60 pixels": (b"(1, 8, 8)", b"(1, 2 ** 60, 2 ** 60)"),
    "figures that are no numbers": (b"12.5", b"1e999 - 1e999"),
    "figures nested 5,000 deep": (b"12.5", b"(" * 5000 + b")" * 5000),
    "a million classes": (b'("0", "1")', b"(" + b'"c",' * 10**6 + b")"),
    "a text times itself": (b'"a minute"', b'"a" * 10**9 * 10**9'),
    "control characters": (b'"MIT"', b'"\\x1b[2J\\x1b]0;x\\x07"'),
}
_WHEELS: Final[Mapping[str, Make]] = {
    **{name: _saying("toy_module.py", _MODULE.replace(*change)) for name, change in _CARDS.items()},
    "names that lead out": content(zipped({**_WHEEL, "../../evil.py": b""})),
    "names that lead to the root": content(zipped({**_WHEEL, "/evil.py": b""})),
    "a file within a file": content(zipped({**_WHEEL, "toy_module.py/a.py": b""})),
    "a name of 60,000 characters": content(zipped({**_WHEEL, "a" * 60_000 + ".py": b""})),
    "two packages": content(zipped({**_WHEEL, "other-1.dist-info/METADATA": b"Name: other\n"})),
    "the same file twice": content(zipped(_WHEEL) + zipped(_WHEEL)),
    "60,000 files": lambda path: path.write_bytes(
        zipped({**_WHEEL, **{f"{i}.py": b"" for i in range(60_000)}})
    ),
    "source text of 1 GB": _bomb,
    "100,000 entries": _saying(f"{_INFO}/entry_points.txt", _entries(100_000)),
    "10,000 groups": _saying(
        f"{_INFO}/entry_points.txt", b"".join(_entries(1, b"ganzoo.weight%d" % i) for i in range(10_000))
    ),
    "10,000 kinds": _saying(f"{_INFO}/entry_points.txt", _entries(10_000, b"ganzoo.kinds")),
    "100,000 requirements": _saying(
        f"{_INFO}/METADATA", b"Name: toy\nVersion: 1\n" + b"Requires-Dist: a\n" * 100_000
    ),
    "a name of 1 MB": _saying(f"{_INFO}/METADATA", b"Name: " + b"a" * 10**6 + b"\n"),
    "nested 100,000 deep": _saying("toy_module.py", b"(" * 100_000),
    "sums 100,000 deep": _saying("toy_module.py", b"class Toy:\n  ganzoo_api = " + b"1+" * 100_000 + b"1\n"),
    "a class in 500,000": _saying("toy_module.py", b"class Toy: 0\n" * 500_000),
}  # fmt: skip
_PROJECTS: Final[Mapping[str, Make]] = {
    **{
        f"{key} that are {value}": content(b"[project]\nname = 'toy'\n%s = %s\n" % (key, value))
        for key in (b"dependencies", b"entry-points", b"version")
        for value in (b"5", b"[5, [6]]", b"true", b"{a = 5}", b"1979-05-27", b'"\\u001b[2J"', b"nan")
    },
    "a name that is a table": content(b"[project.name]\na = 1\n"),
    "a project that is a list": content(b"project = [1]\n"),
    "a key of 20,000 parts": content(b"[project]\n" + b"a." * 20_000 + b"a = 1\n"),
    "a table of 50,000 parts": content(b"[" + b"a." * 50_000 + b"a]\nb = 1\n"),
    "lists nested 60,000 deep": content(b"a = " + b"[" * 60_000),
    "10,000 groups": content(
        b"[project]\nname = 't'\n[project.entry-points]\n"
        + b"".join(b"'ganzoo.%d' = {a = 'b'}\n" % index for index in range(5_000))
    ),
    "a version of 4,000 digits": content(b"[project]\nname = 'toy'\nversion = " + b"9" * 4000),
    "a version of 5,000 digits": content(b"[project]\nname = 'toy'\nversion = 0x" + b"f" * 9000),
}  # fmt: skip
