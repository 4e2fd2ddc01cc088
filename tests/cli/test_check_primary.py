"""`check` says in advance that no tube can give the primary measure."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cli_running import run_study, tregate

from tregate.fixtures.tube import make_tube

STUDY = "study: few\nsamples: samples.csv\nvisits: [D1, D8]\ntubes: {TREG: treg}\ntables: treg_nk\n"


def study(folder: Path, without: str, of: int, more: str = "") -> Path:
    """Two Treg tubes, of which the first `of` have no stain `without`."""
    rows = ["file,subject,visit,tube"]
    for i, visit in enumerate(("D1", "D8")):
        tube = make_tube("treg", seed=40 + i, events=8_000)
        if i < of:
            kept = tuple(replace(one, stain="" if without in one.stain else one.stain) for one in tube.channels)
            tube = replace(tube, channels=kept)
        tube.write(folder / f"S1_{visit}.fcs")
        rows.append(f"S1_{visit}.fcs,S1,{visit},TREG")
    (folder / "samples.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "study.yaml").write_text(STUDY + more, encoding="utf-8")
    return folder


def test_a_stain_that_all_tubes_lack(tmp_path: Path) -> None:
    done = tregate("check", study(tmp_path, "CD25", 2))
    assert done.code == 1
    (line,) = [line for line in done.out.splitlines() if line.startswith("NO VALUE for the primary measure: ")]
    assert "Treg % of CD4+" in line
    assert "2 tubes" in line
    assert "CD25" in line
    ran = run_study(tmp_path, tmp_path / "out")
    assert (ran.code, "NO VALUE for the primary measure" in ran.err) == (1, True), "what was foreseen happens"
    answer = json.loads(tregate("check", tmp_path, "--json").out)
    assert "Treg % of CD4+" in answer["no_value"]["message"]


@pytest.mark.parametrize(("without", "of"), [("CD25", 1), ("FOXP3", 2), ("nothing", 0)])
def test_no_warning_where_a_tube_can_give_it(without: str, of: int, tmp_path: Path) -> None:
    done = tregate("check", study(tmp_path, without, of))
    assert "NO VALUE" not in done.out
    assert json.loads(tregate("check", tmp_path, "--json").out)["no_value"] is None


def test_cells_per_microlitre_without_beads_of_any_tube(tmp_path: Path) -> None:
    done = tregate("check", study(tmp_path, "nothing", 0, "analysis: {primary_measure: treg.treg_per_ul}\n"))
    assert done.code == 1
    assert "so Treg /µL would be empty" in done.out
