"""What beads went into a tube, and in which order tubes are analysed."""

from dataclasses import replace
from pathlib import Path

import pytest

from tregate.gating.strategy.load import load_strategy, strategy_from
from tregate.gating.strategy.yaml_source import parse_yaml
from tregate.pipelines.study.load_study import Study
from tregate.pipelines.study.lots import BeadLot
from tregate.pipelines.study.samples import TubeEntry
from tregate.pipelines.study.sources import resolve
from tregate.pipelines.study.tables_definition import load_tables
from tregate.pipelines.tubes.tube_tasks import counting_input, jobs, sources, stages

LOT = BeadLot("L1", 1003.0, None, 1.5)
BORROWING = """
strategy: borrowing
panel: {markers: {CD56: [CD56]}}
populations:
  bright: {parent: all, axes: [CD56], gate: {kind: borrow, source: baseline, otherwise: 9000}}
"""


def entry(visit: str = "D1", tube: str = "T", subject: str = "S1", **cells: object) -> TubeEntry:
    name = f"{subject}_{visit}_{tube}.fcs"
    return TubeEntry(file=name, path=Path(name), subject=subject, visit=visit, tube=tube, **cells)


def study(*entries: TubeEntry, **strategies: object) -> Study:
    loaded = strategies or {name: load_strategy(s) for name, s in (("T", "tetrachrome_t"), ("TREG", "treg"))}
    tables = load_tables("treg_nk")
    return Study(
        name="s", file=Path("study.yaml"), visits=("D1", "D8", "D15"), baseline="D1", strategies=loaded,
        tables=tables, table_sources=resolve(tables, loaded), entries=entries, lots={"L1": LOT},
        preparation_cv_percent=2.6,
    )  # fmt: skip


def test_flow_count_beads() -> None:
    one = entry(bead_lot="L1", bead_volume_ul=100.0, blood_volume_ul=90.0, dilution=2.0)
    load, flag, fault = counting_input(one, load_strategy("tetrachrome_t"), study(one))
    assert (flag, fault) == ("", None)
    assert load is not None
    assert (load.beads_per_ul, load.bead_volume_ul, load.blood_volume_ul) == (1003.0, 100.0, 90.0)
    assert (load.dilution, load.lot_cv_percent, load.preparation_cv_percent) == (2.0, 1.5, 2.6)


def test_beads_per_tube_need_no_lot() -> None:
    one = entry(beads_per_tube=50_000.0, blood_volume_ul=50.0)
    load, flag, fault = counting_input(one, load_strategy("tetrachrome_t"), study(one))
    assert load is not None
    assert (load.beads_per_tube, load.beads_per_ul, flag, fault) == (50_000.0, None, "", None)


def test_nothing_said_about_beads_is_a_flag_and_no_fault() -> None:
    one = entry()
    assert counting_input(one, load_strategy("tetrachrome_t"), study(one)) == (None, "bead_load_missing", None)


@pytest.mark.parametrize(
    ("cells", "error", "remedy"),
    [
        ({"bead_lot": "L9", "bead_volume_ul": 100.0, "blood_volume_ul": 100.0}, "bead_lot_unknown", "Add the lot"),
        ({"bead_lot": "L1", "bead_volume_ul": 100.0}, "blood_volume_missing", "volume of blood"),
        ({"bead_lot": "L1", "blood_volume_ul": 100.0}, "bead_volume_missing", "volume of beads"),
        ({"bead_volume_ul": 100.0, "blood_volume_ul": 100.0}, "bead_lot_missing", "lot number"),
    ],
)
def test_beads_that_cannot_be_counted_are_a_fault(cells: dict[str, object], error: str, remedy: str) -> None:
    one = entry(line=7, **cells)
    load, flag, fault = counting_input(one, load_strategy("tetrachrome_t"), study(one))
    assert load is None
    assert fault is not None
    assert (flag, fault.stage, fault.error) == (error, "count", error)
    assert remedy in fault.message
    assert "line 7" in fault.message


def test_a_washed_tube_has_no_beads_and_must_not_be_asked() -> None:
    washed = load_strategy("treg")
    assert counting_input(entry(tube="TREG"), washed, study()) == (None, "washed", None)
    load, flag, fault = counting_input(entry(tube="TREG", bead_lot="L1"), washed, study())
    assert (load, flag) == (None, "washed")
    assert fault is not None
    assert fault.error == "washed_tube_with_beads"


def test_a_strategy_without_beads_must_not_be_asked() -> None:
    plain = strategy_from(parse_yaml(BORROWING, "x"), Path())
    assert counting_input(entry(), plain, study())[1:] == ("no_bead_gate", None)
    fault = counting_input(entry(bead_lot="L1"), plain, study())[2]
    assert fault is not None
    assert fault.error == "strategy_without_beads"


def test_excluded_rows_make_no_job() -> None:
    made = jobs(study(entry("D1"), entry("D8", exclude="clotted"), entry("D15")))
    assert [job.entry.visit for job in made] == ["D1", "D15"]


def test_tubes_come_after_those_they_borrow_from() -> None:
    borrowing = strategy_from(parse_yaml(BORROWING, "x"), Path())
    listed = study(entry("D8"), entry("D15"), entry("D1"), entry("D8", subject="S2"), T=borrowing)
    made = jobs(listed)
    assert sources(made[0], listed) == {("S1", "D1", "T")}
    assert [[job.entry.file for job in stage] for stage in stages(made, listed)] == [
        ["S1_D1_T.fcs", "S2_D8_T.fcs"],
        ["S1_D8_T.fcs", "S1_D15_T.fcs"],
    ]


def test_tubes_that_borrow_from_each_other_still_end() -> None:
    text = BORROWING.replace("source: baseline", "source: tube, tube: {}")
    first = strategy_from(parse_yaml(text.replace("{}", "B"), "x"), Path())
    second = strategy_from(parse_yaml(text.replace("{}", "A"), "x"), Path())
    listed = study(entry(tube="A"), entry(tube="B"), A=first, B=second)
    assert [len(stage) for stage in stages(jobs(listed), listed)] == [2]


def test_without_borrowing_there_is_one_stage() -> None:
    listed = study(entry("D8"), entry("D1"))
    assert len(stages(jobs(listed), listed)) == 1
    assert stages([], replace(listed, entries=())) == []
