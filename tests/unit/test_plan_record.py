"""The analysis plan: its hash and what is said where it is changed."""

import json
from datetime import date
from pathlib import Path

import pytest

from tregate.pipelines.runs.plan_record import earlier_plan, plan_notes, plan_record
from tregate.pipelines.study.analysis import Analysis

VISITS = ("D1", "D8")


def test_the_same_plan_has_the_same_hash_and_keeps_its_first_use() -> None:
    first = plan_record(Analysis(), VISITS, "D1", None, "2026-01-01")
    again = plan_record(Analysis(later_test="wilcoxon"), VISITS, "D1", first, "2026-02-02")
    assert again == first
    assert plan_notes(again) == (f"Analysis plan: SHA-256 {first['sha256'][:12]}.",)


@pytest.mark.parametrize(
    ("analysis", "visits", "baseline", "words"),
    [
        (Analysis(adjust="holm"), VISITS, "D1", "adjust was none, is holm"),
        (Analysis(exclude_subjects=("S1",)), VISITS, "D1", 'exclude_subjects was [], is ["S1"]'),
        (Analysis(), VISITS, "D8", "baseline was D1, is D8"),
        (Analysis(), ("D8", "D1"), "D1", 'visits was ["D1", "D8"], is ["D8", "D1"]'),
        (Analysis(planned_on=date(2026, 1, 15)), VISITS, "D1", "planned_on was null, is 2026-01-15"),
    ],
)
def test_a_change_after_a_run_is_said_with_old_and_new(
    analysis: Analysis, visits: tuple[str, ...], baseline: str, words: str
) -> None:
    first = plan_record(Analysis(), VISITS, "D1", None, "2026-01-01")
    second = plan_record(analysis, visits, baseline, first, "2026-02-02")
    assert plan_notes(second)[1:] == (f"Not as prespecified: after a run by plan {first['sha256'][:12]}, {words}.",)
    third = plan_record(Analysis(), VISITS, "D1", second, "2026-03-03")
    assert len(plan_notes(third)) == 3, "going back does not undo that another plan was used"
    assert third["sha256"] == first["sha256"]
    assert json.loads(json.dumps(third)) == third


def test_a_declared_date_is_printed() -> None:
    notes = plan_notes(plan_record(Analysis(planned_on=date(2026, 1, 15)), VISITS, "D1", None, "2026-02-01"))
    assert notes[0].startswith("Analysis plan of 2026-01-15 (date declared in study.yaml): SHA-256 ")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"plan": 3}', '{"plan": {"sha256": "x"}}'])
def test_a_folder_without_such_a_record_has_no_earlier_plan(text: str, tmp_path: Path) -> None:
    assert earlier_plan(tmp_path) is None
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    assert earlier_plan(tmp_path) is None
