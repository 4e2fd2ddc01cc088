"""The analysis plan of a run: its hash, since when it is used, and what of it differs from the plan used before."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tregate.gating.findings import Finding, Severity
from tregate.pipelines.files.json_without import json_without
from tregate.pipelines.runs.run_folder import INPUTS, RECORD
from tregate.pipelines.statistics.summarise import Summary
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.analysis_plan import analysis_plan, plan_sha256
from tregate.pipelines.tubes.records import TubeFinding

Record = dict[str, Any]

SHOWN = 12
"""Digits of a hash in notes; run.json has all."""


def plan_record(
    analysis: Analysis, visits: Sequence[str], baseline: str, earlier: Mapping[str, Any] | None, when: str
) -> Record:
    """`plan` of run.json: the plan, its SHA-256, when it was first used in this folder, and every change of it.

    `earlier`: `plan` of the run that the folder holds; None where it holds none.
    """
    plan: Record = analysis_plan(analysis, visits, baseline)
    return _record(plan, plan_sha256(plan), earlier, when)


def sealed_plan(sha256: str, earlier: Mapping[str, Any] | None, when: str) -> Record:
    """The same of a blinded study: the hash alone, since the plan names the visits."""
    return _record({}, sha256, earlier, when)


def _record(plan: Record, sha256: str, earlier: Mapping[str, Any] | None, when: str) -> Record:
    if earlier is None:
        return {"sha256": sha256, "first_used": when, "plan": plan, "changes": []}
    changes = list(earlier["changes"])
    if earlier["sha256"] == sha256:
        return {"sha256": sha256, "first_used": earlier["first_used"], "plan": plan, "changes": changes}
    before = earlier["plan"]
    differs = [
        {"key": key, "old": before.get(key), "new": plan.get(key)}
        for key in dict.fromkeys((*before, *plan))
        if before.get(key) != plan.get(key)
    ]
    changes.append({"when": when, "old_sha256": earlier["sha256"], "new_sha256": sha256, "differs": differs})
    return {"sha256": sha256, "first_used": when, "plan": plan, "changes": changes}


def plan_notes(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Sentences for the foot of a table: hash and declared date of the plan, and every change of it."""
    declared = record["plan"].get("planned_on")
    when = "" if declared is None else f" of {declared} (date declared in study.yaml)"
    notes = [f"Analysis plan{when}: SHA-256 {record['sha256'][:SHOWN]}."]
    for change in record["changes"]:
        words = "; ".join(f"{one['key']} was {_text(one['old'])}, is {_text(one['new'])}" for one in change["differs"])
        notes.append(f"Not as prespecified: after a run by plan {change['old_sha256'][:SHOWN]}, {words}.")
    return tuple(notes)


def as_planned(summary: Summary, record: Mapping[str, Any]) -> Summary:
    """The summary with the plan in its notes; where the plan was changed, with a finding and a mark for figures too."""
    changes = record["changes"]
    found = tuple(_changed(change) for change in changes[-1:])
    return replace(
        summary,
        notes=(*summary.notes, *plan_notes(record)),
        findings=(*summary.findings, *found),
        plan_changed=bool(changes),
    )


def _changed(change: Mapping[str, Any]) -> TubeFinding:
    keys = ", ".join(one["key"] for one in change["differs"])
    message = (
        f"The analysis plan was changed after a run ({keys}), so the results are not as prespecified. Report the "
        "change; the notes of table1.md have old and new values."
    )
    limit = f"plan {change['old_sha256'][:SHOWN]}"
    return TubeFinding("", "", "", "", Finding("plan_changed", Severity.WARN, message, limit=limit))


def earlier_plan(out: Path) -> Mapping[str, Any] | None:
    """`plan` of the run that a folder holds; None where there is no run or it has no such record."""
    try:
        record: Any = json_without(out / RECORD, INPUTS)
    except (OSError, ValueError):
        return None
    plan = record.get("plan") if isinstance(record, dict) else None
    keys = {"sha256", "first_used", "plan", "changes"}
    return plan if isinstance(plan, dict) and keys <= plan.keys() else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
