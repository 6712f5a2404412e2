"""Labels on their way into a network: as vectors, as many as there are of everything else."""

from __future__ import annotations

from torch import Tensor

from ganzoo.errors import UsageError
from ganzoo.interfaces import Conditioning, require_labels
from ganzoo_components.layers.shapes import require_equal_batches


def label_vectors(
    conditioning: Conditioning | None, labels: Tensor | None, num_classes: int | None, **others: Tensor
) -> Tensor | None:
    """Returns the vectors `(B, features)` of labels `(B,)` int64; None without a conditioning, where
    labels are not looked at.

    Raises:
        ValueError: labels are missing or wrong, or not as many as of the others, which are given by name.
    """
    if conditioning is None or num_classes is None:
        return None
    labels = require_labels(labels, num_classes)
    require_equal_batches(**others, labels=labels)
    vectors: Tensor = conditioning(labels)
    return vectors


def require_classes(model: str, num_classes: int | None) -> int:
    """Returns the number of classes of a conditional model.

    Raises:
        UsageError: there is none, or it is below 1.
    """
    if num_classes is None or num_classes < 1:
        raise UsageError(f"{model} draws images by class and needs 1 class or more, not {num_classes}")
    return num_classes
