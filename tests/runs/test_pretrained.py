"""Trained weights as plugins: written from a run, found by name, checked, and refused where not whole."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch
import yaml

import ganzoo as library
from ganzoo.cli import main
from ganzoo.errors import GanzooError, PluginError, UsageError
from ganzoo.plugins.discovery import Plugin
from ganzoo.runs import checkpoints
from ganzoo.runs.pretrained import pretrained, weights_file
from ganzoo.testing import check_plugin

TRAIN = (
    "train cgan --dataset digits --batch-size 16 --max-steps 2 --set model.channels=4 --checkpoint-every 1 "
    "--precision fp32"
)
NAME = "cgan.tiny"


def invoke(*arguments: object) -> None:
    """Calls `ganzoo ARGUMENTS...`, for what several tests share."""
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    assert end.value.code in (0, None)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights") / "run"
    invoke(*TRAIN.split(), "--out", folder)
    return folder


@pytest.fixture(scope="module")
def package(run: Path) -> Path:
    """What `ganzoo new weights` writes of the run."""
    out = run.parent / "package"
    options = ("--licence", "MIT", "--discriminator", "--trained-by", "ganzoo train cgan")
    invoke("new", "weights", NAME, "--run", run, *options, "--out", out)
    return out


@pytest.fixture
def install(package: Path, site: Any) -> Callable[[], Path]:
    """Installs a copy of the package as pip would, and returns where its module lies."""

    def put() -> Path:
        folder: Path = package / "ganzoo_cgan_tiny"
        files = {
            f"{folder.name}/{path.name}": path.read_bytes() for path in folder.iterdir() if path.is_file()
        }
        site.install(
            "ganzoo-cgan-tiny", {"ganzoo.weights": {NAME: "ganzoo_cgan_tiny:CganTiny"}}, files, "0.1.0"
        )
        return Path(site.path) / folder.name

    return put


def test_the_package_asks_for_what_draws_and_names_itself(package: Path) -> None:
    project = (package / "pyproject.toml").read_text()
    assert '"ganzoo-components>=' in project
    assert '"ganzoo-models>=' in project
    assert "objectives" not in project
    assert f'"{NAME}" = "ganzoo_cgan_tiny:CganTiny"' in project


def test_the_card_is_a_hubs(package: Path) -> None:
    _, head, text = (package / "README.md").read_text().split("---\n", 2)
    said = yaml.safe_load(head)
    assert said["library_name"] == "ganzoo"
    assert said["pipeline_tag"] == "unconditional-image-generation"
    assert (said["license"], said["datasets"]) == ("mit", ["digits"])
    assert "`ganzoo train cgan`" in text


def test_nothing_of_the_machine_comes_along(package: Path, run: Path) -> None:
    texts = [path.read_bytes() for path in package.rglob("*") if path.is_file()]
    assert not any(str(run.parent).encode() in text for text in texts)


@pytest.mark.slow  # its import is watched in a process of its own
def test_it_passes_its_check(install: Any) -> None:
    install()
    check_plugin(NAME).require_passed()


def test_it_is_listed_shown_and_drawn(install: Any, ganzoo: Any, run: Path, tmp_path: Path) -> None:
    install()
    assert NAME in ganzoo("list", "weights").out
    shown = ganzoo("show", NAME).out
    assert "ganzoo train cgan" in shown
    assert "picture.png" in shown

    for source, out in ((NAME, "weights.npz"), (run, "run.npz")):
        assert ganzoo("sample", source, "--num", 12, "--out", tmp_path / out).code == 0
    assert apart(tmp_path / "weights.npz", tmp_path / "run.npz") <= 1


def apart(one: Path, other: Path) -> int:
    images = [numpy.load(path)["images"].astype(int) for path in (one, other)]
    return int(abs(images[0] - images[1]).max())


def test_half_precision_is_kept_where_no_pixel_moves_by_more_than_a_level(package: Path) -> None:
    tensors = checkpoints.read_tensors(package / "ganzoo_cgan_tiny" / "weights.safetensors")
    assert {tensor.dtype for tensor in tensors.values() if tensor.is_floating_point()} == {torch.float16}
    assert any(name.startswith("discriminator.") for name in tensors)
    assert not any(name.startswith(("optimizer.", "training.", "random.")) for name in tensors)


def test_evaluate_knows_the_data_set_of_weights(install: Any, ganzoo: Any) -> None:
    install()
    result = ganzoo("evaluate", NAME, "--num", 60, "--metric", "frechet-distance", "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)["protocol"]["real"]["dataset"] == "ganzoo-datasets:digits"


def test_the_configuration_in_the_package_trains_again(package: Path, ganzoo: Any, tmp_path: Path) -> None:
    config = package / "ganzoo_cgan_tiny" / "config.json"
    result = ganzoo("train", "--config", config, "--max-steps", 1, "--out", tmp_path / "again")
    assert result.code == 0, result.err


def test_create_model_takes_them(install: Any, run: Path) -> None:
    install()
    gan = library.create_model("cgan", pretrained="tiny")
    stored = checkpoints.read_tensors(run / "checkpoints" / "step-00000002.safetensors", "discriminator.")
    mine = gan.discriminator.state_dict()
    assert all(torch.allclose(mine[name], stored[name], atol=1e-3) for name in stored)
    assert (str(gan.image), gan.num_classes) == ("1x8x8", 10)
    with pytest.raises(UsageError, match="give pretrained alone"):
        library.create_model("cgan", pretrained="tiny", num_classes=10)
    with pytest.raises(UsageError, match=r"there is no cgan\.tinny: .*did you mean 'cgan\.tiny'"):
        library.create_model("cgan", pretrained="tinny")
    assert str(library.create_model("cgan", pretrained=NAME).image) == "1x8x8"
    with pytest.raises(
        UsageError, match=r"cgan.tiny are weights of cgan: create_model\('cgan', pretrained='tiny'"
    ):
        library.create_model("dcgan", pretrained=NAME)
    with pytest.raises(UsageError, match="image is missing"):
        library.create_model("cgan")


def test_the_folder_of_weights_is_no_run(
    package: Path, ganzoo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(package, "package")
    inner = Path("package", "ganzoo_cgan_tiny")
    before = sorted(path.name for path in inner.iterdir())
    for folder in (Path("package"), inner):
        for command in (("train", "--resume", folder), ("report", folder, "--out", "report.html")):
            refused = ganzoo(*command)
            assert refused.code == 2, refused.err
            assert f"{folder} holds trained weights, which have no history" in refused.err
            assert f"ganzoo sample {folder} draws" in refused.err
            assert f"--init-from {folder} starts" in refused.err
        assert ganzoo("sample", folder, "--num", 2, "--out", "few.png").code == 0
        assert ganzoo("train", "cgan", "--init-from", folder, "--dry-run", "--dataset", "digits").code == 0
    assert "it is a folder of trained weights; ganzoo sample" in ganzoo("show", inner).err
    assert sorted(path.name for path in inner.iterdir()) == before


def test_a_run_that_holds_an_exported_file_is_a_run(run: Path, ganzoo: Any, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "run")
    out = tmp_path / "run" / "weights.safetensors"
    assert ganzoo("export", tmp_path / "run", "--format", "safetensors", "--out", out).code == 0
    resumed = ganzoo("train", "--resume", tmp_path / "run", "--max-steps", 3)
    assert resumed.code == 0, resumed.err


def test_a_package_that_is_not_installed_shows_its_picture_and_how_to_draw(
    package: Path, ganzoo: Any
) -> None:
    shown = ganzoo("show", package).out
    assert str(package / "ganzoo_cgan_tiny" / "picture.png") in shown
    assert shown.rstrip().endswith(f"next: ganzoo sample {package}")
    assert "next: ganzoo sample cgan.tiny" not in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1,), "the number of images is from 1"),
        ((0,), "the number of images is from 1"),
        ((2.5,), "not 2.5"),
        (("3",), "not '3'"),
        ((True,), "not True"),
        ((2, [1, 2]), r"a label is the name or the number of one class, not \[1, 2\]"),
        ((2, True), "of one class, not True"),
        ((2, 10), "there is no class '10'"),
        ((2, None, -1), "a seed is a number from 0"),
        ((2, None, 1.5), "a seed is a number from 0 to .*, not 1.5"),
    ],
)
def test_python_says_what_is_wrong_with_what_is_drawn(
    run: Path, arguments: tuple[Any, ...], message: str
) -> None:
    count, label, seed = (*arguments, None, 0)[:3] if len(arguments) == 1 else (*arguments, 0)[:3]
    with pytest.raises(UsageError, match=message):
        library.load(run).sample(count, label=label, seed=seed)


def test_python_draws_by_numbers_of_numpy(run: Path) -> None:
    trained = library.load(run)
    mine = trained.sample(numpy.int64(2), label=numpy.int64(3), seed=numpy.int64(1))
    assert torch.equal(mine, trained.sample(2, label=3, seed=1))


def test_a_folder_of_their_name_is_not_what_create_model_takes(
    install: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install()
    (tmp_path / NAME).mkdir()
    monkeypatch.chdir(tmp_path)
    assert library.create_model("cgan", pretrained="tiny").num_classes == 10


def test_a_folder_that_hides_weights_is_said_to(
    install: Any, ganzoo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install()
    (tmp_path / NAME).mkdir()
    monkeypatch.chdir(tmp_path)
    result = ganzoo("sample", NAME)
    assert (result.code, "ganzoo-cgan-tiny:cgan.tiny" in result.err) == (2, True)
    assert ganzoo("sample", "ganzoo-cgan-tiny:cgan.tiny", "--num", 4).code == 0


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: damage(folder / "weights.safetensors"), "is not the file that the weights"),
        (lambda folder: (folder / "weights.safetensors").unlink(), "lack their file"),
        (lambda folder: rewrite(folder, "weights.safetensors", "../weights.safetensors"), "no file beside"),
        (lambda folder: rewrite(folder, "file = ", "other = "), "no file beside"),
        (lambda folder: rewrite(folder, "steps = 2", "steps = 'two'"), "can't be read: steps must be a int"),
    ],
)
def test_a_package_that_is_not_whole_is_refused_in_words(
    install: Any, ganzoo: Any, spoil: Any, message: str
) -> None:
    spoil(install())
    result = ganzoo("sample", NAME)
    assert result.code in (1, 2, 3)
    assert message in result.err
    assert "Traceback" not in result.err


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def rewrite(folder: Path, old: str, new: str) -> None:
    path = folder / "__init__.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


ADDRESS = "https://example.org/files/tiny.safetensors"


def remote(install: Any, digest: str | None = None, address: str = ADDRESS) -> tuple[Plugin, Path]:
    """The weights as if their file lay at an address, and the file."""
    folder = install()
    rewrite(folder, '"weights.safetensors"', f'"{address}"')
    path = folder / "weights.safetensors"
    if digest is not None:
        rewrite(folder, hashlib.sha256(path.read_bytes()).hexdigest(), digest)
    return pretrained(NAME), path


def test_a_file_at_an_address_is_downloaded_once(
    install: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    plugin, path = remote(install)
    asked: list[str] = []

    def fetch(address: str, to: Path, digest: str) -> None:
        asked.append(address)
        shutil.copy(path, to)

    assert weights_file(plugin, fetch).read_bytes() == path.read_bytes()
    assert weights_file(plugin, fetch).is_relative_to(tmp_path / "cache")
    assert asked == [ADDRESS]


@pytest.mark.parametrize(
    ("address", "digest", "message"),
    [
        (ADDRESS, "../../outside", "SHA-256 '../../outside'"),
        (ADDRESS, "", "SHA-256 ''"),
        (ADDRESS, "A" * 64, "64 hexadecimal digits in lower case"),
        ("https://example.org/files/..", None, "ends in no file name"),
        ("https://example.org/", None, "ends in no file name"),
        ("https://[::1/tiny.safetensors", None, "ends in no file name"),
    ],
)
def test_a_card_leads_to_no_file_outside_its_place_in_the_cache(
    install: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    digest: str | None,
    message: str,
) -> None:
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache" / "inside"))
    plugin, _ = remote(install, digest, address)
    with pytest.raises(PluginError, match=re.escape(message)):
        weights_file(plugin, lambda *_: pytest.fail("it was asked for"))
    assert not (tmp_path / "cache").exists()


def test_a_damaged_file_in_the_cache_is_said_to_be_removed(
    install: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    plugin, path = remote(install)
    cached = weights_file(plugin, lambda address, to, digest: shutil.copy(path, to) and None)
    damage(cached)
    with pytest.raises(GanzooError, match=rf"SHA-256.*\nremove {re.escape(str(cached))}"):
        weights_file(plugin)


def test_without_a_network_the_way_out_is_named(
    install: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    plugin, _ = remote(install)

    def fetch(address: str, to: Path, digest: str) -> None:
        raise OSError("no route to host")

    with pytest.raises(
        GanzooError, match=r"can't be downloaded .*no route to host\n.*put the file at .*cache"
    ):
        weights_file(plugin, fetch)


def test_what_was_downloaded_is_held_against_its_digest(
    install: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    plugin, path = remote(install, digest="0" * 64)
    with pytest.raises(GanzooError, match="is not the file that the weights"):
        weights_file(plugin, lambda address, to, digest: shutil.copy(path, to) and None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("tiny",), "weights are called after their model and a tag, for instance cgan.fashion-mnist"),
        (("dcgan.tiny",), "the run is of cgan: call its weights cgan.tiny"),
        (("cgan.tiny", "--conditional"), "--conditional is for: ganzoo new model NAME"),
        (("cgan.Tiny",), "a name of weights is a model's and a tag"),
        (("cgan.tiny", "--figures", "nowhere.json"), "nowhere.json can't be read"),
    ],
)
def test_what_is_no_package_is_refused(
    run: Path, ganzoo: Any, arguments: tuple[str, ...], message: str
) -> None:
    result = ganzoo("new", "weights", *arguments, "--run", run, "--licence", "MIT")
    assert result.code == 2
    assert message in result.err


PENALTY_AND_UPSAMPLING = """
from dataclasses import dataclass

from torch import nn

from ganzoo.interfaces import Regularisation, Upsampling


class Mine(Regularisation):
    \"""None.\"""

    ganzoo_api = 1

    def __init__(self, config: object) -> None:
        self.every = 1

    def penalty(self, judge, real, fake):
        return 0 * judge.real_logits.mean()

    def constrain(self, discriminator):
        pass


class Up(Upsampling):
    \"""Another name.\"""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        \"""Settings.\"""

        kernel_size: int = 3
        \"""A side.\"""

    def __init__(self, config, in_channels, out_channels, *, bias=True):
        super().__init__()
        self.convolution = nn.ConvTranspose2d(in_channels, out_channels, 2, 2, bias=bias)

    def forward(self, images):
        return self.convolution(images)
"""


def test_a_class_in_a_file_comes_along_without_its_folder_and_only_where_it_does_not_draw(
    ganzoo: Any, tmp_path: Path
) -> None:
    mine = tmp_path / "somewhere" / "mine.py"
    mine.parent.mkdir()
    mine.write_text(PENALTY_AND_UPSAMPLING)
    training = ("--regularisation", f"{mine}:Mine", "--out", tmp_path / "run")
    assert ganzoo(*TRAIN.split(), *training).code == 0
    package = ("--licence", "MIT", "--out", tmp_path / "package")
    assert ganzoo("new", "weights", NAME, "--run", tmp_path / "run", *package).code == 0
    contents = [path.read_bytes() for path in (tmp_path / "package").rglob("*") if path.is_file()]
    assert any(b'"mine.py:Mine"' in content for content in contents)
    assert not any(b"somewhere" in content for content in contents)

    training = ("--upsampling", f"{mine}:Up", "--out", tmp_path / "other")
    assert ganzoo(*TRAIN.split(), *training).code == 0
    refused = ganzoo("new", "weights", NAME, "--run", tmp_path / "other", "--licence", "MIT")
    assert refused.code == 2
    assert "mine.py:Up is a class in a file: nobody else could draw" in refused.err


@pytest.mark.parametrize("content", ["[" * 100_000, '{"protocol": {"name": null, "samples": []}}'])
def test_what_are_no_figures_is_refused(run: Path, ganzoo: Any, tmp_path: Path, content: str) -> None:
    (tmp_path / "figures.json").write_text(content)
    options = ("--licence", "MIT", "--figures", tmp_path / "figures.json")
    result = ganzoo("new", "weights", NAME, "--run", run, *options)
    assert (result.code, "is not what `ganzoo evaluate RUN --json` prints" in result.err) == (2, True)


def test_figures_of_another_checkpoint_are_refused(run: Path, ganzoo: Any, tmp_path: Path) -> None:
    measured = json.loads(ganzoo("evaluate", run, "--num", 60, "--metric", "frechet-distance", "--json").out)
    figures = tmp_path / "figures.json"
    options = ("--licence", "MIT", "--figures", figures, "--out", tmp_path / "package")
    others = {
        "the figures of step 1, but": {"step": 1},
        "the figures of another training, but": {"seed": 7},
        "the figures of images of a file, but": None,
    }
    for words, change in others.items():
        training = None if change is None else measured["training"] | change
        figures.write_text(json.dumps(measured | {"training": training}))
        refused = ganzoo("new", "weights", NAME, "--run", run, *options)
        assert (refused.code, words in refused.err, "ganzoo evaluate " in refused.err) == (2, True, True)
        assert not (tmp_path / "package").exists()


def test_weights_need_a_run_and_a_licence(ganzoo: Any, run: Path) -> None:
    assert "--run RUN and --licence" in ganzoo("new", "weights", "cgan.tiny").err
    assert "--run RUN and --licence" in ganzoo("new", "weights", "cgan.tiny", "--run", run).err
    empty = ganzoo("new", "weights", "cgan.tiny", "--run", run, "--licence", " ")
    assert (empty.code, "--run RUN and --licence" in empty.err) == (2, True)
    assert (
        "--licence is for: ganzoo new weights" in ganzoo("new", "objective", "soft", "--licence", "MIT").err
    )


def test_figures_come_with_their_protocol(run: Path, ganzoo: Any, tmp_path: Path) -> None:
    protocol = ("--protocol", "studiogan")
    measured = ganzoo("evaluate", run, "--num", 60, "--metric", "frechet-distance", "--json", *protocol)
    (tmp_path / "figures.json").write_text(measured.out)
    options = ("--licence", "MIT", "--figures", tmp_path / "figures.json", "--out", tmp_path / "package")
    assert ganzoo("new", "weights", NAME, "--run", run, *options).code == 0

    written = (tmp_path / "package" / "ganzoo_cgan_tiny" / "__init__.py").read_text()
    value = json.loads(measured.out)["figures"][0]["value"]
    assert f'"frechet-distance": ({float(f"{value:.4g}")}, ' in written
    assert "; protocol studiogan but 60 images; 60 samples against 1,500 images of the train" in written
    assert "split, ganzoo-features:classifier" in written
    assert "model-index: " in (tmp_path / "package" / "README.md").read_text()


def test_a_target_outside_any_package_is_refused() -> None:
    plugin = Plugin("weights", "x.y", "nowhere_at_all:X", "ganzoo-x", "1")
    with pytest.raises(PluginError, match="can't be read"):
        weights_file(plugin)
