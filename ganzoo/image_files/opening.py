"""What a path holds: a folder of images, an archive of them, an array, or tables with images in a column."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ganzoo.errors import GanzooError
from ganzoo.files import require_file
from ganzoo.image_files.archive_files import is_tar
from ganzoo.image_files.archives import TarPlace, ZipPlace
from ganzoo.image_files.array_place import ArrayPlace
from ganzoo.image_files.places import FolderPlace, ImagePlace
from ganzoo.image_files.table_files import find_tables, is_table
from ganzoo.image_files.tables import TablePlace


def place_of(path: Path) -> ImagePlace | None:
    """A place of images, told by its content: a folder, .zip, .tar, .npz, .parquet or .arrow; None: none.

    Raises:
        GanzooError: it can't be read, or is a tar that is packed as a whole.
    """
    if path.is_dir():
        tables = find_tables(path)
        return FolderPlace(path) if tables is None else TablePlace(path, tables)
    try:
        require_file(path)
        if path.suffix == ".npz" and zipfile.is_zipfile(path):
            return ArrayPlace(path)
        if is_table(path):
            return TablePlace(path, {"train": (path,)})
        if zipfile.is_zipfile(path):
            return ZipPlace(path)
        if is_tar(path):
            return TarPlace(path)
    except OSError as error:
        raise GanzooError(f"{path} cannot be read: {error.strerror or error}") from error
    return None
