"""Protocols by name: what published code fixes of an evaluation, and where it does so. Needs no torch.

`ProtocolChoices` is what of a protocol can be chosen besides data set, features and seed. `PUBLISHED` has
those of other codes, each value with its source. An option beside a named protocol changes what the figures
are called: `label` says every exception.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ganzoo.errors import UsageError, near_matches

_LABELS: Final = {
    "equal": "every class equally often",
    "uniform": "uniformly at random",
    "real": "drawn from those of real images",
}


@dataclass(frozen=True, kw_only=True)
class ProtocolChoices:
    """How samples are drawn and compared. The defaults are those without a name."""

    name: str | None = None
    """One of `PUBLISHED`, or None."""
    count: int | Literal["real"] | None = None
    """Images that are judged; "real": as many as real ones; None: 10,000 of a run, all of a file."""
    split: str = "train"
    """The split that the real images are of."""
    real_count: int | None = None
    """Real images, drawn without replacement; None: all of the split."""
    score_splits: Literal[1, 10] = 10
    """Parts of the samples whose class scores are averaged."""
    neighbours: int = 3
    """Which nearest neighbour a ball reaches to, for precision and recall."""
    labels: Literal["equal", "uniform", "real"] = "equal"
    """Of the samples: every class equally often, uniformly at random, or drawn from those of real images."""
    standing_passes: int = 0
    """Batches that batch normalisation's statistics are measured on; 0: the running ones of the training."""

    def generated(self, real: int) -> int | None:
        """The number of samples, where there are so many real images; None: it is the source's to say."""
        return real if self.count == "real" else self.count

    def texts(self) -> dict[str, str]:
        """Every value in words, by its field; number and split of the real images are one."""
        counts = {"real": "as many as real ones", None: "10,000 of a run, all of a file"}
        real_count = "all" if self.real_count is None else f"{self.real_count:,}"
        passes = f"standing, {self.standing_passes:,} passes" if self.standing_passes else "running"
        return {
            "count": f"{self.count:,}" if isinstance(self.count, int) else counts[self.count],
            "real_count": f"{real_count} of {self.split}",
            "score_splits": str(self.score_splits),
            "neighbours": str(self.neighbours),
            "labels": _LABELS[self.labels],
            "standing_passes": passes,
        }


@dataclass(frozen=True, kw_only=True)
class Published:
    """The protocol of others' released code."""

    protocol: ProtocolChoices
    code: str
    """The repository and its commit."""
    metrics: tuple[str, ...]
    """Those of `names.METRICS` that the code computes; others don't take the protocol's name."""
    sources: Mapping[str, str]
    """A key of `ProtocolChoices.texts` to where the value stands: files of the repository."""
    differences: tuple[str, ...]
    """What is done otherwise here, whatever is chosen: each a sentence on what they do."""


PUBLISHED: Final[Mapping[str, Published]] = {
    "studiogan": Published(
        protocol=ProtocolChoices(
            name="studiogan",
            count="real",
            score_splits=1,
            neighbours=5,
            labels="uniform",
            standing_passes=256,
        ),
        code="POSTECH-CVLab/PyTorch-StudioGAN, commit 947b35e",
        metrics=(
            "frechet-distance", "class-score", "precision", "recall", "density", "coverage",
            "intra-class-frechet-distance",
        ),
        sources={
            "count": "src/loader.py",
            "real_count": "src/main.py",
            "score_splits": "src/worker.py",
            "neighbours": "src/worker.py",
            "labels": "src/utils/sample.py",
            "standing_passes": "src/utils/misc.py, issue 134",
        },
        differences=(
            "images are resized for Inception by PIL, bilinearly (README.md, src/utils/resize.py); here as "
            "the features say",
            "passes of standing statistics have 1 to 256 images, and later ones weigh more; here 64 each, "
            "and all weigh alike",
            "the number of passes is the user's there; the authors advise the size of a batch (issue 134), "
            "256 in most of their configurations for ImageNet",
            "50,000 samples where the data are ImageNet or a part of it (src/loader.py)",
        ),
    ),
    "stylegan": Published(
        protocol=ProtocolChoices(name="stylegan", count=50_000, labels="real"),
        code="NVlabs/stylegan2-ada-pytorch, commit d72cc7d",
        metrics=("frechet-distance", "kernel-distance", "class-score", "precision", "recall"),
        sources={
            "count": "metrics/metric_main.py",
            "real_count": "metrics/metric_main.py",
            "score_splits": "metrics/metric_main.py",
            "neighbours": "metrics/metric_main.py",
            "labels": "metrics/metric_utils.py",
            "standing_passes": "metrics/metric_utils.py",
        },
        differences=(
            "a generator's own noise is drawn anew for each image (training/networks.py); here it is one for "
            "all images",
            "precision and recall: features of VGG16, and all real images up to 200,000; here the features "
            "chosen, and equally many of both",
            "kernel distance: the mean over 100 random subsets of 1,000; here every pair of 10,000 of both, "
            "the same expectation",
        ),
    ),
    "mimicry": Published(
        protocol=ProtocolChoices(name="mimicry", count=50_000, real_count=50_000, labels="uniform"),
        code="kwotsin/mimicry, commit a7fda06",
        metrics=("frechet-distance", "kernel-distance", "class-score"),
        sources={
            "count": "README.md",
            "real_count": "README.md, torch_mimicry/datasets/image_loader.py",
            "score_splits": "README.md, torch_mimicry/metrics/compute_is.py",
            "labels": "torch_mimicry/nets/gan/cgan.py",
            "standing_passes": "torch_mimicry/metrics/compute_fid.py",
        },
        differences=(
            "pixels are stretched to the least and the greatest of all samples (compute_fid.py); here they "
            "are not",
            "a figure is the mean over three seeds (compute_metrics.py); here of one",
            "kernel distance: the mean over 10 random subsets of 5,000; here every pair of 10,000 of both, "
            "the same expectation",
        ),
    ),
}  # fmt: skip
"""Protocols by name."""


def find_protocol(name: str | None) -> ProtocolChoices:
    """The protocol of a name; without one the defaults.

    Raises:
        UsageError: there is none of the name.
    """
    if name is None:
        return ProtocolChoices()
    if name not in PUBLISHED:
        raise UsageError(
            f"there is no protocol {name!r}{near_matches(name, PUBLISHED)}\nprotocols: {', '.join(PUBLISHED)}"
        )
    return PUBLISHED[name].protocol


def is_own(protocol: ProtocolChoices, field: str) -> bool:
    """Whether a value is the named protocol's, or the default where it has no name; not a user's."""
    original = find_protocol(protocol.name)
    own: bool = getattr(protocol, field) == getattr(original, field)
    return own


def exceptions(protocol: ProtocolChoices, *, count: int, real_count: int, is_drawn: bool) -> tuple[str, ...]:
    """What an evaluation does otherwise than the protocol of its name, in a few words each.

    Args:
        protocol: what was asked for; one without a name has no exceptions.
        count: the samples there were.
        real_count: the real images there were.
        is_drawn: whether a generator drew the samples; else nobody knows with which labels and statistics.
    """
    if protocol.name is None:
        return ()
    original = find_protocol(protocol.name)
    found = []
    if count != original.generated(real_count):
        found.append(f"{count:,} images")
    if not is_own(protocol, "split"):
        found.append(f"the {protocol.split} split")
    if original.real_count not in (None, real_count):
        found.append(f"{real_count:,} real images")
    if not is_drawn:
        found.append("images of a file")
    elif not is_own(protocol, "standing_passes"):
        found.append(f"{protocol.texts()['standing_passes']} in batch normalisation")
    return tuple(found)


def label(protocol: ProtocolChoices, excepted: tuple[str, ...]) -> str | None:
    """What an evaluation is called: "studiogan", or "studiogan but 5,000 images"; None without a name."""
    if protocol.name is None or not excepted:
        return protocol.name
    return f"{protocol.name} but {' and '.join(excepted)}"


def figure_label(metric: str, protocol: ProtocolChoices, excepted: tuple[str, ...]) -> str | None:
    """The same, for a figure; None where the protocol's code does not compute its metric."""
    has_metric = protocol.name is not None and metric in PUBLISHED[protocol.name].metrics
    return label(protocol, excepted) if has_metric else None
