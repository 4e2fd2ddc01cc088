"""A run -> what its page tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tregate.gating.findings import Severity
from tregate.pipelines.report.context import Figure, ReportContext
from tregate.pipelines.runs.provenance import libraries, program_version, strategy_sha256

if TYPE_CHECKING:
    from pathlib import Path

    from tregate.pipelines.runs.run_result import RunResult
    from tregate.pipelines.study.load_study import Study

FIGURES = {
    "figure1.svg": (
        "Figure 1: Treg, fold change from baseline",
        "Fold change of Treg by visit: one line per subject, mean with 95 % interval; values in summary.csv.",
    ),
    "figure_nk.svg": (
        "NK cells, fold change from baseline",
        "Fold change of NK cells by visit: one line per subject, mean with 95 % interval; values in summary.csv.",
    ),
}
"""File of the run -> its title, and what it shows in words."""

PAGE_TABLES = ("treg", "nk", "subsets", "summary")


def context_of(ran: RunResult, study: Study, folder: Path, *, flagged_only: bool = False) -> ReportContext:
    """Everything the page tells; `folder` holds the run's figures, where any were drawn.

    `flagged_only`: pictures of tubes with a finding of warn or fail alone.
    """
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
        figures=_figures(folder),
        facts=tuple(facts),
        notes=ran.notes,
        strategies=study.strategies,
    )


def _figures(folder: Path) -> tuple[Figure, ...]:
    drawn = ((title, alt, folder / file) for file, (title, alt) in FIGURES.items())
    return tuple(Figure(title, alt, path.read_text(encoding="utf-8")) for title, alt, path in drawn if path.is_file())


def _preparation(declared: float | None) -> str:
    return "not declared: confidence limits do not include it" if declared is None else f"{declared:g} % declared"
