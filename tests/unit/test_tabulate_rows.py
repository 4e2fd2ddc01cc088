"""The visit tables: which rows there are, which cells are empty, and why."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from counted_tubes import DECLARED, TETRA_NK, TETRA_T, TREG, record
from shipped_tables import nk_table, subsets_table, treg_table

from tregate.gating.findings import Finding, Severity
from tregate.gating.strategy.load import load_strategy
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.study.sources import TableSources
from tregate.pipelines.study.tables_definition import load_tables
from tregate.pipelines.tabulate import Results, counts_table, resolve
from tregate.pipelines.tabulate.notes import notes_on_counts
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord, findings_of

TUBES = {"T": "tetrachrome_t", "NK": "tetrachrome_nk", "TREG": "treg"}


def sources(teff: str = "cd3_minus_treg") -> TableSources:
    loaded = load_tables("treg_nk")
    chosen = loaded.definition.model_copy(update={"choices": {"teff": teff}})
    strategies = {tube: load_strategy(name) for tube, name in TUBES.items()}
    return resolve(replace(loaded, definition=chosen), strategies)


TREG_CSV = (
    "subject,visit,cd4_per_ul,cd4_per_ul_low,cd4_per_ul_high,treg_percent_of_cd4,treg_percent_of_cd4_low,"
    "treg_percent_of_cd4_high,treg_per_ul,treg_per_ul_low,treg_per_ul_high,treg_percent_of_teff,teff_definition,"
    "fold_treg_percent,fold_treg_per_ul,treg_percent_of_teff_low,treg_percent_of_teff_high,fold_treg_percent_low,"
    "fold_treg_percent_high,fold_treg_per_ul_low,fold_treg_per_ul_high,cd4_per_ul_loq,treg_percent_of_cd4_loq,"
    "treg_per_ul_loq,flags"
)
NK_CSV = (
    "subject,visit,nk_per_ul,nk_per_ul_low,nk_per_ul_high,nk_bright_per_ul,nk_bright_per_ul_low,"
    "nk_bright_per_ul_high,nk_dim_per_ul,nk_dim_per_ul_low,nk_dim_per_ul_high,nk_bright_percent_of_nk,"
    "fold_nk_per_ul,fold_nk_bright_per_ul,nk_bright_percent_of_nk_low,nk_bright_percent_of_nk_high,fold_nk_per_ul_low,"
    "fold_nk_per_ul_high,fold_nk_bright_per_ul_low,fold_nk_bright_per_ul_high,nk_per_ul_loq,nk_bright_per_ul_loq,"
    "nk_dim_per_ul_loq,nk_bright_percent_of_nk_loq,flags"
)
COUNTS_CSV = (
    "subject,visit,tube,file,population,parent,events,parent_events,percent_of_parent,cells_per_ul,"
    "cells_per_ul_low,cells_per_ul_high,bead_events,blood_analysed_ul,loq_per_ul,percent_of_parent_low,"
    "percent_of_parent_high,estimated_events,coincidence_factor,coincidence_low,coincidence_high,coincidence_source,"
    "pair_events,cells_per_ul_counted,counting_cv_percent,beads_cv_percent,preparation_cv_percent,"
    "coincidence_cv_percent,gate_cv_percent,flags"
)


def study(
    *records: TubeRecord, findings: Sequence[TubeFinding] = (), teff: str = "cd3_minus_treg", subjects=("P1",)
) -> Results:
    own = tuple(found for one in records for found in findings_of(one))
    return Results(subjects, ("D1", "D8"), "D1", records, sources(teff), (*own, *findings))


def visit(visit: str = "D1", subject: str = "P1") -> tuple[TubeRecord, ...]:
    return tuple(record(subject, visit, tube, events) for tube, events in
                 (("T", TETRA_T), ("NK", TETRA_NK), ("TREG", TREG)))  # fmt: skip


def row(table: Table, visit: str = "D1", subject: str = "P1") -> dict[str, Cell]:
    return next(r for r in table.records() if (r["subject"], r["visit"]) == (subject, visit))


def flags(table: Table, visit: str = "D1") -> set[str]:
    """Without `wide_limits`, which the small populations of these tubes all carry; it has tests of its own."""
    text = str(row(table, visit)["flags"])
    assert text.split(";") == sorted(set(text.split(";"))), "each once, in a stable order"
    return {flag for flag in text.split(";") if flag and not flag.startswith("wide_limits")}


# ---------------------------------------------------------------- shape


def test_columns_are_the_contracts() -> None:
    results = study(*visit())
    assert ",".join(treg_table(results).columns) == TREG_CSV
    assert ",".join(nk_table(results).columns) == NK_CSV
    assert ",".join(counts_table(results).columns) == COUNTS_CSV
    names = ("lymphocytes", "cd3", "cd4", "cd8", "b", "nk")
    middle = [f"{name}_per_ul{limit}" for name in names for limit in ("", "_low", "_high")]
    assert list(subsets_table(results).columns) == [
        "subject",
        "visit",
        *middle,
        "lymphosum_percent",
        "lymphosum_percent_low",
        "lymphosum_percent_high",
        *(f"{name}_per_ul_loq" for name in names),
        "flags",
    ]


def test_every_planned_visit_of_every_subject_is_a_row() -> None:
    results = study(*visit(), subjects=("P2", "P1"))
    for table in (treg_table(results), nk_table(results), subsets_table(results)):
        places = [(r["subject"], r["visit"]) for r in table.records()]
        assert places == [("P2", "D1"), ("P2", "D8"), ("P1", "D1"), ("P1", "D8")]


def test_a_visit_without_tubes_has_no_number_at_all() -> None:
    results = study(*visit())
    for table, missing in (
        (treg_table(results), {"missing_tube_T", "missing_tube_TREG", "no_bead_tube"}),
        (nk_table(results), {"missing_tube_NK"}),
        (subsets_table(results), {"missing_tube_T", "missing_tube_NK"}),
    ):
        reported = {
            k: v for k, v in row(table, "D8").items() if k not in ("subject", "visit", "flags", "teff_definition")
        }
        assert set(reported.values()) == {None}
        assert flags(table, "D8") == missing - ({"no_bead_tube"} if "missing_tube_TREG" in missing else set())


def test_a_nominal_visit_has_every_figure_and_no_flag_but_that_bright_cells_are_few() -> None:
    results = study(*visit(), *visit("D8"))
    for table in (treg_table(results), nk_table(results), subsets_table(results)):
        for one in table.records():
            assert None not in one.values()
            assert one["flags"] in ("", "wide_limits:nk_bright")


# ---------------------------------------------------------------- figures


def test_subsets_and_lymphosum() -> None:
    one = row(subsets_table(study(*visit())))
    assert [one[f"{name}_per_ul"] for name in ("lymphocytes", "cd3", "cd4", "cd8", "b", "nk")] == pytest.approx(
        [1500, 1200, 800, 400, 150, 150]
    )
    assert one["lymphosum_percent"] == pytest.approx(100.0)


def test_nk_and_bright_within_the_nk_tube() -> None:
    one = row(nk_table(study(*visit())))
    assert (one["nk_per_ul"], one["nk_bright_per_ul"]) == pytest.approx((150.0, 12.0))
    assert one["nk_bright_percent_of_nk"] == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("teff", "expected"),
    [
        ("cd3", 100 * 48 / 1200),
        ("cd3_minus_treg", 100 * 48 / (1200 - 48)),
        ("cd4_non_treg", 100 * 48 / (800 - 48)),
        ("cd4_plus_cd8_minus_treg", 100 * 48 / (800 + 400 - 48)),
    ],
)
def test_teff_is_what_the_table_says(teff: str, expected: float) -> None:
    """Treg 6 % of 800 CD4+/µL = 48/µL; CD3+ 1200/µL, CD8+ 400/µL."""
    one = row(treg_table(study(*visit(), teff=teff)))
    assert one["treg_percent_of_teff"] == pytest.approx(expected)
    assert one["teff_definition"] == teff


def test_teff_within_cd4_needs_no_bead_tube() -> None:
    one = row(treg_table(study(record("P1", "D1", "TREG", TREG), teff="cd4_non_treg")))
    assert one["treg_percent_of_teff"] == pytest.approx(100 * 960 / (16000 - 960))
    assert one["treg_per_ul"] is None


def test_teff_that_is_nothing_gives_no_ratio() -> None:
    everything = {**TREG, "CD25hi CD127lo": 16000, "Treg": 16000}
    results = study(record("P1", "D1", "T", TETRA_T), record("P1", "D1", "TREG", everything), teff="cd4_non_treg")
    assert row(treg_table(results))["treg_percent_of_teff"] is None
    assert "teff_not_positive" in flags(treg_table(results))


# ---------------------------------------------------------------- folds


def later(tube: str, events: dict[str, int], **changed: int) -> TubeRecord:
    return record("P1", "D8", tube, {**events, **changed})


def test_folds_are_against_the_subjects_own_baseline() -> None:
    more = {"CD25hi CD127lo": 2400, "Treg": 1920}
    results = study(*visit(), later("T", TETRA_T), later("NK", TETRA_NK, NK=3000), later("TREG", TREG, **more))
    treg, nk = row(treg_table(results), "D8"), row(nk_table(results), "D8")
    assert (treg["fold_treg_percent"], treg["fold_treg_per_ul"]) == pytest.approx((2.0, 2.0))
    assert nk["fold_nk_per_ul"] == pytest.approx(2.0)
    assert row(treg_table(results), "D1")["fold_treg_percent"] == 1.0


@pytest.mark.parametrize(("bright", "flag"), [(0, "baseline_zero"), (49, "baseline_below_loq")])
def test_a_baseline_that_is_zero_or_below_50_events_carries_no_fold(bright: int, flag: str) -> None:
    first = record("P1", "D1", "NK", {**TETRA_NK, "NK bright": bright})
    table = nk_table(study(first, later("NK", TETRA_NK)))
    assert row(table, "D8")["fold_nk_bright_per_ul"] is None
    assert row(table, "D8")["fold_nk_per_ul"] == pytest.approx(1.0)
    assert flags(table, "D8") == {f"{flag}:fold_nk_bright_per_ul"}


def test_a_missing_baseline_is_reported_where_a_fold_was_due() -> None:
    results = study(later("NK", TETRA_NK))
    assert flags(nk_table(results), "D8") == {
        "baseline_missing:fold_nk_per_ul",
        "baseline_missing:fold_nk_bright_per_ul",
    }
    assert flags(nk_table(results), "D1") == {"missing_tube_NK"}


# ---------------------------------------------------------------- flags


def test_few_events_are_reported_with_their_measure_and_the_number_stays() -> None:
    table = nk_table(study(record("P1", "D1", "NK", {**TETRA_NK, "NK bright": 12})))
    assert row(table)["nk_bright_per_ul"] == pytest.approx(1.2)
    assert "below_detection:nk_bright" in flags(table)
    assert not any(flag.endswith(":nk") and flag.startswith("below") for flag in flags(table))


@pytest.mark.parametrize(
    ("changed", "flag"),
    [
        ({"events": None, "failed": "panel"}, "tube_failed_NK"),
        ({"events": None, "excluded": "clotted"}, "excluded_NK"),
    ],
)
def test_why_a_tube_gives_nothing(changed: dict, flag: str) -> None:
    table = nk_table(study(record("P1", "D1", "NK", **changed)))
    assert row(table)["nk_per_ul"] is None
    assert flags(table) == {flag}


def test_two_tubes_of_one_name_are_none() -> None:
    """Which of two results is meant is not for a program to guess."""
    table = nk_table(study(record("P1", "D1", "NK", TETRA_NK), record("P1", "D1", "NK", TETRA_NK)))
    assert row(table)["nk_per_ul"] is None
    assert flags(table) == {"several_tubes_NK"}


def test_a_population_without_its_marker_is_empty_and_named() -> None:
    table = nk_table(study(record("P1", "D1", "NK", {**TETRA_NK, "NK bright": None, "NK dim": None})))
    one = row(table)
    assert (one["nk_bright_per_ul"], one["nk_bright_percent_of_nk"], one["fold_nk_bright_per_ul"]) == (None,) * 3
    assert one["nk_per_ul"] == pytest.approx(150.0)
    assert flags(table) == {"unmeasured:nk_bright", "unmeasured:nk_dim"}


def test_an_undeclared_preparation_is_said_beside_the_figures() -> None:
    bare = record("P1", "D1", "NK", TETRA_NK, load=replace(DECLARED, preparation_cv_percent=0.0))
    assert flags(nk_table(study(bare))) == set(), "once, in the notes, and not on every row"
    assert "No uncertainty of preparation" in " ".join(notes_on_counts([bare]))
    assert "No uncertainty of preparation" not in " ".join(notes_on_counts([record("P1", "D1", "NK", TETRA_NK)]))


def test_a_doubtful_gate_flags_what_is_gated_within_it_and_nothing_else() -> None:
    doubt = Finding("gate_fallback", Severity.WARN, "no valley", "NK")
    results = study(record("P1", "D1", "T", TETRA_T), record("P1", "D1", "NK", TETRA_NK, findings=[doubt]))
    assert flags(nk_table(results)) == {f"gate_fallback:{m}" for m in ("nk", "nk_bright", "nk_dim")}
    assert flags(subsets_table(results)) == {"gate_fallback:nk"}
    reported = {r["population"]: r["flags"] for r in counts_table(results).records() if r["tube"] == "NK"}
    assert {name for name, text in reported.items() if text} == {"NK", "NK bright", "NK dim"}


def test_doubtful_beads_flag_concentrations_and_no_percentage() -> None:
    doubt = Finding("bead_events", Severity.WARN, "few", "beads")
    tubes = (record("P1", "D1", "T", TETRA_T, findings=[doubt]), record("P1", "D1", "TREG", TREG))
    assert flags(treg_table(study(*tubes))) == {"bead_events:cd4", "bead_events:treg_per_ul"}, "no percentage"
    assert flags(treg_table(study(*tubes[1:], teff="cd4_non_treg"))) == {"missing_tube_T", "no_bead_tube"}


def test_what_is_only_reported_flags_nothing() -> None:
    reported = Finding("marker_missing", Severity.INFO, "no CD45RA")
    assert flags(nk_table(study(record("P1", "D1", "NK", TETRA_NK, findings=[reported])))) == set()


def test_a_finding_about_a_whole_visit_flags_that_visit_of_every_subject() -> None:
    shift = TubeFinding("", "D8", "NK", "", Finding("batch_shift", Severity.WARN, "moved", "NK"))
    tubes = [*visit(), *visit("D8"), *visit("D8", "P2")]
    table = nk_table(study(*tubes, findings=[shift], subjects=("P1", "P2")))
    assert flags(table, "D1") == set()
    assert "batch_shift:nk" in flags(table, "D8")
    assert "batch_shift:nk" in str(row(table, "D8", "P2")["flags"])


def test_a_finding_about_the_whole_study_flags_no_row() -> None:
    mixed = TubeFinding("", "", "", "", Finding("bead_lots_mixed", Severity.WARN, "two lots"))
    assert flags(nk_table(study(*visit(), findings=[mixed]))) == set()


def test_counts_keep_the_order_of_tubes_and_gates_and_leave_out_what_is_not_there() -> None:
    failed, excluded = record("P1", "D8", "T", None), record("P1", "D8", "NK", None, excluded="clot")
    table = counts_table(study(*visit(), failed, excluded))
    expected = [(t, p) for t, events in (("T", TETRA_T), ("NK", TETRA_NK), ("TREG", TREG)) for p in events]
    assert [(r["tube"], r["population"]) for r in table.records()] == expected
