"""Packages that `ganzoo new` writes, in a new environment: installed by pip, used, and uninstalled again."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path

import pytest

from ganzoo.plugins import discovery
from ganzoo.plugins.discovery import VARIABLE

REPOSITORY = Path(__file__).resolve().parents[2]

TRAININGS: Mapping[str, str] = {
    "model": "trial-model --dataset digits",
    "conditioning": "cgan --dataset digits --conditioning trial-conditioning",
    "dataset": "cgan --dataset trial-dataset",
    # What fills different slots of one training is tried in one.
    "the rest": "dcgan --dataset digits --upsampling trial-upsampling --objective trial-objective "
    "--regularisation trial-regularisation --augmentation trial-augmentation "
    "--optimizer trial-optimizer",
}


class Environment:
    """A virtual environment that shares the tested libraries, but not GanZoo, with this one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        venv.create(folder / "environment", with_pip=True, symlinks=True)
        self.python = folder / "environment" / "bin" / "python"
        site_packages = sysconfig.get_path(
            "purelib", vars={"base": str(folder / "environment"), "platbase": str(folder / "environment")}
        )
        # A .pth in a folder that another .pth names is not read: editable installations stay behind.
        Path(site_packages, "shared.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")

    def run(self, *command: object) -> subprocess.CompletedProcess[str]:
        """Runs `python ARGUMENTS...`, and requires that it works."""
        environment = {k: v for k, v in os.environ.items() if k not in (VARIABLE, "PYTHONPATH")}
        done = subprocess.run(
            [self.python, *map(str, command)],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={**environment, "OMP_NUM_THREADS": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
            timeout=600,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done

    def listed(self) -> dict[str, str]:
        """Full name to version of what `ganzoo list` finds."""
        plugins = json.loads(self.run("-m", "ganzoo", "list", "--json").stdout)["plugins"]
        assert [plugin for plugin in plugins if plugin["problem"] or plugin["unreadable"]] == []
        return {plugin["full_name"]: plugin["version"] for plugin in plugins}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment in which the wheels of the core and the official plugins are installed."""
    made = Environment(tmp_path_factory.mktemp("new-packages"))
    projects = [REPOSITORY, *sorted(path.parent for path in REPOSITORY.glob("plugins/*/pyproject.toml"))]
    options = ["--quiet", "--no-deps", "--no-index"]
    made.run("-m", "pip", "wheel", *options, "--no-build-isolation", "--wheel-dir", "wheels", *projects)
    wheels = sorted((made.folder / "wheels").glob("*.whl"))
    assert len(wheels) == len(projects)
    made.run("-m", "pip", "install", *options, "--ignore-installed", *wheels)
    where = made.run(
        "-c", "import ganzoo, ganzoo_models.dcgan; print(ganzoo.__file__, ganzoo_models.dcgan.__file__)"
    ).stdout
    assert str(REPOSITORY) not in where
    return made


@pytest.mark.slow
def test_every_kind_installs_lists_checks_trains_and_uninstalls(environment: Environment) -> None:
    before = environment.listed()
    kinds = [name for name, kind in discovery.kinds().items() if kind.template]
    packages = [f"ganzoo-trial-{kind}" for kind in kinds]
    for kind in kinds:
        environment.run("-m", "ganzoo", "new", kind, f"trial-{kind}")

    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    environment.run("-m", "pip", "install", *options, *(f"./{package}" for package in packages))
    installed = environment.listed()
    assert installed.keys() - before.keys() == {f"ganzoo-trial-{kind}:trial-{kind}" for kind in kinds}

    # Their own tests are the conformance checks; the command is tried on one of them.
    environment.run("-m", "ganzoo", "check", "trial-upsampling")
    tested = environment.run(
        *("-m", "pytest", "--quiet", "-p", "no:cacheprovider", "--import-mode=importlib"),
        *(f"{package}/tests" for package in packages),
    )
    assert " passed" in tested.stdout

    for name, arguments in TRAININGS.items():
        out = f"run of {name}"
        small = ["--max-steps", "2", "--batch-size", "16", "--out", out]
        if "cgan" in arguments or "dcgan" in arguments:
            small += ["--set", "model.channels=8"]
        trained = environment.run("-m", "ganzoo", "train", *arguments.split(), *small)
        assert trained.stdout == f"{out}\n"

    environment.run("-m", "pip", "uninstall", "--quiet", "--yes", *packages)
    assert environment.listed() == before
