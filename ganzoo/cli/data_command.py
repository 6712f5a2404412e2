"""`ganzoo data`: what is in a folder or an archive of images, and getting it ready for training."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from ganzoo.cli.options import complete_plugins, json_option, path_option
from ganzoo.cli.output import heading, note, print_json, print_listing, print_text
from ganzoo.cli.outputs import require_output
from ganzoo.cli.unknown_commands import unknown_command
from ganzoo.errors import GanzooError, UsageError
from ganzoo.settings.values import parse_assignment
from ganzoo.text import count, printable

if TYPE_CHECKING:
    from ganzoo.image_files import ImagePlace, Layout
    from ganzoo.image_files.survey import Survey

_SHOWN: Final = 20
"""Classes, sizes and damaged files that are printed; `--json` has all."""

_SHEET: Final = (64, 32)
"""Side of an image on a contact sheet in pixels, and the most classes, eight images each."""


class DataGroup(click.Group):
    """Says which commands there are, where the first word is none of them."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command, or tells what may have been meant."""
        word = args[0]
        if word not in self.commands and not word.startswith("-"):
            meant = f"ganzoo data show {shlex.quote(word)}" if Path(word).exists() else None
            raise unknown_command("ganzoo data", word, sorted(self.commands), meant)
        return super().resolve_command(ctx, args)


@click.group("data", cls=DataGroup)
def command() -> None:
    """Look at folders of images, and get data sets ready for training."""


@command.command("show")
@click.argument("source", type=click.Path(path_type=Path))
@path_option("--out", help="Write a contact sheet, too: a .png with eight images a class.")
@json_option
def show(source: Path, out: Path | None, as_json: bool) -> None:
    """Show what is in SOURCE: a folder, zip or tar of images, a .npz, or tables of Hugging Face datasets.

    Every image is decoded: classes, sizes, formats, and which files are damaged or left out. The classes and
    splits are those that a training would find.
    """
    if out is not None:
        out = require_output(out, force=True)
    if not source.exists():
        raise UsageError(f"there is no {source}")

    from ganzoo.cli.progress import logging_to_stderr
    from ganzoo.image_files import LeftOut, find_split, place_of, say
    from ganzoo.image_files.survey import survey

    with logging_to_stderr():
        place = place_of(source)
        if place is None:
            raise UsageError(f"{source} is no folder, no zip, no tar, no .npz and no table")
        left_out = LeftOut()
        try:
            layouts = {"train": find_split(place, "train", left_out), **_test_split(place)}
        finally:
            say(source, left_out)
        found = {split: survey(place, layout) for split, layout in layouts.items()}
    if out is not None:
        _write_sheet(place, layouts["train"], out)
    if as_json:
        splits = {split: vars(each) for split, each in found.items()}
        print_json({"source": str(source), "splits": splits, "left_out": dict(left_out.counts)})
    else:
        for split, each in found.items():
            _print_survey(split, each)
    if out is not None:
        click.echo(out, err=as_json)


def _test_split(place: ImagePlace) -> Mapping[str, Layout]:
    """The split "test", where there is one."""
    from ganzoo.image_files import LeftOut, find_split

    try:
        return {"test": find_split(place, "test", LeftOut())}  # told of the other split already
    except UsageError:
        return {}


def _print_survey(split: str, found: Survey) -> None:
    heading(f"{split}: {count(sum(found.classes.values()), 'image')}")
    rows = [(title, *row) for title, counts in _counts(found).items() for row in _rows(counts)]
    remarks = {
        "with transparency": found.with_transparency,
        "turned by EXIF data": found.turned,
        "with a colour profile, not applied": found.with_profile,
        "damaged": len(found.damaged),
    }
    print_listing([*rows, *((name, "", f"{number:,}") for name, number in remarks.items() if number)])
    for line in found.damaged[:_SHOWN]:
        print_text(f"  {line}")


def _counts(found: Survey) -> dict[str, Mapping[str, int]]:
    sizes, modes = {"height x width": found.sizes}, {"format": found.formats, "mode": found.modes}
    return {"class": found.classes, **sizes, **modes}


def _rows(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    rows = [(printable(name), f"{number:,}") for name, number in islice(counts.items(), _SHOWN)]
    return rows if len(counts) <= _SHOWN else [*rows, (f"and {len(counts) - _SHOWN:,} more", "")]


def _write_sheet(place: ImagePlace, layout: Layout, out: Path) -> None:
    """Eight images of each class in a row; one that is damaged is passed over."""
    import torch

    from ganzoo.image_files import Target
    from ganzoo.image_files.decoding import decode, quiet
    from ganzoo.sampling.files import save_image
    from ganzoo.sampling.grids import GRID_COLUMNS, image_grid

    side, most = _SHEET
    target = Target(3, side, side, "pad", "black")
    rows = []
    for label in range(min(most, len(layout.class_names))):
        row: list[Any] = []
        for name in (n for n, number in zip(layout.names, layout.labels, strict=True) if number == label):
            try:
                with quiet():
                    row.append(torch.from_numpy(decode(place.read(name), name, target).copy()))
            except GanzooError:
                continue
            if len(row) == GRID_COLUMNS:
                break
        rows += row + [torch.zeros(3, side, side, dtype=torch.uint8)] * (GRID_COLUMNS - len(row))
    save_image(image_grid(torch.stack(rows)), out)


@command.command("prepare")
@click.argument("dataset", shell_complete=complete_plugins("dataset"))
@path_option("--data-dir", metavar="DIR", help="Folder with the data set's files.")
@click.option(
    "--set", "assignments", metavar="dataset.KEY=VALUE", multiple=True, help="A setting of the data set."
)
@click.option("--verify", is_flag=True, help="Read every file, and compare it with what it was.")
def prepare(dataset: str, data_dir: Path | None, assignments: tuple[str, ...], verify: bool) -> None:
    """Download, decode and keep what a training on DATASET needs, with the settings that it will have.

    A training does the same where it was not done before, and goes on where the cache has no room; this
    fails then. --verify reads files again whose size and times
    are as they were; a training does not.
    """
    from ganzoo.evaluation.selection import select

    settings = dict(parse_assignment(text) for text in assignments)
    selection = select(dataset, None, settings)

    from ganzoo.cli.progress import logging_to_stderr
    from ganzoo.files import expanded
    from ganzoo.image_files.index import verifying
    from ganzoo.image_files.keeping import must_keep
    from ganzoo.settings.binding import bind_section

    with logging_to_stderr(), verifying(verify), must_keep():
        made = bind_section(selection.dataset).make(None if data_dir is None else expanded(data_dir))
        for split in ("train", "test"):
            try:
                data = made.load(split)
            except UsageError:
                if split == "train":
                    raise
                continue
            size = "x".join(map(str, data.images.shape[1:]))
            classes = count(len(data.class_names), "class", "classes")
            note(f"{split}: {count(len(data.images), 'image')} of {size}, {classes}")
