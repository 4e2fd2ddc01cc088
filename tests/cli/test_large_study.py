"""What a run writes does not depend on whether it keeps its results packed, as those of large studies are."""

from pathlib import Path

import pytest
from cli_running import run_study

from tregate.pipelines.tubes import analyse_tubes


@pytest.mark.parametrize("options", [(), ("--report", "all", "--figures")], ids=["tables", "page"])
def test_packed_results_give_the_same_files(
    spoiled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    whole, packed = tmp_path / "whole" / "out", tmp_path / "packed" / "out"
    first = run_study(spoiled, whole, *options)
    monkeypatch.setattr(analyse_tubes, "MANY", 1)
    second = run_study(spoiled, packed, *options)
    assert second.code == first.code
    names = {path.name for path in whole.iterdir() if path.is_file()} - {"run.json", "run.log"}
    assert {"counts.csv", "gates.csv", "tables.xlsx"} <= names
    assert {name for name in names if (packed / name).read_bytes() != (whole / name).read_bytes()} == set()
