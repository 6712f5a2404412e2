"""Official archives, downloaded by torchvision's code against torchvision's checksums."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path

from ganzoo_datasets.messages import logger


class DownloadError(Exception):
    """A file could not be had from any of its addresses; the message says what each one answered."""


def download(folder: Path, filename: str, urls: Sequence[str], md5: str) -> Path:
    """Returns `folder/filename`, downloaded from the first of `urls` that delivers the right checksum
    unless it is there already.

    Raises:
        DownloadError: no address delivered it, or `folder` cannot be used.
    """
    path = folder / filename
    try:
        if path.is_file() and _md5(path) == md5:
            return path
        from torchvision.datasets.utils import download_url

        folder.mkdir(parents=True, exist_ok=True)
        # Into a folder of its own, then renamed: an interrupted download or a second process leaves
        # nothing half-written under the final name.
        with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as scratch:
            problems = []
            for url in urls:
                logger.info("downloading %s to %s", url, folder)
                try:
                    download_url(url, scratch, filename, md5)
                except (OSError, RuntimeError, HTTPException) as error:
                    problems.append(f"{url}: {_cause(error)}")
                else:
                    return Path(scratch, filename).replace(path)
    except OSError as error:
        problems = [f"{folder} cannot be used: {error.strerror or error}. Set GANZOO_CACHE to another folder"]
    raise DownloadError("; ".join(problems))


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _cause(error: Exception) -> str:
    if isinstance(error, RuntimeError):
        return "what came is not the expected file (its checksum differs)"
    return str(getattr(error, "reason", None) or error or type(error).__name__)
