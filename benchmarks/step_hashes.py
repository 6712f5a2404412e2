"""Whether a change to the code changed a training: hashes of everything that 50 steps of eight models leave.

    python benchmarks/step_hashes.py record before.json        # on the code before
    python benchmarks/step_hashes.py compare before.json       # on the code after, on the same machine

Each model trains through the command that a user types, small, on the digits of scikit-learn, and
together they take every way through a training step: several updates of the discriminator, a batch in
parts, penalties in every step and in some, both augmentations, a second task, a relativistic objective,
schedules as long as the training and shorter ones, and none of these. What is hashed is the last checkpoint
(weights, average, optimisers, random states) and the losses of every step. Hashes hold for one machine and
one version of torch.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from safetensors import safe_open

STEPS: Final = 50

TRAININGS: Final = {
    "dcgan, a batch in parts": (
        "dcgan", "model.channels=8", "model.max_channels=16", "training.accumulate=2",
    ),
    "cgan": ("cgan", "model.channels=8"),
    "acgan, linear schedule": ("acgan", "model.channels=8", "training.schedule=linear"),
    "wgan-gp": ("wgan-gp", "model.channels=8"),
    "sngan-projection": ("sngan-projection", "model.channels=8"),
    "stylegan2": ("stylegan2", "model.channels=8", "model.latent_dim=16"),
    "r3gan-conditional, schedules in images": (
        "r3gan-conditional", "model.channels=16", "training.schedule_images=1200",
    ),
    "dcgan, hinge, consistency": (
        "dcgan", "model.channels=8", "model.max_channels=16", "objective.name=hinge",
        "regularisation.name=consistency", "training.flip=true",
    ),
}  # fmt: skip
"""What is trained: the model, then its settings."""

LOSSES: Final = ("discriminator_loss", "generator_loss", "penalty")


def train(model: str, *settings: str, every_step: str) -> dict[str, str]:
    """Trains and returns a hash a tensor, and one of all losses."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "run")
        options = [word for text in (*settings, every_step) for word in ("--set", text)]
        command = [
            sys.executable,
            "-m",
            "ganzoo",
            "train",
            model,
            "--dataset",
            "digits",
            "--batch-size",
            "32",
        ]
        command += ["--max-steps", str(STEPS), "--seed", "3", "--device", "cpu", "--precision", "fp32"]
        subprocess.run([*command, "--out", str(out), *options], check=True, capture_output=True, text=True)
        lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text("utf-8").splitlines()]
        losses = [[line.get(name) for name in LOSSES] for line in lines if LOSSES[0] in line]
        assert len(losses) == STEPS, f"{model} has the losses of {len(losses)} steps"
        hashes = {"losses": _digest(json.dumps(losses).encode())}
        with safe_open(out / "checkpoints" / f"step-{STEPS:08d}.safetensors", framework="np") as file:
            for name in sorted(file.keys()):
                hashes[name] = _digest(file.get_tensor(name).tobytes())
        return hashes


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def main() -> None:
    """Records hashes in a file, or compares with those in it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("task", choices=["record", "compare"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--every-step", default="run.log_every=1", help="the setting that logs every step")
    arguments = parser.parse_args()
    found = {name: train(*settings, every_step=arguments.every_step) for name, settings in TRAININGS.items()}
    if arguments.task == "record":
        arguments.file.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        return
    before = json.loads(arguments.file.read_text("utf-8"))
    for name, hashes in found.items():
        other = [
            key for key in before[name].keys() | hashes.keys() if before[name].get(key) != hashes.get(key)
        ]
        print(f"{name}: {len(hashes)} hashes, {f'DIFFERENT: {sorted(other)[:5]}' if other else 'all equal'}")
    sys.exit(0 if found == before else 1)


if __name__ == "__main__":
    main()
