"""The registry: finding plugins by name without importing them, and loading exactly the one asked for."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganzoo
from ganzoo.errors import PluginError, UsageError
from ganzoo.interfaces import Upsampling
from ganzoo.plugins import discovery, kinds, loading, lookup
from ganzoo.plugins.source import SourceError

UPSAMPLINGS = "ganzoo.upsamplings"
TOY = '''
from ganzoo.interfaces import Upsampling
class Toy(Upsampling):
    """A toy."""
    ganzoo_api = 1
    def forward(self, images): return images
'''


def toy(module: str = "zoo_a") -> dict[str, dict[str, str]]:
    """Entry points that announce one upsampling called toy."""
    return {UPSAMPLINGS: {"toy": f"{module}:Toy"}}


def names(kind: str | None = None) -> list[str]:
    """The full names of what is found."""
    plugins = discovery.discover().plugins
    return [plugin.full_name for plugin in plugins if kind in (None, plugin.kind)]


# Discovery


def test_nothing_is_installed(alone: Any) -> None:
    assert discovery.discover() == discovery.Discovery((), ())

    for name in ("dcgan", "ganzoo-models:dcgan"):
        with pytest.raises(UsageError, match=r"no model is installed.*\n.*pip install 'ganzoo-torch\[zoo\]'"):
            lookup.find("model", name)


def test_the_core_alone_says_that_nothing_is_installed(tmp_path: Path) -> None:
    core, packages = Path(ganzoo.__file__).parent, tmp_path / "packages"
    for package in (core, Path(click.__file__).parent):
        shutil.copytree(package, packages / package.name)
    code = (
        f"import sys; sys.path.insert(0, {str(packages)!r}); from ganzoo.cli import main; main(sys.argv[1:])"
    )

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", "-c", code, *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)

    listed, trained = run("list"), run("train", "dcgan")

    assert (listed.returncode, listed.stdout) == (0, "")
    assert "pip install 'ganzoo-torch[zoo]'" in listed.stderr
    assert trained.returncode == 2
    assert "pip install 'ganzoo-torch[zoo]'" in trained.stderr


@pytest.mark.parametrize("kind", discovery.kinds().values(), ids=lambda kind: kind.name)
def test_every_kind_has_a_group(alone: Any, kind: kinds.Kind) -> None:
    alone.install("Acme_Parts", {kind.group: {"toy": "zoo_a:Toy"}}, {"zoo_a.py": TOY}, version="2.5")

    assert discovery.discover().plugins == (
        discovery.Plugin(kind.name, "toy", "zoo_a:Toy", distribution="acme-parts", version="2.5"),
    )


def test_what_is_installed_later_is_found(alone: Any) -> None:
    assert names() == []
    alone.install("acme", toy(), {"zoo_a.py": TOY})

    assert names() == ["acme:toy"]


def test_plugins_are_sorted_by_kind_and_name(alone: Any) -> None:
    alone.install("zeta", {UPSAMPLINGS: {"b": "zoo_a:Toy", "a": "zoo_a:Toy"}}, {"zoo_a.py": TOY})
    alone.install("alpha", {"ganzoo.models": {"c": "zoo_a:Toy"}, UPSAMPLINGS: {"b": "zoo_a:Toy"}})

    assert names() == ["alpha:c", "zeta:a", "alpha:b", "zeta:b"]


def test_other_entry_points_are_none_of_ours(alone: Any) -> None:
    alone.install("tool", {"console_scripts": {"tool": "tool:main"}, "ganzoo.unknown": {"a": "b:C"}})

    assert discovery.discover() == discovery.Discovery((), ())


@pytest.mark.parametrize(
    ("name", "target", "problem"),
    [
        ("Toy", "zoo_a:Toy", "its name is not made of"),
        ("to:y", "zoo_a:Toy", "its name is not made of"),
        ("[red]toy[/red]", "zoo_a:Toy", "its name is not made of"),
        ("to\x07y\x1b[31m", "zoo_a:Toy", "its name is not made of"),
        ("t" * 100_000, "zoo_a:Toy", "its name is not made of"),
        ("toy", "zoo_a", "its entry point 'zoo_a' is not 'module:Class'"),
        ("toy", ":Toy", "its entry point ':Toy' is not 'module:Class'"),
        ("toy", "zoo_a:Toy()", "is not 'module:Class'"),
    ],
)
def test_a_wrong_entry_point_is_listed_and_refused(alone: Any, name: str, target: str, problem: str) -> None:
    alone.install("acme", {UPSAMPLINGS: {name: target}}, {"zoo_a.py": TOY})

    (plugin,) = discovery.discover().plugins

    assert problem in (plugin.problem or "")
    assert plugin.name.isprintable()
    assert len(plugin.name) <= 200
    with pytest.raises(PluginError, match="could not be loaded"):
        loading.load(plugin)


@pytest.mark.parametrize(
    "damage",
    [
        {"METADATA": b"Name: \xff\xfe\n"},
        {"METADATA": b""},
        {"METADATA": None},
        {"entry_points.txt": b"[ganzoo.upsamplings]\nno equals sign\n"},
        {"entry_points.txt": b"\xff\xfe"},
        {"entry_points.txt": None},
        {"RECORD": None},
    ],
)
def test_damaged_metadata_harm_nobody_else(alone: Any, damage: dict[str, bytes | None]) -> None:
    folder = alone.install("broken", toy(), {"zoo_a.py": TOY})
    alone.install("good", toy(), {"zoo_a.py": TOY})
    for name, content in damage.items():
        (folder / name).unlink()
        if content is not None:
            (folder / name).write_bytes(content)

    assert "good:toy" in names()


def test_list_names_both_of_two_plugins_of_one_name(site: Any, ganzoo_command: Any) -> None:
    site.install("alpha", toy(), {"zoo_a.py": TOY})
    site.install("beta", toy())

    listed = ganzoo_command("list", "upsampling", path=site.path)

    rows = {line.split()[0] for line in listed.stdout.splitlines() if "A toy." in line}
    assert rows == {"alpha:toy", "beta:toy"}


# The same distribution twice


@pytest.mark.parametrize("stale_first", [False, True])
def test_an_installed_distribution_wins_over_a_stale_build(
    alone: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stale_first: bool
) -> None:
    checkout = type(alone)(tmp_path / "checkout")
    stale = checkout.install("acme-zoo", toy(), version="0.9", egg_info=True)
    entries = {UPSAMPLINGS: {"toy": "zoo_a:Toy", "new": "zoo_a:Toy"}}
    used = alone.install("acme-zoo", entries, {"zoo_a.py": TOY}, version="1.0")
    path = [str(alone.path), str(checkout.path)]
    monkeypatch.setattr(sys, "path", path[::-1] if stale_first else path)

    found = discovery.discover()

    assert [(p.full_name, p.version) for p in found.plugins] == [
        ("acme-zoo:new", "1.0"),
        ("acme-zoo:toy", "1.0"),
    ]
    assert found.warnings == (
        f"{stale} is stale: it announces toy for acme-zoo, while {used}, which is used, "
        "announces new, toy; delete the stale folder, or reinstall acme-zoo",
    )


def test_the_same_distribution_twice_is_one(
    alone: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = type(alone)(tmp_path / "checkout")
    checkout.install("Acme.Zoo", toy(), egg_info=True)
    alone.install("acme-zoo", toy(), {"zoo_a.py": TOY})
    monkeypatch.syspath_prepend(checkout.path)

    assert names() == ["acme-zoo:toy"]
    assert discovery.discover().warnings == ()
    assert lookup.find("upsampling", "toy").distribution == "acme-zoo"


def test_a_damaged_installation_beside_a_stale_build_harms_nobody(
    alone: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = type(alone)(tmp_path / "checkout")
    checkout.install("acme", toy(), egg_info=True)
    alone.install("acme", "[ganzoo.upsamplings]\nno equals sign\n")
    alone.install("good", toy(), {"zoo_a.py": TOY})
    monkeypatch.syspath_prepend(checkout.path)

    assert names() == ["good:toy"]
    assert "is stale: it announces toy for acme" in discovery.discover().warnings[0]


def test_an_installed_distribution_in_a_zip_file_wins_too(
    alone: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = type(alone)(tmp_path / "checkout")
    checkout.install("acme", toy("zoo_old"), version="0.9", egg_info=True)
    alone.install("acme", toy(), {"zoo_a.py": TOY}, version="1.0")
    archive = shutil.make_archive(str(tmp_path / "site"), "zip", alone.path)
    monkeypatch.setattr(sys, "path", [str(checkout.path), archive])

    assert [(p.full_name, p.version, p.target) for p in discovery.discover().plugins] == [
        ("acme:toy", "1.0", "zoo_a:Toy")
    ]


def test_a_build_that_is_not_installed_is_found(alone: Any) -> None:
    alone.install("acme", toy(), {"zoo_a.py": TOY}, egg_info=True)

    assert names() == ["acme:toy"]


def test_list_warns_of_a_stale_build(site: Any, ganzoo_command: Any) -> None:
    site.install("acme", toy(), {"zoo_a.py": TOY})
    stale = site.install("acme", {UPSAMPLINGS: {"old": "zoo_a:Toy"}}, egg_info=True)

    listed = ganzoo_command("list", path=site.path)
    as_json = ganzoo_command("list", "--json", path=site.path)

    assert listed.returncode == 0
    assert f"warning: {stale} is stale" in listed.stderr
    assert str(stale) in json.loads(as_json.stdout)["warnings"][0]


# GANZOO_PLUGINS


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ["alpha-zoo:toy", "beta:toy"]),
        ("beta", ["beta:toy"]),
        ("beta,alpha-zoo", ["alpha-zoo:toy", "beta:toy"]),
        (" Alpha_Zoo , ,", ["alpha-zoo:toy"]),
        ("ALPHA.zoo", ["alpha-zoo:toy"]),
        ("", []),
        (" , ", []),
    ],
)
def test_the_variable_chooses_distributions(
    alone: Any, monkeypatch: pytest.MonkeyPatch, value: str | None, expected: list[str]
) -> None:
    alone.install("alpha-zoo", toy(), {"zoo_a.py": TOY})
    alone.install("beta", toy())
    if value is not None:
        monkeypatch.setenv("GANZOO_PLUGINS", value)

    assert names() == expected


def test_the_variable_may_not_name_what_provides_no_plugin(
    alone: Any, monkeypatch: pytest.MonkeyPatch, ganzoo_command: Any
) -> None:
    alone.install("alpha-zoo", toy(), {"zoo_a.py": TOY})
    monkeypatch.setenv("GANZOO_PLUGINS", "alhpa-zoo")

    with pytest.raises(UsageError) as caught:
        discovery.discover()
    assert str(caught.value) == (
        "GANZOO_PLUGINS names 'alhpa-zoo', which provides no plugin; did you mean 'alpha-zoo'?\n"
        "installed: alpha-zoo; unset GANZOO_PLUGINS to use them all"
    )

    listed = ganzoo_command("list", path=alone.path, plugins="alhpa-zoo")
    assert (listed.returncode, listed.stdout) == (2, "")
    assert "did you mean 'alpha-zoo'?" in listed.stderr
    assert "Traceback" not in listed.stderr


@pytest.mark.parametrize("value", ["", "beta"])
def test_a_plugin_that_the_variable_hides_is_not_called_missing(
    alone: Any, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    alone.install("alpha", toy(), {"zoo_a.py": TOY})
    alone.install("beta", {UPSAMPLINGS: {"other": "zoo_a:Toy"}})
    monkeypatch.setenv("GANZOO_PLUGINS", value)

    with pytest.raises(UsageError) as caught:
        lookup.find("upsampling", "toy")
    assert "GANZOO_PLUGINS" in str(caught.value)
    assert "pip install" not in str(caught.value)


# Names


@pytest.mark.parametrize("name", ["toy", "acme-zoo:toy", "Acme_Zoo:toy", "acme.zoo:toy"])
def test_a_plugin_is_found_by_bare_and_full_name(site: Any, name: str) -> None:
    site.install("acme-zoo", toy(), {"zoo_a.py": TOY})

    plugin = lookup.find("upsampling", name)

    assert (plugin.full_name, plugin.provider) == ("acme-zoo:toy", "acme-zoo 1.0")
    assert loading.load(plugin).__doc__ == "A toy."


def test_a_name_that_two_distributions_have_must_be_said_in_full(site: Any) -> None:
    site.install("alpha", toy("zoo_a"), {"zoo_a.py": TOY})
    site.install("beta", toy("zoo_b"), {"zoo_b.py": TOY})

    with pytest.raises(UsageError, match="'toy' is provided twice; say which: alpha:toy and beta:toy"):
        lookup.find("upsampling", "toy")
    assert loading.load(lookup.find("upsampling", "beta:toy")).__module__ == "zoo_b"
    assert loading.load(lookup.find("upsampling", "alpha:toy")).__module__ == "zoo_a"


def test_one_name_may_stand_for_plugins_of_two_kinds(site: Any) -> None:
    site.install("acme", {**toy(), "ganzoo.objectives": {"toy": "zoo_a:Loss"}}, {"zoo_a.py": TOY})

    assert lookup.find("upsampling", "toy").target == "zoo_a:Toy"
    assert lookup.find("objective", "toy").target == "zoo_a:Loss"


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("upsampling", "tyo-up", "no upsampling is called 'tyo-up'; did you mean 'toy-up'"),
        ("upsampling", "acme:tyo-up", "'acme:toy-up'"),
        ("upsampling", "acme:tyo_up", "'acme:toy-up'"),
        ("upsampling", "zzzzz", r"installed: .*toy-up.*path/to/file\.py:Class"),
        ("upsampling", "Gone_zoo:toy-up", "'Gone_zoo:toy-up' is not there: 'Gone_zoo' is not installed"),
        ("upsampling", "acme:other", "no upsampling is called 'acme:other'"),
        ("model", "toy-up", r"no model is called 'toy-up' \(there is an upsampling of that name\)"),
        ("upsampling", "", "no upsampling is called ''"),
        ("upsampling", "a\x1b[31mb", r"no upsampling is called 'a \[31mb'"),
        ("upsampling", "zoo_none:Toy", "'zoo_none:Toy': there is no module 'zoo_none'"),
        ("upsampling", "zoo_a.none:Toy", "'zoo_a' is a module, not a package"),
        ("upsampling", "zoo_a:Tyo", "'zoo_a' defines no class 'Tyo'"),
        ("upsampling", "none.py:Toy", "the upsampling can't be read from 'none.py': No such file"),
        ("upsampling", "~nobody-of-that-name/a.py:Toy", "the upsampling can't be read from"),
        ("upsampling", "nul\0.py:Toy", "the upsampling can't be read from"),
        ("upsampling", f"{'long' * 2000}.py:Toy", "the upsampling can't be read from"),
    ],
)  # fmt: skip
def test_an_unknown_name_is_a_usage_error_with_what_is_near(
    site: Any, kind: str, name: str, message: str
) -> None:
    entries = {UPSAMPLINGS: {"toy-up": "zoo_a:Toy"}, "ganzoo.models": {"m": "zoo_a:M"}}
    site.install("acme", entries, {"zoo_a.py": TOY})

    with pytest.raises(UsageError, match=message) as caught:
        lookup.find(kind, name)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", [None, 7, ["a"], {"a": 1}])
def test_what_a_file_gives_for_a_name_and_is_none_is_refused(name: Any) -> None:
    with pytest.raises(UsageError, match="is no name of a plugin of the kind upsampling"):
        lookup.find("upsampling", name)


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.text(), st.from_regex(r"[./~a-z]*(\.py)?:[A-Za-z_.:]*", fullmatch=True)))
def test_any_text_names_a_plugin_or_is_a_usage_error(name: str) -> None:
    try:
        plugin = lookup.find("upsampling", name)
    except UsageError:
        return
    assert plugin.kind == "upsampling"


def test_the_command_line_says_what_is_near(ganzoo_command: Any, site: Any) -> None:
    site.install("acme", {UPSAMPLINGS: {"toy-up": "zoo_a:Toy"}}, {"zoo_a.py": TOY})

    shown = ganzoo_command("show", "tyo-up", path=site.path)

    assert (shown.returncode, shown.stdout) == (2, "")
    assert "no plugin is called 'tyo-up'; did you mean 'toy-up'" in shown.stderr


# Classes that no distribution provides


@pytest.mark.parametrize("name", ["toys.py:Toy", "./toys.py:Toy", "../here/toys.py:Toy", "ABSOLUTE:Toy"])
def test_a_class_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "toys.py").write_text(TOY)
    monkeypatch.chdir(folder)

    plugin = lookup.find("upsampling", name.replace("ABSOLUTE", str(folder / "toys.py")))

    assert plugin.full_name == f"{folder}/toys.py:Toy"
    assert plugin.provider == f"{folder}/toys.py"
    assert (plugin.name, plugin.distribution) == ("toy", None)
    assert (plugin.version or "").startswith("sha256:")
    cls = loading.load(plugin)
    assert issubclass(cls, Upsampling)
    assert loading.load(plugin) is cls


@pytest.mark.parametrize("folder", ["with space", "with:colon", "mit Ümlaut", "dots.in.name"])
def test_a_file_may_lie_anywhere(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "toys.py"
    path.parent.mkdir()
    path.write_text(TOY)

    assert loading.load(lookup.find("upsampling", f"{path}:Toy")).__doc__ == "A toy."


def test_two_files_of_one_name_are_two_modules(tmp_path: Path) -> None:
    classes = []
    for folder in ("a", "b"):
        path = tmp_path / folder / "toys.py"
        path.parent.mkdir()
        path.write_text(TOY)
        classes.append(loading.load(lookup.find("upsampling", f"{path}:Toy")))

    assert classes[0] is not classes[1]


def test_a_file_that_has_changed_is_another_version(tmp_path: Path) -> None:
    path = tmp_path / "toys.py"
    path.write_text(TOY)
    before = lookup.find("upsampling", f"{path}:Toy")
    assert loading.load(before).__doc__ == "A toy."
    path.write_text(TOY.replace("A toy.", "A new toy."))

    after = lookup.find("upsampling", f"{path}:Toy")

    assert before.version != after.version
    assert discovery.card(after).summary == "A new toy."
    assert loading.load(after).__doc__ == "A new toy."


def test_a_file_that_lacks_the_class_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "toys.py").write_text(TOY)

    with pytest.raises(UsageError, match=r"toys\.py' defines no class 'Tyo'"):
        lookup.find("upsampling", f"{tmp_path}/toys.py:Tyo")


@pytest.mark.parametrize("future", ["", "from __future__ import annotations\n"])
def test_a_file_may_hold_dataclasses(tmp_path: Path, future: str) -> None:
    (tmp_path / "toys.py").write_text(
        f"{future}from dataclasses import dataclass\nfrom typing import ClassVar\n{TOY}\n"
        "    @dataclass(frozen=True, kw_only=True)\n    class Config:\n"
        "        most: ClassVar[int] = 9\n        size: int = 3\n"
    )

    cls = loading.load(lookup.find("upsampling", f"{tmp_path}/toys.py:Toy"))

    assert cls.Config(size=5).size == 5


def test_a_file_is_run_again_after_it_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "toys.py"
    path.write_text("import os\nif 'ZOO_FAIL' in os.environ: raise OSError('no')\n" + TOY)
    plugin = lookup.find("upsampling", f"{path}:Toy")

    monkeypatch.setenv("ZOO_FAIL", "1")
    with pytest.raises(PluginError, match="cause: OSError: no"):
        loading.load(plugin)
    monkeypatch.delenv("ZOO_FAIL")
    assert loading.load(plugin).__doc__ == "A toy."


def test_a_class_in_a_module(site: Any) -> None:
    site.write({"zoo_a/__init__.py": "", "zoo_a/b.py": TOY})

    plugin = lookup.find("upsampling", "zoo_a.b:Toy")

    assert (plugin.full_name, plugin.name, plugin.provider) == ("zoo_a.b:Toy", "toy", "zoo_a.b")
    assert loading.load(plugin).__module__ == "zoo_a.b"


def test_a_class_itself() -> None:
    class Mine(Upsampling):
        """My own."""

        ganzoo_api = 1

        def forward(self, images: Any) -> Any:
            return images

    plugin = lookup.find("upsampling", Mine)

    assert loading.load(plugin) is Mine
    assert discovery.card(plugin).summary == "My own."


def test_show_reads_a_class_in_a_file(tmp_path: Path, ganzoo_command: Any) -> None:
    (tmp_path / "toys.py").write_text("raise RuntimeError\n" + TOY)

    shown = ganzoo_command("show", "toys.py:Toy")

    assert (shown.returncode, shown.stderr) == (0, "")
    assert "A toy." in shown.stdout


# The API version


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("pass", "it does not say which plugin API it is written for; its class needs 'ganzoo_api = 1'"),
        ("ganzoo_api = None", "it does not say which plugin API"),
        ("ganzoo_api = 99", "it is written for plugin API 99, this GanZoo supports 1"),
        ("ganzoo_api = 0", "it is written for plugin API 0, this GanZoo supports 1"),
        ("ganzoo_api = '1'", "it is written for plugin API 1, this GanZoo supports 1"),
        ("ganzoo_api = [1]", r"it is written for plugin API \[1\], this GanZoo supports 1"),
    ],
)
def test_another_api_version_is_listed_and_refused(site: Any, line: str, problem: str) -> None:
    site.install("acme", toy(), {"zoo_a.py": "raise RuntimeError\n" + TOY.replace("ganzoo_api = 1", line)})

    plugin = lookup.find("upsampling", "acme:toy")

    assert plugin.problem is not None
    with pytest.raises(PluginError, match=problem) as caught:
        loading.load(plugin)
    assert caught.value.exit_code == 3
    assert_complete(str(caught.value))
    assert discovery.card(plugin).summary == "A toy."


@pytest.mark.parametrize(("value", "works"), [("int('1')", True), ("int('99')", False)])
def test_a_computed_api_version_is_listed_with_the_reason_and_checked_on_use(
    site: Any, value: str, works: bool
) -> None:
    site.install("acme", toy(), {"zoo_a.py": TOY.replace("ganzoo_api = 1", f"ganzoo_api = {value}")})
    plugin = lookup.find("upsampling", "acme:toy")

    with pytest.raises(SourceError, match="ganzoo_api is computed"):
        discovery.card(plugin)
    if works:
        assert loading.load(plugin).__doc__ == "A toy."
    else:
        with pytest.raises(PluginError, match="written for plugin API 99"):
            loading.load(plugin)


def test_the_api_version_is_not_inherited(site: Any) -> None:
    site.install("acme", toy(), {"zoo_a.py": TOY.replace("Toy", "Base") + "class Toy(Base): pass\n"})

    with pytest.raises(PluginError, match="does not say which plugin API"):
        loading.load(lookup.find("upsampling", "acme:toy"))


def test_a_class_itself_must_say_its_api_version() -> None:
    class Base(Upsampling):
        ganzoo_api = 1

        def forward(self, images: Any) -> Any:
            return images

    class Mine(Base):
        pass

    with pytest.raises(PluginError, match="does not say which plugin API"):
        loading.load(lookup.find("upsampling", Mine))


# Broken plugins

BROKEN = {
    "raises": ("raise RuntimeError('out of\\x1b[2J order')\n" + TOY, "RuntimeError: out of [2J order"),
    "exits": ("import sys\nsys.exit(7)\n" + TOY, "SystemExit: 7"),
    "lacks an import": ("import zoo_missing\n" + TOY, "ModuleNotFoundError: No module named 'zoo_missing'"),
    "syntax": ("class Toy(:\n", "SyntaxError"),
    "lacks the class": ("Other = 1\n", "AttributeError: module 'zoo_a' has no attribute 'Toy'"),
    "lacks the module": (None, "ModuleNotFoundError: No module named 'zoo_a'"),
    "no class": ("Toy = 3\n", "it is not a subclass of ganzoo.interfaces.Upsampling"),
    "another base": (
        TOY.replace("Upsampling", "Objective"),
        "it is not a subclass of ganzoo.interfaces.Upsampling",
    ),
    "no base": ("class Toy:\n    ganzoo_api = 1\n", "it is not a subclass of ganzoo.interfaces.Upsampling"),
    "abstract": (TOY.replace("forward", "backward"), "it does not implement forward"),
}  # fmt: skip


TRACEBACK = "\nits traceback: ganzoo --verbose ..."
"""What a failing import is said with at the end."""


def assert_complete(message: str) -> None:
    """A refusal names the distribution, version and target, the cause, and the remedy."""
    assert "the upsampling 'acme:toy' could not be loaded (acme 1.0, entry point zoo_a:Toy)" in message
    assert "\ncause: " in message
    remedies = message.removesuffix(TRACEBACK)
    assert remedies.endswith("\nreinstall or remove it: pip uninstall acme")
    assert all(line.isprintable() for line in message.split("\n"))


@pytest.mark.parametrize(("source", "cause"), BROKEN.values(), ids=BROKEN)
def test_a_broken_plugin_says_what_to_do_and_harms_nobody_else(
    alone: Any, source: str | None, cause: str
) -> None:
    alone.install("acme", toy(), {} if source is None else {"zoo_a.py": source})
    alone.install("good", {UPSAMPLINGS: {"fine": "zoo_b:Toy"}}, {"zoo_b.py": TOY})
    assert names() == ["good:fine", "acme:toy"]

    with pytest.raises(PluginError) as caught:
        loading.load(lookup.find("upsampling", "toy"))

    assert caught.value.exit_code == 3
    assert f"cause: {cause}" in str(caught.value)
    assert_complete(str(caught.value))
    assert loading.load(lookup.find("upsampling", "fine")).__doc__ == "A toy."


def test_an_interrupt_is_no_failure_of_the_plugin(site: Any) -> None:
    site.install("acme", toy(), {"zoo_a.py": "raise KeyboardInterrupt\n" + TOY})

    with pytest.raises(KeyboardInterrupt):
        loading.load(lookup.find("upsampling", "acme:toy"))


def test_a_broken_file_says_which_file_to_correct(tmp_path: Path) -> None:
    (tmp_path / "toys.py").write_text("1 / 0\n" + TOY)

    with pytest.raises(PluginError, match="ZeroDivisionError") as caught:
        loading.load(lookup.find("upsampling", f"{tmp_path}/toys.py:Toy"))
    assert str(caught.value).endswith(f"\ncorrect {tmp_path}/toys.py:Toy{TRACEBACK}")
    assert f"at {tmp_path}/toys.py, line 1" in str(caught.value)


def test_loading_imports_exactly_the_plugin_asked_for(site: Any) -> None:
    entries = {UPSAMPLINGS: {"one": "zoo_a:Toy", "two": "zoo_b:Toy"}}
    site.install("acme", entries, {"zoo_a.py": TOY, "zoo_b.py": TOY})

    loading.load(lookup.find("upsampling", "one"))

    assert "zoo_a" in sys.modules
    assert "zoo_b" not in sys.modules


def test_training_with_a_broken_plugin_exits_with_3(site: Any, ganzoo_command: Any) -> None:
    model = TOY.replace("Upsampling", "Model") + "    recipe = dict()\n1 / 0\n"
    site.install("acme", {"ganzoo.models": {"toy": "zoo_a:Toy"}}, {"zoo_a.py": model})

    trained = ganzoo_command("train", "acme:toy", path=site.path)

    assert trained.returncode == 3
    assert "the model 'acme:toy' could not be loaded (acme 1.0, entry point zoo_a:Toy)" in trained.stderr
    assert "cause: ZeroDivisionError" in trained.stderr
    assert "Traceback" not in trained.stderr


def test_list_shows_problems(site: Any, ganzoo_command: Any) -> None:
    site.install("acme", toy(), {"zoo_a.py": TOY.replace("ganzoo_api = 1", "ganzoo_api = 99")})

    listed = ganzoo_command("list", "upsampling", path=site.path)
    shown = ganzoo_command("show", "acme:toy", path=site.path)

    assert listed.returncode == shown.returncode == 0
    for output in (listed.stdout, shown.stdout):
        assert "PROBLEM: it is written for plugin API 99, this GanZoo supports 1" in output
