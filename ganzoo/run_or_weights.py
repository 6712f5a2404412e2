"""What a folder holds: a run that goes on, or trained weights that draw."""

from __future__ import annotations

from pathlib import Path
from typing import Final

WEIGHTS_FILES: Final = ("weights.safetensors", "generator.safetensors")
"""What GanZoo calls a file of weights, in a package and exported."""


def is_run(folder: Path) -> bool:
    """Whether a folder is a run's. It has a configuration, as the folder of weights has, and what these lack:
    the environment that it was trained in.
    """
    if not (folder / "config.json").is_file():
        return False
    return (folder / "env.json").is_file() or not _files_in(folder)


def is_weights(folder: Path) -> bool:
    """Whether a folder is of weights and no run: a package, the folder with the file in one, or a repository
    of a hub that was cloned.
    """
    return not is_run(folder) and bool(_files_in(folder) or list(folder.glob(f"*/{WEIGHTS_FILES[0]}")))


def _files_in(folder: Path) -> list[Path]:
    return [folder / name for name in WEIGHTS_FILES if (folder / name).is_file()]
