"""A workbook of compact cells has the bytes of one whose cells XlsxWriter keeps itself."""

import pytest

from tregate.pipelines.export import xlsx
from tregate.pipelines.export.compact_cells import CompactCells
from tregate.pipelines.export.xlsx import xlsx_of
from tregate.pipelines.files.table import Cell, Table

ROWS: tuple[tuple[Cell, ...], ...] = (
    ("S01", 1, 0.1 + 0.2, True, None, "x"),
    ("S02", 2**53, -0.0, False, 1e-7, ""),
    ("S01", -3, 1234.5678, None, None, None),
    (None, None, None, None, None, None),
    *((f"S{i:03d}", i, i / 7, i % 2 == 0, None, "again") for i in range(50)),
)


class KeptByXlsxWriter(CompactCells):
    """XlsxWriter's own tuples."""

    def take(self, row: int, cells: object) -> None:
        self.own = getattr(self, "own", {})
        if cells:
            self.own[row] = cells

    def __contains__(self, row: int) -> bool:
        return row in self.own

    def __getitem__(self, row: int) -> object:  # type: ignore[override]
        return self.own.get(row, {})


def test_the_bytes_are_those_of_plain_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table("t", ("subject", "events", "value", "usable", "p_value", "note"), ROWS)
    other = Table("empty", ("subject", "p_value"), ())
    compact = xlsx_of([table, other], footnotes=["note"])
    monkeypatch.setattr(xlsx, "CompactCells", KeptByXlsxWriter)
    assert xlsx_of([table, other], footnotes=["note"]) == compact


def test_a_number_that_would_be_rounded_is_refused() -> None:
    with pytest.raises(ValueError, match="not kept in full"):
        CompactCells().take(0, {0: (2**53 + 1, None)})
