"""A run -> what its page shows."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from tregate.gating.findings import Severity
from tregate.gating.strategy.versions import version_words
from tregate.pipelines.report.context import ReportContext
from tregate.pipelines.report.strip import Strip
from tregate.pipelines.report.trial_figures import trial_figures
from tregate.pipelines.runs.provenance import strategy_sha256
from tregate.pipelines.runs.this_program import libraries, program_version

if TYPE_CHECKING:
    from pathlib import Path

    from tregate.pipelines.runs.run_result import RunResult
    from tregate.pipelines.study.load_study import Study


def run_id(study: str, folder: Path) -> str:
    """A digest of what was measured: a reader's marks outlive a repeated run, and no changed one."""
    digest = hashlib.sha256(study.encode())
    for name in ("counts.csv", "gates.csv", "failures.csv"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:16]


def context_of(ran: RunResult, study: Study, run: str, *, flagged_only: bool = False) -> ReportContext:
    """Everything the page shows; `run` is the run's name, under which marks are kept.

    `flagged_only`: pictures of tubes with a finding of warn or fail alone.
    """
    flagged = {found.file for found in ran.findings if found.finding.severity is not Severity.INFO}
    declared = study.table_sources.declared
    records = ran.gathered.records
    if study.blinding is not None:  # a lot of one visit alone would show which visit that is
        records = tuple(replace(record, bead_lot="") for record in records)
    drawn = tuple(one if isinstance(one, Strip) else None for one in ran.gathered.drawn)
    if flagged_only:
        pairs = zip(ran.gathered.records, drawn, strict=True)
        drawn = tuple(one if record.file in flagged else None for record, one in pairs)
    facts = [
        ("program", f"tregate {program_version()}"),
        ("libraries", ", ".join(f"{name} {version}" for name, version in libraries().items())),
        *(
            (
                f"strategy of {tube}",
                f"{strategy.strategy}, {version_words(strategy)}, SHA-256 {strategy_sha256(strategy)}",
            )
            for tube, strategy in study.strategies.items()
        ),
        *((choice.capitalize(), option) for choice, option in declared.choices.items()),
        ("preparation CV", _preparation(study.preparation_cv_percent)),
    ]
    return ReportContext(
        study=study.name,
        visits=study.visits,
        baseline=study.baseline,
        records=records,
        drawn=drawn,
        findings=ran.findings,
        failures=ran.tables["failures"],
        tables=tuple(ran.tables[name] for name in (*declared.sheets, "summary")),
        figures=() if study.blinding is not None else trial_figures(ran.summary, declared),
        facts=tuple(facts),
        notes=ran.notes,
        strategies=study.strategies,
        declared=declared,
        scores=ran.scores,
        worst=ran.worst,
        flags_of_others={} if ran.collection is None else ran.collection.flags_of_others,
        cell=ran.summary.cell,
        outlier_z=study.study_limits.robust_z,
        reviewed_by=ran.reviewed_by,
        run_id=run,
        codes="" if study.blinding is None else study.blinding.codes,
    )


def _preparation(declared: float | None) -> str:
    return "not declared: confidence limits do not include it" if declared is None else f"{declared:g} % declared"
