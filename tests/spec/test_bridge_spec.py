"""The two-tube bridge: Treg/µL = (Treg / CD4+ in the washed tube) x CD4+/µL of the bead tube.

Figures of the field's section 6.4, which anyone can repeat with a pocket calculator.
"""

from dataclasses import replace

import numpy as np
import pytest
from counted_tubes import FLOW_COUNT, TETRA_T, TREG, record
from shipped_tables import treg_table

from tregate.gating.count.beads import BeadCount
from tregate.gating.count.bridge import bridged
from tregate.gating.count.estimates import Estimate
from tregate.gating.count.intervals import clopper_pearson
from tregate.gating.count.populations import concentration
from tregate.gating.strategy.load import load_strategy
from tregate.pipelines.study.tables_definition import load_tables
from tregate.pipelines.tabulate import Results, resolve

DECLARED = replace(FLOW_COUNT, lot_cv_percent=3.6, preparation_cv_percent=2.6)


def cd4(cells: int, beads: int, declared: bool = True) -> Estimate:
    return concentration(cells, BeadCount(beads, 0, beads), DECLARED if declared else FLOW_COUNT)


def cv_percent(estimate: Estimate) -> float:
    """CV that limits of value / exp(1.96 CV) and value x exp(1.96 CV) speak of."""
    return 100.0 * float(np.log(estimate.high / estimate.low)) / (2 * 1.96)


# ---------------------------------------------------------------- value and limits


def test_the_value_is_a_product() -> None:
    """300 of 5000 CD4+ are Treg; CD4+ is 1000/µL: 60 Treg/µL."""
    assert bridged(300, 5000, cd4(3000, 3000)).value == pytest.approx(60.0)


@pytest.mark.parametrize(
    ("treg", "of", "cells", "beads", "cv"),
    [(63, 1000, 3000, 3000, 13.2), (300, 5000, 3000, 3000, 7.6), (1200, 20000, 5000, 5000, 5.6)],
)
def test_the_interval_takes_in_both_tubes_and_what_was_declared(
    treg: int, of: int, cells: int, beads: int, cv: float
) -> None:
    assert cv_percent(bridged(treg, of, cd4(cells, beads))) == pytest.approx(cv, abs=0.06)


def test_counting_alone() -> None:
    assert cv_percent(bridged(1200, 20000, cd4(5000, 5000, declared=False))) == pytest.approx(3.4, abs=0.06)


def test_no_treg_is_zero_with_the_exact_upper_limit() -> None:
    none = bridged(0, 5000, cd4(3000, 3000))
    assert (none.value, none.low) == (0.0, 0.0)
    assert none.high == pytest.approx(clopper_pearson(0, 5000)[1] * cd4(3000, 3000).high)


def test_no_cd4_in_the_bead_tube_is_zero_with_an_upper_limit() -> None:
    none = bridged(50, 1000, cd4(0, 3000))
    assert (none.value, none.low) == (0.0, 0.0)
    assert 0.0 < none.high < cd4(0, 3000).high


def test_no_cd4_in_the_washed_tube_is_nothing() -> None:
    assert bridged(0, 0, cd4(3000, 3000)) is None


# ---------------------------------------------------------------- which tubes may be bridged


def treg_row(*records, visit: str = "D1") -> dict:
    strategies = {"T": load_strategy("tetrachrome_t"), "TREG": load_strategy("treg")}
    sources = resolve(load_tables("treg_nk"), strategies)
    table = treg_table(Results(("P1", "P2"), ("D1", "D8"), "D1", tuple(records), sources))
    return next(row for row in table.records() if row["subject"] == "P1" and row["visit"] == visit)


def test_bead_tube_and_washed_tube_of_one_visit() -> None:
    row = treg_row(record("P1", "D1", "T", TETRA_T), record("P1", "D1", "TREG", TREG))
    assert row["cd4_per_ul"] == pytest.approx(800.0)
    assert row["treg_percent_of_cd4"] == pytest.approx(6.0)
    assert row["treg_per_ul"] == pytest.approx(48.0)
    assert row["treg_per_ul_low"] < 48.0 < row["treg_per_ul_high"]
    assert row["flags"] == ""


@pytest.mark.parametrize(
    ("elsewhere", "flag"),
    [
        (record("P1", "D8", "T", TETRA_T), "missing_tube_T"),
        (record("P2", "D1", "T", TETRA_T), "missing_tube_T"),
        (record("P1", "D1", "T", None), "tube_failed_T"),
        (record("P1", "D1", "T", None, excluded="clotted"), "excluded_T"),
        (record("P1", "D1", "T", TETRA_T, beads=0), "no_beads"),
    ],
)
def test_never_across_visits_subjects_or_a_tube_without_counts(elsewhere, flag: str) -> None:
    row = treg_row(elsewhere, record("P1", "D1", "TREG", TREG))
    assert row["treg_percent_of_cd4"] == pytest.approx(6.0), "the percentage needs no bead tube"
    assert [row[c] for c in ("cd4_per_ul", "treg_per_ul", "treg_per_ul_low", "treg_per_ul_high")] == [None] * 4
    assert {flag, "no_bead_tube"} <= set(row["flags"].split(";"))


def test_without_a_washed_tube_there_is_cd4_and_no_treg() -> None:
    row = treg_row(record("P1", "D1", "T", TETRA_T))
    assert row["cd4_per_ul"] == pytest.approx(800.0)
    assert row["treg_per_ul"] is None
    assert row["flags"] == "missing_tube_TREG"


def test_an_empty_cd4_gate_in_the_washed_tube_is_reported() -> None:
    empty = {**TREG, "CD4+": 0, "CD25hi CD127lo": 0, "Treg": 0}
    row = treg_row(record("P1", "D1", "T", TETRA_T), record("P1", "D1", "TREG", empty))
    assert (row["treg_percent_of_cd4"], row["treg_per_ul"]) == (None, None)
    assert "parent_empty:treg" in row["flags"].split(";")
