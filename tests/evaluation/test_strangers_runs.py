"""What an evaluation takes from the configuration of a stranger's run: checked before it is used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ganzoo.errors import UsageError
from ganzoo.evaluation.request import make_request


def run_with(folder: Path, **sections: Any) -> Path:
    """A run folder with these sections in its configuration."""
    tables = {"schema": 2, "model": {"name": "ganzoo-models:gan"}, **sections}
    (folder / "config.json").write_text(json.dumps(tables))
    return folder


@pytest.mark.parametrize("name", [3, ["digits"], {"a": 1}, True])
def test_a_data_set_whose_name_is_no_text_is_refused(name: Any, tmp_path: Path) -> None:
    run = run_with(tmp_path, dataset={"name": name})

    with pytest.raises(UsageError, match=r"config\.json has the dataset\.name .*, not a text"):
        make_request([run])


@pytest.mark.parametrize("folder", [3, ["a"], False])
def test_a_folder_of_data_that_is_no_text_is_refused(folder: Any, tmp_path: Path) -> None:
    run = run_with(tmp_path, dataset={"name": "ganzoo-datasets:digits"}, run={"data_dir": folder})

    with pytest.raises(UsageError, match=r"config\.json has the run\.data_dir .*, not a text"):
        make_request([run])


def test_the_home_of_a_user_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    run = run_with(
        tmp_path, dataset={"name": "ganzoo-datasets:digits"}, run={"data_dir": "~nobody-is-called-so/data"}
    )

    with pytest.raises(UsageError, match="there is no folder '~nobody-is-called-so/data'"):
        make_request([run])
