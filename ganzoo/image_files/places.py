"""Where image files lie: a folder with its subfolders here, a zip or a tar in `archives`."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from ganzoo.errors import GanzooError
from ganzoo.files import read_bytes
from ganzoo.image_files import formats
from ganzoo.image_files.decoding import MOST_BYTES
from ganzoo.image_files.layout import Layout
from ganzoo.image_files.left_out import FOREIGN, HIDDEN, LINK, OTHER, LeftOut

NOTES = frozenset({"classes.txt", "dataset.json"})
"""Files that say something of the images, and are not left out."""


_LINKED: Final = 2
"""Levels down to which links to folders are followed."""

_Folder = tuple[str, tuple[Path, ...]]
"""A folder's name with a slash behind it, and the real folders that it lies in, itself the last."""


class ImagePlace(Protocol):
    """Holds files under names such as `cat/0.png`, with slashes on every system."""

    path: Path

    def names(self, left_out: LeftOut) -> list[str]:
        """The names of the image files, sorted folder by folder; what else there is, is counted.

        Raises:
            GanzooError: the place can't be read.
        """

    def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """The bytes of one file; may be called by several threads.

        Raises:
            GanzooError: it can't be read, or has more bytes than `most`.
        """

    def stamps(self, names: Sequence[str]) -> npt.NDArray[np.int64]:
        """`(N, 4)`: bytes, times of modification and of change in nanoseconds, and number of each file.

        A file that was written anew has another stamp. One that is gone has zeros.
        """

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""

    def called(self, name: str) -> str:
        """What a message calls the file."""


@runtime_checkable
class LabelledPlace(ImagePlace, Protocol):
    """Knows splits and classes by itself, where others tell them by the names of their files."""

    def layout(self, split: str, listed: Sequence[str] | None) -> Layout:
        """The images of a split and their classes.

        Args:
            split: "train" or "test".
            listed: names of the classes, where a `classes.txt` beside the file gives them.

        Raises:
            UsageError: there is no such split.
            GanzooError: there are no classes, or more than are listed.
        """


class FolderPlace:
    """A folder. Links to files are followed, and links to folders down to the second level: classes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self, left_out: LeftOut) -> list[str]:
        """See `ImagePlace`."""
        found: list[str] = []
        waiting: list[_Folder] = [("", (self.path.resolve(),))]
        while waiting:  # and not by recursion: a stranger's folders may be a thousand deep
            waiting += reversed(self._look(*waiting.pop(), found, left_out))
        return sorted(found, key=by_folder)

    def _look(
        self, folder: str, above: tuple[Path, ...], found: list[str], left_out: LeftOut
    ) -> list[_Folder]:
        """Adds the images of one folder to `found`, and gives its subfolders."""
        path, inside = self.path / folder, list[_Folder]()
        try:
            with os.scandir(path) as entries:
                ordered = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            raise GanzooError(f"{path} cannot be listed: {error.strerror}") from error
        if len(above) <= _LINKED + 1:
            left_out.folders.add(folder.rstrip("/"))
        for entry in ordered:
            name, is_link = f"{folder}{entry.name}", entry.is_symlink()
            if formats.is_hidden(entry.name):
                left_out.add(HIDDEN, name)
            elif is_link and _leads_to_a_folder(entry):
                target = Path(entry).resolve()
                if len(above) <= _LINKED and target not in above:  # else it may lead back up
                    inside.append((f"{name}/", (*above, target)))
                elif target not in above:
                    left_out.add(LINK, name)
            elif not is_link and entry.is_dir():
                inside.append((f"{name}/", (*above, above[-1] / entry.name)))
            elif name not in NOTES:
                kind = formats.kind_by_name(name) or _kind_of(entry)
                if kind == "image":
                    found.append(name)
                else:
                    left_out.add(FOREIGN if kind == "foreign" else OTHER, name)
        return inside

    def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """See `ImagePlace`."""
        path = self.path / name
        try:
            return read_bytes(path, most)
        except OSError as error:
            raise GanzooError(f"{path} cannot be read: {error.strerror or error}") from error

    def stamps(self, names: Sequence[str]) -> npt.NDArray[np.int64]:
        """See `ImagePlace`."""
        root = os.fspath(self.path)
        stamps = []
        for name in names:
            try:
                status = os.stat(f"{root}/{name}")  # noqa: PTH116, a Path for each of a million takes long
            except OSError:
                stamps.append((0, 0, 0, 0))  # reading it says why
                continue
            inode = status.st_ino & 0x7FFF_FFFF_FFFF_FFFF
            stamps.append((status.st_size, status.st_mtime_ns, status.st_ctime_ns, inode))
        return np.array(stamps, np.int64).reshape(-1, 4)

    def has(self, name: str) -> bool:
        """See `ImagePlace`."""
        return (self.path / name).is_file()

    def called(self, name: str) -> str:
        """See `ImagePlace`."""
        return str(self.path / name)


def by_folder(name: str) -> str:
    """A key that sorts names folder by folder, in half the time that lists of their parts take."""
    return name.replace("/", "\0")


def bounded(data: bytes, most: int, called: str) -> bytes:
    """The bytes of a file, or as many as were read: more than `most` where it is too large."""
    require_bounded(len(data), most, called)
    return data


def require_bounded(size: int, most: int, called: str) -> None:
    """Refuses a file of so many bytes where those are more than `most`."""
    if size > most:
        raise GanzooError(
            f"{called} cannot be read: it has more than {most:,} bytes, as no file of its kind has"
        )


def stamps_of_parts(path: Path, marks: Sequence[int]) -> npt.NDArray[np.int64]:
    """Stamps of what lies in one file: the file's size and times, and a mark of each part.

    They are zeros where the file is gone; reading says why.
    """
    stamps = np.zeros((len(marks), 4), np.int64)
    try:
        status = path.stat()
    except OSError:
        return stamps
    stamps[:, :3] = status.st_size, status.st_mtime_ns, status.st_ctime_ns
    stamps[:, 3] = marks
    return stamps


def _leads_to_a_folder(entry: os.DirEntry[str]) -> bool:
    """Whether a link ends at a folder; one that leads to itself ends nowhere."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _kind_of(entry: os.DirEntry[str]) -> formats.Kind:
    """What a file is whose name doesn't tell."""
    try:
        if not stat.S_ISREG(entry.stat().st_mode):
            return "other"
        with Path(entry).open("rb") as file:
            return formats.kind_by_content(file.read(formats.HEAD))
    except OSError:
        return "other"
