"""Whatever is installed, listing survives, runs none of it, and shows what is wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ganzoo.cli.options import complete_plugins
from ganzoo.errors import PluginError
from ganzoo.plugins import discovery, loading, lookup, scanning

GROUP = "ganzoo.upsamplings"

TOY = '''
from ganzoo.interfaces import Upsampling
class Toy(Upsampling):
    """A toy."""
    ganzoo_api = 1
    def forward(self, images): return images
'''

LEAVE_A_MARK = 'import os\nopen(os.environ["ZOO_MARK"], "a").close()\n'
"""Tells that the module has been run."""

HOSTILE_TEXT = "\x1b[2J\x1b]0;owned\x07\u202e[red]{x}[/red]\r\b" * 3


@dataclass(frozen=True)
class Case:
    """A hostile distribution, and what the listing says of its plugin."""

    source: str | bytes | None = TOY
    says: str = "A toy."
    module: str = "hostile_a"
    target: str | None = None
    name: str = "toy"
    files: Mapping[str, str | bytes] = field(default_factory=dict)

    @property
    def all_files(self) -> dict[str, str | bytes]:
        path = self.module.replace(".", "/") + ".py"
        return {**({} if self.source is None else {path: self.source}), **self.files}

    @property
    def entry_points(self) -> dict[str, dict[str, str]]:
        return {GROUP: {self.name: self.target or f"{self.module}:Toy"}}


CASES = {
    # Code that must not run.
    "raises": Case("raise RuntimeError('no')\n" + TOY),
    "exits": Case("import sys; sys.exit(7)\n" + TOY),
    "kills": Case("import os, signal; os.kill(os.getpid(), signal.SIGKILL)\n" + TOY),
    "prints": Case("print('{\"schema\": 99}')\n" + TOY),
    "hangs": Case("while True: pass\n" + TOY),
    "shadows a standard module": Case(module="json", says="defines no class 'Toy'"),
    "shadows a module of the core": Case(
        module="click", says="not written as a class", files={"click/__init__.py": "raise SystemExit(1)\n"}
    ),
    "points at a function that deletes folders": Case(None, "not written as a class", target="shutil:rmtree"),
    "points at the core": Case(None, "defines no class 'main'", target="ganzoo.cli:main"),
    # Where the class is, or isn't.
    "no such module": Case(None, "there is no module 'hostile_a'"),
    "no such class": Case("Other = 1\n", "defines no class 'Toy'"),
    "a built-in module": Case(None, "has no Python source text", target="sys:Toy"),
    "a namespace package": Case(module="hostile_space.part.toys"),
    "a folder in place of a module": Case(None, "no Python source text", files={"hostile_a/data.txt": ""}),
    "only compiled": Case(None, "there is no module 'hostile_a'", files={"hostile_a.pyx": TOY}),
    "not Python": Case(b"\x00\xff\xfe", "source"),
    "another encoding": Case(b"# coding: no-such-codec\n" + TOY.encode(), "source"),
    "nested beyond measure": Case("x = " + "(" * 50_000, "is not valid Python"),
    "negated beyond measure": Case("x = " + "-" * 200_000 + "1\n" + TOY, "is not valid Python"),
    "re-exports itself": Case("from hostile_a import Toy\n", "re-exported more than 8 times"),
    # Text that must not reach the terminal, or not all of it.
    "control characters and markup": Case(TOY.replace("A toy.", repr(HOSTILE_TEXT)[1:-1]), "[red]{x}[/red]"),
    "a summary of a megabyte": Case(TOY.replace("A toy.", "x" * 2**20), "x" * 100),
    "a source of three megabytes": Case(TOY + "#" * 3_000_000, "is longer than 2,000,000 characters"),
    "ten thousand settings": Case(
        TOY + "    class Config:\n" + "".join(f"        s{i}: int = {i}\n" for i in range(10_000)), "s0, s1, "
    ),
    "a default of a megabyte": Case(TOY + f"    class Config:\n        a: str = {'x' * 2**20!r}\n", "[a]"),
    "a hostile default": Case(TOY + f"    class Config:\n        a: str = {HOSTILE_TEXT!r}\n", "[a]"),
    "a hostile reason": Case(
        TOY + f"    class Config(f({HOSTILE_TEXT * 1000!r})):\n        a: int = 1\n", "Config inherits from"
    ),
    "a hostile API version": Case(TOY.replace("= 1", f"= {HOSTILE_TEXT!r}"), "written for plugin API"),
    "an unfinished docstring": Case('class Toy:\n    """\\N{no such name}"""\n', "is not valid Python"),
}  # fmt: skip


def is_fit_for_a_terminal(text: str) -> bool:
    """No control characters, and no flood."""
    return all(c.isprintable() or c == "\n" for c in text) and len(text) < 100_000


def run_as_installed(folder: Path, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """`ganzoo` in a process of its own in which a folder lies last on the path, as `site-packages` does."""
    code = (
        f"import sys; sys.path.append({str(folder)!r}); from ganzoo.cli import main; "
        "main(sys.argv[1:])"
    )  # fmt: skip
    environment = {k: v for k, v in os.environ.items() if k != discovery.VARIABLE}
    environment["ZOO_MARK"] = str(folder / "mark")
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True, text=True, env=environment, timeout=timeout, cwd=folder.parent,
    )  # fmt: skip


@pytest.fixture
def everything(site: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every case installed side by side, each with modules of its own, and one that is good."""
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry != str(site.path)])
    site.install("zoo-good", {GROUP: {"good": "zoo_good:Toy"}}, {"zoo_good.py": TOY})
    for number, case in enumerate(CASES.values()):
        names = {"hostile_a": f"hostile_a{number}", "hostile_space": f"hostile_space{number}"}
        files = {}
        for path, content in case.all_files.items():
            if isinstance(content, str) and "class Toy" in content:
                content = LEAVE_A_MARK + content if "from __future__" not in content else content
            for old, new in names.items():
                path = path.replace(old, new)
                content = content.replace(old, new) if isinstance(content, str) else content
            files[path] = content
        (target,) = case.entry_points[GROUP].values()
        for old, new in names.items():
            target = target.replace(old, new)
        site.install(f"zoo-case-{number}", {GROUP: {f"case-{number}": target}}, files)
    path: Path = site.path
    return path


@pytest.mark.slow
def test_listing_survives_everything_at_once_and_runs_none_of_it(everything: Path) -> None:
    began = time.monotonic()
    listed = run_as_installed(everything, "list", "-l")
    as_json = run_as_installed(everything, "list", "--json")

    assert listed.returncode == as_json.returncode == 0, listed.stderr + as_json.stderr
    assert is_fit_for_a_terminal(listed.stdout)
    assert listed.stderr == as_json.stderr == ""
    rows = {line.split()[0]: line for line in listed.stdout.splitlines() if line.startswith("  ")}
    plugins = {plugin["name"]: plugin for plugin in json.loads(as_json.stdout)["plugins"]}
    for number, (name, case) in enumerate(CASES.items()):
        says = case.says.replace("hostile_a", f"hostile_a{number}")
        plugin = plugins[f"case-{number}"]
        assert says in rows[f"case-{number}"], name
        assert (
            says in str(plugin["summary"]) + str(plugin["unreadable"]) + str(plugin["problem"])
            or plugin["settings"]
        ), name
    assert "A toy." in rows["good"]
    assert not (everything / "mark").exists(), "a module has been run"
    assert time.monotonic() - began < 30


@pytest.mark.slow
def test_a_mark_is_left_where_a_module_is_run(everything: Path) -> None:
    train = ["train", "dcgan", "--dataset", "digits", "--upsampling"]

    unknown = run_as_installed(everything, *train, "no-such-one")
    assert unknown.returncode == 2
    assert is_fit_for_a_terminal(unknown.stderr)
    assert not (everything / "mark").exists()

    raises = run_as_installed(everything, *train, "case-0")
    assert raises.returncode == 3, raises.stderr
    assert "cause: RuntimeError: no" in raises.stderr
    assert (everything / "mark").exists()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_show_and_completion_survive(
    site: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], case: Case
) -> None:
    from ganzoo.cli import main

    # Last on the path, as `site-packages` is: nothing that is installed hides the standard library.
    monkeypatch.setattr(sys, "path", [*(e for e in sys.path if e != str(site.path)), str(site.path)])
    monkeypatch.setenv("ZOO_MARK", str(site.path / "mark"))
    site.install("zoo-hostile", case.entry_points, case.all_files)
    for arguments in (["show", "zoo-hostile:toy"], ["show", "zoo-hostile:toy", "--json"]):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 0
        captured = capsys.readouterr()
        assert captured.err == ""
        assert "zoo-hostile:toy" in captured.out
        if "--json" in arguments:
            assert json.loads(captured.out)["schema"] == 1
            assert captured.out.isascii()
        else:
            assert is_fit_for_a_terminal(captured.out)
    for item in complete_plugins(None)(None, None, "t"):
        assert scanning.NAME.fullmatch(item.value)
        assert is_fit_for_a_terminal(item.help or "")
        assert "\n" not in (item.help or "")


# Names and metadata


@pytest.mark.parametrize(
    "name",
    [
        "$(touch owned)",
        "`reboot`",
        "a b",
        "a\x1b[31mb",
        "[red]a[/red]",
        "-rf",
        "--help",
        "..",
        "a/../../b",
        "ａ",
        "a\u202eb",
        "a" * 100_000,
    ],
    ids=lambda name: repr(name[:20]),
)
def test_a_hostile_name_is_listed_and_never_completed(
    site: Any, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    from ganzoo.cli import main

    site.install("zoo-hostile", {GROUP: {name: "hostile_a:Toy"}}, {"hostile_a.py": TOY})

    with pytest.raises(SystemExit) as stopped:
        main(["list", "upsampling"])

    assert stopped.value.code == 0
    out = capsys.readouterr().out
    assert is_fit_for_a_terminal(out)
    (row,) = [line for line in out.splitlines() if "zoo-hostile" in line]
    assert "PROBLEM: its name is not made of a-z" in row
    offered = complete_plugins("upsampling")(None, None, "")
    assert {item.value for item in offered} == {"pixel-shuffle", "resize-conv", "transposed-conv"}


@pytest.mark.parametrize(
    "name",
    ["x; rm -rf ~", "[red]x[/red]", "x\x1b[2J", "../x", "-rf", "x" * 2**20, "ｘ", "x\u202ey"],
    ids=lambda name: repr(name[:20]),
)
def test_a_hostile_distribution_is_listed_and_refused(
    alone: Any, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    folder = alone.install("zoo-hostile", {GROUP: {"toy": "hostile_a:Toy"}}, {"hostile_a.py": TOY})
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    alone.install("zoo-good", {GROUP: {"good": "zoo_good:Toy"}}, {"zoo_good.py": TOY})

    plugins = {plugin.name: plugin for plugin in discovery.discover().plugins}

    assert plugins["good"].problem is None
    hostile = plugins["toy"]
    if name == "x" * 2**20:
        assert len(hostile.full_name) < 300
    assert is_fit_for_a_terminal(hostile.full_name + hostile.provider)
    with pytest.raises(PluginError) as caught:
        loading.load(hostile)
    assert is_fit_for_a_terminal(str(caught.value))
    assert "the name of its distribution is not made of a-z" in str(caught.value)
    # The remedy is to be typed into a shell.
    assert "uninstall x; rm" not in str(caught.value)


@pytest.mark.parametrize(
    "metadata",
    [
        b"",
        b"\x00" * 1000,
        b"Name\n",
        b"Name: zoo-hostile\n",
        b"Name: zoo-hostile\nVersion: \x1b[2J1\n",
        b"Name: zoo-hostile\nVersion: 1\nVersion: 2\nName: other\n",
        b"Name: zoo-hostile\nVersion: 1\n\n" + b"A README of megabytes.\n" * 400_000,
        b"Name: zoo-hostile\nSummary: " + b"x" * 2**20 + b"\nVersion: 1\n",
        b"Name: =?utf-8?b?////?=\nVersion: 1\n",
    ],
    ids=lambda metadata: repr(metadata[:40]),
)
def test_hostile_metadata_harm_nobody_else(
    alone: Any, capsys: pytest.CaptureFixture[str], metadata: bytes
) -> None:
    from ganzoo.cli import main

    folder = alone.install("zoo-hostile", {GROUP: {"toy": "hostile_a:Toy"}}, {"hostile_a.py": TOY})
    (folder / "METADATA").write_bytes(metadata)
    alone.install("zoo-good", {GROUP: {"good": "zoo_good:Toy"}}, {"zoo_good.py": TOY})

    with pytest.raises(SystemExit) as stopped:
        main(["list"])

    assert stopped.value.code == 0
    out = capsys.readouterr().out
    assert is_fit_for_a_terminal(out)
    assert "good" in out


@pytest.mark.parametrize("api", ["0x" + "1" * 4000, "1" * 6000, "a" + ".a" * 3000, "a" + ".a" * 300])
def test_an_endless_number_or_chain_harms_nobody_else(
    alone: Any, capsys: pytest.CaptureFixture[str], api: str
) -> None:
    from ganzoo.cli import main

    source = TOY.replace("ganzoo_api = 1", f"ganzoo_api = {api}")
    assert source != TOY
    alone.install("zoo-hostile", {GROUP: {"toy": "hostile_a:Toy"}}, {"hostile_a.py": source})
    alone.install("zoo-good", {GROUP: {"good": "zoo_good:Toy"}}, {"zoo_good.py": TOY})

    for command in (["list"], ["list", "--json"], ["show", "toy"]):
        with pytest.raises(SystemExit) as stopped:
            main(command)
        assert stopped.value.code == 0
        assert is_fit_for_a_terminal(capsys.readouterr().out)


def test_a_package_with_fifty_thousand_plugins_is_cut_short(
    alone: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    from ganzoo.cli import main

    entries = {f"toy{number}": "hostile_a:Toy" for number in range(50_000)}
    alone.install("zoo-hostile", {GROUP: entries}, {"hostile_a.py": ""})
    alone.install("zoo-good", {GROUP: {"good": "zoo_good:Toy"}}, {"zoo_good.py": TOY})

    with pytest.raises(SystemExit) as stopped:
        main(["list", "upsampling", "good"])

    assert stopped.value.code == 0
    shown = capsys.readouterr()
    assert "good" in shown.out
    assert "zoo-hostile announces 50,000 plugins, of which the first 1,000 are read" in shown.err
    assert len(discovery.discover().plugins) == 1001


# Where plugins may lie


@pytest.mark.slow
def test_plugins_in_a_zip_file_are_listed_and_work(site: Any, tmp_path: Path) -> None:
    site.install("zoo-zipped", {GROUP: {"zipped": "zoo_zipped.toys:Toy"}}, {
        "zoo_zipped/__init__.py": "", "zoo_zipped/toys.py": TOY,
    })  # fmt: skip
    archive = shutil.make_archive(str(tmp_path / "plugins"), "zip", site.path)
    code = (
        f"import sys; sys.path.append({archive!r})\n"
        "from ganzoo.plugins import discovery, loading, lookup\n"
        "plugin = lookup.find('upsampling', 'zipped')\n"
        "print(discovery.card(plugin).summary, loading.load(plugin).__module__)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=tmp_path
    )

    assert done.stdout == "A toy. zoo_zipped.toys\n", done.stderr


@pytest.mark.parametrize("damage", ["cut short", "not a zip", "unreadable", "missing"])
def test_a_damaged_entry_of_the_path_harms_nobody(site: Any, tmp_path: Path, damage: str) -> None:
    site.install("zoo-good", {GROUP: {"good": "zoo_good:Toy"}}, {"zoo_good.py": TOY})
    entry = tmp_path / "entry.zip"
    if damage == "cut short":
        with zipfile.ZipFile(entry, "w") as archive:
            archive.writestr("zoo_zipped-1.0.dist-info/METADATA", "Name: zoo-zipped\nVersion: 1.0\n")
        entry.write_bytes(entry.read_bytes()[:-30])
    elif damage == "not a zip":
        entry.write_bytes(b"PK\x03\x04 and nothing else")
    elif damage == "unreadable":
        entry.mkdir(mode=0)
    code = (
        f"import sys; sys.path += [{str(entry)!r}, {str(site.path)!r}]\n"
        "from ganzoo.cli import main; main(['list', 'upsampling'])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=tmp_path
    )

    assert done.returncode == 0, done.stderr
    assert "good" in done.stdout
    if damage == "unreadable":
        entry.chmod(0o700)


# Use: the plugin's code runs now, since it was asked for


def test_what_a_plugin_prints_when_imported_is_no_data(site: Any, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("zoo-loud", {GROUP: {"loud": "zoo_loud:Toy"}}, {"zoo_loud.py": "print('hello')\n" + TOY})

    loading.load(lookup.find("upsampling", "loud"))

    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "hello\n")


RAISES = {
    "a base exception": ("class Odd(BaseException): pass\nraise Odd('gone')\n", "cause: Odd: gone"),
    "a generator's exit": ("raise GeneratorExit('gone')\n", "cause: GeneratorExit: gone"),
    "a message that can't be made": (
        "class Odd(Exception):\n    def __str__(self): raise self\nraise Odd\n",
        "cause: Odd",
    ),
    "hostile text": (f"raise RuntimeError({HOSTILE_TEXT!r} * 10_000)\n", "cause: RuntimeError: "),
}


@pytest.mark.parametrize(("source", "cause"), RAISES.values(), ids=RAISES)
def test_whatever_a_module_raises_is_a_refusal(site: Any, source: str, cause: str) -> None:
    site.install("zoo-odd", {GROUP: {"odd": "zoo_odd:Toy"}}, {"zoo_odd.py": source + TOY})

    with pytest.raises(PluginError, match="the upsampling 'zoo-odd:odd' could not be loaded") as caught:
        loading.load(lookup.find("upsampling", "odd"))

    assert cause in str(caught.value)
    assert is_fit_for_a_terminal(str(caught.value))


@pytest.mark.slow
def test_an_import_that_hangs_is_left_with_ctrl_c(site: Any, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    hang = f"import pathlib, time\npathlib.Path({str(mark)!r}).touch()\nwhile True: time.sleep(0.01)\n"
    site.install("zoo-slow", {GROUP: {"slow": "zoo_slow:Toy"}}, {"zoo_slow.py": hang + TOY})
    arguments = "train dcgan --dataset digits --upsampling slow --out run"
    process = subprocess.Popen(
        [sys.executable, "-m", "ganzoo", *arguments.split()],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site.path), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not mark.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert mark.exists(), "the plugin was never imported"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, out) == (130, ""), err
    assert "Traceback" not in err
    assert not (tmp_path / "run").exists()
