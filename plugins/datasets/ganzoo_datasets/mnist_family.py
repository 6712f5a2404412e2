"""MNIST and the sets that share its format: IDX files, plain or gzipped, class folders or a download."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, final

import torch

from ganzoo.errors import GanzooError
from ganzoo.files import cache_folder
from ganzoo.image_files import Target
from ganzoo.interfaces import Dataset, LabelledImages
from ganzoo_datasets.class_folders import folder_name, load_known_classes
from ganzoo_datasets.downloads import DownloadError, download
from ganzoo_datasets.idx import read_idx
from ganzoo_datasets.messages import Guide, missing_data, require_folder, require_split
from ganzoo_datasets.mistaken import require_own
from ganzoo_datasets.official import FAMILY

_TARGET = Target(channels=1, height=28, width=28)
_FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}


@dataclass(frozen=True)
class _Member:
    """What one data set of the family has of its own."""

    title: str
    name: str
    official: str
    """Name of torchvision's class, and of the folder where torchvision keeps the files."""
    class_names: tuple[str, ...]
    megabytes: int
    system_folder: Path | None = None
    """Where an operating system's package puts the files."""
    remedies: tuple[str, ...] = ()


_MNIST = _Member("MNIST", "mnist", "MNIST", tuple("0123456789"), 11)

_FASHION_MNIST = _Member(
    "Fashion-MNIST",
    "fashion-mnist",
    "FashionMNIST",
    (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    30,
    Path("/usr/share/datasets/fashion-mnist"),
    ("or, on Debian and Ubuntu: apt install dataset-fashion-mnist",),
)


@final
class MNIST(Dataset):
    """70,000 handwritten digits, grey, 28x28, ten classes (LeCun et al., 1998)."""

    ganzoo_api = 1
    image_shape: ClassVar[Mapping[str, int]] = {"channels": 1, "height": 28, "width": 28}

    def __init__(self, config: object, data_dir: Path | None) -> None:
        self.data_dir = data_dir

    def load(self, split: str) -> LabelledImages:
        """Reads `images (N, 1, 28, 28)`: 60,000 in "train", 10,000 in "test".

        Raises:
            UsageError: another split.
            GanzooError: the data are missing or damaged.
        """
        return _load(_MNIST, self.data_dir, split)


@final
class FashionMNIST(Dataset):
    """70,000 pieces of clothing, grey, 28x28, ten classes (Xiao et al., 2017)."""

    ganzoo_api = 1
    image_shape: ClassVar[Mapping[str, int]] = {"channels": 1, "height": 28, "width": 28}

    def __init__(self, config: object, data_dir: Path | None) -> None:
        self.data_dir = data_dir

    def load(self, split: str) -> LabelledImages:
        """Reads `images (N, 1, 28, 28)`: 60,000 in "train", 10,000 in "test".

        Raises:
            UsageError: another split.
            GanzooError: the data are missing or damaged.
        """
        return _load(_FASHION_MNIST, self.data_dir, split)


def _load(member: _Member, data_dir: Path | None, split: str) -> LabelledImages:
    require_split(split)
    if data_dir is None:
        folders = [member.system_folder] if member.system_folder else []
    else:
        require_folder(data_dir)
        folders = [data_dir, data_dir / "raw", data_dir / member.official / "raw"]
    images_name, labels_name = _FILES[split]
    for folder in folders:
        images, labels = _plain_or_gzipped(folder, images_name), _plain_or_gzipped(folder, labels_name)
        if images and labels:
            return _read(member, images, labels)
        if images or labels:
            there, absent = (images, labels_name) if images else (labels, images_name)
            raise GanzooError(f"{folder / absent}[.gz] is missing; its other half, {there}, is there")
    if data_dir is None:
        return _read(member, *_downloaded(member, folders, split))
    if (loaded := load_known_classes(data_dir / split, member.class_names, _TARGET)) is not None:
        return loaded
    looked = [
        *(folder / f"{images_name}[.gz]" for folder in folders),
        data_dir / split / folder_name(member.class_names[0]) / "*.png",
    ]
    raise missing_data(_guide(member), f"nothing of the {split} split in {data_dir}", looked)


def _plain_or_gzipped(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def _read(member: _Member, images_path: Path, labels_path: Path) -> LabelledImages:
    images = read_idx(images_path, (_TARGET.height, _TARGET.width))
    require_own(images_path, images, member.official)
    labels = read_idx(labels_path, ())
    if len(images) != len(labels):
        raise GanzooError(
            f"{images_path} has {len(images):,} images but {labels_path} has {len(labels):,} labels: "
            "they do not belong together"
        )
    if (highest := int(labels.max())) >= len(member.class_names):
        raise GanzooError(
            f"{labels_path} has the label {highest}; {member.title} has 0 to {len(member.class_names) - 1}"
        )
    return LabelledImages(images.unsqueeze(1), labels.to(torch.int64), member.class_names)


def _downloaded(member: _Member, looked: list[Path], split: str) -> tuple[Path, Path]:
    official = FAMILY[member.official]
    folder = cache_folder() / "downloads" / member.name
    checksums = dict(official.resources)
    images, labels = (f"{name}.gz" for name in _FILES[split])
    try:
        return (
            download(folder, images, [mirror + images for mirror in official.mirrors], checksums[images]),
            download(folder, labels, [mirror + labels for mirror in official.mirrors], checksums[labels]),
        )
    except DownloadError as error:
        problem = f"not at hand, and the download failed: {error}"
        raise missing_data(
            _guide(member), problem, [place / images for place in [*looked, folder]]
        ) from error


def _guide(member: _Member) -> Guide:
    official = FAMILY[member.official]
    four = ",".join(name.removesuffix("-ubyte.gz") for name, _ in official.resources)
    urls = f"{official.mirrors[0]}{{{four}}}-ubyte.gz"
    return Guide(
        title=member.title,
        layouts=[
            ("DIR/*-ubyte, DIR/*-ubyte.gz", "the four official files, gzipped or not"),
            ("DIR/raw/*-ubyte*", "likewise"),
            (f"DIR/{member.official}/raw/*-ubyte*", "likewise, as torchvision unpacks them"),
            (
                "DIR/train/CLASS/*.png, DIR/test/CLASS/*.png",
                f"or .jpg; CLASS: {', '.join(map(folder_name, member.class_names))}",
            ),
        ],
        remedies=[
            f"ganzoo train MODEL --dataset {member.name}, without --data-dir, downloads "
            f"{member.megabytes} MB once to {cache_folder()}",
            f"or fetch the files wherever there is a network: curl -LO '{urls}'",
            *member.remedies,
        ],
    )
