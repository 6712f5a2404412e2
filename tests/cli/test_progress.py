"""What a person sees of a training under way: it fits the terminal, and says how long it will take."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console

from ganzoo.cli import progress as progress_module
from ganzoo.cli.progress import LiveProgress, PlainProgress, logging_to_stderr
from ganzoo.cli.progress_line import plan
from ganzoo.images import ImageSpec
from ganzoo.runs.folder import Run
from ganzoo.training.observer import TrainingStart
from ganzoo.training.pace import Pace

WIDTHS = [40, 50, 60, 80, 100, 120, 200]
METRICS = {
    "step": 200, "epoch": 8.7, "images_per_second": 792.4, "discriminator_loss": 0.807,
    "generator_loss": 1.307,
}  # fmt: skip


class Clock:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def started(
    seconds: float, total: int = 58_650, steps: int = 200, first: int = 0, **changes: Any
) -> tuple[TrainingStart, Clock]:
    """A training of CIFAR-10 after so many steps of so many seconds."""
    clock = Clock()
    start = TrainingStart(
        run=Run(Path("runs/a-run-with-a-long-name-so-that-it-is-wider-than-a-narrow-terminal")),
        first_step=first, total_steps=total, steps_per_epoch=391, num_images=50_000,
        class_counts={"cat": 20_000, "dog": 30_000},
        image=ImageSpec(3, 32, 32), device=torch.device("cpu"), precision="bfloat16", processes=1,
        generator_parameters=4_571_715, discriminator_parameters=4_309_505,
        pace=Pace(first, total, clock=clock),
        **{"sample_every": None, "evaluate_every": None} | changes,
    )  # fmt: skip
    go_on(start, clock, seconds, range(first + 1, first + steps + 1))
    return start, clock


def go_on(start: TrainingStart, clock: Clock, seconds: float, steps: range) -> None:
    for step in steps:
        clock.now += seconds
        start.pace.tick(step)


def rendered(width: int, start: TrainingStart, metrics: Mapping[str, Any]) -> str:
    """The line as a terminal so wide shows it, without its colours."""
    live = LiveProgress(Console(file=io.StringIO()))
    live.started(start)
    if metrics:
        live.progressed(metrics)
    console = Console(file=io.StringIO(), force_terminal=True, width=width, _environ={"TERM": "xterm"})
    with console.capture() as capture:
        console.print(live.line, end="")
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", capture.get()).rstrip("\n")
    assert "\n" not in shown, f"at {width} columns it takes more than one line:\n{shown}"
    assert len(shown) <= width
    return shown


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("seconds", [0.01, 1.6, 80.0, 4000.0])
@pytest.mark.parametrize("metrics", [{}, METRICS], ids=["before losses", "with losses"])
def test_the_line_fits_and_says_where_it_is_and_when_it_ends(
    width: int, seconds: float, metrics: Mapping[str, Any]
) -> None:
    shown = rendered(width, started(seconds)[0], metrics)
    assert "step 200/58,650" in shown
    assert " left" in shown
    assert "…" not in shown


def test_losses_go_first_and_the_end_stays_longest() -> None:
    start = started(1.0)[0]
    words = {"discriminator 0.807": [], "792 images/s": [], "epoch 8.70": [], "3 min 20 s gone": [],
             "step 200/58,650": [], "16 h 14 min left": []}  # fmt: skip
    for width in range(16, 201):
        shown = rendered(width, start, METRICS)
        for word, widths in words.items():
            widths += [width] if word in shown else []
    least = [min(widths) for widths in words.values()]
    assert least == sorted(least, reverse=True)
    assert least[0] <= 120
    assert least[3] <= 60
    assert all(widths == list(range(min(widths), 201)) for widths in words.values()), "no word comes and goes"


def test_a_bar_fills_what_the_words_leave() -> None:
    assert "━" in rendered(120, started(1.0)[0], {})
    assert "━" not in rendered(40, started(1.0)[0], METRICS)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (
            started(0.86)[0],
            "150 epochs of 391 steps, 58,650 steps; first picture in about 20 s; about 14 h here, "
            "going by 199 steps; --epochs 10 takes 56 min",
        ),
        (
            started(60.0, steps=3)[0],
            "150 epochs of 391 steps, 58,650 steps; first picture in about 1 min; about 40 d 18 h here, "
            "going by 2 steps; --max-steps 60 takes 1 h",
        ),
        (
            started(0.5, total=300, steps=3)[0],
            "300 steps, 0.77 epochs of 391; first picture in about 20 s; about 2 min here, going by 1 step",
        ),
        (
            started(0.01, total=43_500, steps=3)[0],  # 111.25 epochs, and no exponent
            "43,500 steps, 110 epochs of 391; first picture in about 4 s; about 7 min here, going by 1 step",
        ),
        (
            started(0.1, total=391, steps=2)[0],
            "1 epoch of 391 steps; first picture in about 20 s; about 40 s here, going by 1 step",
        ),
        (
            started(1.0, total=1000, steps=3, first=900, evaluate_every=50)[0],
            "100 of 1,000 steps to go; about 2 min here, going by 2 steps, evaluations not counted",
        ),
        (
            started(1.0, total=782, steps=3, sample_every=40)[0],
            "2 epochs of 391 steps, 782 steps; first picture in about 40 s; about 13 min here, "
            "going by 2 steps",
        ),
    ],
)  # fmt: skip
def test_the_plan_says_how_long_it_takes_here_and_what_takes_an_hour(start: TrainingStart, said: str) -> None:
    assert plan(start) == said


def test_the_plan_is_said_once_as_soon_as_the_speed_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    start, clock = started(0.0, steps=0)
    PlainProgress().started(start)
    go_on(start, clock, 0.5, range(1, 4))
    assert "plan" not in capsys.readouterr().err.split()
    go_on(start, clock, 0.5, range(4, 30))
    assert capsys.readouterr().err.split().count("plan") == 1


@pytest.mark.parametrize(
    ("seconds", "silent", "then"),
    [
        (0.01, 201, 300),  # a fast one fills two seconds
        (3.0, 5, 6),  # a slow one takes five steps: a single step is no measurement
        (50.0, 2, 3),  # where that takes minutes, two have to do
    ],
)
def test_the_plan_never_rests_on_a_single_step(
    capsys: pytest.CaptureFixture[str], seconds: float, silent: int, then: int
) -> None:
    start, clock = started(0.0, steps=0)
    PlainProgress().started(start)
    go_on(start, clock, seconds, range(1, silent + 1))
    assert "plan" not in capsys.readouterr().err.split()
    go_on(start, clock, seconds, range(silent + 1, then + 1))
    said = capsys.readouterr().err
    assert said.split().count("plan") == 1
    assert "going by 1 step;" not in said


def test_plain_lines_speak_of_hours_and_break_a_long_silence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    start, clock = started(0.0, steps=0)
    monkeypatch.setattr(progress_module.time, "monotonic", clock)
    plain = PlainProgress()
    plain.started(start)
    go_on(start, clock, 1.6, range(1, 51))
    silent = capsys.readouterr().err
    assert re.search(r"^step \d+/58,650  \d+ s gone  26 h 4 min left$", silent, re.MULTILINE), silent
    assert 2 <= silent.count("left") <= 3
    plain.progressed(METRICS | {"step": 50})
    said = capsys.readouterr().err
    assert "discriminator 0.807" in said
    assert not re.search(r"\d{4,} s", silent + said)


@pytest.mark.parametrize("width", WIDTHS)
def test_what_stands_above_the_line_is_wrapped_between_words(width: int) -> None:
    start, clock = started(0.0, steps=0)
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, color_system=None, highlight=False, width=width)
    live = LiveProgress(console)
    live.started(start)
    go_on(start, clock, 0.86, range(1, 10))
    live.warned(
        "the generator draws nearly the same image whatever the noise (mode collapse); try another seed"
    )
    shown = file.getvalue()
    path = str(start.run.path)
    assert [line for line in shown.splitlines() if len(line) > width and path not in line] == []
    for words in ("--epochs 10 takes 56 min", "try another seed", "discriminator 4,309,505"):
        assert words in " ".join(shown.split()), words
    assert path in shown


def test_class_names_of_a_strangers_folder_can_not_control_the_terminal() -> None:
    from ganzoo.cli import data_command, progress

    counts = {"\x1b[31mred": 20, "b\r\x07": 3}
    shown = progress._classes(counts) + repr(data_command._rows(counts)).encode().decode("unicode_escape")
    assert not {"\x1b", "\r", "\x07"} & set(shown)
    assert "[31mred 20" in shown


def test_what_is_logged_into_a_pipe_is_neither_filled_up_nor_wrapped(
    capsys: pytest.CaptureFixture[str],
) -> None:
    long = (
        "a sentence that is longer than eighty columns, which a pipe has none of, and so it stays in one line"
    )
    with logging_to_stderr():
        for said in ("short", long, "\x1b[31mred"):
            logging.getLogger("ganzoo.any").info(said)
    assert capsys.readouterr().err == f"short\n{long}\n [31mred\n"
