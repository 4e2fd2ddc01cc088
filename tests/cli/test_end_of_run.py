"""What a run says at its end: the primary comparison, what is empty and why, warnings by cause."""

import re
from pathlib import Path

from cli_running import rows, run_study, write_rows
from dimmed_tubes import trial_without_cd4

from tregate.gating.findings import Finding, Severity
from tregate.pipelines.commands.end_of_run import finding_groups
from tregate.pipelines.tubes.records import TubeFinding


def warning(check: str, severity: Severity = Severity.WARN, population: str = "", file: str = "") -> TubeFinding:
    return TubeFinding("S1" if file else "", "", "", file, Finding(check, severity, "m", population))


def test_warnings_are_one_entry_per_cause_with_their_tubes() -> None:
    several = TubeFinding("", "", "T", "", Finding("lot_unlike", Severity.FAIL, "m"), ("a.fcs", "b.fcs"))
    found = [
        *(warning("gate_doubtful", population="NK bright", file=f"{i}.fcs") for i in range(13)),
        warning("time_removed", file="1.fcs"), several, warning("fold_beyond_limit"), warning("fold_beyond_limit"),
        warning("shift"), warning("note", Severity.INFO, file="1.fcs"),
    ]  # fmt: skip
    assert finding_groups(found, Severity.FAIL) == ["lot unlike (2 tubes)"]
    assert finding_groups(found, Severity.WARN) == [
        "NK bright gate doubtful (13 tubes)", "time removed (1 tube)", "fold beyond limit (2 findings)", "shift",
    ]  # fmt: skip


def test_a_failed_tube_with_a_critical_finding_is_counted_once_and_its_finding_is_named(tmp_path: Path) -> None:
    trial_without_cd4(tmp_path / "trial")
    done = run_study(tmp_path / "trial", tmp_path / "out", "--report", "none")
    listed = [row for row in rows(tmp_path / "out" / "findings.csv") if row["severity"] == "fail"]
    assert ("CD4+", "few_events") in {(row["population"], row["check"]) for row in listed}
    assert re.search(r"^Critical: .*CD4\+ few events", done.err, re.MULTILINE)
    assert "(1 failed" in done.err
    assert "0 critical" not in done.err


def test_a_visit_without_tubes_is_named_once_for_all_measures(spoiled: Path, tmp_path: Path) -> None:
    samples = spoiled / "samples.csv"
    listed = rows(samples)
    kept = [row for row in listed if (row["subject"], row["visit"]) != ("S02", "D8")]
    assert len(listed) - len(kept) == 3
    write_rows(samples, list(listed[0]), kept)
    done = run_study(spoiled, tmp_path / "out")
    assert done.code == 0
    assert "Empty: 1 of 4 subject-visits has no tubes (S02, D8)" in done.err
    assert "Fold change of NK bright: 0 of 1 subjects (baseline below 50 events)" in done.err
    assert "Measured: 3 of 4 (1 no tubes): CD4+ /µL, Treg % of CD4+" in done.err
    assert "Primary: Treg % of CD4+, D8 against D1, 1 pair, Wilcoxon signed-rank: p = 1" in done.err
