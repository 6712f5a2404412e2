"""Moving pictures of images: GIF by Pillow, MP4 where there is an encoder."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

from PIL import Image
from torch import Tensor

from ganzoo.errors import GanzooError, UsageError
from ganzoo.files import write_atomically
from ganzoo.sampling.grids import enlarged

ENCODER: Final = "ffmpeg"
"""The program that makes an MP4."""

FRAMES_PER_SECOND: Final = 16


def require_encoder(path: Path) -> None:
    """Refuses a film that nothing here can make, before anything is drawn for it.

    Raises:
        UsageError: it is an .mp4, and there is no encoder.
    """
    if path.suffix == ".mp4" and shutil.which(ENCODER) is None:
        raise UsageError(
            f"an .mp4 needs the program {ENCODER}, which is not here; --out {path.stem}.gif needs none"
        )


def save_film(images: Tensor, path: Path) -> None:
    """Writes uint8 images `(N, C, H, W)` as a film, small ones enlarged by a whole factor.

    A GIF repeats without end, and goes back the way that it came, so that it doesn't jump.

    Raises:
        GanzooError: the disk refuses, or the encoder fails.
    """
    frames = enlarged(images).permute(0, 2, 3, 1).expand(-1, -1, -1, 3).contiguous().numpy()
    if path.suffix == ".mp4":
        write_atomically(
            path, lambda temporary: _encode(frames.tobytes(), frames.shape[2], frames.shape[1], temporary)
        )
        return
    pictures = [Image.fromarray(frame) for frame in frames]
    first, *others = [*pictures, *pictures[-2:0:-1]]
    write_atomically(
        path,
        lambda temporary: first.save(
            temporary,
            format="GIF",
            save_all=True,
            append_images=others,
            loop=0,
            duration=1000 // FRAMES_PER_SECOND,
        ),
    )


def _encode(frames: bytes, width: int, height: int, path: Path) -> None:
    even = "pad=ceil(iw/2)*2:ceil(ih/2)*2"  # what players of MP4 ask for
    command = [
        ENCODER, "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}",
        "-r", str(FRAMES_PER_SECOND), "-i", "-", "-vf", even, "-pix_fmt", "yuv420p", "-f", "mp4", str(path),
    ]  # fmt: skip
    done = subprocess.run(command, input=frames, capture_output=True)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise GanzooError(
            f"{ENCODER} can't make an .mp4: {said or done.returncode}\na .gif needs no {ENCODER}"
        )
