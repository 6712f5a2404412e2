"""Links the installed torch, torchvision and CUDA into the site-packages of another environment."""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path

HEAVY = re.compile(r"torch|torchvision|triton|(nvidia|cuda)-.*")


def main(target: Path) -> None:
    """Links every module, folder and metadata of these distributions, which pip takes for installed then."""
    for distribution in metadata.distributions():
        if not HEAVY.fullmatch(distribution.name):
            continue
        for name in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
            link = target / name
            if not link.is_symlink():  # `nvidia` is the folder of many
                link.symlink_to(Path(str(distribution.locate_file(name))))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
