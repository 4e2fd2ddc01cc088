"""A workbook of large sheets has the bytes of one that XlsxWriter keeps itself."""

import pytest

from tregate.pipelines.export import xlsx
from tregate.pipelines.export.large_sheets import CompactCells, PackedText
from tregate.pipelines.export.xlsx import xlsx_of
from tregate.pipelines.files.table import Cell, Table

ROWS: tuple[tuple[Cell, ...], ...] = (
    ("S01", 1, 0.1 + 0.2, True, None, "x"),
    ("S02", 2**53, -0.0, False, 1e-7, ""),
    ("S01", -3, 1234.5678, None, None, None),
    (None, None, None, None, None, None),
    *((f"S{i:03d}", i, i / 7, i % 2 == 0, None, "again") for i in range(50)),
)


def test_the_bytes_are_those_of_small_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table("t", ("subject", "events", "value", "usable", "p_value", "note"), ROWS)
    other = Table("empty", ("subject", "p_value"), ())
    small = xlsx_of([table, other], footnotes=["note \u00b5"])
    monkeypatch.setattr(xlsx, "LARGE", 0)
    monkeypatch.setattr(PackedText, "PIECES", 7)
    assert xlsx_of([table, other], footnotes=["note \u00b5"]) == small
    monkeypatch.setattr(xlsx, "LARGE", len(ROWS))
    assert xlsx_of([table, other], footnotes=["note \u00b5"]) == small


def test_a_number_that_would_be_rounded_is_refused() -> None:
    with pytest.raises(ValueError, match="not kept in full"):
        CompactCells().take(0, {0: (2**53 + 1, None)})
