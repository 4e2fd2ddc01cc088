"""Reasons of empty values: only those that empty one."""

import re
from pathlib import Path

import tregate
from tregate.pipelines.application.results import empty_words
from tregate.pipelines.tabulate.flags import empties


def test_what_the_documentation_lists_as_reasons_of_empty_cells_empties() -> None:
    text = (Path(tregate.__file__).parent / "docs" / "tables.md").read_text(encoding="utf-8")
    section = text.partition("Why a cell is empty:")[2].partition("Why a value is uncertain:")
    listed = [re.findall(r"`(\w+)`", row.split("|")[1]) for row in section[0].splitlines() if row.startswith("| `")]
    of_other_values = {"in_mean_T", "shallow_valley", "intensity_saturated", "intensity_drift", "intensity_settings"}
    for flag in {name for names in listed for name in names} - of_other_values:
        assert empties(flag), flag
    after = section[2].partition("\n## ")[0]
    uncertain = [
        name for row in after.splitlines() if row.startswith("| `") for name in re.findall(r"`(\w+)`", row)[:1]
    ]
    assert uncertain
    assert [flag for flag in uncertain if empties(flag)] == []


def test_a_table_says_how_many_of_its_values_are_empty_and_why() -> None:
    columns = ["subject", "visit", "nk_per_ul", "nk_per_ul_low", "flags"]
    rows = [["S1", "D1", "", "", "bead_load_missing;wide_limits:nk"], ["S1", "D8", "3", "2", "wide_limits:nk"]]
    assert empty_words(columns, rows) == "1 value is empty: bead load missing (1 row)."
    assert empty_words(columns, rows[1:]) == ""
