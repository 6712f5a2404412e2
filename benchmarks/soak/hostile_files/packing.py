"""Files packed as zips and as gzip, the same bytes at any time of the day."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Mapping


def zipped(members: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """A zip of files by name, each of 1980."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            member = zipfile.ZipInfo(name)
            member.compress_type, member.external_attr = compression, 0o600 << 16
            archive.writestr(member, data)
    return buffer.getvalue()


def gzipped(data: bytes) -> bytes:
    """A file of gzip, packed fast."""
    return gzip.compress(data, compresslevel=1, mtime=0)
