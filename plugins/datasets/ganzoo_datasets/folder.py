"""Any images of one's own: class folders with or without a split, archives, arrays, tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, final

from ganzoo.errors import GanzooError, UsageError
from ganzoo.image_files import (
    SUFFIXES,
    ImagePlace,
    Layout,
    Target,
    common_size,
    find_split,
    load_layout,
    place_of,
)
from ganzoo.interfaces import Dataset, LabelledImages
from ganzoo_datasets.messages import require_folder, require_split

_EXPECTED = f"""What DIR may hold:
  DIR/CLASS/*.jpg                              one folder a class
  DIR/train/CLASS/*.jpg, DIR/test/CLASS/*.jpg  the same with a test split
  DIR/*.jpg                                    a single class
DIR may be a .zip or .tar of that, a .npz with images and labels, or what Hugging Face datasets
keeps: a folder of save_to_disk, or with .parquet files. Images are files that begin as one, or end in
{", ".join(sorted(SUFFIXES))}."""

_ADVICE = ". For images of several sizes: --set dataset.size=64, or HEIGHTxWIDTH"

_ADVICE_ON_DAMAGE = "; or leave out what is damaged: --set dataset.damaged=skip"


@final
class Folder(Dataset):
    """Your own images in `--data-dir`: a folder, archive, .npz or Hugging Face data set; of one size then."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """The size and colour that every image is brought to, and how."""

        size: int | str = 64
        """Side of square images in pixels, HEIGHTxWIDTH such as 64x96, or original: as they all are."""

        fit: Literal["crop", "pad", "stretch"] = "crop"
        """How an image gets the size: scaled to cover it and the centre cut out; scaled into it and padded;
        or stretched. Filter: Lanczos."""

        channels: Literal[1, 3] = 3
        """3 for colour, 1 for grey."""

        background: Literal["white", "black"] = "white"
        """What is seen behind transparent pixels, and beside an image that is padded."""

        damaged: Literal["stop", "skip"] = "stop"
        """Where images are damaged: stop and name them, or skip them, and say how many."""

        def __post_init__(self) -> None:
            if isinstance(self.size, int) and self.size < 1:
                raise ValueError(f"size must be 1 or more pixels, not {self.size}")
            if isinstance(self.size, str) and self.size != "original" and not _sides(self.size):
                raise ValueError(
                    "size must be a side such as 64, HEIGHTxWIDTH such as 64x96, or original, "
                    f"not {self.size!r}"
                )
            if self.channels not in (1, 3):
                raise ValueError(f"channels must be 1 (grey) or 3 (colour), not {self.channels}")

    def __init__(self, config: Config, data_dir: Path | None) -> None:
        self.config = config
        self.data_dir = data_dir
        self.background = config.background

    def load(self, split: str) -> LabelledImages:
        """Reads `images (N, channels, height, width)`; the classes are the subfolders, in natural order.

        Raises:
            UsageError: no `--data-dir`, or no such split in it.
            GanzooError: no images, a damaged image, or a test class that "train" does not have.
        """
        require_split(split)
        if self.data_dir is None:
            raise UsageError(
                f"the data set 'folder' needs --data-dir DIR, your folder of images.\n{_EXPECTED}"
            )
        place = place_of(self.data_dir) if self.data_dir.exists() else None
        if place is None or self.data_dir.is_dir():
            require_folder(self.data_dir)
        assert place is not None, "what is no folder is refused"
        try:
            layout = find_split(place, split)
        except GanzooError as error:
            if str(error).endswith("holds no images"):
                raise GanzooError(f"{error}.\n{_EXPECTED}") from None
            raise
        target = self._target(place, layout)
        return load_layout(
            place,
            layout,
            target,
            part=split,
            damaged=self.config.damaged,
            advice=_ADVICE,
            advice_on_damage=_ADVICE_ON_DAMAGE,
        )

    def _target(self, place: ImagePlace, layout: Layout) -> Target:
        """What every image becomes; of original size, all are to be as the first one is."""
        config, size = self.config, self.config.size
        if size == "original":
            return Target(config.channels, *common_size(place, layout.names), "exact", config.background)
        sides = (size, size) if isinstance(size, int) else _sides(size)
        assert sides is not None, "the configuration has been checked"
        return Target(config.channels, *sides, config.fit, config.background)


def _sides(text: str) -> tuple[int, int] | None:
    """Height and width of `64x96`; None where it is nothing of the kind."""
    numbers = re.fullmatch(r"([1-9][0-9]{0,8})x([1-9][0-9]{0,8})", text)
    return None if numbers is None else (int(numbers[1]), int(numbers[2]))
