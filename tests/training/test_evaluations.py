"""`--evaluate-every`: recorded, the best kept, and the training itself unchanged by it, bit for bit."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

import ganzoo
from ganzoo.cli.progress import PlainProgress
from ganzoo.errors import GanzooError, UsageError
from ganzoo.evaluation.periodic import make_evaluation
from ganzoo.runs import checkpoints
from ganzoo.runs.folder import Run
from ganzoo.runs.trained import load
from ganzoo.settings.merging import resolve
from ganzoo.training import loop
from ganzoo.training.interruption import InterruptedTraining

PIXELS = f"{Path(__file__).parents[1] / 'evaluation/pixel_features.py'}:Pixels"
SETTINGS = {
    "model.name": "cgan", "model.channels": 4, "dataset.name": "digits", "training.batch_size": 16,
    "training.max_steps": 12, "run.checkpoint_every": 5, "run.sample_every": 50,
    "run.log_every": 2, "run.keep_checkpoints": 1,
}  # fmt: skip
EVALUATION = {
    "run.evaluate_every": 4, "run.evaluate_features": PIXELS, "run.evaluate_num": 40,
}  # fmt: skip


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))


def train(path: Path, make: Any = make_evaluation, changes: Mapping[str, Any] | None = None) -> Path:
    settings = resolve(SETTINGS | EVALUATION, changes or {})
    loop.train(settings, path, {}, PlainProgress(), make)
    return path


def lines(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def evaluations(run: Path) -> dict[int, Any]:
    return {line["step"]: line["evaluation"] for line in lines(run) if "evaluation" in line}


def newest(run: Path) -> dict[str, torch.Tensor]:
    return checkpoints.read_tensors(run / "checkpoints" / (run / "latest").read_text().strip())


def scripted(values: Mapping[int, float]) -> Callable[..., Any]:
    """Evaluations with known figures, in the order of their steps."""
    left = list(values.values())
    return lambda configuration, device: lambda generator: {"distance": {"value": left.pop(0)}}


def test_evaluations_are_recorded_and_the_training_does_not_notice(tmp_path: Path) -> None:
    run = train(tmp_path / "evaluated")
    plain = train(tmp_path / "plain", changes={"run.evaluate_every": None})

    recorded = evaluations(run)
    assert list(recorded) == [4, 8, 12]
    first = recorded[4]["frechet-distance (pixels)"]
    assert 0 < first["low"] < first["value"] < first["high"]
    assert first["images"] == 40
    mine, theirs = newest(run), newest(plain)
    assert mine.keys() == theirs.keys()
    different = [name for name in mine if name != "meter.sums" and not torch.equal(mine[name], theirs[name])]
    assert different == []


@pytest.mark.parametrize(
    ("values", "best", "kept"),
    [
        ({4: 3.0, 8: 1.0, 12: 2.0}, 8, {8, 12}),
        ({4: 1.0, 8: 2.0, 12: 3.0}, 4, {4, 12}),
        ({4: 3.0, 8: 2.0, 12: 1.0}, 12, {8, 12}),
    ],
)
def test_the_best_checkpoint_is_kept(
    tmp_path: Path, values: dict[int, float], best: int, kept: set[int]
) -> None:
    run = train(tmp_path / "run", scripted(values))

    assert (run / "best").read_text() == f"step-{best:08d}.safetensors\n"
    found = {int(path.stem.removeprefix("step-")) for path in (run / "checkpoints").iterdir()}
    assert best in found
    assert found <= kept


def test_a_resumed_run_evaluates_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    whole = train(tmp_path / "whole")
    cut = train(tmp_path / "cut", changes={"training.max_steps": 6})
    # As a crash leaves it: an evaluation was recorded after the newest checkpoint.
    with (cut / "metrics.jsonl").open("a") as file:
        file.write(json.dumps({"step": 7, "evaluation": {"frechet-distance (pixels)": {"value": 0}}}) + "\n")

    loop.resume(cut, {"training.max_steps": 12}, PlainProgress(), make_evaluation)

    found, expected = evaluations(cut), evaluations(whole)
    del found[6]  # the end of the shorter run, evaluated as any end is
    assert found == expected
    assert (cut / "best").is_file()


class Killed(BaseException):
    """Ends a training as a kill does: nothing is tidied up."""


def test_a_run_that_was_killed_while_it_evaluated_lost_nothing(tmp_path: Path) -> None:
    def dying(configuration: Any, device: Any) -> Callable[..., Any]:
        evaluate, left = make_evaluation(configuration, device), [1]

        def evaluate_once(generator: Any) -> Any:
            if not left:
                raise Killed
            left.pop()
            return evaluate(generator)

        return evaluate_once

    whole = train(tmp_path / "whole")
    with pytest.raises(Killed):
        train(tmp_path / "killed", dying)
    assert (tmp_path / "killed/latest").read_text() == "step-00000008.safetensors\n"

    loop.resume(tmp_path / "killed", {}, PlainProgress(), make_evaluation)

    assert evaluations(tmp_path / "killed") == evaluations(whole)
    assert (tmp_path / "killed/best").read_text() == (whole / "best").read_text()
    mine, theirs = newest(tmp_path / "killed"), newest(whole)
    assert [name for name in mine if not torch.equal(mine[name], theirs[name])] == []


def test_a_signal_does_not_wait_for_the_evaluation_that_is_due(tmp_path: Path) -> None:
    class Interrupting(PlainProgress):
        def progressed(self, metrics: Mapping[str, Any]) -> None:
            if metrics["step"] == 8:
                signal.raise_signal(signal.SIGINT)

    settings = resolve(SETTINGS | EVALUATION, {})
    with pytest.raises(InterruptedTraining):
        loop.train(settings, tmp_path / "run", {}, Interrupting(), scripted({4: 1.0}))
    assert list(evaluations(tmp_path / "run")) == [4]

    loop.resume(tmp_path / "run", {}, PlainProgress(), scripted({8: 2.0, 12: 3.0}))

    steps = [line["step"] for line in lines(tmp_path / "run") if line["kind"] == "evaluation"]
    assert steps == [4, 8, 12]


def test_a_lost_mark_of_the_best_is_found_again(tmp_path: Path) -> None:
    run = train(tmp_path / "run", scripted({4: 1.0, 8: 2.0, 12: 3.0}))
    (run / "best").unlink()

    loop.resume(run, {"training.max_steps": 16}, PlainProgress(), scripted({16: 4.0}))

    assert (run / "best").read_text() == "step-00000004.safetensors\n"


def test_an_evaluation_that_fails_ends_the_run_with_its_words(tmp_path: Path) -> None:
    def failing(configuration: object, device: object) -> Callable[..., Any]:
        def fail(generator: object) -> Any:
            raise GanzooError("the generator draws NaN")

        return fail

    with pytest.raises(GanzooError, match="draws NaN"):
        train(tmp_path / "run", failing)


def test_the_best_can_be_sampled(tmp_path: Path) -> None:

    run = train(tmp_path / "run", scripted({4: 1.0, 8: 2.0, 12: 3.0}))
    best = Run(run).best_checkpoint()
    assert best is not None
    assert load(best).step == 4
    shutil.rmtree(run)


def test_an_evaluation_that_nobody_can_make_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"make_evaluation=ganzoo\.make_evaluation"):
        train(tmp_path / "run", None)
    assert not (tmp_path / "run").exists()


def test_python_can_do_the_same(tmp_path: Path) -> None:
    settings = {key: value for key, value in (SETTINGS | EVALUATION).items() if not key.endswith(".name")}

    run = ganzoo.train(
        "cgan",
        dataset="digits",
        settings=settings,
        out=tmp_path / "run",
        make_evaluation=ganzoo.make_evaluation,
    )
    report = ganzoo.evaluate(run, features=PIXELS, num=40, seed=0)

    last = evaluations(run.path)[12]
    assert {figure.name: figure.value for figure in report.figures} == {
        name: figure["value"] for name, figure in last.items()
    }


@pytest.mark.parametrize(
    ("changes", "name", "images"),
    [
        ({}, "frechet-distance (pixels)", 40),
        ({"run.evaluate_protocol": "studiogan"}, "frechet-distance (pixels, studiogan but 40 images)", 40),
        (
            {"run.evaluate_protocol": "studiogan", "run.evaluate_num": None},
            "frechet-distance (pixels, studiogan)",
            1500,
        ),
    ],
)
def test_an_evaluation_says_of_how_many_images_it_is_and_by_which_protocol(
    caplog: pytest.LogCaptureFixture, changes: dict[str, Any], name: str, images: int
) -> None:
    caplog.set_level("INFO", logger="ganzoo.evaluation")
    evaluate = make_evaluation(resolve(SETTINGS | EVALUATION, changes), torch.device("cpu"))
    model = ganzoo.create_model(
        "cgan", image=ganzoo.ImageSpec(1, 8, 8), num_classes=10, settings={"model.channels": 4}
    )

    figures = evaluate(model.generator)

    assert next(iter(figures)) == name
    assert {figure["images"] for figure in figures.values()} == {images}
    assert f"evaluation of {images:,} images: {name} " in caplog.text


@pytest.mark.slow
def test_the_time_of_an_evaluation_is_not_the_trainings(tmp_path: Path) -> None:
    def slow(configuration: object, device: object) -> Callable[..., Any]:
        time.sleep(2)

        def evaluate(generator: object) -> Any:
            time.sleep(2)
            return {"distance": {"value": 1.0}}

        return evaluate

    before = time.monotonic()
    run = train(tmp_path / "run", slow)  # evaluates at steps 4, 8 and 12, and writes its last line at 12
    took = time.monotonic() - before

    assert [line["seconds"] for line in lines(run) if "seconds" in line][-1] < took - 6
