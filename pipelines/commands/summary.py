"""The summary at the end of a run, and the visit table as text."""

from collections.abc import Sequence

from tregate.gating.findings import Severity
from tregate.pipelines.console import Console
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.run import REPORT
from tregate.pipelines.runs.run_result import RunResult

SHOWN: tuple[tuple[str, str, str], ...] = (
    ("treg", "treg_per_ul", "Treg /µL"),
    ("treg", "treg_percent_of_cd4", "Treg % of CD4+"),
    ("treg", "treg_percent_of_teff", "Treg % of Teff"),
    ("treg", "cd4_per_ul", "CD4+ /µL"),
    ("nk", "nk_per_ul", "NK /µL"),
    ("nk", "nk_bright_per_ul", "NK bright /µL"),
    ("nk", "nk_dim_per_ul", "NK dim /µL"),
)
"""(table, measure, label), in the order of the visit table."""


def tell_outcome(ran: RunResult, console: Console) -> None:
    """Report how many tubes were gated and where the tables are; failures are reported with --quiet too."""
    used = [record for record in ran.gathered.records if not record.excluded]
    gated = sum(record.result is not None for record in used)
    excluded = len(ran.gathered.records) - len(used)
    flagged = {found.file for found in ran.findings if found.file and found.finding.severity is not Severity.INFO}
    console.tell(
        f"{len(used)} tubes: {gated} gated, {len(used) - gated} failed; {len(flagged)} need review"
        + (f", {excluded} excluded" if excluded else "")
    )
    failures = len(ran.gathered.failures)
    if failures:
        noun = "failure" if failures == 1 else "failures"
        console.warn(f"{failures} {noun}; causes and remedies: {ran.out / 'failures.csv'}")
    if ran.interrupted:
        console.warn(f"Interrupted. Tables of the finished tubes: {ran.out}")
        return
    console.tell(f"Tables: {ran.out}")
    if (ran.out / REPORT).exists():
        console.tell(f"Review page: {ran.out / REPORT}")


def visit_table_lines(ran: RunResult, visits: Sequence[str]) -> list[str]:
    """Mean ± SD per visit of the Treg and NK measures, with stars against the baseline and the number of subjects."""
    summary = {(row["table"], row["measure"], row["visit"]): row for row in ran.tables["summary"].records()}
    rows = [
        [label, *(_mean_sd(summary.get((table, measure, visit))) for visit in visits)]
        for table, measure, label in SHOWN
    ]
    counts = ["subjects", *(f"{_subjects(ran.tables['treg'], visit)}   " for visit in visits)]
    head = ["mean ± SD", *(f"{visit}   " for visit in visits)]
    key = "* p < 0.05, ** p < 0.01, *** p < 0.001 against the baseline; tests, n and p in summary.csv"
    return [*aligned([head, *rows, counts]), key]


def subject_table_lines(ran: RunResult, visits: Sequence[str]) -> list[str]:
    """Treg and bright NK of every subject and visit: what the means are made of."""
    lines: list[str] = []
    for table, measure, label in (SHOWN[0], SHOWN[1], SHOWN[4], SHOWN[5]):
        cells = {(row["subject"], row["visit"]): row[measure] for row in ran.tables[table].records()}
        subjects = dict.fromkeys(subject for subject, _ in cells)
        rows = [[str(s), *(_figure(cells.get((s, visit))) for visit in visits)] for s in subjects]
        lines += [*([""] if lines else []), *aligned([[label, *visits], *rows])]
    return lines


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as lines, the first column to the left and the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]).rstrip()
        for row in rows
    ]


def _mean_sd(row: dict[str, Cell] | None) -> str:
    if row is None or not isinstance(row["mean"], int | float):
        return "-   "
    stars = str(row["stars"] or "")
    digits = _decimals(row["mean"])
    spread = f" ± {row['sd']:.{digits}f}" if isinstance(row["sd"], int | float) else ""
    return f"{row['mean']:.{digits}f}{spread}{stars:<3}"


def _figure(value: Cell) -> str:
    return f"{value:.{_decimals(value)}f}" if isinstance(value, int | float) else "-"


def _decimals(value: float) -> int:
    """Three significant digits, as many as a cell count supports."""
    return 0 if abs(value) >= 100 else 1 if abs(value) >= 1 else 2


def _subjects(table: Table, visit: str) -> str:
    return str(sum(row["visit"] == visit and row["treg_per_ul"] is not None for row in table.records()))
