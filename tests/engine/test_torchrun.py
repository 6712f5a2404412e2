"""What `torchrun` tells a process: variables that are left over, missing or wrong end in words."""

from __future__ import annotations

import pytest

import ganzoo
from ganzoo.engine.torchrun import Place, read_place
from ganzoo.errors import UsageError

NAMES = ("WORLD_SIZE", "RANK", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
SECOND = {
    "WORLD_SIZE": "4",
    "RANK": "2",
    "LOCAL_RANK": "1",
    "MASTER_ADDR": "localhost",
    "MASTER_PORT": "29500",
}


@pytest.fixture(autouse=True)
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def set_variables(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str | None]) -> None:
    for name, value in variables.items():
        if value is not None:
            monkeypatch.setenv(name, value)


RIGHT = {
    "nothing": ({}, Place()),
    "what torchrun sets": (SECOND, Place(2, 4, 1)),
    "no local rank": (SECOND | {"LOCAL_RANK": None}, Place(2, 4, 0)),
    "one process of torchrun": (SECOND | {"WORLD_SIZE": "1", "RANK": "0", "LOCAL_RANK": "0"}, Place()),
    "one process, nothing else": ({"WORLD_SIZE": "1"}, Place()),
    "left over without the number of processes": ({"RANK": "7", "LOCAL_RANK": "7"}, Place()),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_place_is_read(monkeypatch, name):
    variables, expected = RIGHT[name]
    set_variables(monkeypatch, variables)
    assert read_place() == expected


WRONG = {
    "left over": ({"WORLD_SIZE": "2"}, "RANK and MASTER_ADDR and MASTER_PORT are not set"),
    "no rank": (SECOND | {"RANK": None}, "RANK is not set"),
    "no address": (SECOND | {"MASTER_ADDR": None}, "MASTER_ADDR is not set"),
    "empty port": (SECOND | {"MASTER_PORT": ""}, "MASTER_PORT is not set"),
    "no number": ({"WORLD_SIZE": "two"}, "WORLD_SIZE is 'two'"),
    "empty": ({"WORLD_SIZE": ""}, "WORLD_SIZE is ''"),
    "none": ({"WORLD_SIZE": "0"}, "WORLD_SIZE is '0'"),
    "less than none": ({"WORLD_SIZE": "-1"}, "WORLD_SIZE is '-1'"),
    "of the last one's": (SECOND | {"RANK": "4"}, r"RANK is '4', not a number \(0 to 3\)"),
    "of more than the only one": ({"WORLD_SIZE": "1", "RANK": "1"}, "RANK is '1'"),
    "a rank in words": (SECOND | {"RANK": "first"}, "RANK is 'first'"),
    "a machine's rank beyond all": (SECOND | {"LOCAL_RANK": "9"}, "LOCAL_RANK is '9'"),
    "a port in words": (SECOND | {"MASTER_PORT": "http"}, "MASTER_PORT is 'http'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_with_the_remedy(monkeypatch, name):
    variables, message = WRONG[name]
    set_variables(monkeypatch, variables)
    with pytest.raises(UsageError, match=message) as error:
        read_place()
    assert "unset WORLD_SIZE" in str(error.value)
    assert "torchrun --nproc-per-node N" in str(error.value)


def test_a_training_says_it_and_leaves_no_folder(ganzoo, monkeypatch, tmp_path):
    set_variables(monkeypatch, {"WORLD_SIZE": "2"})
    result = ganzoo("train", "gan", "--dataset", "digits", "--out", "run")
    assert result.code == 2
    assert "WORLD_SIZE is 2, but RANK" in result.err
    assert not (tmp_path / "run").exists()


def test_python_says_it_too(monkeypatch, tmp_path):
    set_variables(monkeypatch, {"WORLD_SIZE": "two"})
    with pytest.raises(UsageError, match="WORLD_SIZE is 'two'"):
        ganzoo.train("gan", dataset="digits", out=tmp_path / "run")
    set_variables(monkeypatch, SECOND)
    with pytest.raises(UsageError, match=r"WORLD_SIZE is 4\n.*unset WORLD_SIZE"):
        ganzoo.resume(tmp_path / "run")
