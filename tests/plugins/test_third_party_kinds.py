"""A third party's kind, as the plugin guide shows it: installed, listed, checked, scaffolded, trained."""

from __future__ import annotations

import json
import re
import shlex
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "plugin-guide.md"

_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def chapter() -> str:
    """The guide's chapter about kinds."""
    return GUIDE.read_text("utf-8").split("\n## A kind of your own\n")[1].split("\n## ")[0]


def files() -> dict[str, str]:
    """The package's files by their path below its folder."""
    found = {}
    for fence in _FENCE.finditer(chapter()):
        _, _, path = fence["info"].partition("file=acme-noise/")
        if path:
            found[path] = fence["body"]
    return found


def commands() -> list[tuple[list[str], list[str]]]:
    """The arguments of every `$ ganzoo ...`, and the lines that it is said to print."""
    (block,) = [fence["body"] for fence in _FENCE.finditer(chapter()) if fence["info"] == "console no-run"]
    parts = block.replace("\\\n", " ").split("$ ")[1:]
    lines = [part.splitlines() for part in parts if part.startswith("ganzoo ")]
    return [(shlex.split(command)[1:], [line for line in said if line != "..."]) for command, *said in lines]


def install(site: Any, **changes: str) -> None:
    """Installs the package of the guide, with some of its files changed."""
    package = files() | {path.replace("__", "/", 1) + ".py": text for path, text in changes.items()}
    project = tomllib.loads(package.pop("pyproject.toml"))["project"]
    site.install(project["name"], project["entry-points"], package, project["version"])


def test_the_guide_shows_every_file_of_its_package() -> None:
    tree = re.search(r"```text\n(acme-noise/.*?)```", chapter(), re.DOTALL)
    assert tree is not None
    shown = re.findall(r"── ([\w.]+\.\w+)", tree[1])
    assert sorted(shown) == sorted(Path(path).name for path in files())


def test_listing_and_showing_import_nothing(site: Any, ganzoo: Callable[..., Any]) -> None:
    install(site)

    listed = ganzoo("list", "noise", "--json").json
    shown = ganzoo("show", "noisy", "--json").json["plugins"]

    assert [plugin["full_name"] for plugin in listed["plugins"]] == ["acme-noise:gaussian"]
    assert listed["warnings"] == []
    assert [setting["name"] for setting in listed["plugins"][0]["settings"]] == ["deviation"]
    assert shown[0]["components"] == {"noise": "acme-noise:gaussian"}
    assert not [name for name in sys.modules if name.startswith("acme_noise")]


@pytest.mark.slow
def test_every_command_of_the_guide_does_what_it_shows(
    site: Any, ganzoo_command: Callable[..., Any], tmp_path: Path
) -> None:
    install(site)

    for arguments, promised in commands():
        result = ganzoo_command(*arguments, path=site.path)
        assert result.returncode == 0, f"{arguments}\n{result.stdout}\n{result.stderr}"
        printed = (result.stdout + result.stderr).splitlines()
        assert [line for line in promised if line not in printed] == [], f"{arguments}\n{result.stdout}"

    configuration = json.loads((tmp_path / "noisy-run" / "config.json").read_text("utf-8"))
    assert configuration["noise"]["name"].endswith("__init__.py:DropMaps")
    assert configuration["noise"]["probability"] == 0.2
    assert "deviation" not in configuration["noise"], "the recipe's setting was of another plugin"
    project = tomllib.loads((tmp_path / "ganzoo-drop-maps" / "pyproject.toml").read_text("utf-8"))["project"]
    assert "acme-noise>=0.1,<0.2" in project["dependencies"]
    assert project["entry-points"] == {"acme_noise.noises": {"drop-maps": "ganzoo_drop_maps:DropMaps"}}


@pytest.mark.slow
def test_the_recipe_speaks_of_the_slot(site: Any, ganzoo_command: Callable[..., Any], tmp_path: Path) -> None:
    install(site)

    run = ["train", "noisy", "--dataset", "digits", "--max-steps", "2", "--batch-size", "32", "--out", "run"]
    result = ganzoo_command(*run, path=site.path)
    help_page = ganzoo_command("train", "--help", path=site.path)

    assert result.returncode == 0, result.stderr
    configuration = json.loads((tmp_path / "run" / "config.json").read_text("utf-8"))
    assert configuration["noise"] == {"name": "acme-noise:gaussian", "deviation": 0.05}
    assert re.search(r"--noise NAME +Noise on feature maps\.", help_page.stdout)


@pytest.mark.usefixtures("forked_imports")
def test_a_broken_promise_is_found(site: Any, ganzoo: Callable[..., Any]) -> None:
    restless = files()["acme_noise/gaussian.py"].replace(" if self.training else maps", "")
    install(site, acme_noise__gaussian=restless)

    result = ganzoo("check", "gaussian")

    assert result.code == 1
    assert "FAIL  rests-in-evaluation-mode" in result.out
    assert "it changes the maps in evaluation mode" in result.err


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ('role = "component"', 'role = "required"', "its role is 'required', not one of component, none"),
        ('group = "acme_noise.noises"', 'group = "ganzoo.models"', "with that group, already"),
        ('interface = "acme_noise:Noise"', 'interface = "Noise"', "'Noise' is not 'module:Name'"),
        ('checks = "acme_noise.kind:SUITE"', "", "does not say its checks"),
        ('group = "acme_noise.noises"', "group = compute()", "group"),
    ],
    ids=["a role of the core's", "a group that is taken", "no target", "no checks", "computed"],
)
def test_a_declaration_that_cannot_be_used_is_left_out_with_the_reason(
    site: Any, ganzoo: Callable[..., Any], before: str, after: str, reason: str
) -> None:
    declaration = files()["acme_noise/kind.py"]
    assert before in declaration
    install(site, acme_noise__kind=declaration.replace(before, after))

    (warning,) = ganzoo("list", "--json").json["warnings"]

    assert warning.startswith("the kind 'noise' of acme-noise is left out: ")
    assert reason in warning


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("epochs", "--epochs is an option of ganzoo train already"),
        ("data-dir", "--data-dir is an option of ganzoo train already"),
        ("batch_size", "--batch_size is an option of ganzoo train already"),
        ("help", "--help is an option of ganzoo train already"),
        ("schema", "'schema' is a section of its own"),
        ("3d", "its name is not lower-case words"),
        ("a.b", "its name is not lower-case words"),
    ],
)
def test_a_name_that_would_break_other_commands_is_refused(
    site: Any, ganzoo_command: Callable[..., Any], name: str, reason: str
) -> None:
    package = files()
    del package["pyproject.toml"]
    site.install("acme-noise", {"ganzoo.kinds": {name: "acme_noise.kind:NoiseKind"}}, package)

    listed = ganzoo_command("list", path=site.path)
    help_page = ganzoo_command("train", "--help", path=site.path)

    assert reason in listed.stderr
    assert (help_page.returncode, help_page.stderr) == (0, "")


def test_every_option_of_train_is_reserved() -> None:
    from ganzoo.cli.options import plugin_kinds
    from ganzoo.cli.train_command import command
    from ganzoo.plugins.kinds import RESERVED_OPTIONS

    kinds = {"model", *(kind.name for kind in plugin_kinds())}
    options = {option.removeprefix("--") for parameter in command.params for option in parameter.opts}
    destinations = {str(parameter.name).replace("_", "-") for parameter in command.params}
    assert options | destinations | {"help", "settings", "observer"} == {*RESERVED_OPTIONS, *kinds}


@pytest.mark.parametrize("attributes", ['{"x": "nonsense["}', '{"recipe": "int"}', '{"published": "str"}'])
def test_attributes_of_no_type_or_another_are_refused(
    site: Any, ganzoo: Callable[..., Any], attributes: str
) -> None:
    declaration = files()["acme_noise/kind.py"]
    before = 'attributes = {"published": "dict[str, tuple[float, dict[str, str]]]"}'
    assert before in declaration
    install(site, acme_noise__kind=declaration.replace(before, f"attributes = {attributes}"))

    (warning,) = ganzoo("list", "--json").json["warnings"]

    assert "is left out: the kind 'noise' can't be used: its attribute" in warning


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (
            'checks = "acme_noise.kind:SUITE"',
            'checks = "acme_noise.kind:NoiseKind"',
            "are not a ganzoo.testing",
        ),
        ('interface = "acme_noise:Noise"', 'interface = "acme_noise.kind:SUITE"', "is not a class"),
        ('interface = "acme_noise:Noise"', 'interface = "acme_noise.gone:Noise"', "can't be imported"),
    ],
    ids=["no suite", "no class", "no module"],
)
@pytest.mark.usefixtures("forked_imports")
def test_checks_or_an_interface_that_are_none_are_a_plugin_error(
    site: Any, ganzoo: Callable[..., Any], before: str, after: str, reason: str
) -> None:
    declaration = files()["acme_noise/kind.py"]
    assert before in declaration
    install(site, acme_noise__kind=declaration.replace(before, after))

    result = ganzoo("check", "gaussian")

    assert result.code == 3
    assert reason in result.err


@pytest.mark.parametrize("text", [None, "class $nope: $", "class $class_name(:", b"\xff"])
def test_a_template_that_cannot_be_filled_in_is_a_plugin_error(
    site: Any, ganzoo: Callable[..., Any], text: str | bytes | None
) -> None:
    package = files()
    del package["pyproject.toml"]
    (template,) = (path for path in package if path.endswith(".template"))
    changed: dict[str, str | bytes] = {path: other for path, other in package.items() if path != template}
    site.install(
        "acme-noise",
        {"ganzoo.kinds": {"noise": "acme_noise.kind:NoiseKind"}},
        changed if text is None else changed | {template: text},
    )

    result = ganzoo("new", "noise", "mine")

    assert result.code == 3
    assert "can't be used" in result.err
