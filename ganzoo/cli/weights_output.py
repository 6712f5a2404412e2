"""What `ganzoo show` prints of trained weights."""

from __future__ import annotations

from ganzoo.cli.output import heading, print_listing, print_text
from ganzoo.errors import PluginError
from ganzoo.plugins.card import Card
from ganzoo.plugins.discovery import Plugin
from ganzoo.runs.pretrained import file_beside
from ganzoo.text import printable


def print_weights(plugin: Plugin, card: Card) -> None:
    """Prints what weights are, how they came about, what was measured and where their picture lies; of
    installed ones, what to type next.
    """
    said = card.attributes
    image, classes = said.get("image"), said.get("classes", ())
    print_listing(
        [
            ("model", printable(said.get("model", "?"))),
            ("trained on", printable(said.get("dataset", "?"))),
            ("draws", "?" if image is None else "{} channels, {}x{}".format(*image)),
            ("classes", printable(", ".join(classes)) if classes else "takes no labels"),
            ("licence", printable(said.get("licence", "?"))),
            *(("started from", printable(each, 300)) for each in said.get("ancestors", ())),
            ("command", printable(said.get("command", "?"), 200)),
            ("steps", f"{said.get('steps', 0):,}, {said.get('images_seen', 0):,} real images seen"),
            ("cost", printable(said.get("cost", "?"))),
            ("file", printable(said.get("file", "?"))),
            ("SHA-256", said.get("sha256", "?")),
            ("picture", _picture(plugin, card)),
        ]
    )
    if said.get("figures"):
        heading("\nMeasured")
        print_listing(
            [(name, f"{value:g}", printable(how, 200)) for name, (value, how) in said["figures"].items()]
        )
    for remark in said.get("remarks", ()):
        print_text(f"\n{printable(remark, 1000)}")
    if not plugin.path:
        print_text(f"\nnext: ganzoo sample {plugin.name}")


def _picture(plugin: Plugin, card: Card) -> str:
    try:
        return str(file_beside(plugin, card.attributes.get("picture", "")))
    except PluginError as error:
        return str(error)
