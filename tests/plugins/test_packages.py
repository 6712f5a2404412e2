"""Packages that are not installed: a wheel or a folder is read, and nothing of it is run."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ganzoo.plugins import packages

RAISES = "raise RuntimeError('a wheel is only read')\n"
TOY = RAISES + (
    "from dataclasses import dataclass\nfrom acme_zoo.base import Base, RECIPE\n"
    'class Toy(Base):\n    """A toy."""\n    ganzoo_api = 1\n    conditional, recipe = True, RECIPE\n'
    "    @dataclass(frozen=True, kw_only=True)\n    class Config:\n        depth: int = 3\n"
    '        """How deep."""\n'
)
BASE = RAISES + "class Base: pass\nRECIPE = {'training.epochs': (3, 'a choice')}\n"
ENTRY_POINTS = "[ganzoo.models]\ntoy = acme_zoo.toy:Toy\n"
METADATA = "Metadata-Version: 2.1\nName: acme-zoo\nVersion: 1.2\nRequires-Dist: ganzoo-torch>=0.1\n\nA zoo.\n"


def wheel(
    folder: Path,
    files: Mapping[str, str | bytes] = {},
    entry_points: str = ENTRY_POINTS,
    metadata: str = METADATA,
) -> Path:
    """Writes a wheel: that of one toy model, or a changed one."""
    path = folder / "acme_zoo-1.2-py3-none-any.whl"
    usual: dict[str, str | bytes] = {
        "acme_zoo/__init__.py": RAISES,
        "acme_zoo/base.py": BASE,
        "acme_zoo/toy.py": TOY,
        "acme_zoo-1.2.dist-info/METADATA": metadata,
        "acme_zoo-1.2.dist-info/entry_points.txt": entry_points,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (usual | dict(files)).items():
            archive.writestr(name, content)
    return path


def announcing(group: str, target: str = "acme_zoo.toy:Toy") -> dict[str, Any]:
    return {"entry_points": f"[{group}]\ntoy = {target}\n"}


def written(toy: str) -> dict[str, Any]:
    return {"files": {"acme_zoo/toy.py": toy}}


def problems(path: Path) -> str:
    with packages.opened(path) as package:
        return "\n".join(package.problems)


def test_a_wheel_is_shown_without_installing_it(ganzoo: Callable[..., Any], tmp_path: Path) -> None:
    before = list(sys.path)
    path = wheel(tmp_path)

    shown, found = ganzoo("show", path), ganzoo("show", path, "--json").json

    assert shown.code == 0, shown.err
    assert (
        "acme-zoo 1.2 (not installed)\n  needs  ganzoo-torch>=0.1\n\nacme-zoo:toy (model)\nA toy.\n"
        in shown.out
    )
    assert "depth  int  3  How deep." in shown.out
    assert "PROBLEM" not in shown.out
    assert (found["name"], found["version"], found["problems"]) == ("acme-zoo", "1.2", [])
    assert found["plugins"][0]["conditional"] is True
    assert found["plugins"][0]["recipe"] == {"training.epochs": [3, "a choice"]}
    assert (sys.path, [name for name in sys.modules if name.startswith("acme_zoo")]) == (before, [])
    assert list(tmp_path.iterdir()) == [path]


def test_a_package_folder_is_read_alike(ganzoo: Callable[..., Any], tmp_path: Path) -> None:
    assert ganzoo("new", "objective", "soft-squares").code == 0
    checked = ganzoo("check", "--static", "ganzoo-soft-squares")
    assert (checked.code, checked.err) == (0, "")
    assert "objective  soft-squares" in checked.out


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (announcing("ganzoo.model"), "'ganzoo.model', which no kind has; did you mean 'ganzoo.models'"),
        (announcing("ganzoo.models", "acme_zoo.toy:Tyo"), "the model 'toy' can't be read without importing"),
        (announcing("ganzoo.models", "acme_zoo.toy:Tyo"), "'acme_zoo.toy' defines no class 'Tyo'"),
        (announcing("ganzoo.models", "acme_zoo.no:Toy"), "there is no module 'acme_zoo.no'"),
        ({"entry_points": "[ganzoo.models]\nTOY = acme_zoo.toy:Toy\n"}, "its name is not made of a-z"),
        (announcing("other"), "it announces no plugin"),
        (announcing("ganzoo.kinds"), "the kind 'toy' can't be read: "),
        (written(TOY.replace("ganzoo_api = 1", "ganzoo_api = 9")), "it is written for plugin API 9"),
        (written(TOY.replace("True, RECIPE", "f()")), "conditional is computed"),
        (written("class Toy(:"), "is not valid Python"),
        ({"files": {"acme.pth": "import evil"}}, "Python runs its file 'acme.pth' at every start"),
        ({"metadata": METADATA.replace("ganzoo-torch", "ganzoo")}, "does not say that it needs ganzoo-torch"),
    ],
)
def test_what_would_go_wrong_is_said(tmp_path: Path, change: dict[str, Any], problem: str) -> None:
    assert problem in problems(wheel(tmp_path, **change))


def test_a_check_ends_with_the_problems(ganzoo: Callable[..., Any], tmp_path: Path) -> None:
    path = wheel(tmp_path, entry_points=ENTRY_POINTS + "[ganzoo.dataset]\nx = acme_zoo.toy:X\n")
    result, printed = ganzoo("check", "--static", path), ganzoo("check", "--static", path, "--json")
    assert result.code == printed.code == 1
    assert "did you mean 'ganzoo.datasets'" in result.err
    assert json.loads(printed.out)["plugins"] == ["acme-zoo:toy"]


@pytest.mark.parametrize("arguments", [["check"], ["show", "--load"], ["check", "--static", "dcgan"]])
def test_nothing_of_a_wheel_is_run_by_mistake(
    ganzoo: Callable[..., Any], tmp_path: Path, arguments: list[str]
) -> None:
    wheels = [] if "dcgan" in arguments else [wheel(tmp_path)]
    assert ganzoo(*arguments, *wheels).code == 2


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"../evil.py": ""}, "leads out of it"),
        ({"/evil.py": ""}, "leads out of it"),
        ({"acme_zoo/large.py": b"#" * 2**23 + b"\n"}, "unpacks to more than is read"),
        ({f"acme_zoo/large{n}.py": b"#" * (2**23 - 9) for n in range(9)}, "unpacks to more than is read"),
        ({"other-1.dist-info/METADATA": METADATA}, "it is no wheel"),
        ({"acme_zoo/base.py/__init__.py": ""}, "File exists"),
        (
            {"acme_zoo-1.2.dist-info/entry_points.txt": "[ganzoo.models]\n" + "toy = toy:Toy\n" * 20_000},
            "unpacks to more than is read",
        ),
    ],
)  # fmt: skip
def test_a_hostile_wheel_is_refused(tmp_path: Path, files: dict[str, str | bytes], reason: str) -> None:
    path = wheel(tmp_path, files)
    with pytest.raises(packages.UsageError, match=reason), packages.opened(path):
        pass
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"entry_points": ENTRY_POINTS + "no equals sign\n"}, "it announces no plugin"),
        (
            {"metadata": METADATA.replace("\n\n", "\n" + "Requires-Dist: a\n" * 100_000 + "\n")},
            "it needs 100,001 distributions; the first 1,000 are shown",
        ),
    ],
)
def test_damaged_or_endless_metadata_are_a_problem(
    tmp_path: Path, change: dict[str, Any], problem: str
) -> None:
    assert problem in problems(wheel(tmp_path, **change))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[project]\nname = 'acme'\ndependencies = 5\n", "are no list of texts"),
        ("[project]\nname = 'acme'\ndependencies = [{a = 1}]\n", "are no list of texts"),
        (
            "[project]\n" + "a." * 20_000 + "a = 1\n",
            "a line has more than 100 dots",
        ),  # half a minute to parse
    ],
)
def test_a_hostile_folder_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(packages.UsageError, match=reason), packages.opened(tmp_path):
        pass


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x00" * 100, None])
def test_what_is_no_wheel_is_said(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "acme.whl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(packages.UsageError, match="can't be read"), packages.opened(path):
        pass


def test_a_cut_wheel_is_said(tmp_path: Path) -> None:
    path = wheel(tmp_path)
    whole = path.read_bytes()
    for byte in range(30, 400, 7):
        path.write_bytes(whole[:byte] + bytes([whole[byte] ^ 0xFF]) + whole[byte + 1 :])
        try:
            with packages.opened(path):
                pass
        except packages.UsageError:
            pass


def test_a_misspelt_group_of_an_installed_package_is_a_problem(site: Any, ganzoo: Callable[..., Any]) -> None:
    site.install("acme", {"ganzoo.upsampling": {"toy": "zoo:Toy"}})
    assert any(
        "acme announces plugins in the group 'ganzoo.upsampling', which no kind has; did you mean" in warning
        for warning in ganzoo("list", "--json").json["warnings"]
    )
