"""Visit tables turned so that one measure is seen over subjects and visits."""

import pytest
from shipped_tables import DECLARED, measure_tables

from tregate.gating.findings import Severity
from tregate.pipelines.files.table import Table
from tregate.pipelines.report.visit_tables import label

TREG = Table(
    "treg",
    ("subject", "visit", "cd4_per_ul", "cd4_per_ul_low", "cd4_per_ul_high", "treg_percent_of_cd4", "fold_treg_per_ul",
     "teff_definition", "flags"),
    (
        ("007", "D1", 782.4567, 700.0, 870.0, 6.3, 1.0, "cd3", None),
        ("007", "D8", 1108.0, 1000.0, 1200.0, 10.7, 2.62, "cd3", "gate_outlier"),
        ("S2", "D1", None, None, None, None, None, "cd3", "no_beads"),
    ),
)  # fmt: skip
SUMMARY = Table(
    "summary",
    ("table", "measure", "visit", "n", "mean", "sd", "test", "p_value", "p_method", "stars"),
    (
        ("treg", "cd4_per_ul", "D1", 1, 782.4567, None, None, None, None, None),
        ("treg", "cd4_per_ul", "D8", 0, None, None, None, None, None, None),
        ("treg", "treg_percent_of_cd4", "D8", 8, 10.7, 0.8, "wilcoxon", 0.0078125, "exact", "**"),
    ),
)


def test_every_measure_is_a_table_and_limits_are_not() -> None:
    found = measure_tables([TREG, SUMMARY], ("D1", "D8"))
    assert [m.measure for m in found] == ["treg_percent_of_cd4", "cd4_per_ul", "fold_treg_per_ul"]


def test_a_limit_of_quantification_is_no_measure() -> None:
    rows = tuple((*row, 50.0) for row in TREG.rows)
    found = measure_tables([Table("treg", (*TREG.columns, "cd4_per_ul_loq"), rows), SUMMARY], ("D1", "D8"))
    assert [m.measure for m in found] == ["treg_percent_of_cd4", "cd4_per_ul", "fold_treg_per_ul"]


def test_cells_tell_their_limits_and_flags() -> None:
    _, cd4, _ = measure_tables([TREG, SUMMARY], ("D1", "D8"))
    (subject, (first, second)), (other, (none, unplanned)) = cd4.rows
    assert (subject, other) == ("007", "S2")
    assert (first.text, first.exact, first.flags) == ("782", "782.457, 95 % confidence limits 700 to 870", "")
    assert (second.text, second.flags) == ("1\u202f108", "gate_outlier")
    assert second.exact.endswith("; flags: gate_outlier")
    assert (none.text, none.exact) == ("", "not measurable (no_beads)")
    assert unplanned.text == ""
    assert cd4.notes == ("teff definition: cd3",)


def test_the_summary_stands_beneath() -> None:
    treg, cd4, fold = measure_tables([TREG, SUMMARY], ("D1", "D8"))
    assert [(cell.mean, cell.n) for cell in cd4.summary] == [("782", "1"), ("", "")]
    assert (treg.summary[1].mean, treg.summary[1].stars) == ("10.7 ± 0.8", "**")
    assert treg.summary[1].exact == "p = 0.0078 (wilcoxon, exact)"
    assert fold.summary == ()


@pytest.mark.parametrize(
    ("measure", "words"),
    [("treg_percent_of_cd4", "Treg, % of CD4+"), ("nk_bright_per_ul", "NK bright /µL"), ("b_per_ul", "B (CD19+) /µL"),
     ("fold_nk_per_ul", "NK /µL, fold change"), ("lymphosum_percent", "lymphosum, % of lymphocytes")],
)  # fmt: skip
def test_labels(measure: str, words: str) -> None:
    assert label(measure, DECLARED) == words


def rows_with(*flags: str) -> Table:
    rows = tuple(("S1", visit, 61.0, 47.0, 78.0, flag) for visit, flag in zip(("D1", "D8"), flags, strict=True))
    return Table("treg", ("subject", "visit", "treg_per_ul", "treg_per_ul_low", "treg_per_ul_high", "flags"), rows)


def test_a_cell_has_the_severity_of_findings_about_its_own_value_alone() -> None:
    worst = {("treg_per_ul", "S1", "D1"): Severity.FAIL, ("cd4_per_ul", "S1", "D8"): Severity.WARN}
    (table,) = measure_tables([rows_with("gate_outlier:treg", "gate_outlier:treg")], ("D1", "D8"), worst=worst)
    assert [cell.severity for cell in table.rows[0][1]] == ["fail", ""]


def test_a_fold_change_has_the_severity_of_its_baseline_too() -> None:
    folds = Table(
        "treg", ("subject", "visit", "fold_treg_per_ul", "flags"), (("S1", "D1", 1.0, ""), ("S1", "D8", 2.0, ""))
    )
    worst = {("treg_per_ul", "S1", "D1"): Severity.WARN}
    (table,) = measure_tables([folds], ("D1", "D8"), worst=worst, baseline="D1")
    assert [cell.severity for cell in table.rows[0][1]] == ["warn", "warn"]


@pytest.mark.parametrize(
    ("flags", "mark"),
    [("wide_limits:treg", "(47.0 to 78.0)"), ("below_loq:treg", "<LOQ"), ("below_detection:treg", "<20 events"),
     ("below_loq:nk_bright", ""), ("", "")],
)  # fmt: skip
def test_few_events_are_a_grey_mark_and_no_warning(flags: str, mark: str) -> None:
    (table,) = measure_tables([rows_with(flags, "")], ("D1", "D8"))
    first, second = table.rows[0][1]
    assert (first.precision, first.severity, second.precision) == (mark, "", "")
