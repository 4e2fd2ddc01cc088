"""A run whose tubes give nothing that the tables read says so and exits 1."""

from pathlib import Path

import pytest
from cli_running import rows
from json_schema import answer
from typer.testing import CliRunner

from tregate.fixtures.tube import make_tube
from tregate.pipelines.commands.cli import app

STUDY = "study: few\nsamples: samples.csv\nvisits: [D1, D8]\ntubes: {TREG: treg}\ntables: treg_nk\n"


def study(folder: Path, events: int) -> Path:
    rows = ["file,subject,visit,tube"]
    for i, (subject, visit) in enumerate([("S1", "D1"), ("S1", "D8")]):
        make_tube("treg", seed=40 + i, events=events).write(folder / f"{subject}_{visit}.fcs")
        rows.append(f"{subject}_{visit}.fcs,{subject},{visit},TREG")
    (folder / "samples.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    return folder


@pytest.mark.parametrize("quiet", [False, True])
def test_tubes_without_a_leaf_population_are_failures_and_the_primary_measure_has_no_value(
    tmp_path: Path, quiet: bool
) -> None:
    out = tmp_path / "out"
    arguments = ["run", str(study(tmp_path, 300)), "--out", str(out), "--workers", "1", "--report", "none"]
    done = CliRunner().invoke(app, arguments + ["--quiet"] * quiet)
    assert done.exit_code == 1
    assert "2 tubes: 0 gated, 2 failed" in done.stderr
    assert "NO VALUE for the primary measure, Treg % of CD4+, at any of 2 subject-visits." in done.stderr
    failures = rows(out / "failures.csv")
    assert [(row["stage"], row["error"]) for row in failures] == [("gate", "NothingMeasured")] * 2
    assert all(" was not measured: " in row["message"] for row in failures)
    assert not [row for row in rows(out / "findings.csv") if row["check"] == "unmeasured"], "failures.csv has the cause"


def test_values_are_counted_against_the_planned_ones_with_the_causes_of_missing_ones(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = CliRunner().invoke(
        app, ["run", str(study(tmp_path, 12_000)), "--out", str(out), "--workers", "1", "--report", "none"]
    )
    assert done.exit_code == 0, done.stderr
    assert "2 tubes: 2 gated, 0 failed; 0 need review" in done.stderr
    assert "Measured: 2 of 2: Treg % of CD4+" in done.stderr
    assert "Primary: Treg % of CD4+, D8 against D1, 1 pair, Wilcoxon signed-rank: p = 1" in done.stderr
    assert "Empty" not in done.stderr
    assert "NK" not in done.stderr, "what no tube of the study can give is not planned"


def test_json_has_the_numbers_of_the_console_and_nothing_else_on_standard_output(tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["run", str(study(tmp_path, 300)), "--out", str(out), "--workers", "1", "--report", "none", "--json"]
    done = CliRunner().invoke(app, arguments)
    reply = answer(done.stdout, "run")
    assert (reply["status"], reply["exit_code"], done.exit_code) == ("failed_tubes", 1, 1)
    assert (reply["tubes"]["listed"], reply["tubes"]["gated"], reply["tubes"]["failed"]) == (2, 0, 2)
    primary = [one for one in reply["measures"] if one["primary"]]
    assert [(one["planned"], one["measured"]) for one in primary] == [(1, 0), (1, 0)]
    assert len(reply["failures"]) == 2
    assert "treg.csv" in reply["files"]
