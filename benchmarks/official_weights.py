"""Puts a run's generator among the official weights: `python -m benchmarks.official_weights NAME RUN`.

The folder in `plugins/weights` is written as `ganzoo new weights` writes a package, with the command and the
remarks of `weights.toml`, and the figures of `RUN/figures.json`; the entry points are those of all folders.
Without RUN only the remarks of NAME are written anew, as after a second seed was trained.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from ganzoo.export.weights_package import weights_package_of

ROOT: Final = Path(__file__).parents[1] / "plugins" / "weights"
PACKAGE: Final = "ganzoo_weights"
_BUSY: Final = "the machine was busy with other work: alone, it takes a fraction of these minutes"
_REMARKS: Final = re.compile(r"^    remarks = \((?:.*\)\n|\n(?:        .*\n)*    \)\n)", re.MULTILINE)
_HEADING: Final = "## Before you use it"
_ENTRY_POINTS: Final = re.compile(r'(?<=\[project\.entry-points\."ganzoo\.weights"\]\n)(?:".*\n)*')


def slug(name: str) -> str:
    """The name of the folder: `acgan_fashion_mnist`."""
    return re.sub("[.-]", "_", name)


@click.command()
@click.argument("name")
@click.argument("run", type=click.Path(exists=True, path_type=Path), required=False)
def main(name: str, run: Path | None) -> None:
    """Write the generator of RUN to plugins/weights as NAME; without RUN, the remarks on NAME."""
    said = tomllib.loads((ROOT / "weights.toml").read_text(encoding="utf-8"))
    if name not in said:
        raise click.UsageError(f"weights.toml says nothing of {name}")
    folder = ROOT / PACKAGE / slug(name)
    if run is not None:
        _write_package(folder, name, run, said[name]["command"])
        _write_entry_points()
    _write_remarks(folder, remarks(said[name]))


def _write_package(folder: Path, name: str, run: Path, command: str) -> None:
    figures = run / "figures.json"
    package = weights_package_of(
        run,
        name,
        licence="MIT",
        command=command,
        figures=figures if figures.is_file() else None,
        keeps_discriminator=False,
        replaces=True,
    )
    folder.mkdir(exist_ok=True)
    inner = f"ganzoo_{slug(name)}/"
    for path, content in package.files.items():
        if path.startswith(inner) and not path.endswith("py.typed"):
            data = content if isinstance(content, bytes) else content.encode()
            (folder / path.removeprefix(inner)).write_bytes(data)
    card = package.files["README.md"]
    (folder / "README.md").write_text(_in_its_folder(str(card), name), encoding="utf-8")


def remarks(said: Mapping[str, Any]) -> tuple[str, ...]:
    """What a card says beside what its run knows: what `weights.toml` says of it, in sentences.

    Args:
        said: the table of one set of weights: `second_seed`, its figures by name, or absent where one seed
            was trained; `alone`, whether it had a core for itself; `remarks`, whatever else.
    """
    seeds = f"a second seed: {second_seed(said)}" if "second_seed" in said else "one seed was trained"
    busy = () if said.get("alone") else (_BUSY,)
    return (seeds, *busy, *said["remarks"])


def second_seed(said: Mapping[str, Any]) -> str:
    """The figures of the second seed: `Fréchet distance 7.0, class accuracy 94.0 %`."""
    figures = said["second_seed"]
    distance = f"Fréchet distance {figures['frechet-distance']:.1f}"
    if "class-accuracy" not in figures:
        return distance
    return f"{distance}, class accuracy {figures['class-accuracy']:.1%}".replace("%", " %")


def _write_remarks(folder: Path, said: Sequence[str]) -> None:
    module = folder / "__init__.py"
    text = _REMARKS.sub(lambda _: f"    remarks = {tuple(said)!r}\n", module.read_text(encoding="utf-8"))
    module.write_text(text, encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(module)], check=True)
    card = folder / "README.md"
    before = card.read_text(encoding="utf-8").split(_HEADING)[0].rstrip("\n")
    items = "".join(f"- {remark}\n" for remark in said)
    card.write_text(f"{before}\n\n{_HEADING}\n\n{items}", encoding="utf-8")


def _in_its_folder(card: str, name: str) -> str:
    """The card of a package of its own, as it reads in a folder of the official one."""
    inner = f"ganzoo_{slug(name)}/"
    card = card.replace(f"lies in `{inner}`", "lies beside this page").replace(inner, "")
    return card.replace(f"pip install ganzoo-{name.replace('.', '-')}", "pip install ganzoo-weights")


def _write_entry_points() -> None:
    found = []
    for module in sorted((ROOT / PACKAGE).glob("*/__init__.py")):
        text = module.read_text(encoding="utf-8")
        cls = re.search(r"^class (\w+)\(Weights\)", text, re.MULTILINE)
        title = re.match(r'"""(\S+): trained weights', text)
        assert cls is not None, module
        assert title is not None, module
        found.append(f'"{title[1]}" = "{PACKAGE}.{module.parent.name}:{cls[1]}"\n')
    project = ROOT / "pyproject.toml"
    text = project.read_text(encoding="utf-8")
    project.write_text(_ENTRY_POINTS.sub("".join(found), text), encoding="utf-8")


if __name__ == "__main__":
    main()
