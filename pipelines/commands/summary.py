"""The summary at the end of a run, and the visit table as text."""

import re
from collections.abc import Sequence

from tregate.gating.findings import Severity
from tregate.gating.wording import counted
from tregate.pipelines.commands.end_of_run import empty_lines, finding_groups, primary_line
from tregate.pipelines.console import Console
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.findings import Outcome
from tregate.pipelines.run import REPORT
from tregate.pipelines.runs.run_result import RunResult
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.study.load_study import Study


def tell_outcome(ran: RunResult, study: Study, console: Console) -> None:
    """Report the tubes, the planned values that were measured, what is empty, and where the tables are.

    What failed, and a primary measure without any value, is reported with --quiet too.
    """
    outcome, declared = ran.outcome, study.table_sources.declared
    if outcome.no_value() and not ran.interrupted:
        for line in (tubes_line(outcome), *no_value_lines(ran, declared)):
            console.warn(line)
    else:
        console.tell(tubes_line(outcome))
        for line in (*measured_lines(outcome, declared), *_compared_lines(ran, study)):
            console.tell(line)
    for severity, name in ((Severity.FAIL, "Critical"), (Severity.WARN, "Warnings")):
        groups = finding_groups(ran.findings, severity)
        if groups:
            console.tell(f"{name}: {', '.join(groups)}")
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


def _compared_lines(ran: RunResult, study: Study) -> list[str]:
    if study.blinding is not None:
        return ["Blinded: visits have codes; arms, fold changes and tests are hidden until tregate unblind."]
    primary = primary_line(ran, study)
    return [*([primary] if primary else []), *empty_lines(ran, study)]


def tubes_line(outcome: Outcome) -> str:
    """What became of the tubes, in one line."""
    return (
        f"{counted(outcome.used, 'tube')}: {outcome.gated} gated, {outcome.failed} failed"
        + (f", {outcome.not_started} not started" if outcome.not_started else "")
        + (f", {outcome.excluded} excluded" if outcome.excluded else "")
        + f"; {outcome.needs_review} need{'s' if outcome.needs_review == 1 else ''} review{_why(outcome)}"
    )


def _why(outcome: Outcome) -> str:
    """ " (2 failed, 1 gated with a critical finding, 16 with warnings)"."""
    warned = outcome.needs_review - outcome.failed - outcome.critical
    parts = ((outcome.failed, "failed"), (outcome.critical, "gated with a critical finding"), (warned, "with warnings"))
    there = [f"{number} {words}" for number, words in parts if number]
    return f" ({', '.join(there)})" if there else ""


def measured_lines(outcome: Outcome, declared: Declared) -> list[str]:
    """Measured values of the planned ones; measures that lack the same values for the same causes share a line."""
    names_of: dict[str, list[str]] = {}
    for name in dict.fromkeys(one.measure for one in outcome.measures):
        table = next(one.table for one in outcome.measures if one.measure == name)
        mine = [one for one in outcome.measures if (one.table, one.measure) == (table, name)]
        causes: dict[str, int] = {}
        for one in mine:
            for why, number in one.causes.items():
                causes[why] = causes.get(why, 0) + number
        why_not = f" ({', '.join(f'{number} {why}' for why, number in causes.items())})" if causes else ""
        numbers = f"{sum(one.measured for one in mine)} of {sum(one.planned for one in mine)}{why_not}"
        names_of.setdefault(numbers, []).append(declared.heading(name, comma=False))
    return [f"Measured: {numbers}: {', '.join(names)}" for numbers, names in names_of.items()]


def no_value_lines(ran: RunResult, declared: Declared) -> list[str]:
    """That the primary measure has no value, and why, the most frequent causes first."""
    empty = ran.outcome.no_value()
    if empty is None:
        return []
    name, planned = empty
    lines = [
        f"NO VALUE for the primary measure, {declared.heading(name, comma=False)}, at any of {planned} subject-visits."
    ]
    causes: dict[str, tuple[int, str]] = {}
    noun = "tube" if ran.gathered.failures else "subject-visit"
    for _, fault in ran.gathered.failures:
        number, first = causes.get(_NUMBERS.sub("#", fault.message), (0, fault.message))
        causes[_NUMBERS.sub("#", fault.message)] = number + 1, first
    if not causes:
        for one in ran.outcome.measures:
            for why, number in one.causes.items() if one.primary else ():
                causes[why] = causes.get(why, (0, why))[0] + number, why
    for number, message in sorted(causes.values(), key=lambda cause: (-cause[0], cause[1])):
        lines.append(f"  {number} {noun}{'' if number == 1 else 's'}: {message}")
    return lines


_NUMBERS = re.compile(r"\d+(\.\d+)?")


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
