"""Any folder of images: class folders, with or without a train/test split, or a flat folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, final

from ganzoo.errors import GanzooError, UsageError, near_matches
from ganzoo.interfaces import Dataset, LabelledImages
from ganzoo_datasets.cache import logger
from ganzoo_datasets.class_folders import class_folders, is_image, load_classes
from ganzoo_datasets.decoding import SUFFIXES, Target
from ganzoo_datasets.messages import require_folder, require_split

_EXPECTED = f"""What DIR may hold:
  DIR/CLASS/*.jpg                              one folder a class
  DIR/train/CLASS/*.jpg, DIR/test/CLASS/*.jpg  the same with a test split
  DIR/*.jpg                                    a single class
Images are files that end in {", ".join(sorted(SUFFIXES))}."""


@final
class Folder(Dataset):
    """Your own images in the folder `--data-dir`, one subfolder a class, scaled and cropped square."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """The size and colour that every image is brought to."""

        size: int = 64
        """Side of the square images, in pixels: the short side is scaled to it, the centre cut out."""

        channels: Literal[1, 3] = 3
        """3 for colour, 1 for grey."""

        def __post_init__(self) -> None:
            if self.size < 1:
                raise ValueError(f"size must be 1 or more pixels, not {self.size}")
            if self.channels not in (1, 3):
                raise ValueError(f"channels must be 1 (grey) or 3 (colour), not {self.channels}")

    def __init__(self, config: Config, data_dir: Path | None) -> None:
        self.config = config
        self.data_dir = data_dir

    def load(self, split: str) -> LabelledImages:
        """Reads `images (N, channels, size, size)`; the classes are the subfolders, sorted by name.

        Raises:
            UsageError: no `--data-dir`, or no such split in it.
            GanzooError: no images, a damaged image, or a test class that "train" does not have.
        """
        require_split(split)
        if self.data_dir is None:
            raise UsageError(
                f"the data set 'folder' needs --data-dir DIR, your folder of images.\n{_EXPECTED}"
            )
        require_folder(self.data_dir)
        target = Target(self.config.channels, self.config.size, self.config.size, resize=True)
        if not _is_split(self.data_dir):
            if split == "test":
                raise UsageError(
                    f"{self.data_dir} has no test split: it would be in {self.data_dir / 'test'}, "
                    f"beside {self.data_dir / 'train'}"
                )
            classes = _classes(self.data_dir, self.data_dir)
            return load_classes(self.data_dir, classes, list(classes), target)
        class_names = list(_classes(self.data_dir / "train", self.data_dir))
        root = self.data_dir / split
        if not root.is_dir():
            raise UsageError(f"{self.data_dir} has no {split} split: there is no {root}")
        classes = _classes(root, self.data_dir)
        for name in classes:
            if name not in class_names:
                raise GanzooError(
                    f"{root / name} is a class that {self.data_dir / 'train'} does not have"
                    f"{near_matches(name, class_names)}"
                )
        return load_classes(root, classes, class_names, target)


def _is_split(data_dir: Path) -> bool:
    # "train" may also be a class, next to "aeroplane": it is the split when there is a "test" too or
    # when it holds classes of its own.
    train = data_dir / "train"
    return train.is_dir() and ((data_dir / "test").is_dir() or bool(class_folders(train)))


def _classes(root: Path, data_dir: Path) -> dict[str, list[Path]]:
    classes = class_folders(root)
    flat = sorted(path for path in root.iterdir() if is_image(path.name) and not path.is_dir())
    if classes:
        if flat:
            logger.warning("ignoring %s images directly in %s, which has class folders", len(flat), root)
        return classes
    if not flat:
        raise GanzooError(f"{root} holds no images.\n{_EXPECTED}")
    return {data_dir.resolve().name or "images": flat}
