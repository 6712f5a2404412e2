"""`python -m benchmarks.gpu.pack RESULTS`: what is kept of a visit, in files small enough to travel.

Of every run: settings, metrics, the pictures, and a checkpoint of its averaged generator alone, in half
precision. `ganzoo evaluate`, `sample` and `new weights` take such a run as it is.
"""

from __future__ import annotations

import shutil
import tarfile
import traceback
from pathlib import Path

import click
import torch

from ganzoo.errors import GanzooError
from ganzoo.runs import checkpoints
from ganzoo.runs.folder import Run

_KEPT_AS_IT_IS = 1024
"""Tensors of fewer elements cost nothing, and statistics of batch normalisation may exceed half's range."""


def slim(run: Run, out: Path) -> None:
    """Copies a run without what only a resumption needs."""
    (out / "checkpoints").mkdir(parents=True)
    (out / "samples").mkdir()
    for path in (run.path / "config.json", run.path / "env.json", run.metrics):
        shutil.copy(path, out)
    grids = sorted((run.path / "samples").glob("step-*.png"))
    for path in [*grids[-1:], run.samples / "strip.png"]:
        if path.is_file():
            shutil.copy(path, out / "samples")
    checkpoint = run.latest_checkpoint()
    tensors = {
        f"generator.{name}": tensor.half()
        if tensor.dtype == torch.float32 and tensor.numel() >= _KEPT_AS_IT_IS
        else tensor
        for name, tensor in checkpoints.read_tensors(checkpoint, "generator.").items()
    }
    checkpoints.write(out / "checkpoints" / checkpoint.name, tensors, checkpoints.read_metadata(checkpoint))
    (out / "latest").write_text(checkpoint.name, encoding="utf-8")


@click.command()
@click.argument("results", type=click.Path(exists=True, path_type=Path))
@click.option("--piece", default=15, show_default=True, help="Megabytes of a file at most.")
@click.option("--out", type=click.Path(path_type=Path), required=True)
def main(results: Path, piece: int, out: Path) -> None:
    """Write RESULTS into the folder --out: results.tar.000 and so on; put together with cat."""
    slimmed = results / "slim"
    shutil.rmtree(slimmed, ignore_errors=True)
    for path in sorted((results / "runs").iterdir()):
        try:
            slim(Run(path), slimmed / path.name)
        except (GanzooError, OSError) as error:
            print(f"{path.name}: {error}")
        except Exception:  # one odd run must not cost the others
            traceback.print_exc()
    archive = out / "results.tar"
    with tarfile.open(archive, "w") as tar:
        for path in sorted(results.iterdir()):
            if path.name != "runs" and (path.is_dir() or path.stat().st_size < 4_000_000):
                tar.add(path, arcname=path.name)
    size = piece * 1_000_000
    content = archive.read_bytes()
    for number, start in enumerate(range(0, len(content), size)):
        (out / f"results.tar.{number:03}").write_bytes(content[start : start + size])
    archive.unlink()


if __name__ == "__main__":
    main()
