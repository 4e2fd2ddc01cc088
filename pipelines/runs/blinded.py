"""A blinded run: tables without the course of the trial, and the record of who lifted the blinding and why."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.read.regular_file import read_regular
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.runs.run_folder import RECORD
from tregate.pipelines.runs.this_program import user
from tregate.pipelines.statistics.summarise import Summary
from tregate.pipelines.study.blinding import codes_id, visit_codes
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.study.load_study import Study

NOTE = (
    "Blinded: visits have codes, and arms, fold changes, tests and figures are left out until the study is unblinded "
    "(tregate unblind)."
)


def without_course(table: Table, declared: Declared) -> Table:
    """A visit table without fold changes, which would reveal the baseline."""
    folds = [declared.fold_column(measure) for measure in declared.measures]
    hidden = {f"{fold}{end}" for fold in folds for end in ("", "_low", "_high")}
    return Table(
        table.name,
        table.columns,
        tuple(
            tuple(_hidden(name, cell, hidden) for name, cell in zip(table.columns, row, strict=True))
            for row in table.rows
        ),
    )


def _hidden(name: str, cell: Cell, hidden: set[str]) -> Cell:
    if name in hidden:
        return None
    if name != "flags":
        return cell
    return ";".join(flag for flag in str(cell or "").split(";") if not flag.startswith("baseline_"))


def summary_of_blinded(summary: Summary, notes: tuple[str, ...]) -> Summary:
    """Nothing that was compared."""
    return replace(
        summary,
        table=replace(summary.table, rows=()),
        comparisons=replace(summary.comparisons, rows=()),
        by_group=replace(summary.by_group, rows=()),
        findings=(),
        notes=(NOTE, *notes),
        series=(),
    )


def refuse_unlogged(study: Study, earlier: Mapping[str, Any], out: Path, reason: str) -> None:
    """Raise ConfigurationError where a run would lift the blinding of the folder's run without saying why."""
    if earlier.get("blinded") and study.blinding is None and not reason:
        message = "the folder contains a blinded run of this study."
        remedy = "Lift the blinding with `tregate unblind OUT --reason`, or choose another --out."
        raise ConfigurationError([Problem(str(out), None, message, remedy)])


def blinding_record(study: Study, earlier: Mapping[str, Any], out: Path, reason: str, when: str) -> dict[str, Any]:
    """`blinded` and `unblinded` of run.json: where the study is, and every lifting of the blinding in this folder."""
    lifted = list(earlier.get("unblinded") or [])
    if reason:
        sha256 = hashlib.sha256(read_regular(out / RECORD)).hexdigest()
        codes = {"id": codes_id(study), "visits": {code: visit for visit, code in visit_codes(study).items()}}
        lifted.append({"when": when, "who": user(), "reason": reason, "blinded_run_sha256": sha256, "codes": codes})
    where = os.path.relpath(study.file.resolve(), out.resolve()) if study.blinding else None
    return {"blinded": None if where is None else {"study": Path(where).as_posix()}, "unblinded": lifted}


def blinded_problem(folder: Path, record: Mapping[str, Any]) -> None:
    """Raise ConfigurationError where a run is blinded, for what needs its visits."""
    if record.get("blinded"):
        message = "the run is blinded, so its visits and arms are not known here."
        raise ConfigurationError([Problem(str(folder), None, message, "First: tregate unblind OUT --reason REASON.")])
