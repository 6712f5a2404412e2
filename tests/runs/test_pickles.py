"""Pickles of strangers for `ganzoo import`: networks that never end are refused."""

from __future__ import annotations

import pytest

from ganzoo.errors import GanzooError
from ganzoo.runs.pickles import Record, tensors_of


def part(**inner: Record) -> Record:
    record = Record()
    vars(record)["_modules"] = inner
    return record


def test_a_network_that_lies_within_itself_is_refused() -> None:
    network = part()
    vars(network)["_modules"]["a"] = network
    with pytest.raises(GanzooError, match="parts within parts"):
        tensors_of(network)


def test_a_network_that_holds_each_part_twice_is_refused_before_it_is_walked() -> None:
    network = part()
    for _ in range(40):  # 2**40 parts by then
        network = part(a=network, b=network)
    with pytest.raises(GanzooError, match="more of them, than any network has"):
        tensors_of(network)
