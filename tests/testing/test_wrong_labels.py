"""Labels: what `require_labels` refuses, and where it does not look."""

from __future__ import annotations

import pytest
import torch

from ganzoo.interfaces import require_labels


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, r"it needs labels \(batch,\) in 0\.\.9"),
        (torch.tensor([0, 10]), r"labels must be in 0\.\.9, not 10"),
        (torch.tensor([-1, 10]), r"labels must be in 0\.\.9, not -1"),
        (torch.tensor([[1]]), r"labels must be \(batch,\) int64, not \(1, 1\) int64"),
        (torch.tensor([1.0]), r"labels must be \(batch,\) int64, not \(1,\) float32"),
        (torch.tensor([1], dtype=torch.int32), r"not \(1,\) int32"),
    ],
)
def test_wrong_labels_are_refused_in_words(labels: torch.Tensor | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        require_labels(labels, 10)


@pytest.mark.parametrize("labels", [torch.tensor([0, 9, 3]), torch.empty(0, dtype=torch.int64)])
def test_right_labels_come_back_as_they_are(labels: torch.Tensor) -> None:
    assert require_labels(labels, 10) is labels


def test_no_value_is_looked_at_off_the_processor() -> None:
    labels = torch.empty(3, dtype=torch.int64, device="meta")  # a look would raise
    assert require_labels(labels, 10) is labels


def test_a_compiled_network_stays_one_graph() -> None:
    double = torch.compile(lambda labels: 2 * require_labels(labels, 10), backend="eager", fullgraph=True)
    assert double(torch.tensor([1, 2])).tolist() == [2, 4]
