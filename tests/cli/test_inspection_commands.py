"""`ganzoo list`, `show`, `env`, `completion`: what is installed, in words and in JSON."""

from __future__ import annotations

import subprocess

import click
import pytest

KINDS = ["model", "conditioning", "upsampling", "objective", "dataset"]


def test_list_names_every_kind_and_plugin(ganzoo):
    result = ganzoo("list")
    assert result.code == 0
    for word in [*KINDS, "dcgan", "cgan", "gan", "one-hot", "resize-conv", "bce", "fashion-mnist"]:
        assert word in result.out
    assert result.err == ""


def test_list_of_one_kind_is_that_kind_alone(ganzoo):
    plugins = ganzoo("list", "upsampling", "--json").json["plugins"]
    assert [plugin["name"] for plugin in plugins] == ["pixel-shuffle", "resize-conv", "transposed-conv"]
    assert {plugin["kind"] for plugin in plugins} == {"upsampling"}


def test_json_has_a_schema_and_what_a_program_needs(ganzoo):
    listed = ganzoo("list", "--json").json
    assert listed["schema"] == 1
    (dcgan,) = (plugin for plugin in listed["plugins"] if plugin["name"] == "dcgan")
    assert dcgan["full_name"] == "ganzoo-models:dcgan"
    assert {p["name"]: p["default"] for p in dcgan["settings"]}["latent_dim"] == "128"
    assert dcgan["problem"] is None


def test_piped_tables_are_never_wrapped(ganzoo):
    lines = [line for line in ganzoo("list", "upsampling").out.splitlines() if line]
    assert len(lines) == 1 + 3


def test_a_list_is_a_line_a_plugin_and_the_long_one_says_the_rest(ganzoo):
    listed, in_full = (ganzoo("list", *options, "upsampling").out for options in ((), ("-l",)))
    assert "Nearest-neighbour resizing" in listed
    for more in ("ganzoo-components", "kernel_size"):
        assert more not in listed
        assert more in in_full


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_a_list_fits_the_terminal(ganzoo, monkeypatch, width):
    """It is a page to be read at a glance: two lines a plugin on the narrowest terminal, else one."""
    plugins = len(ganzoo("list", "--json").json["plugins"])
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    result = ganzoo("list")
    lines = [line for line in click.unstyle(result.out).splitlines() if line.startswith("  ")]
    assert max(map(len, lines)) <= width
    assert len(lines) <= (2 if width < 60 else 1) * plugins
    assert ("ganzoo list -l has all of it" in result.err) == (width < 200)


def test_a_variable_that_hides_every_plugin_is_named(ganzoo, monkeypatch):
    monkeypatch.setenv("GANZOO_PLUGINS", "")
    result = ganzoo("list")
    assert (result.code, result.out) == (0, "")
    assert "unset it" in result.err


def test_show_gives_settings_and_sources(ganzoo):
    out = ganzoo("show", "dcgan").out
    for text in ("latent_dim", "128", "Radford et al., 2015", "training.learning_rate", "0.0002"):
        assert text in out


@pytest.mark.parametrize("width", [60, 80])
def test_all_that_show_says_is_wrapped_between_words(ganzoo, monkeypatch, width):
    """A terminal breaks a longer line wherever it ends: only a word that no terminal holds may be one."""
    everything = ganzoo("list", "--json").json["plugins"]
    names = [plugin["name"] for plugin in everything if plugin["kind"] in ("model", "weights")]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    shown = [line for name in names for line in click.unstyle(ganzoo("show", name).out).splitlines()]
    assert "Where it differs from what was published" in shown
    assert [line for line in shown if len(line) > width and len(line.split()) > 1] == []


def test_show_reads_a_file_without_running_it(ganzoo, tmp_path):
    (tmp_path / "mine.py").write_text(
        'raise SystemExit("imported")\nclass Mine:\n    """My own."""\n    ganzoo_api = 1\n'
    )
    result = ganzoo("show", "mine.py:Mine")
    assert result.code == 0, result.err
    assert "My own." in result.out


@pytest.mark.parametrize("interface", ["Objective", "Upsampling", "Dataset", "Conditioning", "Model"])
def test_show_reads_the_kind_off_the_interface(ganzoo, tmp_path, interface):
    (tmp_path / "mine.py").write_text(
        "from ganzoo import interfaces\n"
        f'class Mine(interfaces.{interface}):\n    """My own."""\n    ganzoo_api = 1\n'
    )
    assert f"({interface.lower()})" in ganzoo("show", "mine.py:Mine").out


@pytest.mark.parametrize("recipe", ["[1]", "{'training.epochs': 3}", "{'epochs': (3, 'mine')}"])
def test_a_malformed_recipe_is_said(ganzoo, tmp_path, recipe):
    (tmp_path / "mine.py").write_text(
        "from ganzoo.interfaces import Model\nclass Mine(Model):\n"
        f"    ganzoo_api = 1\n    recipe = {recipe}\n"
        "    def generator(self): ...\n    def discriminator(self): ...\n"
    )
    assert "recipe must" in ganzoo("show", "mine.py:Mine").out
    result = ganzoo("train", "mine.py:Mine", "--dataset", "digits")
    assert result.code == 3
    assert "recipe must" in result.err


def test_show_knows_near_names(ganzoo):
    result = ganzoo("show", "dcgann")
    assert result.code == 2
    assert "dcgan" in result.err


def test_env_says_versions_and_problems(ganzoo):
    environment = ganzoo("env", "--json").json
    assert environment["versions"]["torch"]
    assert environment["problems"] == []
    assert "Problems" in ganzoo("env").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(ganzoo, shell):
    assert "_GANZOO_COMPLETE" in ganzoo("completion", shell).out


def test_completion_knows_plugins(tmp_path):
    done = subprocess.run(
        ["ganzoo"],
        env={
            "_GANZOO_COMPLETE": "bash_complete",
            "COMP_WORDS": "ganzoo train d",
            "COMP_CWORD": "2",
            **_path(),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert "plain,dcgan" in done.stdout.splitlines()


def _path() -> dict[str, str]:
    import os
    import sys
    from pathlib import Path

    return {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def test_an_unknown_command_names_its_neighbour(ganzoo):
    result = ganzoo("trian")
    assert result.code == 2
    assert "did you mean 'train'" in result.err


@pytest.mark.parametrize("kind", ["models", "Models", "feature_extractors", "optimizers", "regularisations"])
def test_the_plural_of_a_kind_is_understood(ganzoo, kind):
    listed = ganzoo("list", kind, "--json").json["plugins"]
    (found,) = {plugin["kind"] for plugin in listed}
    assert kind.lower().replace("_", "-") == f"{found}s"


@pytest.mark.parametrize(
    ("kind", "said"),
    [("modle", "did you mean 'model'"), ("cifar10", "ganzoo show cifar10"), ("zzz", "kinds: model,")],
)
def test_a_kind_that_there_is_not_is_answered_with_what_may_be_meant(ganzoo, kind, said):
    result = ganzoo("list", kind)
    assert result.code == 2
    assert said in result.err
    assert "Usage:" not in result.err


def test_a_name_of_several_kinds_is_told_with_all_of_them(ganzoo, alone):
    points = {"ganzoo.models": {"twin": "acme:A"}, "ganzoo.datasets": {"twin": "acme:B"}}
    alone.install("acme", points, {"acme.py": ""})
    result = ganzoo("list", "Twin")
    assert result.code == 2
    assert "kinds model and dataset: ganzoo list model Twin or ganzoo list dataset Twin" in result.err


@pytest.mark.parametrize(
    ("typed", "said"),
    [("help", "did you mean '--help'?"), ("version", "did you mean '--version'?"), ("generate", "'sample'"),
     ("fit", "'train'"), ("ls", "'list'"), ("test", "'evaluate'")],
)  # fmt: skip
def test_what_other_programs_call_a_command_is_understood(ganzoo, typed, said):
    assert said in ganzoo(typed).err.splitlines()[0]


def test_a_number_that_is_none_is_called_so(ganzoo):
    result = ganzoo("sample", "run", "--num", "five")
    assert result.code == 2
    assert "Invalid value for '--num': 'five' is not a valid whole number." in result.err


def test_a_folder_of_a_run_and_a_run_for_its_settings_are_told_apart(ganzoo, tmp_path):
    run = tmp_path / "run"
    (run / "checkpoints").mkdir(parents=True)
    (run / "config.json").write_text("{}")
    assert f"{run} is one" in ganzoo("watch", run / "checkpoints").err
    assert f"of a run it is {run / 'config.json'}" in ganzoo("train", "--config", run).err
