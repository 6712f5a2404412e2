"""Files: read within limits, written whole or not at all whenever the machine dies; and the cache."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from ganzoo.drafts import draft_of
from ganzoo.errors import GanzooError, UsageError
from ganzoo.zips import require_unpacked as require_unpacked

TENSOR_HEADER: Final = 2 * 2**20
"""The most bytes of a safetensors header; networks of thousands of tensors have less than one MiB."""


def read_bytes(path: Path, most: int) -> bytes:
    """Reads a file whole, which may be a stranger's.

    Args:
        path: the file. A pipe or a device is refused, since reading it may never end.
        most: bytes; no honest file of its kind has more.

    Raises:
        OSError: it can't be read, is no regular file, or has more bytes; the message completes
            "the file can't be read: ...".
    """
    require_file(path, most)
    return path.read_bytes()


def read_text(path: Path, most: int) -> str:
    """Reads a file in UTF-8 as `read_bytes` does.

    Raises:
        OSError: as there.
        UnicodeDecodeError: it is no text.
    """
    return read_bytes(path, most).decode("utf-8")


def expanded(path: str | Path) -> Path:
    """A path with the home folder that `~` or `~name` stands for.

    Raises:
        UsageError: there is no such user.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise UsageError(f"there is no folder {str(path)!r}: {error}") from None


def require_file(path: Path, most: int | None = None) -> None:
    """Refuses a pipe or a device, which reading may never come to the end of, and what is too large.

    Args:
        path: a file.
        most: bytes; None for a file of any size.

    Raises:
        OSError: it is one, is larger, or there is nothing; the message completes
            "the file can't be read: ...".
    """
    size = _size(path)
    if most is not None and size > most:
        raise OSError(f"it has {size:,} bytes, and no file of its kind has more than {most:,}")


def require_tensor_file(path: Path) -> None:
    """Refuses what safetensors would parse without a limit, or wait for.

    Raises:
        OSError: it can't be read, is no regular file, or claims a header above `TENSOR_HEADER`.
    """
    _size(path)
    with path.open("rb") as file:
        header = int.from_bytes(file.read(8), "little")
    if header > TENSOR_HEADER:
        raise OSError(f"its header claims {header:,} bytes, and no more than {TENSOR_HEADER:,} are read")


def _size(path: Path) -> int:
    """Bytes of a regular file, or of a folder, which opening refuses in better words.

    Raises:
        OSError: there is none, or it is a pipe or a device.
    """
    try:
        status = path.stat()
    except ValueError as error:  # a path with a null byte
        raise OSError(str(error)) from None
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        raise OSError("it is a pipe or a device, not a file")
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


_BEGINNINGS: Final = {
    b"\x89PNG": "a PNG picture", b"\xff\xd8\xff": "a JPEG picture", b"GIF8": "a GIF picture",
    b"PK\x03\x04": "a ZIP archive, as torch.save and numpy.savez write", b"\x1f\x8b": "a gzip archive",
    b"%PDF": "a PDF document", b"\x93NUMPY": "a NumPy array", b"<!DOCTYPE": "a web page",
    b"<html": "a web page", b"#": "a text", b'{"': "JSON", b"{\n": "JSON",
}  # fmt: skip
"""What files of other kinds begin with."""


def kind_of_file(path: Path) -> str | None:
    """What a file is, told by its first bytes: "a PNG picture"; None where they don't tell."""
    try:
        require_file(path)
        with path.open("rb") as file:
            beginning = file.read(16)
    except OSError:
        return None
    if beginning[3:9] == b"\0\0\0\0\0{":  # safetensors, after the length of its header
        return None
    return next((kind for known, kind in _BEGINNINGS.items() if beginning.startswith(known)), None)


def cache_folder() -> Path:
    """Returns `$GANZOO_CACHE`, or `$XDG_CACHE_HOME/ganzoo`, or `~/.cache/ganzoo`; it may not exist yet.

    Raises:
        GanzooError: no variable is set and the user has no home folder.
    """
    if own := os.environ.get("GANZOO_CACHE"):
        return Path(own)
    xdg = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if xdg.is_absolute():  # the specification says to ignore a relative one
        return xdg / "ganzoo"
    try:
        return Path.home() / ".cache" / "ganzoo"
    except RuntimeError as error:
        raise GanzooError("you have no home folder: set GANZOO_CACHE to a folder for downloads") from error


@contextlib.contextmanager
def disk_errors(path: Path, advice: str, done: str = "written") -> Iterator[None]:
    """Says in words what the disk refuses meanwhile.

    Args:
        path: what is read or written.
        advice: what to do about it.
        done: what can't be done: "written", "read".

    Raises:
        GanzooError: where the body raises an OSError.
    """
    try:
        yield
    except OSError as error:
        raise GanzooError(f"{path} can't be {done}: {error.strerror or error}\n{advice}") from error


def require_writable(path: Path, option: str = "--out") -> None:
    """Refuses a file that can't be written beside what is there, before anything is computed for it.

    Args:
        path: the file.
        option: what it was given with; empty where it can't be chosen.

    Raises:
        GanzooError: the disk refuses; `path` is as it was.
    """
    temporary = draft_of(path, path.suffix)
    try:
        with _refusals(path, option):
            temporary.touch()
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Calls `write(temporary)` with a path beside `path`, syncs the result and renames it to `path`.

    Raises:
        GanzooError: the disk is full, read-only or otherwise refuses; `path` is whole, and as it was before
            unless the disk failed after the renaming.
        UsageError: `path` has no name: it is "." or "/".
    """
    if not path.name:
        raise UsageError(f"{path} is a folder; name a file with --out")
    temporary = draft_of(path, path.suffix)
    try:
        with _refusals(path):
            temporary.touch()
            mode = stat.S_IMODE(temporary.stat().st_mode)
            write(temporary)
            with contextlib.suppress(OSError):  # disks without modes
                temporary.chmod(mode)  # as the user's umask says; safetensors writes for its owner alone
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
            sync_folder(path.parent)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _refusals(path: Path, option: str = "--out") -> Iterator[None]:
    """Says in words what the disk refuses, and what helps against that."""
    try:
        yield
    except OSError as error:
        advice = remedy(error, f"choose another place{f' with {option}' if option else ''}")
        raise GanzooError(f"{path} can't be written: {error.strerror or error}\n{advice}") from error


def remedy(error: OSError, otherwise: str) -> str:
    """What helps where a disk refuses to be written, as far as the error tells, or something else."""
    known = {
        errno.ENOSPC: "free some space", errno.EDQUOT: "free some space",
        errno.EACCES: "get the right to write there", errno.EPERM: "get the right to write there",
        errno.EROFS: "make that disk writable",
    }.get(error.errno or 0)  # fmt: skip
    return otherwise if known is None else f"{known}, or {otherwise}"


def write_text(path: Path, text: str) -> None:
    """Writes a text file, whole or not at all."""
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def sync_folder(folder: Path) -> None:
    """Makes a rename last; a no-op where folders can't be opened (Windows) or synced (some network disks).

    Raises:
        OSError: the disk is full or broken.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno in (errno.EIO, errno.ENOSPC, errno.EDQUOT):
            raise
