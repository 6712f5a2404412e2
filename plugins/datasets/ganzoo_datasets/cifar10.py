"""CIFAR-10 (Krizhevsky, 2009): torchvision's layout, the official archive, class folders or a download."""

from __future__ import annotations

import gzip
import hashlib
import pickle
import tarfile
import warnings
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, ClassVar, cast, final

import numpy as np
import torch

from ganzoo.errors import GanzooError
from ganzoo.files import cache_folder, read_bytes, require_file
from ganzoo.image_files import Target
from ganzoo.interfaces import Dataset, LabelledImages
from ganzoo_datasets import official
from ganzoo_datasets.class_folders import load_known_classes
from ganzoo_datasets.downloads import DownloadError, download
from ganzoo_datasets.messages import Guide, missing_data, require_folder, require_split

CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

_MOST_OF_BATCH = 2**25
"""Bytes; the official batches take 31,035,999 at most."""

_MOST_OF_ARCHIVE = 2**28
"""Bytes, unpacked; the official archive takes 186 million."""

_TARGET = Target(channels=3, height=32, width=32)


@final
class CIFAR10(Dataset):
    """60,000 colour photographs, 32x32, ten classes of animals and vehicles (Krizhevsky, 2009)."""

    ganzoo_api = 1
    image_shape: ClassVar[Mapping[str, int]] = {"channels": 3, "height": 32, "width": 32}

    def __init__(self, config: object, data_dir: Path | None) -> None:
        self.data_dir = data_dir

    def load(self, split: str) -> LabelledImages:
        """Reads `images (N, 3, 32, 32)`: 50,000 in "train", 10,000 in "test".

        Raises:
            UsageError: another split.
            GanzooError: the data are missing, damaged, or pickled with a unknown checksum.
        """
        require_split(split)
        checksums = dict(official.CIFAR10.train_list if split == "train" else official.CIFAR10.test_list)
        if self.data_dir is None:
            return _from_batches(
                _members(self._downloaded(), official.CIFAR10.base_folder, checksums), checksums
            )
        require_folder(self.data_dir)
        batches, archive = (
            self.data_dir / official.CIFAR10.base_folder,
            self.data_dir / official.CIFAR10.filename,
        )
        for folder in (batches, self.data_dir):
            if any((folder / name).is_file() for name in checksums):
                return _from_batches(_files(folder, checksums), checksums)
        if archive.is_file():
            return _from_batches(_members(archive, official.CIFAR10.base_folder, checksums), checksums)
        if (images := load_known_classes(self.data_dir / split, CLASS_NAMES, _TARGET)) is not None:
            return images
        looked = [batches / next(iter(checksums)), archive, self.data_dir / split / CLASS_NAMES[0] / "*.png"]
        raise missing_data(_guide(), f"nothing of the {split} split in {self.data_dir}", looked)

    def _downloaded(self) -> Path:
        folder = cache_folder() / "downloads" / "cifar10"
        try:
            return download(
                folder, official.CIFAR10.filename, [official.CIFAR10.url], official.CIFAR10.tgz_md5
            )
        except DownloadError as error:
            looked = [folder / official.CIFAR10.filename]
            raise missing_data(_guide(), f"not at hand, and the download failed: {error}", looked) from error


def _files(folder: Path, names: Iterable[str]) -> Iterator[tuple[Path, bytes]]:
    for name in names:
        path = folder / name
        try:
            yield path, read_bytes(path, _MOST_OF_BATCH)
        except OSError as error:
            raise GanzooError(
                f"{path} cannot be read: {error.strerror or error}. Unpack cifar-10-python.tar.gz again"
            ) from error


def _members(archive: Path, base_folder: str, names: Iterable[str]) -> Iterator[tuple[Path, bytes]]:
    wanted = {f"{base_folder}/{name}": name for name in names}
    found = {}
    try:
        require_file(archive)
        # In the archive's order, since going back in a gzip stream means starting over.
        with gzip.open(archive) as unpacked:
            stream: Any = _Limited(cast(IO[bytes], unpacked))  # of a file's methods, tarfile needs `read`
            with tarfile.open(fileobj=stream, mode="r|") as tar:
                for member in tar:
                    # Files only: a link may lead to itself, and a device has no content.
                    if member.name in wanted and member.isreg() and 0 <= member.size <= _MOST_OF_BATCH:
                        file = tar.extractfile(member)
                        found[wanted[member.name]] = b"" if file is None else file.read()
                    if len(found) == len(wanted):
                        break
    except (OSError, EOFError, tarfile.TarError, zlib.error, ValueError) as error:
        raise GanzooError(f"{archive} is damaged: {error}. Delete it and get it again") from error
    for path, name in wanted.items():
        if name not in found:
            raise GanzooError(f"{archive} is not CIFAR-10: {path} is not in it. Delete it and get it again")
        yield archive / path, found[name]


class _Limited:
    """A stream that ends with an error where the official archive has long ended: a bomb goes on."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left = _MOST_OF_ARCHIVE

    def read(self, size: int) -> bytes:
        """Reads on.

        Raises:
            OSError: too much has been read.
        """
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise OSError(f"it unpacks to more than {_MOST_OF_ARCHIVE:,} bytes")
        return data


def _from_batches(batches: Iterable[tuple[Path, bytes]], checksums: Mapping[str, str]) -> LabelledImages:
    images, labels = [], []
    for path, data in batches:
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        known = checksums[path.name]
        if md5 != known:
            raise GanzooError(
                f"{path} is not the official file: its MD5 is {md5}, torchvision knows {known}. "
                "It is a pickle, which can run code, so it is not opened; delete it and get it again"
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some releases of numpy do, about arrays pickled in 2009
            batch = pickle.loads(data, encoding="latin1")
        images.append(np.asarray(batch["data"], dtype=np.uint8).reshape(-1, 3, 32, 32))
        labels.append(np.asarray(batch["labels"], dtype=np.int64))
    return LabelledImages(
        torch.from_numpy(np.concatenate(images)), torch.from_numpy(np.concatenate(labels)), CLASS_NAMES
    )


def _guide() -> Guide:
    return Guide(
        title="CIFAR-10",
        layouts=[
            (f"DIR/{official.CIFAR10.base_folder}/data_batch_1 ...", "as torchvision unpacks it"),
            (f"DIR/{official.CIFAR10.filename}", "the official archive"),
            ("DIR/train/CLASS/*.png, DIR/test/CLASS/*.png", f"or .jpg; CLASS: {', '.join(CLASS_NAMES)}"),
        ],
        remedies=[
            "ganzoo train MODEL --dataset cifar10, without --data-dir, downloads "
            f"170 MB once to {cache_folder()}",
            f"or fetch the archive wherever there is a network: curl -LO {official.CIFAR10.url}",
        ],
    )
