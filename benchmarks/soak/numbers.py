"""Do extreme numbers and degenerate images end in words, and never in a figure that is no number?

    python -m benchmarks.soak.numbers

Draws trainings of a few steps at random from extreme settings and data (one image, all images equal, black or
white, one class, batches of one, learning rates of 1e38), and evaluations of degenerate samples against
degenerate data. Whatever comes: an exit code that is documented, words instead of a traceback, JSON in which
every number is one, and after a divergence (exit code 4) a last checkpoint that is finite, samples, and can
be gone on with. Exit code 1 where a promise did not hold.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import numpy as np

from benchmarks.soak.command_line import Ended, json_fault, run_command
from benchmarks.soak.degenerate import make_folders, samples
from benchmarks.soak.scenarios import ONLY, SECONDS, SEED, Attack, carry_out, chosen, conclude
from ganzoo.runs import checkpoints

MODELS: Final = {
    "gan": "model.hidden=8",
    "dcgan": "model.channels=4",
    "cgan": "model.channels=4",
    "acgan": "model.channels=4",
    "sngan-projection": "model.channels=4",
    "wgan-gp": "model.channels=4",
}
"""Those that take images of 8x8, each with the setting that makes it small."""

OBJECTIVES: Final = ("bce", "minimax", "lsgan", "hinge", "wasserstein", "relativistic")

REGULARISATIONS: Final = ("r1", "r2", "r1-r2", "gradient-penalty", "dragan", "weight-clipping")

EXTREMES: Final = {
    "training.batch_size": ("1", "2", "7", "16"),
    "training.learning_rate": ("1e-45", "1e-300", "1e-3", "1", "1e5", "1e10", "1e20", "1e30", "1e38"),
    "training.seed": ("0", "9223372036854775807"),
    "optimizer.beta1": ("0", "0.999999999"),
    "optimizer.beta2": ("0", "0.999999999"),
    "training.average_half_life": ("none", "1", "1e12"),
    "training.discriminator_steps": ("1", "3"),
    "training.accumulate": ("1", "2"),
    "training.precision": ("fp32", "bf16"),
    "model.latent_dim": ("1", "2"),
}
"""Settings, each with values from ordinary to extreme."""

IMPOSSIBLE: Final = {
    "training.batch_size": ("0", "-1", "99999999999999999999"),
    "training.learning_rate": ("0", "-1", "nan", "inf", "1e400", "1e-400"),
    "training.seed": ("9223372036854775808", "-1", "1" * 50),
    "optimizer.beta1": ("1", "-0.1"),
    "optimizer.beta2": ("1", "nan"),
    "training.average_half_life": ("-1", "nan"),
    "training.discriminator_steps": ("0", "99999999999999999999"),
    "model.latent_dim": ("0", "-5", "1000000000000", "1000000000000000000"),
}
"""What has to be refused, by us or by the machine."""

CODES: Final = (0, 1, 2, 4)
"""The exit codes that are documented for this."""


def trainings(folder: Path) -> Attack:
    """Trainings with extreme settings, on degenerate images."""
    data = make_folders(folder / "images")

    def train(dice: random.Random) -> Iterator[str | None]:
        number = 0
        while True:
            number += 1
            run = folder / f"run-{number}"
            model = dice.choice(sorted(MODELS))
            arguments = [
                model,
                f"--set={MODELS[model]}",
                *dice.choice(data),
                "--objective",
                dice.choice(OBJECTIVES),
            ]
            if dice.random() < 0.4:
                arguments += ["--regularisation", dice.choice(REGULARISATIONS)]
            given = {
                "training.batch_size": "4",
                "training.max_steps": "8",
                "run.log_every": dice.choice("138"),
            }
            given |= {
                key: dice.choice(EXTREMES[key]) for key in dice.sample(sorted(EXTREMES), dice.randint(1, 3))
            }
            if dice.random() < 0.2:
                key = dice.choice(sorted(IMPOSSIBLE))
                given[key] = dice.choice(IMPOSSIBLE[key])
            given |= {"run.checkpoint_every": dice.choice("123"), "run.device": "cpu"}
            arguments += [f"--set={key}={value}" for key, value in given.items()]
            ended = run_command("train", *arguments, "--out", run)
            fault = ended.fault(CODES) or _run_fault(run, ended)
            yield f"ganzoo train {' '.join(map(str, arguments))}: {fault}" if fault else None

    return train


def _run_fault(run: Path, ended: Ended) -> str | None:
    """What is wrong with what a training has left behind."""
    metrics = run / "metrics.jsonl"
    for line in metrics.read_text().splitlines() if metrics.exists() else ():
        if fault := json_fault(line):
            return f"metrics.jsonl: {fault}"
    if not (run / "latest").exists():
        return "it trained, and has no checkpoint" if ended.code == 0 else None
    newest = run / "checkpoints" / (run / "latest").read_text().strip()
    broken = [
        name for name, tensor in checkpoints.read_tensors(newest).items() if not tensor.isfinite().all()
    ]
    if broken:
        return f"{newest.name} holds numbers that are none: {', '.join(broken[:3])}"
    sampled = run_command("sample", run, "--num", 2, "--device", "cpu", "--out", run / "samples.npz")
    # A network of finite weights may still overflow; that is said.
    if sampled.code != 0 and "NaN or infinite" not in sampled.err:
        return f"sampling from its last checkpoint ended with {sampled.code}: {sampled.err[-300:]}"
    resumed = run_command("train", "--resume", run)
    return resumed.fault((ended.code,) if ended.code in (0, 4) else CODES)


def evaluations(folder: Path) -> Attack:
    """Evaluations of degenerate samples."""
    data = make_folders(folder / "data")

    def evaluate(dice: random.Random) -> Iterator[str | None]:
        while True:
            generator = np.random.default_rng(dice.randrange(2**32))
            name, images, labels = samples(dice, generator)
            path = folder / "samples.npz"
            np.savez(path, images=images, **({} if labels is None else {"labels": labels}))
            arguments = ["--features", "classifier", "--set=features.epochs=1", "--device", "cpu", "--json"]
            arguments += dice.choice(data)
            arguments += dice.choice(
                ([], ["--metric", "all"], ["--num", str(dice.choice((0, 1, 19, 20, 21, 10**9)))])
            )
            ended = run_command("evaluate", path, *arguments)
            fault = ended.fault((0, 1, 2)) or (json_fault(ended.out) if ended.code == 0 else None)
            yield f"{name}, {' '.join(arguments)}: {fault}" if fault else None

    return evaluate


def numbers_of_samples(folder: Path) -> Attack:
    """Absurd numbers, seeds and labels for `ganzoo sample`."""
    absurd = ("0", "-1", "1", "1e3", "nan", "²", "٣", "9" * 30, "9" * 5000, str(2**63), str(2**64), "", "0x1")

    def sample(_dice: random.Random) -> Iterator[str | None]:
        run = folder / "sampled"
        tiny = ("--dataset", "digits", "--max-steps", "1", "--batch-size", "4", "--set", "run.device=cpu")
        run_command("train", "cgan", *tiny, "--set", "model.channels=4", "--out", run)
        for option in ("--num", "--seed", "--label"):
            for value in absurd:
                ended = run_command(
                    "sample", run, option, value, "--device", "cpu", "--out", folder / "x.npz"
                )
                fault = ended.fault((0, 1, 2))
                yield f"ganzoo sample {option} {value[:40]}: {fault}" if fault else None

    return sample


@click.command("numbers")
@SEED
@SECONDS
@ONLY
def command(seed: int, seconds: float, only: tuple[str, ...]) -> None:
    """Train, sample and evaluate with numbers and images that are extreme."""
    with tempfile.TemporaryDirectory(prefix="numbers-") as name:
        folder = Path(name)
        scenarios = {
            "trainings": trainings(folder / "trainings"),
            "evaluations": evaluations(folder / "evaluations"),
            "samples": numbers_of_samples(folder),
        }
        outcomes = carry_out(chosen(scenarios, only), seed, seconds)
    conclude(outcomes)


if __name__ == "__main__":
    command()
