"""The life of a plugin: missing, moved, renamed, in another version, in several files, and broken."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ganzoo.errors import PluginError, UsageError
from ganzoo.plugins import discovery, lookup
from ganzoo.plugins.importing import _BESIDE
from ganzoo.plugins.loading import load
from ganzoo.plugins.recorded import MOVED, NotInstalledError, as_pip_takes, requirement
from ganzoo.settings.merging import resolve

LOSS = """
from dataclasses import dataclass
from ganzoo.interfaces import Objective
{imports}
class Loss(Objective):
    \"\"\"Squares.\"\"\"
    ganzoo_api = 1
{body}
    def __init__(self, config): pass
    def discriminator_loss(self, real_logits, fake_logits):
        return (real_logits - 1).square().mean() + fake_logits.square().mean()
    def generator_loss(self, fake_logits, real_logits=None):
        return (fake_logits - 1).square().mean()
"""
CHUNKS = """
    ganzoo_renamed = {"chunk": "chunks"}
    @dataclass(frozen=True, kw_only=True)
    class Config:
        chunks: int = 2
"""


def write_loss(path: Path, imports: str = "", body: str = "") -> str:
    """A file with an objective; returns the name of its class."""
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(LOSS.format(imports=imports, body=body), encoding="utf-8")
    return f"{path}:Loss"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An empty folder, of whose modules nothing is left afterwards."""
    before = set(sys.modules)
    discovery.card.cache_clear()
    yield tmp_path
    for name in set(sys.modules) - before:
        if name in _BESIDE.files or name.startswith("ganzoo_file_"):
            del sys.modules[name]


def training(**sources: str) -> tuple[dict[str, Any], ...]:
    return ({"model.name": "dcgan", "dataset.name": "digits"}, sources)


# Missing


def test_what_is_missing_says_how_to_get_it_and_no_other_plugins_name() -> None:
    with pytest.raises(NotInstalledError) as caught:
        lookup.find("model", "ganzoo-gone:dcgan")
    assert "'ganzoo-gone' is not installed" in str(caught.value)
    assert "pip install ganzoo-gone" in str(caught.value)
    assert "ganzoo-models:dcgan" not in str(caught.value)


def test_a_name_that_is_gone_from_its_distribution_says_its_version() -> None:
    with pytest.raises(UsageError, match=r"ganzoo-objectives \S+ is installed, and has bce, "):
        lookup.find("objective", "ganzoo-objectives:gone")


def test_a_configuration_says_the_version_that_its_run_had(
    ganzoo: Callable[..., Any], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    tables = {"model": {"name": "dcgan"}, "objective": {"name": "acme:loss", "depth": 3}}
    (run / "config.json").write_text(json.dumps(tables), encoding="utf-8")
    (run / "env.json").write_text(json.dumps({"plugins": {"acme:loss": "1.2"}}), encoding="utf-8")

    result = ganzoo("train", "--config", run / "config.json", "--dataset", "digits")

    assert result.code == 2
    assert "the objective 'acme:loss' is not there: 'acme' is not installed" in result.err
    assert (
        "the run was made with acme 1.2; where you trust who publishes it: pip install acme==1.2"
        in result.err
    )
    assert "or take another: name MODEL, or --KIND NAME" in result.err


@pytest.mark.parametrize(
    "plugins", [None, 3, {"acme:loss": 4}, {"acme:loss": "1; rm -rf /"}, {"acme:loss": None}]
)
def test_a_strangers_record_puts_nothing_into_the_command(
    ganzoo: Callable[..., Any], tmp_path: Path, plugins: Any
) -> None:
    (tmp_path / "config.json").write_text('{"objective": {"name": "acme:loss"}}', encoding="utf-8")
    (tmp_path / "env.json").write_text(json.dumps({"plugins": plugins}), encoding="utf-8")

    result = ganzoo("train", "dcgan", "--config", tmp_path / "config.json", "--dataset", "digits")

    assert result.code == 2
    assert "pip install acme\n" in result.err


def test_what_is_missing_can_be_replaced() -> None:
    model, options = training(**{"objective.name": "ganzoo-objectives:hinge"})
    file = {"objective.name": "acme:loss", "objective.depth": 3}
    configuration = resolve(model | file, options)
    assert configuration.plugin("objective").name == "hinge"


def test_only_names_and_versions_that_pip_takes_are_asked_for() -> None:
    assert requirement("acme:loss", "1.0") == "acme==1.0"
    assert requirement("acme:loss", "1.0 --index-url http://x") == "acme"
    assert requirement("--index-url:loss", "1.0") is None
    assert requirement("/a/loss.py:Loss", "sha256:0") is None
    assert as_pip_takes("torch", "2.9.0+cpu") == "torch==2.9.0"


# In several files


def test_a_file_imports_what_lies_beside_it(folder: Path) -> None:
    (folder / "steps.py").write_text("from parts.deep import HALF\n", encoding="utf-8")
    (folder / "parts").mkdir()
    (folder / "parts" / "__init__.py").touch()
    (folder / "parts" / "deep.py").write_text("HALF = 0.5\n", encoding="utf-8")
    name = write_loss(folder / "loss.py", "from steps import HALF", "    half = HALF")

    assert load(lookup.find("objective", name)).half == 0.5


@pytest.mark.parametrize("changed", ["loss.py", "steps.py", "parts/deep.py"])
def test_every_file_of_a_plugin_counts_as_its_version(folder: Path, changed: str) -> None:
    test_a_file_imports_what_lies_beside_it(folder)
    (folder / "nobody_imports_it.py").write_text("1\n", encoding="utf-8")
    before = lookup.find("objective", f"{folder / 'loss.py'}:Loss")
    (folder / "nobody_imports_it.py").write_text("2\n", encoding="utf-8")
    same = lookup.find("objective", f"{folder / 'loss.py'}:Loss")
    with (folder / changed).open("a", encoding="utf-8") as file:
        file.write("# another version\n")
    assert same.version == before.version != lookup.find("objective", f"{folder / 'loss.py'}:Loss").version


def test_what_has_changed_beside_a_file_is_imported_anew(folder: Path) -> None:
    name = write_loss(folder / "loss.py", "from steps import HALF", "    half = HALF")
    (folder / "steps.py").write_text("HALF = 0.5\n", encoding="utf-8")
    first = load(lookup.find("objective", name))
    (folder / "steps.py").write_text("HALF = 0.25 # now\n", encoding="utf-8")
    assert (first.half, load(lookup.find("objective", name)).half) == (0.5, 0.25)


def test_two_plugins_are_not_given_each_others_modules(folder: Path) -> None:
    for place in ("a", "b"):
        write_loss(folder / place / "loss.py", "from steps import HALF", "    half = HALF")
        (folder / place / "steps.py").write_text("HALF = 0.5\n", encoding="utf-8")
    load(lookup.find("objective", f"{folder}/a/loss.py:Loss"))
    with pytest.raises(PluginError, match=r"b/steps.py can't be imported as 'steps', which is "):
        load(lookup.find("objective", f"{folder}/b/loss.py:Loss"))


def test_a_module_of_the_standard_library_keeps_its_name(folder: Path) -> None:
    (folder / "json.py").write_text("raise RuntimeError\n", encoding="utf-8")
    name = write_loss(folder / "loss.py", "import json", "    dumps = json.dumps")
    assert load(lookup.find("objective", name)).dumps is json.dumps


def test_a_card_is_read_from_what_lies_beside_the_file(folder: Path) -> None:
    (folder / "common.py").write_text("NAMES = {'chunk': 'chunks'}\nraise RuntimeError\n", encoding="utf-8")
    body = CHUNKS.replace('{"chunk": "chunks"}', "NAMES")
    name = write_loss(folder / "loss.py", "from common import NAMES", body)
    assert discovery.card(lookup.find("objective", name)).renamed == {"chunk": "chunks"}


@pytest.mark.slow
@pytest.mark.usefixtures("forked_imports")
def test_a_plugin_of_several_files_is_checked(folder: Path) -> None:
    from ganzoo.testing import check_plugin

    (folder / "steps.py").write_text("import random\nrandom.seed(1)\nHALF = 0.5\n", encoding="utf-8")
    name = write_loss(folder / "loss.py", "from steps import HALF", "    half = HALF")
    found = check_plugin(name, quick=True)
    failing = {result.check: result for result in found.results if result.status == "failed"}
    assert "import-has-no-side-effects" in failing
    assert "could not be loaded" not in "".join(found.problems)


# Moved


def test_a_file_that_has_moved_can_be_pointed_at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = write_loss(folder / "old" / "loss.py")
    before = lookup.find("objective", name)
    (folder / "old").rename(folder / "new")
    with pytest.raises(
        NotInstalledError, match=f"if the file has moved, name its folder in the variable {MOVED}"
    ):
        lookup.find("objective", name)
    monkeypatch.setenv(MOVED, f"{folder / 'none'}:{folder / 'new'}")
    found = lookup.find("objective", name)
    assert (found.target, found.version) == (f"{folder / 'new' / 'loss.py'}:Loss", before.version)


# Broken


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def f(:", "SyntaxError: "),
    ],
)
def test_a_failed_import_says_where(folder: Path, line: str, cause: str) -> None:
    name = write_loss(folder / "loss.py", line)
    with pytest.raises(PluginError) as caught:
        load(lookup.find("objective", name))
    assert f"cause: {cause}" in str(caught.value)
    assert f"at {folder / 'loss.py'}, line 4\n" in str(caught.value)


def test_verbose_shows_the_traceback(ganzoo: Callable[..., Any], folder: Path) -> None:
    name = write_loss(folder / "loss.py", "1 / 0")
    train = ["train", "dcgan", "--dataset", "digits", "--max-steps", "1", "--objective", name]
    plain, verbose = ganzoo(*train), ganzoo("--verbose", *train)
    assert plain.code == verbose.code == 3
    assert "Traceback" not in plain.err
    assert "its traceback: ganzoo --verbose ..." in plain.err
    assert "Traceback" in verbose.err
    assert verbose.err.endswith(plain.err)


# Renamed


def test_a_setting_is_taken_by_its_former_name(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    name = write_loss(folder / "loss.py", body=CHUNKS)
    old = {"objective.name": name, "objective.chunk": 5}

    def chunks(*sources: dict[str, Any]) -> Any:
        caplog.clear()
        section = resolve(training()[0], *sources).sections["objective"]
        assert section is not None
        return section.settings["chunks"]

    assert chunks(old) == 5
    assert [record.getMessage() for record in caplog.records] == [
        "objective.chunk is objective.chunks now: it is taken for that"
    ]
    assert chunks(old, {"objective.chunks": 3}) == 3
    assert chunks({**old, "objective.chunks": 4}) == 4
    assert chunks({"objective.name": name, "objective.chunks": 4}, {"objective.chunk": 6}) == 6
    assert chunks({"objective.name": name, "objective.chunks": 4}) == 4
    assert not caplog.records


@pytest.mark.parametrize(
    "renamed", ['{"chunks": "chunks"}', '{"chunk": "chnuks"}', '["chunk"]', '{"chunk": 3}', "f()"]
)
def test_a_renaming_that_can_not_be_is_a_problem(folder: Path, renamed: str) -> None:
    name = write_loss(folder / "loss.py", body=CHUNKS.replace('{"chunk": "chunks"}', renamed))
    with pytest.raises(discovery.SourceError, match="ganzoo_renamed"):
        discovery.card(lookup.find("objective", name))


# What a run needs


MODEL = '''
import torch
from torch import nn
from ganzoo.interfaces import Discriminator, Generator, Model

class Draw(Generator):
    def __init__(self, image):
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 4, image, None
        self.dense = nn.Linear(4, image.channels * image.height * image.width)
    def forward(self, latents, labels=None):
        return self.dense(latents).tanh().reshape(-1, *self.image.shape)

class Judge(Discriminator):
    def __init__(self, image):
        super().__init__()
        self.image, self.num_classes = image, None
        self.dense = nn.Linear(image.channels * image.height * image.width, 1)
    def forward(self, images, labels=None):
        return self.dense(images.flatten(1)).squeeze(1)

class Plain(Model):
    """Dense."""
    ganzoo_api = 1
    recipe = {"objective.name": ("ganzoo-objectives:bce", "a test's choice")}
    def __init__(self, config, image, num_classes):
        self.image = image
    def generator(self):
        return Draw(self.image)
    def discriminator(self):
        return Judge(self.image)
'''


@pytest.mark.slow
def test_a_run_outlives_its_plugins(
    site: Any, ganzoo: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    entry_points = {"ganzoo.models": {"plain": "zoo_plain:Plain"}}
    first = site.install("acme-plain", entry_points, {"zoo_plain.py": MODEL}, "1.0")
    (folder / "half.py").write_text("HALF = 0.5\n", encoding="utf-8")
    name = write_loss(folder / "loss.py", "from half import HALF")
    train = ["train", "plain", "--dataset", "digits", "--max-steps", "1", "--objective", name, "--out", "run"]
    assert ganzoo(*train).code == 0

    recorded = json.loads((folder / "run" / "env.json").read_text("utf-8"))
    assert recorded["plugins"][name].startswith("sha256:")
    assert sorted(Path(file).name for file in recorded["plugin_files"]) == ["half.py", "loss.py"]

    needed = ganzoo("requirements", "run")
    lines = needed.out.splitlines()
    assert [line.partition("==")[0] for line in lines] == [
        "ganzoo-torch", "torch", "acme-plain", "ganzoo-datasets", "ganzoo-optimizers"
    ]  # fmt: skip
    assert "acme-plain==1.0" in lines
    assert all("==" in line and "+" not in line for line in lines)
    assert f"and {name} (sha256:" in needed.err
    assert ganzoo("requirements", next((folder / "run" / "checkpoints").iterdir())).out == needed.out

    (folder / "moved").mkdir()
    for file in ("loss.py", "half.py"):
        (folder / file).rename(folder / "moved" / file)
    gone = ganzoo("train", "--resume", "run", "--max-steps", "2")
    assert gone.code == 2
    assert f"name its folder in the variable {MOVED}" in gone.err
    monkeypatch.setenv(MOVED, str(folder / "moved"))
    assert ganzoo("train", "--resume", "run", "--max-steps", "2").code == 0

    for file in first.iterdir():
        file.unlink()
    first.rmdir()
    missing = ganzoo("sample", "run")
    assert missing.code == 2
    assert "the run was made with acme-plain 1.0" in missing.err
    assert "pip install acme-plain==1.0" in missing.err

    site.install("acme-plain", entry_points, {"zoo_plain.py": MODEL}, "1.1")
    caplog.clear()
    assert ganzoo("sample", "run").code == 0
    assert [record.getMessage() for record in caplog.records if record.name == "ganzoo.runs"] == [
        "run: acme-plain:plain was 1.0, and is 1.1 now; images may differ from the run's"
    ]
    refused = ganzoo("train", "--resume", "run", "--max-steps", "3")
    assert refused.code == 1
    assert "install that version: pip install acme-plain==1.0" in refused.err

    site.write({"zoo_plain.py": "1 / 0\n"})
    del sys.modules["zoo_plain"]
    broken = ganzoo("sample", "run")
    assert broken.code == 3
    assert "zoo_plain.py, line 1" in broken.err
    assert "pip install acme-plain==1.0" in broken.err
