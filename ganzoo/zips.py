"""Zips of strangers, opened: what one says of its files is not read beyond what is honest."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Final

MANY_FILES: Final = 2**27
"""Bytes of what a zip says of all its files where it may have very many: more than a million of them."""

FEW_FILES: Final = 2**22
"""The same of a zip as programs write it, a wheel or arrays: more than 20,000 files."""


class BoundedFile(io.FileIO):
    """A file of which nobody reads more at once than an honest archive asks for: sizes in it may be forged.

    Args:
        path: the file.
        most: bytes.
    """

    def __init__(self, path: Path, most: int) -> None:
        super().__init__(path)
        self._most = most

    def read(self, size: int | None = -1, /) -> bytes:
        """Reads so many bytes, fewer at the end.

        Raises:
            ValueError: they are too many.
        """
        wanted = os.fstat(self.fileno()).st_size - self.tell() if size is None or size < 0 else size
        if wanted > self._most:
            raise ValueError(f"what it says of its files has more than {self._most:,} bytes")
        return super().read(max(0, wanted))


class _Zip(zipfile.ZipFile):
    """A zip whose directory is read within bounds."""

    _held: io.FileIO | None = None

    def __init__(self, path: Path, most: int) -> None:
        self._held = BoundedFile(path, most)
        super().__init__(self._held)
        if not all(member.filename for member in self.infolist()):  # zipfile itself would run into an error
            raise zipfile.BadZipFile("a file in it has no name")

    def close(self) -> None:
        """Closes the file as well, as a zip that was opened by its path does."""
        super().close()
        if self._held is not None:
            self._held.close()


def open_zip(path: Path, most: int = FEW_FILES) -> zipfile.ZipFile:
    """Opens a zip to read.

    Args:
        path: the zip.
        most: bytes of its directory, which are in memory several times over.

    Raises:
        OSError, ValueError, RuntimeError, zipfile.BadZipFile: it can't be read, is damaged, or says more.
    """
    return _Zip(path, most)


def require_unpacked(path: Path) -> None:
    """Refuses an archive that unpacks to more than it is: torch never packs, and a bomb does nothing else.

    Raises:
        OSError, ValueError, RuntimeError, zipfile.BadZipFile: it does, or is damaged.
    """
    if not zipfile.is_zipfile(path):
        return
    with open_zip(path) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > (size := path.stat().st_size):
        raise ValueError(f"it unpacks to {unpacked:,} bytes from {size:,}, and torch.save never packs")
