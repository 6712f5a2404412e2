"""What a metric of a plugin measures, as a figure with an interval."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor

from ganzoo.errors import GanzooError
from ganzoo.evaluation.features import FeatureSet
from ganzoo.evaluation.resampling import GROUPS, Estimate, jackknife, jackknife_mean
from ganzoo.interfaces import LabelledFeatures, Metric


def estimate_of(
    metric: Metric,
    name: str,
    generated: FeatureSet,
    real: FeatureSet,
    groups: Tensor,
    of_split: Callable[[str], LabelledFeatures],
) -> Estimate:
    """Estimates a metric.

    Args:
        metric: the plugin, made.
        name: what messages call it.
        generated: features of N generated images.
        real: features of the real images.
        groups: `(N,)` int64, the group of each generated image for the jackknife.
        of_split: gives the features of a whole split of the real images.

    Raises:
        GanzooError: it raises an error, or returns neither a finite number nor one for each image.
    """

    def measured(drawn: FeatureSet) -> float | Tensor:
        try:
            found = metric.measure(drawn, real, of_split)
        except GanzooError:
            raise
        except (Exception, SystemExit) as error:  # a stranger's code may raise anything
            place = _place(error)
            raise GanzooError(f"the metric {name} fails{place}: {type(error).__name__}: {error}") from error
        return require_figure(found, len(drawn), name)

    whole = measured(generated)
    if isinstance(whole, Tensor):
        return jackknife_mean(whole, groups)
    without = [measured(generated.pick((groups != group).nonzero().flatten())) for group in range(GROUPS)]
    return jackknife(whole, [each if isinstance(each, float) else each.mean().item() for each in without])


def require_figure(found: object, count: int, name: str) -> float | Tensor:
    """What a metric returned, as a float or a tensor `(count,)`.

    Raises:
        GanzooError: it is neither a finite number nor one for each of `count` images.
    """
    if isinstance(found, Tensor) and found.ndim == 1 and len(found) == count:
        if not found.isfinite().all():
            raise GanzooError(f"the metric {name} is not finite for some images")
        return found.detach().cpu()
    if isinstance(found, Tensor) and found.ndim == 0 and not found.is_complex():
        found = found.item()
    if not isinstance(found, (int, float)) or isinstance(found, bool):
        shape = f" {tuple(found.shape)}" if isinstance(found, Tensor) else ""
        raise GanzooError(
            f"the metric {name} returns a {type(found).__name__}{shape}, not a number or a tensor ({count},)"
        )
    if not math.isfinite(found):
        raise GanzooError(f"the metric {name} is not finite: {found}")
    return float(found)


def _place(error: BaseException) -> str:
    """` at FILE:LINE`, where an error was raised."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return f" at {traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}" if traceback else ""
