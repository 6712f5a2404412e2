"""The names of files in an archive, whatever program packed them, with links followed."""

from __future__ import annotations

import logging
import posixpath
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

from ganzoo.image_files import formats

logger = logging.getLogger("ganzoo.datasets")

File = TypeVar("File")

_HOPS: Final = 8
"""Links that are followed from one to the next."""

_DEPTH: Final = 4
"""Folders in each other that everything may be packed in."""

_DOS: Final = (0, 10)
"""Systems by whose numbers a zip says that its names may have backslashes (APPNOTE.TXT, 4.4.2)."""

_IN_UTF_8: Final = 0x800
"""The flag of a zip's name in UTF-8 (APPNOTE.TXT, 4.4.4)."""


@dataclass(frozen=True)
class Members(Generic[File]):
    """The files of an archive by their names below `top`."""

    files: Mapping[str, File]
    top: str
    """The folder that all of them lie in, with a slash behind it; empty where there is none."""
    astray: tuple[str, ...]
    """Links that lead to no file of the archive."""
    folders: frozenset[str]
    """All folders, with those that are empty."""


def name_in_zip(info: zipfile.ZipInfo) -> str:
    """A name with slashes and in the right letters, which old programs for Windows and macOS don't write."""
    name = info.filename
    if not name.isascii() and not info.flag_bits & _IN_UTF_8:
        with suppress(UnicodeError):  # it is in the old letters, or was decoded by another field of the file
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/") if info.create_system in _DOS else name


def clean(name: str) -> str:
    """A name without the `./` and `/` that it may begin with."""
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def members_of(
    path: Path,
    files: Mapping[str, File],
    links: Mapping[str, str],
    folders: frozenset[str],
    head: Callable[[File], bytes],
) -> Members[File]:
    """Follows links, and takes off the folder that everything lies in: who packs a folder packs its name.

    Args:
        path: of the archive, for messages.
        files: by their clean names.
        links: the name that each leads to.
        folders: that the archive names, clean.
        head: the first bytes of a file.
    """
    found, astray = dict(files), []
    for name, target in links.items():
        for _ in range(_HOPS):
            target = links.get(target, target)
        if target in files:
            found[name] = files[target]
        else:
            astray.append(name)
    top = ""
    for _ in range(_DEPTH):
        if not (below := _only_folder(found, top, head)):
            break
        top = below
    if top:
        logger.info("all of %s lies in its folder %s, whose folders are taken", path, top[:-1])
    return Members(
        {name.removeprefix(top): file for name, file in found.items()},
        top,
        tuple(name.removeprefix(top) for name in astray),
        frozenset(folder.removeprefix(top) for folder in folders if f"{folder}/" != top),
    )


def target_of(link: str, target: str) -> str:
    """The name that a symbolic link leads to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(link), target))


def _only_folder(files: Mapping[str, File], top: str, head: Callable[[File], bytes]) -> str:
    """The folder below `top` with all files, and images in its subfolders alone; empty: there is none."""
    inside = [name.removeprefix(top) for name in files]
    visible = [name for name in inside if not formats.is_hidden(name.split("/")[0])]
    tops = {name.partition("/")[0] for name in visible}
    if len(tops) != 1 or not all("/" in name for name in visible):
        return ""
    below = f"{top}{tops.pop()}/"
    direct = [name for name in files if name.startswith(below) and "/" not in name.removeprefix(below)]
    has_images = any(_is_image(name, files[name], head) for name in direct)
    return "" if has_images or len(direct) == len(visible) else below


def _is_image(name: str, file: File, head: Callable[[File], bytes]) -> bool:
    is_image = formats.kind_of(name, lambda: head(file)) == "image"
    return is_image and not formats.is_hidden(name.rpartition("/")[2])
