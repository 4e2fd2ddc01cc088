"""Measurements: each value is computed once, and arithmetic of measures says why it has no value."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from counted_tubes import TETRA_NK, TETRA_T, TREG, record

from tregate.gating.errors import ConfigurationError
from tregate.gating.findings import Finding, Severity
from tregate.gating.strategy.load import load_strategy
from tregate.pipelines.crosschecks import cross_check
from tregate.pipelines.study.tables_definition import load_tables
from tregate.pipelines.tabulate import Results, measurements_of, resolve, values, visit_tables
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

TUBES = {"T": "tetrachrome_t", "NK": "tetrachrome_nk", "TREG": "treg"}
STRATEGIES = {tube: load_strategy(name) for tube, name in TUBES.items()}
BASE = "tables: own\nextends: treg_nk\n"


def results(folder: Path, text: str, *records: TubeRecord) -> Results:
    (folder / "own.yaml").write_text(BASE + text, encoding="utf-8")
    sources = resolve(load_tables("own.yaml", folder), STRATEGIES)
    subjects = tuple(dict.fromkeys(one.subject for one in records))
    return Results(subjects, ("D1", "D8"), "D1", records, sources)


def visit(subject: str = "P1", visit: str = "D1", **changed: int) -> tuple[TubeRecord, ...]:
    tubes = (("T", TETRA_T), ("NK", TETRA_NK), ("TREG", TREG))
    return tuple(record(subject, visit, tube, {**events, **changed}) for tube, events in tubes)


def test_each_value_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """By cross-checks, tables, folds and bridges together."""
    calls: Counter[tuple[str, ...]] = Counter()

    def counting(kind: str, function):
        def called(made, name, place):
            calls[kind, name, *place] += 1
            return function(made, name, place)

        return called

    monkeypatch.setattr(values, "concentration", counting("per", values.concentration))
    for kind in ("percent_of", "ratio", "difference", "sum"):
        monkeypatch.setitem(values._FORMULAS, kind, counting(kind, values._FORMULAS[kind]))  # type: ignore[index]
    tubes = [one for subject in ("P1", "P2", "P3") for at in ("D1", "D8") for one in visit(subject, at)]
    sources = resolve(load_tables("treg_nk"), STRATEGIES)
    visit_tables(cross_check(Results(("P1", "P2", "P3"), ("D1", "D8"), "D1", tuple(tubes), sources)))
    assert set(calls.values()) == {1}
    assert len(calls) == 6 * (10 + 5 + 1 + 2), "cells, percentages, a ratio, and its sum and difference"


def test_other_tubes_or_sources_have_other_values() -> None:
    sources = resolve(load_tables("treg_nk"), STRATEGIES)
    first = cross_check(Results(("P1",), ("D1", "D8"), "D1", visit(), sources))
    again = replace(first, records=visit(NK=3000))
    of = ("nk_per_ul", "P1", "D1")
    assert measurements_of(again)[of].value == pytest.approx(2 * float(measurements_of(first)[of].value or 0))


ODD = """
measures:
  left: {difference: [cd4_per_ul, cd3_per_ul, 5]}
  nothing: {difference: [cd8_per_ul, cd8_per_ul]}
  over_nothing: {ratio: [cd4_per_ul, nothing]}
  halves: {ratio: [1, cd8_per_ul], times: 2}
sheets: {odd: [left, nothing, over_nothing, halves]}
"""


def test_arithmetic_by_hand(tmp_path: Path) -> None:
    made = measurements_of(results(tmp_path, ODD, *visit()))
    assert made["left", "P1", "D1"].value == pytest.approx(800.0 - 1200.0 - 5.0)
    assert made["halves", "P1", "D1"].value == pytest.approx(2 / 400.0)
    empty = made["over_nothing", "P1", "D1"]
    assert (empty.value, empty.low) == (None, None)
    assert "denominator_not_positive:over_nothing" in empty.flags
    assert {origin.cells for origin in empty.origins} == {"cd4", "cd8"}
    missing = made["over_nothing", "P1", "D8"]
    assert missing.value is None
    assert "missing_tube_T" in missing.flags


def test_a_percentage_of_no_ancestor_is_refused_with_file_and_line(tmp_path: Path) -> None:
    text = "measures:\n  odd: {cells: treg, percent_of: lymphocytes}\n  wrong: {cells: nk, percent_of: CD3+}\n"
    with pytest.raises(ConfigurationError) as caught:
        results(tmp_path, text, *visit())
    assert [problem.line for problem in caught.value.problems] == [5]
    assert "NK is not gated within CD3+" in str(caught.value)
    assert "Ancestors: CD3-, lymphocytes" in str(caught.value)


def test_a_declared_lloq_is_the_least_limit(tmp_path: Path) -> None:
    from tregate.pipelines.run import summary_of
    from tregate.pipelines.study.analysis import Analysis

    text = "measures:\n  nk_per_ul: {cells: nk, per: ul, lloq: 200}\n"
    made = results(tmp_path, text, *visit(), *visit(visit="D8"))
    summary = summary_of(made, [*visit_tables(made).values()], Analysis())
    below = {str(series.measure) for series in summary.series if series.below_loq}
    assert {"nk.nk_per_ul", "subsets.nk_per_ul"} <= below, "150 cells/µL of at least 200"


def test_null_removes_what_is_extended(tmp_path: Path) -> None:
    made = results(tmp_path, "sheets: {nk: null}\nfigures: {figure_nk: null}\nshown: {page: [], console: [], subjects: [], table1: []}\n", *visit())  # fmt: skip  # noqa: E501
    assert list(visit_tables(made)) == ["treg", "subsets"]


def test_a_definition_that_extends_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("tables: own\nextends: own.yaml\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="is extended by this definition itself"):
        load_tables("own.yaml", tmp_path)


# ---------------------------------------------------------------- what findings concern


def flags_of(measure: str, tube: str, check: str, population: str) -> tuple[str, ...]:
    """The flags of a measure at D1 where a check found something in one population of one tube."""
    strategies = {tube: load_strategy(name) for tube, name in TUBES.items()}
    tubes = []
    for one in visit():
        assert one.result is not None
        strategy = strategies[one.tube]
        result = replace(one.result, grounds=strategy.all_grounds, stands_for=strategy.stands_for)
        tubes.append(replace(one, result=result))
    finding = TubeFinding("P1", "D1", tube, f"P1_D1_{tube}.fcs", Finding(check, Severity.WARN, "seen", population))
    sources = resolve(load_tables("treg_nk"), STRATEGIES)
    found = Results(("P1",), ("D1", "D8"), "D1", tuple(tubes), sources, findings=(finding,))
    return measurements_of(found)[measure, "P1", "D1"].flags


@pytest.mark.parametrize("check", ["signal_drift", "two_samples"])
@pytest.mark.parametrize("population", ["CD25hi CD127lo", "CD4+ CD25-", "Treg by line"])
def test_a_changing_signal_of_the_second_gate_concerns_the_learned_population(check: str, population: str) -> None:
    assert f"{check}:treg" in flags_of("treg_percent_of_cd4", "TREG", check, population)
    assert f"{check}:treg" in flags_of("treg_per_ul", "TREG", check, population)


def test_a_doubtful_second_gate_does_not_concern_the_learned_population() -> None:
    assert flags_of("treg_percent_of_cd4", "TREG", "gate_doubtful", "Treg by line") == ()


def test_nk_cells_lost_from_the_lymphocyte_gate_concern_nk_cells_and_no_b_cells() -> None:
    lost = ("NK", "lymphocyte_recovery", "NK by valley")
    assert "lymphocyte_recovery:nk" in flags_of("nk_per_ul", *lost)
    assert "lymphocyte_recovery:nk_bright" in flags_of("nk_bright_per_ul", *lost)
    assert flags_of("b_per_ul", *lost) == ()


def test_a_doubt_about_the_concentration_that_a_measure_is_bridged_by_has_the_measures_name() -> None:
    doubt = ("T", "lymphocyte_recovery", "CD3+")
    assert flags_of("cd4_per_ul", *doubt) == ("lymphocyte_recovery:cd4",)
    assert "lymphocyte_recovery:treg_per_ul" in flags_of("treg_per_ul", *doubt)
    assert flags_of("treg_percent_of_cd4", *doubt) == ()
