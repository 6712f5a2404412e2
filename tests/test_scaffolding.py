"""`ganzoo new`: what it writes is clean, works as it is, and never costs anybody a file.

That every package passes its own conformance tests is seen in tests/end_to_end/test_new_packages.py.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ganzoo import scaffolding
from ganzoo.errors import GanzooError, UsageError
from ganzoo.interfaces import ImageSpec
from ganzoo.plugins import discovery, loading, lookup

REPOSITORY = Path(__file__).resolve().parents[1]

LONGEST = "abcdefghi-" * 2 + "abcdefghij"

RULES = "E,F,W,I,N,UP,B,C4,SIM,RET,PT,PTH,RUF,ANN,D2,D3,D4"
"""More of ruff's rules than most projects ask for; those about the style of docstrings are ours."""

STYLE = "D203,D205,D213,D401,D407,D413,RUF001,RUF002,RUF003"

CONDITIONAL = "conditional-model"
"""What `ganzoo new model NAME --conditional` writes, named here as if it were a kind."""

WRITTEN = [*(name for name, kind in discovery.kinds().items() if kind.template), CONDITIONAL]
"""The kinds whose packages begin with a template; weights begin with a run."""


def package(kind: str, name: str) -> scaffolding.Package:
    """The package of a kind, or of a conditional model."""
    if kind == CONDITIONAL:
        return scaffolding.package("model", name, is_conditional=True)
    return scaffolding.package(kind, name)


def write(folder: Path, kind: str, name: str) -> Path:
    """Writes a package below a folder; returns its path."""
    path = folder / f"{kind}-{name}"
    scaffolding.write(package(kind, name), path)
    return path


def install(site: Any, kind: str, name: str) -> dict[str, Any]:
    """Installs a package as an installer would; returns the `[project]` table."""
    files = dict(package(kind, name).files)
    project: dict[str, Any] = tomllib.loads(files["pyproject.toml"])["project"]
    modules = {path: text for path, text in files.items() if path.startswith("ganzoo_")}
    site.install(project["name"], project["entry-points"], modules, project["version"])
    return project


# What it writes


@pytest.mark.parametrize("kind", WRITTEN)
def test_every_kind_is_listed_with_its_settings_and_loads(site: Any, kind: str) -> None:
    project = install(site, kind, f"brand-new-{kind}")

    plugin = lookup.find("model" if kind == CONDITIONAL else kind, f"brand-new-{kind}")

    assert (plugin.distribution, plugin.problem) == (project["name"], None)
    card = discovery.card(plugin)
    assert card.summary
    assert card.settings
    assert all(parameter.documentation for parameter in card.settings)
    assert getattr(loading.load(plugin), "__final__", False)


TRAININGS = {
    "model": "PLUGIN --dataset digits",
    CONDITIONAL: "PLUGIN --dataset digits",
    "conditioning": "cgan --dataset digits --conditioning PLUGIN --set model.channels=8",
    "upsampling": "dcgan --dataset digits --upsampling PLUGIN --set model.channels=8",
    "objective": "dcgan --dataset digits --objective PLUGIN --set model.channels=8",
    "optimizer": "dcgan --dataset digits --optimizer PLUGIN --set model.channels=8",
    "tracker": "dcgan --dataset digits --tracker PLUGIN --set model.channels=8",
    "regularisation": "dcgan --dataset digits --regularisation PLUGIN --set model.channels=8",
    "augmentation": "dcgan --dataset digits --augmentation PLUGIN --set model.channels=8",
    "dataset": "cgan --dataset PLUGIN --set model.channels=8",
}


JUDGING = {"exporter": "export"}
"""What a plugin that takes no part in a training is for, where it is not to evaluate."""


@pytest.mark.parametrize("kind", TRAININGS)
def test_every_kind_of_a_training_trains(
    site: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    from ganzoo.cli import main

    install(site, kind, f"trained-{kind}")
    monkeypatch.chdir(tmp_path)
    arguments = TRAININGS[kind].replace("PLUGIN", f"trained-{kind}")

    with pytest.raises(SystemExit) as stopped:
        main(["train", *arguments.split(), "--max-steps", "2", "--batch-size", "16", "--out", "run"])

    assert stopped.value.code == 0
    assert list((tmp_path / "run" / "checkpoints").iterdir())


def test_its_readme_shows_a_command_that_exists(tmp_path: Path) -> None:
    for kind in WRITTEN:
        text = package(kind, "fresh").files["README.md"]
        commands = [line.split()[1] for line in text.splitlines() if line.startswith("ganzoo ")]
        assert commands[:2] == ["show", "check"]
        assert commands[2] == ("train" if kind in TRAININGS else JUDGING.get(kind, "evaluate"))


@pytest.mark.parametrize("kind", WRITTEN)
def test_what_it_refers_to_exists_and_is_a_dependency(kind: str) -> None:
    files = package(kind, "fresh").files
    requirements = tomllib.loads(files["pyproject.toml"])["project"]["dependencies"]
    referred = [
        node.value
        for node in ast.walk(ast.parse(files["ganzoo_fresh/__init__.py"]))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith("ganzoo-")
        and ":" in node.value
    ]

    known = {plugin.full_name for plugin in discovery.discover().plugins}
    assert set(referred) <= known
    needed = {"ganzoo-torch", *(name.partition(":")[0] for name in referred)}
    assert {requirement.partition(">")[0] for requirement in requirements} == needed
    assert len(requirements) == len(needed)


def test_the_core_is_bounded_by_the_next_version_that_may_break_plugins() -> None:
    (project,) = (scaffolding.package("objective", "fresh").files["pyproject.toml"],)
    requirements = tomllib.loads(project)["project"]["dependencies"]

    core = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    major, minor, _ = core["version"].split(".")
    assert major == "0", "from 1.0 on the bound is the next major version"
    assert requirements == [f"ganzoo-torch>=0.{minor},<0.{int(minor) + 1}"]


def test_ruff_finds_nothing_with_names_short_and_long(tmp_path: Path) -> None:
    for kind in WRITTEN:
        write(tmp_path, kind, "a")
        write(tmp_path, kind, LONGEST)
    ruff = [sys.executable, "-m", "ruff"]
    options = ["--isolated", "--no-cache", "--target-version", "py311"]

    for arguments in (
        [*ruff, "check", *options, "--select", RULES, "--ignore", STYLE, str(tmp_path)],
        [*ruff, "format", *options, "--diff", str(tmp_path)],
    ):
        done = subprocess.run(
            arguments, capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_mypy_finds_nothing(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    # The cache holds what mypy knows of torch, which takes it most of a minute.
    kept = getattr(pytestconfig, "cache", None)
    cache = kept.mkdir("mypy") if kept else tmp_path / "cache"
    packages = [write(tmp_path, kind, f"typed-{kind}") for kind in WRITTEN]
    modules = [next(package.glob("ganzoo_*/__init__.py")) for package in packages]
    test = packages[0] / "tests" / "test_conformance.py"  # one name can't stand for several files

    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file", ""),
            *("--warn-unreachable", "--cache-dir", cache, *modules, test),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_model_says_which_sizes_it_draws(site: Any) -> None:
    import ganzoo

    install(site, "model", "sized")

    with pytest.raises(UsageError, match="multiples of 4, such as 32x32, not 30x32"):
        ganzoo.create_model("sized", image=ImageSpec(1, 30, 32))


def test_the_discs_and_squares_are_what_they_say(site: Any) -> None:
    install(site, "dataset", "shapes")
    cls = loading.load(lookup.find("dataset", "shapes"))

    images, labels, names = cls(cls.Config(), None).load("train")

    assert names == ("disc", "square")
    # In a square the diagonal is as full as the sides: its corners are white where a disc's are black.
    areas = (images.float() / 255).sum(dim=(1, 2, 3))
    widths = (images.float() / 255).amax(dim=2).sum(dim=(1, 2))
    filled = areas / widths**2
    assert filled[labels == 0].mean() == pytest.approx(3.14159 / 4, abs=0.04)
    assert filled[labels == 1].mean() == pytest.approx(1, abs=0.04)
    border = images[:, 0, [0, -1], :].sum() + images[:, 0, :, [0, -1]].sum()
    assert border == 0, "no shape is cut off"


# What it refuses


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("modle", "new", "there is no kind 'modle'; did you mean 'model'"),
        ("model", "PixelShuffle", "for instance 'pixel-shuffle', not 'PixelShuffle'"),
        ("model", "two words", "for instance 'two-words', not 'two words'"),
        ("model", "under_score", "for instance 'under-score'"),
        ("model", "3d", "the first beginning with a letter, not '3d'"),
        ("model", "", "not ''"),
        ("model", "-a", "for instance 'a', not '-a'"),
        ("model", "a\x1b[31m", r"not 'a \[31m'"),
        ("model", "../up", "for instance 'up', not '../up'"),
        ("model", "ganzoo-mine", "without 'ganzoo-': 'mine'"),
        ("model", "a" * 31, "at most 30 characters, not 31"),
        ("objective", "bce", "ganzoo-objectives:bce has that name already"),
        ("model", "torch", "the distribution ganzoo-torch .* is installed already"),
        ("model", "components", "the distribution ganzoo-components .* is installed already"),
        ("model", "none", "'none' would make a class None, which means something else"),
        ("model", "tensor", "a class Tensor, .* 'my-tensor'"),
        ("dataset", "usage-error", "a class UsageError"),
        ("upsampling", "config", "a class Config"),
        ("upsampling", "value-error", "a class ValueError"),
    ],
)
def test_a_bad_name_is_refused_with_what_to_do(kind: str, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        scaffolding.package(kind, name)
    assert caught.value.exit_code == 2


def test_only_a_model_is_conditional() -> None:
    with pytest.raises(UsageError, match="--conditional is for: ganzoo new model NAME"):
        scaffolding.package("objective", "fresh", is_conditional=True)


@pytest.mark.parametrize("what", ["file", "folder", "dangling link"])
def test_nothing_is_overwritten(tmp_path: Path, what: str) -> None:
    target = tmp_path / "target"
    if what == "file":
        target.write_text("mine")
    elif what == "folder":
        target.mkdir()
        (target / "mine").touch()
    else:
        target.symlink_to(tmp_path / "nowhere")
    before = sorted(tmp_path.rglob("*"))

    is_there = {"file": "is a file", "folder": "is not empty", "dangling link": "is a link to nothing"}[what]
    with pytest.raises(UsageError, match=f"target {is_there}, and nothing is overwritten"):
        scaffolding.write(scaffolding.package("objective", "fresh"), target)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    scaffolding.write(scaffolding.package("objective", "fresh"), tmp_path / "a" / "b")
    (tmp_path / "empty").mkdir()
    scaffolding.write(scaffolding.package("objective", "fresh"), tmp_path / "empty")

    names = {str(path.relative_to(tmp_path / "empty")) for path in (tmp_path / "empty").rglob("*.*")}
    assert names == {
        "README.md",
        "pyproject.toml",
        "ganzoo_fresh/__init__.py",
        "ganzoo_fresh/py.typed",
        "tests/test_conformance.py",
    }
    assert (tmp_path / "a" / "b" / "README.md").is_file()


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    write_bytes = Path.write_bytes

    def fill_up(path: Path, *arguments: Any, **options: Any) -> int:
        written.append(path)
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        return write_bytes(path, *arguments, **options)

    monkeypatch.setattr(Path, "write_bytes", fill_up)

    with pytest.raises(GanzooError, match=r"can't be written: No space left on device\nfree some space, or"):
        scaffolding.write(scaffolding.package("objective", "fresh"), tmp_path / "target")
    assert list(tmp_path.iterdir()) == []


# The command


def test_the_command_says_where_it_is_and_what_to_do_next(ganzoo_command: Any, tmp_path: Path) -> None:
    done = ganzoo_command("new", "objective", "fresh")

    assert (done.returncode, done.stdout) == (0, "ganzoo-fresh\n")
    assert "cd ganzoo-fresh && pip install --editable '.[test]' && ganzoo check fresh" in done.stderr
    assert (tmp_path / "ganzoo-fresh" / "pyproject.toml").is_file()

    again = ganzoo_command("new", "objective", "fresh")
    assert (again.returncode, again.stdout) == (2, "")
    elsewhere = ganzoo_command("new", "objective", "fresh", "--out", "other")
    assert (elsewhere.returncode, elsewhere.stdout) == (0, "other\n")
