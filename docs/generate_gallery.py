"""Redraws the gallery and the table of measured results from the cards of the official weights.

Run it with `python docs/generate_gallery.py`: docs/gallery.md and benchmarks/RESULTS.md have a part each
between two comments, and docs/images/gallery/ has a picture of each weights.
"""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.official_weights import second_seed
from ganzoo.plugins import discovery

GALLERY: Final = Path(__file__).with_name("gallery.md")
RESULTS: Final = Path(__file__).parents[1] / "benchmarks" / "RESULTS.md"
PICTURES: Final = Path(__file__).with_name("images") / "gallery"

_FOLDER: Final = Path(__file__).parents[1] / "plugins" / "weights"
_BEGIN: Final = "<!-- official weights: written by docs/generate_gallery.py -->\n"
_END: Final = "<!-- end of the official weights -->\n"

Card = Mapping[str, Any]


def official() -> dict[str, Card]:
    """The cards of the weights in plugins/weights by name, the nearest to real images first."""
    found = {
        plugin.name: discovery.card(plugin).attributes
        for plugin in discovery.discover().of_kind("weights")
        if plugin.distribution == "ganzoo-weights"
    }
    return dict(
        sorted(found.items(), key=lambda item: (item[1]["dataset"], _figure(item[1], "frechet-distance")))
    )


def pictures() -> dict[Path, Path]:
    """Where each picture is to lie, and where the package has it."""
    return {
        PICTURES / f"{_slug(name)}.png": _folder(name) / card["picture"] for name, card in official().items()
    }


def page(written: Path, rows: Callable[[], Iterator[str]]) -> str:
    """The text of a page with the part between its two comments made anew."""
    text = written.read_text(encoding="utf-8")
    begin, end = text.index(_BEGIN) + len(_BEGIN), text.index(_END)
    return text[:begin] + "\n" + "\n".join(rows()) + "\n\n" + text[end:]


def gallery_rows() -> Iterator[str]:
    """The table of docs/gallery.md."""
    yield "| weights | what it draws | training | command |"
    yield "|---|---|---|---|"
    for name, card in official().items():
        model = card["model"].rpartition(":")[2]
        drawn = "one row a class" if card["classes"] else "without labels"
        yield " | ".join(
            (
                f"| [`{name}`](architectures.md), [settings](settings.md#{model})",
                f"![{model} on {_dataset(card)}, {drawn}](images/gallery/{_slug(name)}.png)",
                f"{card['steps']:,} steps, {card['images_seen']:,} images, {_minutes(card)}; "
                + _quality(card),
                f"`{card['command']}` |",
            )
        )


def result_rows() -> Iterator[str]:
    """The table of benchmarks/RESULTS.md."""
    said = tomllib.loads((_FOLDER / "weights.toml").read_text(encoding="utf-8"))
    yield (
        "| weights | command | cost | real images seen | Fréchet distance | class accuracy | memorisation "
        "| second seed | bytes |"
    )
    yield "| --- | --- | --- | ---: | ---: | ---: | ---: | --- | ---: |"
    for name, card in official().items():
        yield " | ".join(
            (
                f"| `{name}`",
                f"`{card['command']}`",
                _minutes(card),
                f"{card['images_seen']:,}",
                _with_interval(card, "frechet-distance", 1, ""),
                _with_interval(card, "class-accuracy", 100, " %"),
                f"{_figure(card, 'memorisation'):.3f}",
                second_seed(said[name]) if "second_seed" in said[name] else "not trained",
                f"{(_folder(name) / card['file']).stat().st_size:,} |",
            )
        )


def _minutes(card: Card) -> str:
    return str(card["cost"]).split(" on ")[0]


def _quality(card: Card) -> str:
    distance = f"Fréchet distance {_figure(card, 'frechet-distance'):.1f}"
    if not card["classes"]:
        return distance
    return f"{distance}, {100 * _figure(card, 'class-accuracy'):.0f} % of the samples are what was asked for"


def _with_interval(card: Card, metric: str, scale: int, unit: str) -> str:
    if metric not in card["figures"]:
        return ""
    value, said = card["figures"][metric]
    low, high = (float(bound) * scale for bound in said.split(";")[0].split(" to "))
    return f"{value * scale:.1f}{unit} ({low:.1f} to {high:.1f})"


def _figure(card: Card, metric: str) -> float:
    return float(card["figures"][metric][0])


def _dataset(card: Card) -> str:
    return str(card["dataset"]).rpartition(":")[2]


def _slug(name: str) -> str:
    return name.replace(".", "-")


def _folder(name: str) -> Path:
    return _FOLDER / "ganzoo_weights" / re.sub("[.-]", "_", name)


if __name__ == "__main__":
    for place, picture in pictures().items():
        shutil.copyfile(picture, place)
    GALLERY.write_text(page(GALLERY, gallery_rows), encoding="utf-8")
    RESULTS.write_text(page(RESULTS, result_rows), encoding="utf-8")
