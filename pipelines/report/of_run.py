"""A run -> what its page tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gating.findings import Severity
from pipelines.provenance import libraries, program_version, strategy_sha256
from pipelines.report.context import ReportContext

if TYPE_CHECKING:
    from pipelines.run import Ran
    from pipelines.study import Study

PAGE_TABLES = ("treg", "nk", "subsets", "summary")


def context_of(ran: Ran, study: Study, *, flagged_only: bool = False) -> ReportContext:
    """Everything the page tells. `flagged_only`: pictures of tubes with a finding of warn or fail alone."""
    flagged = {found.file for found in ran.findings if found.finding.severity is not Severity.INFO}
    drawn = ran.gathered.drawn
    if flagged_only:
        pairs = zip(ran.gathered.records, drawn, strict=True)
        drawn = tuple(one if record.file in flagged else None for record, one in pairs)
    facts = [
        ("program", f"tregate {program_version()}"),
        ("libraries", ", ".join(f"{name} {version}" for name, version in libraries().items())),
        *(
            (f"strategy of {tube}", f"{strategy.strategy}, SHA-256 {strategy_sha256(strategy)}")
            for tube, strategy in study.strategies.items()
        ),
        ("Teff", study.table_sources.teff),
        ("preparation CV", _preparation(study.preparation_cv_percent)),
        *(("note", note) for note in ran.notes),
    ]
    return ReportContext(
        study=study.name,
        visits=study.visits,
        baseline=study.baseline,
        records=ran.gathered.records,
        drawn=drawn,
        findings=ran.findings,
        failures=ran.tables["failures"],
        tables=tuple(ran.tables[name] for name in PAGE_TABLES),
        facts=tuple(facts),
    )


def _preparation(declared: float | None) -> str:
    return "not declared: limits leave it out" if declared is None else f"{declared:g} % declared"
