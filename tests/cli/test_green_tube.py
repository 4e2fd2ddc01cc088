"""A clean Treg tube without a viability dye is entirely green on the page."""

import csv
import re
from pathlib import Path

from cli_running import tregate

from tregate.fixtures.tube import make_tube

STUDY = "study: few\nsamples: samples.csv\nvisits: [D1, D8]\ntubes: {TREG: treg}\ntables: treg_nk\n"


def test_what_all_tubes_of_a_kind_lack_is_one_note_of_the_study_and_none_of_a_tube(tmp_path: Path) -> None:
    rows = ["file,subject,visit,tube"]
    for seed, (subject, visit) in enumerate((s, v) for s in ("S1", "S2", "S3") for v in ("D1", "D8")):
        name = f"{subject}_{visit}.fcs"
        make_tube("treg", seed=70 + seed, events=30_000).write(tmp_path / name)
        rows.append(f"{name},{subject},{visit},TREG")
    (tmp_path / "samples.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    out = tmp_path / "out"
    done = tregate("run", tmp_path, "--out", out, "--workers", "1")
    assert done.code == 0, done.err
    with (out / "findings.csv").open(encoding="utf-8", newline="") as file:
        lacking = [row for row in csv.DictReader(file) if row["check"] == "marker_missing"]
    assert {(row["subject"], row["file"], row["value"]) for row in lacking} == {("", "", "6")}
    assert any("Viability" in row["message"] for row in lacking)
    page = (out / "report.html").read_text(encoding="utf-8")
    listed = re.findall(r'<tr data-i="\d+"[^>]* class="(\w+)"', page)
    assert listed == ["ok"] * 6
    cells = re.findall(r'<td title="[^"]*" class="(flagged|critical)"', page)
    assert cells == []
