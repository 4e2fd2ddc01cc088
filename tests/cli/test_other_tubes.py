"""A study whose gates look at other tubes: an FMO, the batch, the subject's baseline."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cli_running import process, rows, run_study, write_rows

from tregate.fixtures.blood import Blood
from tregate.fixtures.conditions import CONDITIONS, Condition, Dimming
from tregate.fixtures.tube import make_tube
from tregate.gating.strategy.load import shipped

Row = dict[str, str]

FMO = Condition("fmo_cd56", "everything but CD56", dimming=(Dimming("CD56", "", 1e-4),))
"""Every stain but CD56."""
BLOODS = {
    ("S1", "D1"): Blood(),
    ("S1", "D8"): Blood(nk_per_ul=400.0, nk_bright_percent_of_nk=20.0),
    ("S2", "D1"): Blood(b_per_ul=260.0),
    ("S2", "D8"): Blood(b_per_ul=0.0),
}
CONTROLS = (("S1", "D1"), ("S2", "D8"))
"""One a visit: the other subject's tube has to do for both."""
STUDY = """
study: tubes that look at each other
samples: samples.csv
bead_lots: bead_lots.csv
visits: [D1, D8]
tubes: {NK: nk_own.yaml, FMO: fmo.yaml}
tables: treg_nk
"""
FMO_STRATEGY = """
strategy: fmo
about: the control tube by itself, as far as its lymphocytes
panel: panels/tetrachrome_nk
populations:
  lymphocytes: {parent: all, axes: [CD45, SSC-A],
                gate: {kind: mixture, components: 12, take: {highest: CD45, lowest: SSC-A}, mass: 0.999}}
"""
CONTROL = "{kind: control, tube: FMO, quantile: 0.999, keep: above}, show: CD3}"
SPLIT = "{kind: split, keep: above, prior: [0.002, 0.7], otherwise: {kind: tail, keep: above, spread: 3}}, show: SSC-A}"


def own_strategy() -> str:
    """The shipped one, with NK by the FMO, B by the batch where it finds no place, and NK bright locked."""
    text = shipped("strategies", "tetrachrome_nk").read_text(encoding="utf-8")
    for was, becomes in (
        ("strategy: tetrachrome_nk", "strategy: nk_own\nlock_at_baseline: [NK bright]"),
        (
            "otherwise: {kind: split, keep: above}}, show: CD56}",
            "otherwise: {kind: borrow, source: batch}}, show: CD56}",
        ),
    ):
        assert was in text
        text = text.replace(was, becomes)
    for first, last, line in (
        ("  NK by valley:", "  CD3-CD56-:", f"  NK: {{parent: CD3-, axes: [CD56], gate: {CONTROL}\n"),
        ("  NK bright by split:", "  NK dim:", f"  NK bright: {{parent: NK, axes: [CD56], gate: {SPLIT}\n"),
    ):
        text = text[: text.index(first)] + line + text[text.index(last) :]
    return text


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    listed: list[Row] = []
    for i, ((subject, visit), blood) in enumerate(BLOODS.items()):
        gain = replace(CONDITIONS["nominal"], gain=1.0 + 0.04 * i)
        for tube, condition in (("NK", gain), ("FMO", FMO)):
            if tube == "FMO" and (subject, visit) not in CONTROLS:
                continue
            file = f"{subject}_{visit}_{tube}.fcs"
            make_tube("tetrachrome_nk", condition, seed=20 + i, events=25_000, blood=blood).write(folder / file)
            beads = {"bead_lot": "L1", "bead_volume_ul": "100", "blood_volume_ul": "100"} if tube == "NK" else {}
            listed.append({"file": file, "subject": subject, "visit": visit, "tube": tube, **beads})
    columns = ["file", "subject", "visit", "tube", "bead_lot", "bead_volume_ul", "blood_volume_ul"]
    write_rows(folder / "samples.csv", columns, listed)
    (folder / "bead_lots.csv").write_text("bead_lot,beads_per_ul,expires\nL1,1000,2032-12-31\n", encoding="utf-8")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    (folder / "fmo.yaml").write_text(FMO_STRATEGY, encoding="utf-8")
    (folder / "nk_own.yaml").write_text(own_strategy(), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def out(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    done = run_study(study, folder)
    assert done.code == 0, done.err
    return folder


def placed(out: Path, population: str) -> dict[tuple[str, str], Row]:
    """(subject, visit) -> the NK tube's gate of a population, geometry and evidence read."""
    return {
        (row["subject"], row["visit"]): row
        for row in rows(out / "gates.csv")
        if (row["population"], row["tube"]) == (population, "NK")
    }


def low(row: Row) -> float:
    return float(json.loads(row["geometry"])["low"])


def evidence(row: Row) -> dict[str, object]:
    return dict(json.loads(row["evidence"]))


def test_nk_are_cut_by_the_control_of_the_same_visit(study: Path, out: Path) -> None:
    gates = placed(out, "NK")
    assert set(gates) == set(BLOODS)
    assert {(row["method"], row["fallback"]) for row in gates.values()} == {("control", "")}
    seen = {key: (evidence(row)["control"], evidence(row)["control_events"]) for key, row in gates.items()}
    assert seen["S1", "D1"] == seen["S2", "D1"]
    assert seen["S1", "D8"] == seen["S2", "D8"]
    assert seen["S1", "D1"] != seen["S1", "D8"]
    assert low(gates["S1", "D1"]) == pytest.approx(low(gates["S2", "D1"]), rel=1e-4)
    counted = {(row["subject"], row["visit"]): row for row in rows(out / "nk.csv")}
    for key, blood in BLOODS.items():
        assert float(counted[key]["nk_per_ul"]) == pytest.approx(blood.cells_per_ul()["NK"], rel=0.12)


def test_a_tube_without_b_cells_borrows_the_batch_s_median(out: Path) -> None:
    gates = placed(out, "B")
    borrowed = gates.pop(("S2", "D8"))
    assert {row["method"] for row in gates.values()} == {"valley"}
    assert borrowed["method"] == "borrow"
    assert borrowed["fallback"].startswith("valley: ")
    assert (evidence(borrowed)["borrowed_from"], evidence(borrowed)["found_by"]) == ("batch", "batch median")
    assert low(borrowed) == pytest.approx(sorted(map(low, gates.values()))[1], rel=0.02)
    reported = [
        row for row in rows(out / "findings.csv") if row["check"] == "gate_fallback" and row["population"] == "B"
    ]
    assert [(row["subject"], row["visit"], row["tube"]) for row in reported] == [("S2", "D8", "NK")]
    counted = {(row["subject"], row["visit"]): row for row in rows(out / "subsets.csv")}
    assert float(counted["S2", "D8"]["b_per_ul"]) < 5
    assert float(counted["S2", "D1"]["b_per_ul"]) == pytest.approx(260, rel=0.1)


@pytest.mark.parametrize("subject", ["S1", "S2"])
def test_later_visits_keep_the_baseline_s_gate(out: Path, subject: str) -> None:
    gates = placed(out, "NK bright")
    first, later = gates[subject, "D1"], gates[subject, "D8"]
    assert first["method"] == "split"
    assert later["method"] == "locked"
    assert later["geometry"] == first["geometry"]
    assert evidence(later)["borrowed_from"] == "baseline"
    assert evidence(later)["own_low"] != low(first)
    assert isinstance(evidence(later)["own_low"], float)


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.csv"))}


def test_the_same_bytes_with_two_workers(study: Path, out: Path, tmp_path: Path) -> None:
    done = process("run", study, "--out", tmp_path / "out", "--workers", "2", "--report", "none")
    assert done.code == 0, done.err
    assert contents(tmp_path / "out") == contents(out)


def test_gates_fed_back_give_the_same_counts(study: Path, out: Path, tmp_path: Path) -> None:
    done = run_study(study, tmp_path / "out", "--gates", out / "gates.csv")
    assert done.code == 0, done.err
    for name in ("counts.csv", "gates.csv", "nk.csv", "subsets.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (out / name).read_bytes()


def test_without_the_control_nk_have_no_number_and_the_run_goes_on(study: Path, tmp_path: Path) -> None:
    listed = [row for row in rows(study / "samples.csv") if row["tube"] != "FMO"]
    alone = tmp_path / "alone"
    alone.mkdir()
    for row in listed:
        (alone / row["file"]).symlink_to(study / row["file"])
    for name in ("study.yaml", "fmo.yaml", "nk_own.yaml", "bead_lots.csv"):
        (alone / name).write_text((study / name).read_text(encoding="utf-8"), encoding="utf-8")
    write_rows(alone / "samples.csv", list(listed[0]), listed)
    done = run_study(alone, tmp_path / "out")
    assert done.code == 0, done.err
    reported = [row["message"] for row in rows(tmp_path / "out" / "findings.csv") if row["population"] == "NK"]
    assert "NK was not measured: there is no control tube FMO for this visit or batch." in reported
    assert {row["nk_per_ul"] for row in rows(tmp_path / "out" / "nk.csv")} == {""}
