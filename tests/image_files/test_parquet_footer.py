"""Statistics of a Parquet file that are not of its schema: pyarrow would end the process."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from ganzoo.image_files.parquet_footer import require_sound_levels

parquet = pytest.importorskip("pyarrow.parquet", reason="the extra hf is not installed")
pyarrow = pytest.importorskip("pyarrow", reason="the extra hf is not installed")


class Schema(list[SimpleNamespace]):
    """Stands in for pyarrow's, of columns with these levels."""

    def column(self, index: int) -> SimpleNamespace:
        return self[index]


@pytest.mark.parametrize("changed", ["max_repetition_level", "max_definition_level"])
def test_levels_that_are_not_of_the_schema_are_refused(changed: str, tmp_path: Path) -> None:
    path = tmp_path / "train.parquet"
    parquet.write_table(pyarrow.table({"lists": [[1, 2], None, [3]]}), path)
    honest = parquet.ParquetFile(path).schema
    require_sound_levels(path, honest)
    names = ("max_repetition_level", "max_definition_level", "physical_type")
    (levels,) = ({name: getattr(honest.column(0), name) for name in names},)

    with pytest.raises(ValueError, match="footer is damaged"):
        require_sound_levels(path, Schema([SimpleNamespace(**{**levels, changed: 7})]))
