"""The summary at the end of a run, and the visit table as text."""

from collections.abc import Sequence

from tregate.gating.findings import Severity
from tregate.pipelines.console import Console
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.run import REPORT
from tregate.pipelines.runs.run_result import RunResult
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.tubes.analyse_tubes import NOT_REACHED


def tell_outcome(ran: RunResult, console: Console) -> None:
    """Report how many tubes were gated and where the tables are; failures are reported with --quiet too."""
    used = [record for record in ran.gathered.records if not record.excluded]
    gated = sum(record.result is not None for record in used)
    not_reached = sum(outcome is NOT_REACHED for _, outcome in ran.gathered.done)
    excluded = len(ran.gathered.records) - len(used)
    flagged = {found.file for found in ran.findings if found.file and found.finding.severity is not Severity.INFO}
    console.tell(
        f"{len(used)} tubes: {gated} gated, {len(used) - gated - not_reached} failed; {len(flagged)} need review"
        + (f", {not_reached} not reached" if not_reached else "")
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


def visit_table_lines(ran: RunResult, visits: Sequence[str], declared: Declared) -> list[str]:
    """Mean ± SD per visit of the measures that the definition shows, with stars and the number of subjects."""
    summary = {(row["table"], row["measure"], row["visit"]): row for row in ran.tables["summary"].records()}
    shown = [declared.place(named) for named in declared.definition.shown.console]
    if not shown:
        return []
    rows = [
        [
            declared.heading(name, comma=False),
            *(_mean_sd(summary.get((table, name, visit)), declared.measures[name].decimals) for visit in visits),
        ]
        for table, name in shown
    ]
    counts = ["subjects", *(f"{_subjects(ran.tables[shown[0][0]], shown[0][1], visit)}   " for visit in visits)]
    head = ["mean ± SD", *(f"{visit}   " for visit in visits)]
    key = "* p < 0.05, ** p < 0.01, *** p < 0.001 against the baseline; tests, n and p in summary.csv"
    return [*aligned([head, *rows, counts]), key]


def subject_table_lines(ran: RunResult, visits: Sequence[str], declared: Declared) -> list[str]:
    """The measures that the definition shows of every subject and visit: what the means are made of."""
    lines: list[str] = []
    for table, name in (declared.place(named) for named in declared.definition.shown.subjects):
        cells = {(row["subject"], row["visit"]): row[name] for row in ran.tables[table].records()}
        subjects = dict.fromkeys(subject for subject, _ in cells)
        decimals = declared.measures[name].decimals
        rows = [[str(s), *(_shown(cells.get((s, visit)), decimals) for visit in visits)] for s in subjects]
        heading = declared.heading(name, comma=False)
        lines += [*([""] if lines else []), *aligned([[heading, *visits], *rows])]
    return lines


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as lines, the first column to the left and the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]).rstrip()
        for row in rows
    ]


def _mean_sd(row: dict[str, Cell] | None, decimals: int | None) -> str:
    if row is None or not isinstance(row["mean"], int | float):
        return _range(row, decimals)
    stars = str(row["stars"] or "")
    digits = _decimals(row["mean"]) if decimals is None else decimals
    spread = f" ± {row['sd']:.{digits}f}" if isinstance(row["sd"], int | float) else ""
    return f"{row['mean']:.{digits}f}{spread}{stars:<3}"


def _range(row: dict[str, Cell] | None, decimals: int | None) -> str:
    """Values of one or two subjects, who have no mean."""
    ends = () if row is None else (row["min"], row["max"])
    return "; ".join(dict.fromkeys(_shown(end, decimals) for end in ends if end is not None) or ("-",)) + "   "


def _shown(value: Cell, decimals: int | None) -> str:
    if not isinstance(value, int | float):
        return "-"
    return f"{value:.{_decimals(value) if decimals is None else decimals}f}"


def _decimals(value: float) -> int:
    """Three significant digits, as many as a cell count supports."""
    return 0 if abs(value) >= 100 else 1 if abs(value) >= 1 else 2


def _subjects(table: Table, measure: str, visit: str) -> str:
    return str(sum(row["visit"] == visit and row[measure] is not None for row in table.records()))
