"""The levels of the code: who imports whom, what a light command may import, and what plugins may import."""

from __future__ import annotations

import ast
import functools
import importlib.metadata
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

from ganzoo.cli import COMMANDS
from ganzoo.plugins import discovery, loading, lookup

ROOT = Path(__file__).resolve().parents[1]
CORE = ROOT / "ganzoo"

LEVELS = {
    "errors": 1, "files": 1, "folders": 1, "text": 1, "tables": 1, "images": 1, "plugins": 1, "settings": 1,
    "run_or_weights": 1,
    "scaffolding": 1, "trace": 1, "class_names": 1, "near_names": 1, "zips": 1, "toml_text": 1, "drafts": 1,
    "interfaces": 2, "image_files": 2, "torch_state": 2, "torch_compiler": 2, "devices": 2, "statistics": 2,
    "arithmetic": 2,
    "models": 3, "runs": 3, "sampling": 3, "environment": 3, "engine": 3,
    "training": 4, "evaluation": 4, "benchmark": 4, "testing": 4, "export": 4, "pages": 4,
    "kinds": 5, "study": 5,
    "cli": 6,
    "__init__": 7, "__main__": 7,
}  # fmt: skip
"""Each module and package of `ganzoo/` and its level. It imports from lower levels, and up to level 3 from
its own."""

SHARED_LEVELS = (1, 2, 3)
"""Levels whose packages may use each other; above, none imports another's insides."""

ONLY_IN_CLI = {"click", "rich"}

HEAVY = ["torch", "torchvision", "timm", "numpy", "rich", "PIL", "safetensors", "sklearn", "matplotlib",
         "jinja2", "fastapi", "optuna"]  # fmt: skip
"""What a command that only reads may not import."""

PUBLIC_DOORS = {"ganzoo.interfaces", "ganzoo.errors", "ganzoo.files", "ganzoo.image_files",
                "ganzoo.class_names"}  # fmt: skip
"""What a plugin may import of the core."""


@functools.cache
def core_files() -> list[Path]:
    """Every Python file of the core."""
    return sorted(CORE.rglob("*.py"))


def name_of(path: Path) -> str:
    """A readable id of a test."""
    return str(path.relative_to(ROOT))


def package_of(path: Path) -> str:
    """The package of the core in which a file lies, or the module that it is."""
    return path.relative_to(CORE).parts[0].removesuffix(".py")


@functools.cache
def imports(path: Path) -> tuple[str, ...]:
    """Every module that a file imports, wherever in the file; `from a import b` is `a.b`."""
    return tuple(imported(path))


def imported(path: Path) -> Iterator[str]:
    """The same, one after the other."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively, not by full name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def packages_imported(path: Path) -> set[str]:
    """The packages of the core that a file imports."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("ganzoo.")}


@functools.cache
def pyprojects() -> dict[str, dict[str, Any]]:
    """The `[project]` table of every official plugin, by its folder."""
    return {
        path.parent.name: tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        for path in sorted((ROOT / "plugins").glob("*/pyproject.toml"))
    }


def dependencies(project: dict[str, Any]) -> set[str]:
    """The names of the distributions that a `[project]` table depends on."""
    return {re.split(r"[<>=!~;\[ ]", dependency)[0] for dependency in project["dependencies"]}


@functools.cache
def entry_points() -> list[tuple[str, str, str, str]]:
    """Distribution, kind, name and target of every official plugin."""
    kinds = {kind.group: kind.name for kind in discovery.kinds().values()}
    return [
        (project["name"], kinds[group], name, target)
        for project in pyprojects().values()
        for group, entries in project.get("entry-points", {}).items()
        for name, target in entries.items()
    ]


# The levels


def test_every_package_has_a_level() -> None:
    assert {package_of(path) for path in core_files()} == set(LEVELS)


@pytest.mark.parametrize("path", core_files(), ids=name_of)
def test_a_package_imports_only_from_below(path: Path) -> None:
    package = package_of(path)
    level = LEVELS[package]

    wrong = {
        other
        for other in packages_imported(path) - {package}
        if LEVELS[other] > level or (LEVELS[other] == level and level not in SHARED_LEVELS)
    }

    assert wrong == set(), f"{name_of(path)} on level {level} imports {wrong}"


def test_no_two_packages_import_each_other() -> None:
    graph: dict[str, set[str]] = {package: set() for package in LEVELS}
    for path in core_files():
        graph[package_of(path)] |= packages_imported(path) - {package_of(path)}

    order = list(TopologicalSorter(graph).static_order())  # raises CycleError

    assert order.index("errors") < order.index("plugins") < order.index("settings") < order.index("engine")


def modules_imported(package: str) -> dict[str, set[str]]:
    """Each module of a package of the core to the modules of the same package that it imports."""
    files = {f"ganzoo.{'.'.join(path.relative_to(CORE).with_suffix('').parts)}": path
             for path in (CORE / package).rglob("*.py")}  # fmt: skip
    return {
        name: {
            other
            for other in files
            for used in imports(path)
            if used == other or used.startswith(f"{other}.")
        }
        - {name}
        for name, path in files.items()
    }


@pytest.mark.parametrize("package", sorted(name for name in LEVELS if (CORE / name).is_dir()))
def test_no_two_modules_of_a_package_import_each_other(package: str) -> None:
    list(TopologicalSorter(modules_imported(package)).static_order())  # raises CycleError


def test_the_engine_knows_no_file_and_no_console() -> None:
    used = {name for path in (CORE / "engine").rglob("*.py") for name in imports(path)}

    assert {name.split(".")[0] for name in used}.isdisjoint({"json", "safetensors", "PIL", "logging", "sys"})
    assert {name.split(".")[1] for name in used if name.startswith("ganzoo.")} <= {
        "engine", "devices", "errors", "images", "interfaces", "models", "settings",
    }  # fmt: skip


def test_recordings_are_read_with_the_standard_library_and_no_knowledge_of_gans() -> None:
    used = {name for path in (CORE / "trace").rglob("*.py") for name in imports(path)}

    assert {name.split(".")[0] for name in used} <= {*sys.stdlib_module_names, "ganzoo"}
    assert {name.split(".")[1] for name in used if name.startswith("ganzoo.")} <= {"trace", "errors", "text"}


@pytest.mark.parametrize(
    "path", [path for path in core_files() if LEVELS[package_of(path)] == 1], ids=name_of
)
def test_the_first_level_is_of_the_standard_library(path: Path) -> None:
    assert {name.split(".")[0] for name in imports(path)} <= {*sys.stdlib_module_names, "ganzoo"}


@pytest.mark.parametrize("path", core_files(), ids=name_of)
def test_only_the_command_line_knows_click_and_rich(path: Path) -> None:
    used = {name.split(".")[0] for name in imports(path)} & ONLY_IN_CLI

    assert used == set() or package_of(path) == "cli"


# The core knows no plugin


def literals(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The line and text of every string of a file that is not documentation."""
    documentation = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documentation:
            yield node.lineno, node.value


OLD_NAMES = CORE / "settings" / "old_names.py"
"""The one table of names that runs from before 0.1.0 were written with; it goes with 1.0."""


@pytest.mark.parametrize("path", [path for path in core_files() if path != OLD_NAMES], ids=name_of)
def test_the_core_names_no_plugin(path: Path) -> None:
    names = {name for _, _, name, _ in entry_points()}
    distributions = {project["name"] for project in pyprojects().values()}
    packages = {name.replace("-", "_") for name in distributions}
    assert {"dcgan", "transposed-conv", "embedding", "bce", "cifar10"} <= names

    named = [
        (line, text)
        for line, text in literals(ast.parse(path.read_text(encoding="utf-8")))
        if text in names or any(name in text for name in distributions | packages)
    ]

    assert named == []
    assert {name.split(".")[0] for name in imports(path)}.isdisjoint(packages)


# What a command imports


def imported_by(code: str, *arguments: str) -> set[str]:
    """The top-level modules that a new interpreter has imported after running some code."""
    report = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('\\n', *{name.split('.')[0] for name in sys.modules}))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", f"{report}{code}", *arguments], capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    return set(result.stdout.splitlines()[-1].split())


def assert_light(modules: set[str]) -> None:
    """Nothing heavy and no plugin has been imported."""
    assert modules.isdisjoint(HEAVY)
    assert not [name for name in modules if name.startswith("ganzoo_")]


READING = [
    ["--help"],
    ["--version"],
    *([command, "--help"] for command in COMMANDS),
    ["list"],
    ["list", "--json"],
    ["list", "-l"],
    ["list", "model", "--conditional", "--dataset", "cifar10"],
    *(["list", kind] for kind in discovery.kinds()),
    ["show", "dcgan"],
    ["show", "dcgan", "--json"],
    ["completion", "bash"],
]
"""Commands that only read."""

READ = """
import json
from ganzoo.cli import main
imported = []
for arguments in json.loads(sys.argv[1]):
    try:
        main(arguments)
    except SystemExit as stopped:
        assert not stopped.code, arguments
    imported.append(sorted({name.split('.')[0] for name in sys.modules}))
print("\\n" + json.dumps(imported))
"""


@pytest.fixture(scope="module")
def imported_when_read() -> list[set[str]]:
    """The top-level modules that one new interpreter has imported after each of the commands, one by one."""
    result = subprocess.run(
        [sys.executable, "-c", f"import sys\n{READ}", json.dumps(READING)],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return [set(names) for names in json.loads(result.stdout.splitlines()[-1])]


@pytest.mark.parametrize("number", range(len(READING)), ids=lambda number: " ".join(READING[number]))
def test_a_command_that_only_reads_imports_nothing_heavy(
    imported_when_read: list[set[str]], number: int
) -> None:
    """What one of them imports, the later ones have as well: the first that fails is at fault."""
    assert {"ganzoo", "click"} <= imported_when_read[number]
    assert_light(imported_when_read[number])


def test_completing_a_name_imports_nothing_heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "_GANZOO_COMPLETE": "bash_complete", "COMP_WORDS": "ganzoo train dc", "COMP_CWORD": "2",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)

    assert_light(imported_by("from ganzoo.cli import main; main(sys.argv[1:])"))


@pytest.mark.parametrize(
    "code",
    [
        "import ganzoo",
        "import ganzoo; assert ganzoo.list_plugins('model', '*gan')",
        "import ganzoo.plugins.loading, ganzoo.settings.binding, ganzoo.scaffolding, ganzoo.trace",
        "import ganzoo.settings.training, ganzoo.settings.run, ganzoo.images, ganzoo.tables",
        "from ganzoo.settings import merging\n"
        "merging.resolve({'model.name': 'dcgan', 'dataset.name': 'digits'})",
    ],
)
def test_what_checks_settings_imports_nothing_heavy(code: str) -> None:
    modules = imported_by(code)

    assert "ganzoo" in modules
    assert_light(modules)


def test_heavy_modules_would_be_noticed() -> None:
    assert {"torch", "numpy"} <= imported_by("import ganzoo; ganzoo.create_model")


# What plugins may import


def plugin_files() -> list[Path]:
    """Every Python file of every official plugin, without its tests."""
    return sorted((ROOT / "plugins").glob("*/ganzoo_*/**/*.py"))


@pytest.mark.parametrize("path", plugin_files(), ids=name_of)
def test_a_plugin_uses_public_doors_only(path: Path) -> None:
    of_the_core = {name.rpartition(".")[0] for name in imports(path) if name.split(".")[0] == "ganzoo"}

    assert of_the_core <= PUBLIC_DOORS


@pytest.mark.parametrize("path", plugin_files(), ids=name_of)
def test_a_plugin_declares_the_plugins_and_the_core_that_it_uses(path: Path) -> None:
    project = pyprojects()[path.relative_to(ROOT).parts[1]]
    packages = {name.split(".")[0] for name in imports(path)}
    used = {name.replace("_", "-") for name in packages if name.startswith("ganzoo_")}
    if "ganzoo" in packages:
        used.add("ganzoo-torch")

    assert used - {project["name"]} <= dependencies(project)


# The distributions


def test_the_core_is_called_ganzoo_torch() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["name"] == "ganzoo-torch"
    assert project["scripts"] == {"ganzoo": "ganzoo.cli:main"}
    assert importlib.metadata.version("ganzoo-torch") == project["version"]


def test_the_extra_zoo_names_every_distribution_with_plugins() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert {name for name, _, _, _ in entry_points()} == set(project["optional-dependencies"]["zoo"])


@pytest.mark.parametrize("project", pyprojects().values(), ids=pyprojects())
def test_a_plugin_does_not_depend_on_the_unrelated_package_ganzoo(project: dict[str, Any]) -> None:
    assert "ganzoo" not in dependencies(project)


@pytest.mark.parametrize(("distribution", "kind", "name", "target"), entry_points())
def test_an_official_plugin_loads_and_is_final(distribution: str, kind: str, name: str, target: str) -> None:
    plugin = lookup.find(kind, f"{distribution}:{name}")

    assert (plugin.target, plugin.problem) == (target, None)
    assert discovery.card(plugin).summary
    cls = loading.load(plugin)
    assert getattr(cls, "__final__", False), f"{target} lacks @final"
    assert all(parameter.documentation for parameter in discovery.card(plugin).settings)
