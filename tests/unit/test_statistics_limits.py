"""What 50 events would read, in the unit of each figure."""

import numpy as np
import pytest
from shipped_tables import DECLARED, nk_table, summarise, treg_table

from tregate.gating.count.estimates import Estimate, PopulationCount
from tregate.gating.events import Binding, Compensation, DataSet
from tregate.gating.tube import TubeResult
from tregate.gating.units import Microlitre, PopulationName
from tregate.pipelines.statistics.quantification import limits_of
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


def test_half_the_limit_stands_for_what_is_below_it() -> None:
    found = results(12, 300)
    tables = [nk_table(found), treg_table(found)]
    analysis = Analysis(below_loq="half")
    summary = summarise(tables, ("D1", "D8"), "D1", analysis, loqs=limits_of(found, tables))
    means = {row["measure"]: row["mean"] for row in summary.table.records() if row["visit"] == "D8" and row["n"] == 1}
    assert means["nk_bright_per_ul"] == 12.5
    assert means["nk_per_ul"] == 500.0
    assert np.isclose(float(means["treg_percent_of_cd4"] or 0), 7.5)
