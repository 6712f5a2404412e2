"""What is to be evaluated and how, checked before torch is imported; the rest is read from the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ganzoo.errors import UsageError
from ganzoo.evaluation import metric_settings, names
from ganzoo.evaluation.protocols import ProtocolChoices, find_protocol
from ganzoo.evaluation.selection import DATASET, Selection, select
from ganzoo.files import expanded
from ganzoo.images import Fit
from ganzoo.plugins import lookup
from ganzoo.runs.hub import is_on_hub
from ganzoo.runs.pretrained import describe, pretrained
from ganzoo.settings.configuration import NAME, RUN, parse_file
from ganzoo.settings.limits import require_count, require_seed
from ganzoo.text import brief


@dataclass(frozen=True, kw_only=True)
class Request:
    """Sets of samples, and how all of them are to be evaluated."""

    sources: tuple[Path, ...]
    """Run folders, checkpoints, .npz files or folders of images."""
    selection: Selection
    asked: tuple[str, ...] | None
    """Names of `names.METRICS`; None for all defaults that apply."""
    protocol: ProtocolChoices
    """The named one with the user's changes."""
    seed: int
    data_dir: Path | None
    device: str
    fit: Fit = "exact"
    """How image files of another size than the real ones are brought to it, or that they are refused."""


def make_request(
    sources: Sequence[Path],
    *,
    dataset: str | None = None,
    features: str | None = None,
    settings: Mapping[str, Any] | None = None,
    metrics: str | None = None,
    protocol: str | None = None,
    split: str | None = None,
    count: int | None = None,
    standing_passes: int | None = None,
    seed: int = 0,
    data_dir: Path | None = None,
    device: str = "auto",
    fit: str | None = None,
) -> Request:
    """Checks what was asked for. A run's data set, its settings and its folder hold unless told otherwise.

    Raises:
        UsageError: a source is nowhere or named twice; or a name, a setting, a metric or a number is wrong.
    """
    require_seed(seed)
    if count is not None:
        require_count(count)
    if standing_passes:
        require_count(standing_passes, "batches of standing statistics")
    chosen: dict[str, Any] = {"count": count, "split": split, "standing_passes": standing_passes}
    changes = {name: value for name, value in chosen.items() if value is not None}
    named = find_protocol(protocol)
    for source in sources:
        if not source.exists() and not is_on_hub(source):
            pretrained(str(source))
    if len({source.resolve() for source in sources}) < len(sources):
        raise UsageError("a SOURCE is named twice, and equals itself")
    recorded = _recorded(sources[0])
    recorded_dataset: str | None = recorded.get(f"{DATASET}.{NAME}")
    if dataset is None:
        if recorded_dataset is None:
            raise UsageError(f"{sources[0]} does not say which data it is to be like; add --dataset NAME")
        lookup.require_written_as_plugin("dataset", recorded_dataset)  # the run may be a stranger's
        dataset = recorded_dataset
    is_recorded = recorded_dataset is not None and _bare(recorded_dataset) == _bare(dataset)
    own = [key for key in recorded if key.startswith(f"{DATASET}.") and key != f"{DATASET}.{NAME}"]
    of_metrics, others = metric_settings.divide(settings or {})
    selection = select(dataset, features, others, {key: recorded[key] for key in own} if is_recorded else {})
    asked = names.parse_metrics(metrics, selection.features_name, selection.is_standard)
    selection = replace(selection, metrics=metric_settings.sections_of(asked, of_metrics))
    folder = recorded.get(f"{RUN}.data_dir")
    if data_dir is None and is_recorded and folder is not None:
        data_dir = Path(folder)
    return Request(
        sources=tuple(sources),
        selection=selection,
        asked=asked,
        protocol=replace(named, **changes),
        seed=seed,
        data_dir=None if data_dir is None else expanded(data_dir),
        device=device,
        fit=_fit(fit),
    )


def _fit(name: str | None) -> Fit:
    match name:
        case None:
            return "exact"
        case "crop" | "pad" | "stretch":
            return name
    raise UsageError(f"images are brought to a size by crop, pad or stretch, not {name!r}")


def _recorded(source: Path) -> dict[str, Any]:
    """The settings that a run was trained with, or the data set of weights; empty where the source is no run,
    no checkpoint in one and no weights.
    """
    if is_on_hub(source) and not source.exists():
        from ganzoo.runs.ancestry import find_ancestor

        settings = find_ancestor(str(source)).description.settings
        return {key: value for key, value in settings.items() if key.startswith(f"{DATASET}.")}
    if not source.exists():
        return {f"{DATASET}.{NAME}": describe(pretrained(str(source))).get("dataset")}
    folder = source.absolute().parent.parent if source.is_file() else source
    path = folder / "config.json"
    recorded = parse_file(path) if path.is_file() else {}
    for key in (f"{DATASET}.{NAME}", f"{RUN}.data_dir"):  # the run may be a stranger's
        if not isinstance(recorded.get(key), str | None):
            raise UsageError(f"the configuration {path} has the {key} {brief(recorded[key])}, not a text")
    return recorded


def _bare(name: str) -> str:
    return name.rpartition(":")[2]
