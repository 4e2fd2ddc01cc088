"""A fold change beyond its limit marks the tubes of both visits in the list of the review page."""

import re
from pathlib import Path

from cli_running import rows, run_study
from review_server import entered

from tregate.fixtures.trial import make_trial


def test_a_fold_change_beyond_its_limit_marks_the_tubes_of_both_visits(tmp_path: Path) -> None:
    trial, out = tmp_path / "trial", tmp_path / "out"
    make_trial(trial, seed=77, subjects=5, visits=("D1", "D8"), events=(60_000, 90_000), withdrawn=0)
    assert run_study(trial, out, "--report", "none").code == 0
    (found,) = (row for row in rows(out / "findings.csv") if row["check"] == "fold_beyond_limit")
    subjects = set(re.findall(r"(S\d+) D8", found["message"]))
    with entered(out, tmp_path) as server:
        tubes = server.get("/api/run")[1]["tubes"]
        shown = {one["i"]: server.get(f"/api/tube/{one['i']}")[1]["findings"] for one in tubes}
    about = {i: [one for one in findings if "fold change of D8" in one["message"]] for i, findings in shown.items()}
    marked = {(tubes[i]["subject"], tubes[i]["visit"], tubes[i]["tube"]) for i, some in about.items() if some}
    assert {(subject, visit, "NK") for subject in subjects for visit in ("D1", "D8")} <= marked
    assert {subject for subject, _, _ in marked} == subjects
    assert all(tubes[i]["warnings"] for i, some in about.items() if some)
    assert {one["population"] for i, some in about.items() for one in some if tubes[i]["tube"] == "NK"} == {"NK bright"}
