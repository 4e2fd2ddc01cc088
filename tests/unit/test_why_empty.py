"""Reasons of empty values: only those that empty one."""

from tregate.pipelines.application.results import empty_words
from tregate.pipelines.tabulate.flag_sentences import EMPTY, UNCERTAIN
from tregate.pipelines.tabulate.flags import empties


def test_what_is_listed_as_reasons_of_empty_cells_empties_and_nothing_else() -> None:
    of_other_values = {"in_mean_T"}
    assert {flag for flag in EMPTY if empties(flag)} == EMPTY.keys() - of_other_values
    assert [flag for flag in UNCERTAIN if empties(flag)] == []


def test_a_table_says_how_many_of_its_values_are_empty_and_why() -> None:
    columns = ["subject", "visit", "nk_per_ul", "nk_per_ul_low", "flags"]
    rows = [["S1", "D1", "", "", "bead_load_missing;wide_limits:nk"], ["S1", "D8", "3", "2", "wide_limits:nk"]]
    assert empty_words(columns, rows) == "1 value is empty: bead load missing (1 row)."
    assert empty_words(columns, rows[1:]) == ""
