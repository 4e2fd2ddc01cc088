"""A run -> what its page tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tregate.gating.findings import Severity
from tregate.gating.strategy.versions import version_words
from tregate.pipelines.report.arm_figures import BETWEEN, BETWEEN_CAPTION, BY_ARM, BY_ARM_CAPTION
from tregate.pipelines.report.context import Figure, ReportContext
from tregate.pipelines.report.strip import Strip
from tregate.pipelines.runs.provenance import libraries, program_version, strategy_sha256

if TYPE_CHECKING:
    from pathlib import Path

    from tregate.pipelines.runs.run_result import RunResult
    from tregate.pipelines.study.declared import Declared
    from tregate.pipelines.study.load_study import Study


def context_of(ran: RunResult, study: Study, folder: Path, *, flagged_only: bool = False) -> ReportContext:
    """Everything the page tells; `folder` holds the run's figures, where any were drawn.

    `flagged_only`: pictures of tubes with a finding of warn or fail alone.
    """
    flagged = {found.file for found in ran.findings if found.finding.severity is not Severity.INFO}
    declared = study.table_sources.declared
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
        records=ran.gathered.records,
        drawn=drawn,
        findings=ran.findings,
        failures=ran.tables["failures"],
        tables=tuple(ran.tables[name] for name in (*declared.sheets, "summary")),
        figures=_figures(folder, declared),
        facts=tuple(facts),
        notes=ran.notes,
        strategies=study.strategies,
        declared=declared,
        scores=ran.scores,
        worst=ran.worst,
        cell=ran.summary.cell,
        outlier_z=study.study_limits.robust_z,
    )


_FIGURES = (
    ("", "", ""),
    (BY_ARM, ", by arm", f" {BY_ARM_CAPTION}"),
    (BETWEEN, ", between arms", f" {BETWEEN_CAPTION}"),
)
"""What the names of a picture's files end in -> what is added to its title and its text."""


def _figures(folder: Path, declared: Declared) -> tuple[Figure, ...]:
    drawn = [
        (picture.title + title, picture.about + about, folder / f"{name}{ending}.svg")
        for name, picture in declared.definition.figures.items()
        for ending, title, about in _FIGURES
    ]
    return tuple(Figure(title, alt, path.read_text(encoding="utf-8")) for title, alt, path in drawn if path.is_file())


def _preparation(declared: float | None) -> str:
    return "not declared: confidence limits do not include it" if declared is None else f"{declared:g} % declared"
