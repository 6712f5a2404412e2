"""What a mistyped word may have been meant for, and what it may not."""

from __future__ import annotations

import pytest

from ganzoo.errors import near_matches
from ganzoo.near_names import distance, near_names

SAMPLE = ["--label", "--num", "--seed", "--truncation", "--walk", "--out", "--device", "--help"]
TRAIN = ["--objective", "--dataset", "--data-dir", "--epochs", "--max-steps", "--batch-size",
         "--learning-rate", "--device", "--resume", "--out", "--sample-every"]  # fmt: skip
SETTINGS = ["training.learning_rate", "training.flip", "training.epochs", "run.device", "model.latent_dim"]


@pytest.mark.parametrize(
    ("typed", "names", "meant"),
    [
        ("--count", SAMPLE, ["--num"]),
        ("--Num_Images", SAMPLE, ["--num"]),
        ("--samples", SAMPLE, ["--num"]),
        ("-o", SAMPLE, ["--out"]),
        ("--output", SAMPLE, ["--out"]),
        ("--class", SAMPLE, ["--label"]),
        ("--psi", SAMPLE, ["--truncation"]),
        ("--gpu", TRAIN, ["--device"]),
        ("--loss", TRAIN, ["--objective"]),
        ("--max-iter", TRAIN, ["--max-steps"]),
        ("--lr", TRAIN, ["--learning-rate"]),
        ("--data", TRAIN, ["--dataset", "--data-dir"]),
        ("training.lr", SETTINGS, ["training.learning_rate"]),
        ("trainig.lr", SETTINGS, ["training.learning_rate"]),
        ("train.epoch", SETTINGS, ["training.epochs"]),
        ("latentDim", SETTINGS, ["model.latent_dim"]),
        ("model.latent-dim", SETTINGS, ["model.latent_dim"]),
        ("optimizer.lr", [*SETTINGS, "optimizer.beta1"], ["training.learning_rate"]),
        ("model.epochs", SETTINGS, ["training.epochs"]),
        ("run.sample_evry", ["run.sample_every", "run.evaluate_every"], ["run.sample_every"]),
        ("--upsample", ["--upsampling", *TRAIN], ["--upsampling"]),
        ("--dir", TRAIN, ["--data-dir", "--out"]),
        ("Adam", ["adam", "ganzoo-optimizers:adam", "adamax"], ["adam"]),
    ],
)
def test_what_is_meant_is_proposed_and_nothing_else(typed: str, names: list[str], meant: list[str]) -> None:
    assert near_names(typed, names) == meant


@pytest.mark.parametrize(
    ("typed", "names"),
    [("--count", ["--out", "--seed"]), ("--out", ["--data-dir", "--features"]), ("model.", SETTINGS),
     ("--zzz", TRAIN), ("--verbose", TRAIN), ("training.zz", SETTINGS),
     ("???", SETTINGS), ("", SETTINGS), (".", SETTINGS), ("training.", SETTINGS)],
)  # fmt: skip
def test_what_is_far_away_is_not_proposed(typed: str, names: list[str]) -> None:
    assert near_names(typed, names) == []
    assert near_matches(typed, names) == ""


@pytest.mark.parametrize(
    ("one", "other", "letters"),
    [
        ("kitten", "sitting", 3),
        ("ca", "abc", 3),
        ("lsit", "list", 1),
        ("", "abc", 3),
        ("abc", "", 3),
        ("a", "a", 0),
    ],
)
def test_letters_between_two_words_are_those_of_the_literature(one: str, other: str, letters: int) -> None:
    """kitten and sitting: Levenshtein; ca and abc, where optimal string alignment has 3: Boytsov, 2011."""
    assert distance(one, other) == letters
