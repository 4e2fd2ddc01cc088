"""A run whose warned tubes were reviewed says so, and counts none of them as needing review."""

import re
import shutil
from pathlib import Path

from cli_running import rows, run_study, tregate
from decided import of_tube, take_down


def needs(said: str) -> int:
    return int(re.findall(r"(\d+) needs? review", said)[0])


def test_reviewed_tubes_with_warnings_are_counted_apart(made: Path, trial: Path, tmp_path: Path) -> None:
    first = run_study(trial, tmp_path / "first", "--report", "none")
    assert needs(first.err) > 1
    keys = list(dict.fromkeys((r["subject"], r["visit"], r["tube"]) for r in rows(made / "counts.csv")))
    log = tmp_path / "log"
    log.mkdir()
    shutil.copy(made / "counts.csv", log)
    for done, number in ((keys[:1], needs(first.err)), (keys, 0)):
        (log / "audit.jsonl").unlink(missing_ok=True)
        take_down(log, *(of_tube(log, trial, key, "confirmed", "") for key in done))
        out = tmp_path / f"{len(done)}"
        run = run_study(trial, out, "--review", log / "audit.jsonl", "--report", "flagged")
        assert number - 1 <= needs(run.err) <= number
    page = (out / "report.html").read_text(encoding="utf-8")
    assert re.search(r"none needs review, \d+ with warnings were reviewed", page)
    assert "warned, reviewed by A. Reader" in page
    assert "all checks passed. Still" not in page
    for name in ("counts.csv", "gates.csv", "findings.csv", "treg.csv", "summary.csv"):
        assert (out / name).read_bytes() == (tmp_path / "first" / name).read_bytes(), "marks change no table"
    assert tregate("verify", out).code == 0
