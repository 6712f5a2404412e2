"""Puts a run's generator among the official weights: `python -m benchmarks.official_weights NAME RUN`.

The folder in `plugins/weights` is written as `ganzoo new weights` writes a package, with the command and the
remarks of `weights.toml`, and the figures of `RUN/figures.json`; the entry points are those of all folders.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import click

from ganzoo.export.weights_package import weights_package_of

ROOT: Final = Path(__file__).parents[1] / "plugins" / "weights"
PACKAGE: Final = "ganzoo_weights"
_BUSY: Final = "the machine was busy with other work: alone, it takes a fraction of these minutes"
_ENTRY_POINTS: Final = re.compile(r'(?<=\[project\.entry-points\."ganzoo\.weights"\]\n)(?:".*\n)*')


def slug(name: str) -> str:
    """The name of the folder: `acgan_fashion_mnist`."""
    return re.sub("[.-]", "_", name)


@click.command()
@click.argument("name")
@click.argument("run", type=click.Path(exists=True, path_type=Path))
def main(name: str, run: Path) -> None:
    """Write the generator of RUN to plugins/weights as NAME."""
    said = tomllib.loads((ROOT / "weights.toml").read_text(encoding="utf-8"))
    if name not in said:
        raise click.UsageError(f"weights.toml says nothing of {name}")
    figures = run / "figures.json"
    package = weights_package_of(
        run,
        name,
        licence="MIT",
        command=said[name]["command"],
        figures=figures if figures.is_file() else None,
        keeps_discriminator=False,
        replaces=True,
    )
    folder = ROOT / PACKAGE / slug(name)
    folder.mkdir(exist_ok=True)
    inner = f"ganzoo_{slug(name)}/"
    for path, content in package.files.items():
        if path.startswith(inner) and not path.endswith("py.typed"):
            data = content if isinstance(content, bytes) else content.encode()
            (folder / path.removeprefix(inner)).write_bytes(data)
    module = folder / "__init__.py"
    text = module.read_text(encoding="utf-8")
    second = said[name].get("second_seed")
    seeds = f"a second seed: {second}" if second else "one seed was trained"
    busy = () if said[name].get("alone") else (_BUSY,)
    remarks = repr((seeds, *busy, *said[name]["remarks"]))
    module.write_text(text.replace("remarks = ()", f"remarks = {remarks}"), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(module)], check=True)
    card = package.files["README.md"]
    (folder / "README.md").write_text(_in_its_folder(str(card), name), encoding="utf-8")
    _write_entry_points()


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
