"""The kind `tracker`: what follows a training and takes its figures elsewhere, and what each promises."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, get_args

from PIL import Image

from ganzoo.interfaces import End, TrackedTraining
from ganzoo.testing.checks import Check, Subject, Suite, check, require
from ganzoo.testing.every import EVERY


class TrackerKind:
    """Follows a training, and takes its figures elsewhere."""

    ganzoo_api = 1
    position = 12
    group = "ganzoo.trackers"
    interface = "ganzoo.interfaces:Tracker"
    role = "several"
    option = "What follows the training; may be given several times."
    checks = "ganzoo.kinds.tracker:SUITE"
    template = "tracker.template"
    template_use = "train dcgan --dataset digits --tracker $name"


_CONFIGURATION: Final[dict[str, dict[str, Any]]] = {
    "model": {"name": "acme:plain", "channels": 16, "sides": [3, 5], "scale": None},
    "training": {"learning_rate": 2e-4, "flip": False},
}


_OF_THE_RUN: Final = ("best", "checkpoints", "latest", "samples")
"""What a run folder has besides files."""


class TrackerSubject(Subject):
    """A tracker, and a short training that it is told of."""

    def follow(self, folder: Path, first_step: int = 0, last_step: int = 4, how: End = "finished") -> None:
        """Tells a new tracker of the even steps of a training, from the first on."""
        tracker = self.bound.make()
        tracker.started(TrackedTraining(folder, _CONFIGURATION, first_step, last_step))
        for step in range(first_step, last_step + 1, 2):
            if step > first_step:
                losses = {"discriminator_loss": 1.4 / step, "generator_loss": 0.7, "epoch": step / 10}
                tracker.measured(step, 64 * step, losses)
            if step > first_step or not step:
                tracker.sampled(step, 64 * step, folder / "samples" / f"step-{step:08}.png")
        tracker.measured(last_step, 64 * last_step, {"frechet-distance (classifier)": 41.5})
        tracker.ended(how)


@contextmanager
def _run_folder() -> Iterator[Path]:
    """A run folder with files that a tracker meets there; the current folder is an empty one beside it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        work, folder = Path(name) / "work", Path(name) / "run"
        (folder / "samples").mkdir(parents=True)
        work.mkdir()
        for step in range(0, 8, 2):
            Image.new("RGB", (8, 8), (20 * step, 0, 0)).save(folder / "samples" / f"step-{step:08}.png")
        for file in ("config.json", "metrics.jsonl", "env.json"):
            (folder / file).write_text("{}\n", encoding="utf-8")
        with contextlib.chdir(work):
            yield folder


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@check(
    why="A tracker that fails is left out of the rest of the run: what it was for is lost.",
    remedy="Take any figures, any settings that JSON can say, and a training that ends in each of the ways.",
    is_gate=True,
)
def it_follows_a_training(subject: TrackerSubject) -> None:
    for how in get_args(End):
        with _run_folder() as folder:
            subject.follow(folder, how=how)


@check(
    why="A run resumes and replays from its own files.",
    remedy="Write in a folder of your own name below run.folder, or elsewhere; change no other file. The "
    "names best, checkpoints, latest and samples are the run's.",
)
def it_leaves_the_run_alone(subject: TrackerSubject) -> None:
    with _run_folder() as folder:
        before = _files(folder)
        subject.follow(folder)
        after = _files(folder)
    changed = [name for name, content in before.items() if after.get(name) != content]
    require(not changed, f"it changes or deletes {', '.join(changed)}")
    new = after.keys() - before.keys()
    beside = [name for name in new if len(Path(name).parts) == 1 or Path(name).parts[0] in _OF_THE_RUN]
    require(not beside, f"it writes {', '.join(beside)} among the run's own files")


@check(
    why="Ctrl-C writes a checkpoint, and relative paths of the command go on to mean what they did.",
    remedy="Set no signal handler, and change neither the current folder nor sys.stdout and sys.stderr; many "
    "libraries have a setting for that.",
)
def it_leaves_the_process_alone(subject: TrackerSubject) -> None:
    def state() -> dict[str, Any]:
        handlers = {f"the handler of {s.name}": signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)}
        streams = {"sys.stdout": sys.stdout, "sys.stderr": sys.stderr}
        written = {"the write of sys.stdout": getattr(sys.stdout, "write", None)}
        return {"the current folder": Path.cwd(), **handlers, **streams, **written}

    with _run_folder() as folder:
        before = state()
        try:
            subject.follow(folder)
        finally:
            after = state()
            os.chdir(before["the current folder"])
            sys.stdout, sys.stderr = before["sys.stdout"], before["sys.stderr"]
    changed = [what for what, value in before.items() if after[what] != value]
    require(not changed, f"it changes {', '.join(changed)}")


@check(
    why="stdout is for the data of commands: `ganzoo train` prints the run folder there, for scripts.",
    remedy="Print to sys.stderr, or better use logging.",
)
def it_prints_nothing(subject: TrackerSubject) -> None:
    with _run_folder() as folder, contextlib.redirect_stdout(io.StringIO()) as printed:
        subject.follow(folder)
    require(not printed.getvalue(), f"it prints {printed.getvalue()[:80]!r}")


@check(
    why="A run that was stopped goes on, and its curves with it: what was written before is half of them.",
    remedy="Where run.first_step is above 0, add to what the folder of the run has, or to the run of that "
    "name; delete nothing up to that step.",
)
def it_goes_on_with_a_run(subject: TrackerSubject) -> None:
    with _run_folder() as folder:
        subject.follow(folder, how="stopped")
        before = _files(folder)
        subject.follow(folder, first_step=2, last_step=6)
        after = _files(folder)
    lost = [name for name in before if name not in after or not after[name]]
    require(not lost, f"going on from step 2, it deletes {', '.join(lost)}")
    begun = [name for name, content in before.items() if len(after[name]) < len(content) / 2]
    require(not begun, f"going on from step 2, it begins {', '.join(begun)} anew")


@check(
    why="`--dry-run` and all processes of several make one, and write nothing.",
    remedy="Open files and connections in started, not in the constructor.",
)
def making_one_writes_nothing(subject: TrackerSubject) -> None:
    with _run_folder() as folder:
        before = _files(folder.parent)
        subject.bound.make()
        written = sorted(_files(folder.parent).keys() - before.keys())
    require(not written, f"the constructor writes {', '.join(written)}")


_CHECKS: Final[tuple[Check[Any], ...]] = (
    it_follows_a_training,
    it_leaves_the_run_alone,
    it_leaves_the_process_alone,
    it_prints_nothing,
    it_goes_on_with_a_run,
    making_one_writes_nothing,
)

SUITE = Suite(TrackerSubject, (*EVERY, *_CHECKS), minimum=7)
