"""Cytek files by the volume that they state: two acquisitions of one sample, and no concentration without a volume."""

from pathlib import Path

import pytest
from cli_running import rows, run_study, write_rows

SHARED = Path(__file__).parents[3] / "shared" / "data" / "volumetric"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/data/volumetric")

STRATEGY = """strategy: all_cells
panel: {panel: none, markers: {}}
compensation: none
scales: {FSC-A: {kind: linear, top: 4194304}}
populations:
  events: {parent: all, axes: [FSC-A], gate: {kind: range, low: 0}}
"""
TABLES = """tables: events
cells: {events: {population: events, beads: true}}
measures: {events_per_ul: {cells: events, per: ul}}
sheets: {events: [events_per_ul]}
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "strategy.yaml").write_text(STRATEGY, encoding="utf-8")
    (tmp_path / "tables.yaml").write_text(TABLES, encoding="utf-8")
    (tmp_path / "study.yaml").write_text(
        "study: x\nvisits: [D1]\ntubes: {A: strategy.yaml}\ntables: tables.yaml\n"
        "counting: {A: {by: volume, total_volume_ul: 100}}\n",
        encoding="utf-8",
    )
    listed = [
        {"file": str(SHARED / f"CellCounts5L-{sample}_0{k}.fcs"), "subject": sample, "visit": "D1", "tube": "A",
         "blood_volume_ul": "100", "replicate": str(k)}
        for sample in ("INF041-04", "INF105-04") for k in (1, 2)
    ]  # fmt: skip
    write_rows(tmp_path / "samples.csv", list(listed[0]), listed)
    return tmp_path


def test_pairs_agree_or_are_named_with_an_interval(study: Path) -> None:
    done = run_study(study, study / "out")
    assert done.code == 0, done.err
    found = {
        (row["subject"], row["check"]): row
        for row in rows(study / "out" / "findings.csv")
        if "replicate" in row["check"]
    }
    assert {key for key in found if key[0] == "INF041-04"} == {("INF041-04", "replicates_agree")}
    apart = found["INF105-04", "replicate_apart"]
    assert float(apart["value"]) == pytest.approx(1.185, abs=0.02) or float(apart["value"]) == pytest.approx(
        0.844, abs=0.02
    )
    counts = {row["visit"]: row for row in rows(study / "out" / "counts.csv") if row["subject"] == "INF041-04"}
    per_ul = {visit: float(row["cells_per_ul_counted"]) for visit, row in counts.items()}
    events = {visit: int(row["events"]) for visit, row in counts.items()}
    assert per_ul["D1"] == pytest.approx(events["D1"] / 30.39, rel=0.002)
    assert per_ul["D1 repeat 2"] == pytest.approx(events["D1 repeat 2"] / 30.23, rel=0.002)
