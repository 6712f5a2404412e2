"""Which names a word may have been meant for: near in letters, beginning alike, or of the same meaning."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

MOST: Final = 3
"""Names that are proposed at once."""

_LIKENESS: Final = 0.6
"""Share of letters in common, below which a name is not looked at more closely."""

_SHORTEST: Final = 3
"""Letters of a beginning that tells what is meant."""

SYNONYMS: Final = (
    # what is asked for
    {"num", "count", "number", "n", "samples", "images", "amount", "total", "how", "many"},
    {"steps", "iterations", "iters", "iter", "updates"},
    {"epochs", "passes"},
    {"batch", "minibatch", "bs", "bsz"},
    {"label", "labels", "class", "classes", "category", "cls"},
    {"seed", "random", "rng", "state"},
    {"truncation", "psi", "trunc"},
    {"metric", "metrics", "measure", "score"},
    {"features", "feature", "backbone", "extractor", "embedder"},
    # where it comes from and where it goes
    {"out", "output", "outdir", "dest", "destination", "save", "o", "dir", "file", "filename", "path"},
    {"data", "root", "datadir", "path"},
    {"config", "cfg", "yaml", "toml"},
    {"resume", "continue", "restart", "ckpt", "checkpoint"},
    {"dataset", "data"},
    {"force", "overwrite", "yes", "f"},
    # what it runs on
    {"device", "gpu", "gpus", "cuda", "cpu", "accelerator"},
    {"devices", "gpus"},
    {"workers", "jobs", "processes", "j"},
    {"precision", "dtype", "amp", "fp16", "bf16", "half", "float16", "bfloat16"},
    # what a model is made of
    {"model", "architecture", "arch", "network", "net"},
    {"conditioning", "conditional", "condition"},
    {"upsampling", "upsample", "upsampler"},
    {"objective", "loss", "losses", "criterion", "adversarial"},
    {"optimizer", "optimiser", "optim", "opt"},
    {"regularisation", "regularization", "regularizer", "penalty", "reg"},
    {"augmentation", "augment", "aug", "transform", "transforms"},
    {"learning", "lr", "eta"},
    {"weights", "checkpoints", "pretrained"},
    # commands
    {"list", "ls", "plugins", "models", "zoo"},
    {"show", "info", "describe", "inspect", "view"},
    {"train", "fit", "run", "learn", "resume", "finetune"},
    {"watch", "monitor", "dashboard"},
    {"sample", "generate", "gen", "draw", "infer", "predict"},
    {"invert", "project", "encode"},
    {"evaluate", "test", "score", "judge", "fid"},
    {"study", "sweep", "tune", "search", "ablation", "experiment"},
    {"work", "run", "resume", "continue", "start"},
    {"plan", "dry", "dryrun", "preview", "estimate"},
    {"report", "html", "plot", "summary"},
    {"play", "demo", "serve", "ui", "gui", "playground"},
    {"export", "convert"},
    {"import", "convert"},
    {"bench", "profile", "speed", "perf"},
    {"new", "create", "init", "scaffold"},
    {"check", "validate", "verify", "lint"},
    {"env", "doctor", "diagnose", "version", "versions", "system"},
)  # fmt: skip
"""Words that mean the same to whoever types them, here or in other programs."""


def plain(name: str) -> str:
    """A name without case and punctuation, as people type it from memory."""
    return "".join(filter(str.isalnum, name.lower()))


def near_names(word: str, names: Iterable[str], likeness: float = _LIKENESS) -> list[str]:
    """Those of the names that the word may have been meant for, the best first, three at most.

    Case and punctuation make no difference: `CIFAR-10` is `cifar10`. Initials stand for words, `lr` for
    `learning-rate`, and words for others of the same meaning, `count` for `num`. Where nothing is near in one
    of these ways, nothing is proposed: a list of what is allowed tells more than a bad guess.

    Args:
        word: what was typed.
        names: what is allowed.
        likeness: share of letters in common from which on a name is called alike.
    """
    candidates = list(dict.fromkeys(names))
    in_section = _in_the_section(word, candidates)
    if in_section is not None:
        return in_section
    if not plain(word):
        return []
    if same := [name for name in candidates if plain(name) == plain(word)]:
        return same[:MOST]
    meant = [
        *(name for name in candidates if plain(word) == _initials(name)),
        *(name for name in candidates if _is_part(word, name)),
        # A forgotten prefix (`latent_dim` for `model.latent_dim`) is closer in meaning than in letters.
        *(name for name in candidates if plain(name.rpartition(".")[2]) == plain(word)),
        *sorted((name for name in candidates if _means(word, name)), key=lambda name: len(_words(name))),
    ]
    return list(dict.fromkeys(meant or _misspelt(word, candidates, likeness)))[:MOST]


def _in_the_section(word: str, names: list[str]) -> list[str] | None:
    """What `section.key` may mean among the keys of that section: the section makes no two of them alike.

    Where that section has nothing of the kind, the same key of another one is proposed. None where there is
    no such section, or another one has a key that is called like that.
    """
    section, dot, rest = word.rpartition(".")
    sections = list(dict.fromkeys(name.rpartition(".")[0] for name in names))
    if not dot or any(name.endswith(f".{word}") for name in names):
        return None
    meant = [section] if section in sections else near_names(section, filter(None, sections))[:1]
    for start in (f"{one}." for one in meant):
        found = near_names(rest, (name[len(start) :] for name in names if name.startswith(start)))
        if found or section in sections:
            return [start + key for key in found] or _of_another_section(rest, names)
    return None


def _of_another_section(key: str, names: list[str]) -> list[str]:
    """Settings whose key is called so, or has these initials: `optimizer.lr` is `training.learning_rate`."""
    keys = {name: name.rpartition(".")[2] for name in names}
    return [name for name, its in keys.items() if plain(key) and plain(key) in (plain(its), _initials(its))][
        :MOST
    ]


def distance(one: str, other: str) -> int:
    """How many letters have to be put in, left out, replaced or swapped with their neighbour.

    Optimal string alignment (Damerau, 1964): no letter is touched twice.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        oldest, before, row = before, row, [i]
        for j, its in enumerate(other, start=1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != its))
            if i > 1 < j and letter == other[j - 2] and one[i - 2] == its:
                least = min(least, oldest[j - 2] + 1)
            row.append(least)
    return row[-1]


def _words(name: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", name.lower())


def _initials(name: str) -> str:
    words = _words(name)
    return "".join(word[0] for word in words) if len(words) > 1 else ""


def _is_part(word: str, name: str) -> bool:
    """Whether the word is one of the name's, its beginning, or more than it."""
    typed = plain(word)
    if len(typed) < _SHORTEST:
        return False
    return typed in _words(name) or plain(name).startswith(typed)


def _misspelt(word: str, names: list[str], likeness: float) -> list[str]:
    """Names alike in letters, those that are near enough, or are what the word begins with."""
    alike: dict[str, str] = {}
    for name in filter(plain, names):
        alike.setdefault(plain(name), name)
    typed = plain(word)
    return [
        alike[name]
        for name in get_close_matches(typed, alike, n=MOST, cutoff=likeness)
        if distance(typed, name) <= max(1, max(len(typed), len(name)) // 3)
        or (len(name) >= _SHORTEST and typed.startswith(name))
    ]


def _means(word: str, name: str) -> bool:
    """Whether every word that was typed, or all in one, is one of the name's or means the same as one.

    The `dir` of `data-dir` doesn't count: it says nothing of what the folder is for.
    """
    typed = _words(word)
    its = [one for one in _words(name) if one != "dir"] or _words(name)
    its.append(plain(name))

    def is_meant(one: str) -> bool:
        return any(one == other or any({one, other} <= group for group in SYNONYMS) for other in its)

    return is_meant(plain(word)) or (bool(typed) and all(map(is_meant, typed)))
