"""Image files in a zip or a plain tar, read where they lie: nothing is unpacked to the disk."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ganzoo.errors import GanzooError
from ganzoo.image_files import formats
from ganzoo.image_files.archive_files import DAMAGED, open_tar, unpacked
from ganzoo.image_files.archive_names import Members, clean, members_of, name_in_zip, target_of
from ganzoo.image_files.decoding import MOST_BYTES
from ganzoo.image_files.left_out import FOREIGN, HIDDEN, LINK, OTHER, LeftOut
from ganzoo.image_files.places import NOTES, bounded, by_folder, require_bounded, stamps_of_parts
from ganzoo.zips import MANY_FILES, open_zip

_MOST_OF_LINK: Final = 4096
"""Bytes of the path that a link holds."""


class ZipPlace:
    """A zip. Its files are read by any number of threads, one after the other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._heads: dict[tuple[int, str], bytes] = {}

    @cached_property
    def _members(self) -> Members[zipfile.ZipInfo]:
        files, links, folders = dict[str, zipfile.ZipInfo](), dict[str, str](), set[str]()
        for info in self._archive.infolist():
            written = name_in_zip(info)
            name = clean(written)
            if written.endswith("/"):
                folders.add(name)
            elif stat.S_ISLNK(info.external_attr >> 16):
                links[name] = target_of(name, self._head(info, _MOST_OF_LINK).decode("utf-8", "replace"))
            else:
                files[name] = info
        return members_of(self.path, files, links, frozenset(folders), self._head)

    @cached_property
    def _archive(self) -> zipfile.ZipFile:
        try:
            return open_zip(self.path, MANY_FILES)
        except DAMAGED as error:
            raise GanzooError(f"{self.path} can't be read as a zip: {error}") from None

    def names(self, left_out: LeftOut) -> list[str]:
        """See `ImagePlace`."""
        return _images(self._members, self._head, left_out)

    def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """See `ImagePlace`."""
        info = self._members.files[name]
        require_bounded(
            info.file_size, most, self.called(name)
        )  # bzip2 and LZMA unpack all that is asked for
        try:
            with self._archive.open(info) as file:
                data = unpacked(file, most + 1)
        except DAMAGED as error:
            raise GanzooError(f"{self.called(name)} cannot be read: {error}") from None
        return bounded(data, most, self.called(name))

    def _head(self, info: zipfile.ZipInfo, size: int = formats.HEAD) -> bytes:
        """The first bytes of a file; none where it can't be read."""
        place = (info.header_offset, info.orig_filename)
        if place not in self._heads:
            try:
                with self._archive.open(info) as file:
                    self._heads[place] = file.read(size)
            except DAMAGED:
                self._heads[place] = b""
        return self._heads[place]

    def stamps(self, names: Sequence[str]) -> npt.NDArray[np.int64]:
        """See `ImagePlace`: those of the archive, with the checksum that it has of each file."""
        return stamps_of_parts(self.path, [self._members.files[name].CRC for name in names])

    def has(self, name: str) -> bool:
        """See `ImagePlace`."""
        return name in self._members.files

    def called(self, name: str) -> str:
        """See `ImagePlace`."""
        return f"{self.path}/{self._members.top}{name}"


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
    def _members(self) -> Members[tuple[int, int]]:
        """Where each file begins, and its bytes."""
        files, links, folders = dict[str, tuple[int, int]](), dict[str, str](), set[str]()
        try:
            with open_tar(self.path) as archive:
                for member in archive:
                    name = clean(member.name)
                    if member.isdir():
                        folders.add(name)
                    elif member.islnk():
                        links[name] = clean(member.linkname)
                    elif member.issym():
                        links[name] = target_of(name, member.linkname)
                    elif member.isreg() and member.size >= 0:
                        files[name] = member.offset_data, member.size
        except DAMAGED as error:
            raise GanzooError(f"{self.path} can't be read as a tar: {error}") from None
        return members_of(self.path, files, links, frozenset(folders), self._head)

    @cached_property
    def _descriptor(self) -> int:
        return os.open(self.path, os.O_RDONLY)

    def __del__(self) -> None:
        if "_descriptor" in self.__dict__:
            os.close(self._descriptor)

    def names(self, left_out: LeftOut) -> list[str]:
        """See `ImagePlace`."""
        return _images(self._members, self._head, left_out)

    def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """See `ImagePlace`."""
        begin, size = self._members.files[name]
        try:
            data = os.pread(self._descriptor, min(size, most + 1), begin)
        except OSError as error:
            raise GanzooError(f"{self.called(name)} cannot be read: {error.strerror or error}") from error
        return bounded(data, most, self.called(name))

    def _head(self, extent: tuple[int, int]) -> bytes:
        """The first bytes of a file; none where it can't be read."""
        begin, size = extent
        try:
            return os.pread(self._descriptor, min(size, formats.HEAD), begin)
        except OSError:
            return b""

    def stamps(self, names: Sequence[str]) -> npt.NDArray[np.int64]:
        """See `ImagePlace`: those of the archive, with where each file begins."""
        return stamps_of_parts(self.path, [self._members.files[name][0] for name in names])

    def has(self, name: str) -> bool:
        """See `ImagePlace`."""
        return name in self._members.files

    def called(self, name: str) -> str:
        """See `ImagePlace`."""
        return f"{self.path}/{self._members.top}{name}"


def _images(members: Members[Any], head: Callable[[Any], bytes], left_out: LeftOut) -> list[str]:
    """The names of the images, sorted; a hidden folder is counted once."""
    found, hidden = [], set()
    for name in sorted(members.files, key=by_folder):
        parts = name.split("/")
        first = next((index for index, part in enumerate(parts) if formats.is_hidden(part)), None)
        if first is not None:
            top = "/".join(parts[: first + 1])
            if top not in hidden:
                left_out.add(HIDDEN, top)
            hidden.add(top)
            continue
        left_out.folders.add(name.rpartition("/")[0])
        if name not in NOTES:
            kind = formats.kind_of(name, partial(head, members.files[name]))
            if kind == "image":
                found.append(name)
            else:
                left_out.add(FOREIGN if kind == "foreign" else OTHER, name)
    for name in members.astray:
        left_out.add(LINK, name)
    left_out.folders |= {each for each in members.folders if not any(map(formats.is_hidden, each.split("/")))}
    return found
