"""An FMO series: init knows which marker each lacks, and a `control` gate takes its threshold from it."""

from pathlib import Path

import pytest
from cli_running import rows, run_study, tregate

from tregate.fixtures.tube import make_tube, stained_for
from tregate.gating.strategy.load import load_strategy
from tregate.pipelines.study.fmo_files import fmo
from tregate.pipelines.study.names.pattern import Named

SAMPLES = [(Named("S01", "D1", "TREG"), "treg"), (Named("S01", "D1", "T"), "tetrachrome_t")]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("S01_D1_FMO CD127", ("S01", "D1", "TREG", "CD127")),
        ("S01_D1_TREG_CD25-FMO", ("S01", "D1", "TREG", "CD25")),
        ("S01_D1_FMO-FoxP3", ("S01", "D1", "TREG", "Foxp3")),
        ("S01_D1_FMO_CD8", ("S01", "D1", "T", "CD8")),
        ("FMO CD25", ("", "", "TREG", "CD25")),
        ("S01_D1_FMO", ("S01", "D1", "", "")),
        ("S02_D1_FMO_CD25", ("", "", "TREG", "CD25")),
    ],
)
def test_names_of_fmo_files(name: str, read: tuple[str, str, str, str]) -> None:
    strategies = {strategy: load_strategy(strategy) for _, strategy in SAMPLES}
    found = fmo(name, SAMPLES, strategies)
    assert (found.named.subject, found.named.visit, found.named.tube, found.marker) == read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "fcs"
    folder.mkdir()
    for visit in ("D1", "D8"):
        make_tube("treg", events=12_000, seed=2).write(folder / f"S01_{visit}_TREG.fcs")
    make_tube("treg", events=12_000, seed=3, without="CD25").write(folder / "S01_D1_FMO CD25.fcs")
    return folder


def test_init_lists_the_fmo_and_a_control_gate_uses_it(folder: Path, tmp_path: Path) -> None:
    assert tregate("init", folder).code == 0
    listed = {row["file"]: row for row in rows(folder / "samples.csv")}
    row = listed["S01_D1_FMO CD25.fcs"]
    assert (row["subject"], row["visit"], row["tube"], row["control"]) == ("S01", "D1", "TREG", "CD25")
    assert row["exclude"] == "control (FMO)"
    text = (Path(load_strategy.__code__.co_filename).parents[2] / "configs" / "strategies" / "treg.yaml").read_text(
        encoding="utf-8"
    )
    old = "gate: {kind: tail, keep: below, spread: 0.5, otherwise: 1500}"
    assert old in text
    text = text.replace(old, "gate: {kind: control, keep: below, quantile: 0.99}").replace(
        "strategy: treg", "strategy: fmo"
    )
    (folder / "fmo.yaml").write_text(text, encoding="utf-8")
    study = (folder / "study.yaml").read_text(encoding="utf-8").replace("TREG: treg", "TREG: fmo.yaml")
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    done = run_study(folder, tmp_path / "out")
    assert done.code == 0, done.err
    gates = [row for row in rows(tmp_path / "out" / "gates.csv") if row["population"] == "CD4+ CD25-"]
    assert [row["visit"] for row in gates] == ["D1", "D8"]
    assert all(row["method"] == "control" and '"control": "FMO CD25"' in row["evidence"] for row in gates)
    counts = {row["file"] for row in rows(tmp_path / "out" / "counts.csv")}
    assert counts == {"S01_D1_TREG.fcs", "S01_D8_TREG.fcs"}
    make_tube("treg", events=12_000, seed=4, without="CD25").write(folder / "S01_D1_FMO CD25.fcs")
    differs = tregate("verify", tmp_path / "out", "--inputs", folder)
    assert differs.code == 1
    assert "S01_D1_FMO CD25.fcs" in differs.out + differs.err
    assert "Nothing changed" not in run_study(folder, tmp_path / "out").err, "another control gives another threshold"
    again = [row for row in rows(tmp_path / "out" / "gates.csv") if row["population"] == "CD4+ CD25-"]
    assert [row["geometry"] for row in again] != [row["geometry"] for row in gates]


def test_an_unstained_tube_is_listed_as_a_control_of_its_visit(folder: Path) -> None:
    make_tube("treg", events=3_000, seed=3, without=stained_for("treg")).write(folder / "S01_D1_unstained.fcs")
    assert tregate("init", folder).code == 0
    row = next(row for row in rows(folder / "samples.csv") if "unstained" in row["file"])
    assert (row["subject"], row["visit"], row["control"]) == ("S01", "D1", "unstained")
    assert row["exclude"] == "control (unstained)"
