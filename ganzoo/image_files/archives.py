"""Image files in a zip or a plain tar, read where they lie: nothing is unpacked to the disk."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ganzoo.errors import GanzooError
from ganzoo.image_files import formats
from ganzoo.image_files.archive_files import DAMAGED, open_tar, unpacked
from ganzoo.image_files.decoding import MOST_BYTES
from ganzoo.image_files.left_out import FOREIGN, HIDDEN, OTHER, LeftOut
from ganzoo.image_files.places import NOTES, bounded, require_bounded, stamps_of_parts
from ganzoo.zips import MANY_FILES, open_zip


class ZipPlace:
    """A zip. Its files are read by any number of threads, one after the other."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def _members(self) -> dict[str, zipfile.ZipInfo]:
        return {info.filename: info for info in self._archive.infolist() if not info.is_dir()}

    @cached_property
    def _archive(self) -> zipfile.ZipFile:
        try:
            return open_zip(self.path, MANY_FILES)
        except DAMAGED as error:
            raise GanzooError(f"{self.path} can't be read as a zip: {error}") from None

    def names(self, left_out: LeftOut) -> list[str]:
        """See `ImagePlace`."""
        return _images(self, self._members, left_out)

    def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """See `ImagePlace`."""
        info = self._members[name]
        require_bounded(
            info.file_size, most, self.called(name)
        )  # bzip2 and LZMA unpack all that is asked for
        try:
            with self._archive.open(info) as file:
                data = unpacked(file, most + 1)
        except DAMAGED as error:
            raise GanzooError(f"{self.called(name)} cannot be read: {error}") from None
        return bounded(data, most, self.called(name))

    def head(self, name: str) -> bytes:
        """The first bytes of a file; none where it can't be read."""
        try:
            with self._archive.open(self._members[name]) as file:
                return file.read(formats.HEAD)
        except DAMAGED:
            return b""

    def stamps(self, names: Sequence[str]) -> npt.NDArray[np.int64]:
        """See `ImagePlace`: those of the archive, with the checksum that it has of each file."""
        return stamps_of_parts(self.path, [self._members[name].CRC for name in names])

    def has(self, name: str) -> bool:
        """See `ImagePlace`."""
        return name in self._members

    def called(self, name: str) -> str:
        """See `ImagePlace`."""
        return f"{self.path}/{name}"


class TarPlace:
    """A tar that is not packed. A packed one has to be read from its beginning for every file.

    Raises:
        GanzooError: it is packed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                is_packed = file.read(6).startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"))
        except OSError as error:
            raise GanzooError(f"{path} cannot be read: {error.strerror or error}") from error
        if is_packed:
            raise GanzooError(
                f"{path} is a packed tar, in which no file can be found without unpacking all before it\n"
                f"unpack it: mkdir images && tar xf {path} -C images, and write --data-dir images"
            )

    @cached_property
    def _members(self) -> dict[str, tuple[int, int]]:
        """Where each file begins, and its bytes."""
        try:
            with open_tar(self.path) as archive:
                return {
                    member.name.removeprefix("./"): (member.offset_data, member.size)
                    for member in archive
                    if member.isreg() and member.size >= 0
                }
        except DAMAGED as error:
            raise GanzooError(f"{self.path} can't be read as a tar: {error}") from None

    @cached_property
    def _descriptor(self) -> int:
        return os.open(self.path, os.O_RDONLY)

    def __del__(self) -> None:
        if "_descriptor" in self.__dict__:
            os.close(self._descriptor)

    def names(self, left_out: LeftOut) -> list[str]:
        """See `ImagePlace`."""
        return _images(self, self._members, left_out)

    def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """See `ImagePlace`."""
        begin, size = self._members[name]
        try:
            data = os.pread(self._descriptor, min(size, most + 1), begin)
        except OSError as error:
            raise GanzooError(f"{self.called(name)} cannot be read: {error.strerror or error}") from error
        return bounded(data, most, self.called(name))

    def head(self, name: str) -> bytes:
        """The first bytes of a file; none where it can't be read."""
        begin, size = self._members[name]
        try:
            return os.pread(self._descriptor, min(size, formats.HEAD), begin)
        except OSError:
            return b""

    def stamps(self, names: Sequence[str]) -> npt.NDArray[np.int64]:
        """See `ImagePlace`: those of the archive, with where each file begins."""
        return stamps_of_parts(self.path, [self._members[name][0] for name in names])

    def has(self, name: str) -> bool:
        """See `ImagePlace`."""
        return name in self._members

    def called(self, name: str) -> str:
        """See `ImagePlace`."""
        return f"{self.path}/{name}"


def _images(place: ZipPlace | TarPlace, names: Iterable[str], left_out: LeftOut) -> list[str]:
    """The names of the images, sorted; a hidden folder is counted once."""
    found, hidden = [], set()
    for name in sorted(names, key=lambda name: name.split("/")):
        parts = name.split("/")
        first = next((index for index, part in enumerate(parts) if formats.is_hidden(part)), None)
        if first is not None:
            top = "/".join(parts[: first + 1])
            if top not in hidden:
                left_out.add(HIDDEN, top)
            hidden.add(top)
        elif name not in NOTES:
            kind = formats.kind_by_name(name) or formats.kind_by_content(place.head(name))
            if kind == "image":
                found.append(name)
            else:
                left_out.add(FOREIGN if kind == "foreign" else OTHER, name)
    return found
