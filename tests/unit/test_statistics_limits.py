"""What 50 events would read, in the unit of each figure."""

import numpy as np
import pytest
from shipped_tables import DECLARED, nk_table, summarise, treg_table

from tregate.gating.count.estimates import Estimate, PopulationCount
from tregate.gating.events import Binding, Compensation, DataSet
from tregate.gating.tube import TubeResult
from tregate.gating.units import Microlitre, PopulationName
from tregate.pipelines.statistics.quantification import limits_of, one_events_of
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.sources import CellSource, TableSources
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeRecord

VOLUME = Microlitre(2.0)
"""Blood analysed [µL]: 50 events are 25 cells/µL."""


def population(name: str, parent: str, events: int, of: int, *, beads: bool) -> PopulationCount:
    value = events / VOLUME
    flags = ("below_loq",) if 20 <= events < 50 else ("below_detection",) if events < 20 else ()
    return PopulationCount(
        population=PopulationName(name),
        parent=PopulationName(parent),
        events=events,
        parent_events=of,
        percent_of_parent=Estimate(100 * events / of, 0.0, 100.0),
        cells_per_ul=Estimate(value, 0.5 * value, 2.0 * value) if beads else None,
        bead_events=2000 if beads else None,
        blood_analysed_ul=VOLUME if beads else None,
        loq_per_ul=50 / VOLUME if beads else None,  # type: ignore[arg-type]
        flags=flags,
    )


def record(visit: str, tube: str, *counts: PopulationCount) -> TubeRecord:
    data_set = DataSet(1, "FCS3.1", "", 1000, (), "F", "little")
    result = TubeResult(data_set, "", Binding({}), Compensation("none"), counts, (), ())
    return TubeRecord("A", visit, tube, f"{visit}_{tube}.fcs", tube.lower(), tube == "TREG", result)


def results(bright: int, treg: int) -> Results:
    records = []
    for visit, n_bright, n_treg in (("D1", 200, 300), ("D8", bright, treg)):
        nk = population("NK", "all", 1000, 5000, beads=True)
        dim = population("dim", "NK", 1000 - n_bright, 1000, beads=True)
        cd4 = population("CD4+", "all", 800, 5000, beads=True)
        records.append(record(visit, "NK", nk, population("bright", "NK", n_bright, 1000, beads=True), dim, cd4))
        washed = population("CD4+", "all", 4000, 9000, beads=False)
        records.append(record(visit, "TREG", washed, population("Treg", "CD4+", n_treg, 4000, beads=False)))
    sources = {
        "nk": CellSource("nk", "NK", "NK", True),
        "nk_bright": CellSource("nk_bright", "bright", "NK", True),
        "nk_dim": CellSource("nk_dim", "dim", "NK", True),
        "cd4": CellSource("cd4", "CD4+", "NK", True),
        **{name: CellSource(name, name, None, False) for name in ("lymphocytes", "cd3", "cd8", "b", "t_in_nk_tube")},
        "treg": CellSource("treg", "Treg", "TREG", False, "cd4"),
    }
    return Results(("A",), ("D1", "D8"), "D1", tuple(records), TableSources(DECLARED, sources))


@pytest.mark.parametrize(("bright", "treg"), [(12, 30), (12, 5), (45, 49)])
def test_the_limit_is_what_fifty_events_would_read(bright: int, treg: int) -> None:
    found = results(bright, treg)
    limits = limits_of(found, [nk_table(found), treg_table(found)])
    assert limits["nk", "nk_bright_per_ul", "A", "D8"] == pytest.approx(25.0)
    assert limits["nk", "nk_bright_percent_of_nk", "A", "D8"] == pytest.approx(5.0)
    assert limits["treg", "treg_percent_of_cd4", "A", "D8"] == pytest.approx(1.25)
    assert limits["treg", "treg_per_ul", "A", "D8"] == pytest.approx(0.0125 * 400.0)
    assert limits["treg", "cd4_per_ul", "A", "D1"] == pytest.approx(25.0)


def test_no_events_have_the_limit_of_their_bead_tube() -> None:
    found = results(0, 0)
    limits = limits_of(found, [nk_table(found), treg_table(found)])
    assert limits["nk", "nk_bright_per_ul", "A", "D8"] == 25.0
    assert ("treg", "treg_percent_of_cd4", "A", "D8") not in limits


@pytest.mark.parametrize(("bright", "treg"), [(12, 30), (1, 5), (0, 0)])
def test_one_event_adds_what_the_blood_and_the_parents_say(bright: int, treg: int) -> None:
    found = results(bright, treg)
    adds = one_events_of(found, [nk_table(found), treg_table(found)])
    assert adds["nk", "nk_bright_per_ul", "A", "D8"] == pytest.approx(1.0 / VOLUME)
    assert adds["nk", "nk_bright_percent_of_nk", "A", "D8"] == pytest.approx(100.0 / 1000.0)
    assert adds["treg", "treg_percent_of_cd4", "A", "D8"] == pytest.approx(100.0 / 4000.0)
    assert adds["treg", "treg_per_ul", "A", "D8"] == pytest.approx(400.0 / 4000.0)


def test_the_fold_of_few_events_is_that_of_the_counts_and_the_blood() -> None:
    """log((e_v + 0.5) / (e_0 + 0.5)) less the log ratio of the blood volumes, from the visit tables of counts."""
    found = results(12, 300)
    tables = [nk_table(found), treg_table(found)]
    summary = summarise(tables, ("D1", "D8"), "D1", Analysis(), one_events=one_events_of(found, tables))
    series = {str(one.measure): one for one in summary.series}
    assert series["nk.nk_bright_per_ul"].log_changes("D8")["A"] == pytest.approx(np.log(12.5 / 200.5))
    assert series["nk.nk_bright_per_ul"].folds["D8"]["A"] == pytest.approx(12 / 200)
