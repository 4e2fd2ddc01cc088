"""Visit tables as a reader wants them: one measure at a time, subjects down, visits across."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from types import MappingProxyType

from tregate.gating.findings import Severity
from tregate.gating.qc.gates import GATE_BY_HAND
from tregate.gating.wording import p_text
from tregate.pipelines.files.csv_file import field_of
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.report.method_labels import mean_and_sd, measured
from tregate.pipelines.statistics.cell_layouts import LAYOUTS, Layout, shown
from tregate.pipelines.statistics.manual_values import NO_MEASURES
from tregate.pipelines.study.analysis_declarations import CellLayout
from tregate.pipelines.study.declared import Declared, without_sheet

_OF_THE_COUNT = {
    "below_detection": "<20 events",
    "below_loq": "<LOQ",
    "below_lloq": "<LLOQ",
    "imprecise": "±",
    "wide_limits": "±",
}
"""Flags that say how many events a value rests on -> what stands in grey beside it, the strongest first."""
Worst = Mapping[tuple[str, str, str], Severity]
"""(measure, subject, visit) -> severity."""
_NONE: Worst = MappingProxyType({})
Others = Mapping[tuple[str, str, str], frozenset[str]]
"""(measure, subject, visit) -> flags."""
_NO_OTHERS: Others = MappingProxyType({})
_KEYS = ("subject", "visit", "flags")


@dataclass(frozen=True, slots=True)
class VisitCell:
    text: str
    """"" where nothing could be measured."""
    exact: str
    """As the CSV has it, with limits and flags: what a pointer or a screen reader gets."""
    flags: str
    severity: str = ""
    """ "fail" or "warn" where a finding concerns this very value, else ""."""
    precision: str = ""
    """How few events it rests on, in grey: "<LOQ", "(4.2 to 6.1)"; "" where there are enough."""

    @property
    def by_hand(self) -> bool:
        """Whether it rests on a gate that a person placed."""
        return GATE_BY_HAND in {flag.partition(":")[0] for flag in self.flags.split(";")}


@dataclass(frozen=True, slots=True)
class SummaryCell:
    mean: str
    """"8.1 ± 2.1", or as `cell` of the analysis says; "" without figures."""
    n: str
    stars: str
    exact: str


@dataclass(frozen=True, slots=True)
class MeasureTable:
    """One measure of one table."""

    table: str
    measure: str
    """Column of the CSV."""
    label: str
    rows: tuple[tuple[str, tuple[VisitCell, ...]], ...]
    """(subject, one cell a visit)."""
    summary: tuple[SummaryCell, ...]
    """One a visit; () where there is no summary."""
    notes: tuple[str, ...]
    """What the table says of all its rows: which definition was chosen."""


def measure_tables(
    tables: Sequence[Table],
    visits: Sequence[str],
    declared: Declared | None = None,
    worst: Worst = _NONE,
    baseline: str = "",
    cell: CellLayout = "mean_sd",
    flags_of_others: Others = _NO_OTHERS,
) -> tuple[MeasureTable, ...]:
    """Every measure of every table that has subjects and visits: those of `shown.page` first, fold changes last.

    flags_of_others: flags of a row that name a value's cells and do not concern it.

    `cell`: what the summary's cells show.
    worst: severity of the worst finding about a value. A fold change has that of its visit or of the baseline.
    """
    summary = _summary(next((table for table in tables if table.name == "summary"), None))
    found = [
        _measure(
            table,
            column,
            visits,
            summary,
            declared,
            _by_cell(column, worst, declared, baseline),
            LAYOUTS[cell],
            flags_of_others,
        )
        for table in tables
        if {"subject", "visit"} <= set(table.columns)
        for column in _measures(table)
    ]
    first = [] if declared is None else [without_sheet(named) for named in declared.definition.shown.page]
    return tuple(sorted(found, key=lambda measure: _rank(measure.measure, first)))


def _rank(measure: str, first: Sequence[str]) -> int:
    place = first.index(measure) if measure in first else len(first)
    return place + (len(first) + 1 if measure.startswith("fold_") else 0)


def label(column: str, declared: Declared | None) -> str:
    """Short name and unit of the column's measure; of a fold column with ", fold change"."""
    if declared is not None and column in declared.measures:
        return declared.heading(column)
    of_folds = {} if declared is None else {declared.fold_column(name): name for name in declared.measures}
    if declared is not None and column in of_folds:
        return f"{declared.heading(of_folds[column])}, fold change"
    return column.replace("_", " ")


def _measures(table: Table) -> list[str]:
    return [
        column
        for column in table.columns
        if column not in _KEYS
        and not column.endswith(NO_MEASURES)
        and all(cell is None or isinstance(cell, int | float) for cell in table.column(column))
    ]


def _measure(
    table: Table,
    measure: str,
    visits: Sequence[str],
    summary: Mapping[tuple[Cell, ...], dict[str, Cell]],
    declared: Declared | None,
    severity_of: Callable[[str, str], str],
    layout: Layout,
    others: Others,
) -> MeasureTable:
    known = declared is not None and measure in declared.measures
    cells_of = (declared.flag_name(measure), *declared.cells_of(measure)) if declared is not None and known else ()
    own = {"", measure, *cells_of}
    cells = {
        place: _cell(row, measure, own, others.get((measure, *place), frozenset()), severity_of(*place))
        for row in table.records()
        for place in [(str(row["subject"]), str(row["visit"]))]
    }
    subjects = dict.fromkeys(str(subject) for subject in table.column("subject"))
    missing = VisitCell("", "not planned", "")
    rows = tuple((subject, tuple(cells.get((subject, visit), missing) for visit in visits)) for subject in subjects)
    figures = tuple(_summary_cell(summary.get((table.name, measure, visit)), layout) for visit in visits)
    return MeasureTable(
        table.name,
        measure,
        label(measure, declared),
        rows,
        figures if any(figure.n for figure in figures) else (),
        _notes(table),
    )


def _cell(row: Mapping[str, Cell], measure: str, own: Set[str], others: Set[str], severity: str) -> VisitCell:
    value = row[measure]
    named = (flag for flag in str(row.get("flags") or "").split(";") if flag.partition(":")[2] in own)
    flags = ";".join(flag for flag in named if flag not in others)
    if value is None:
        return VisitCell("", "not measurable" + (f" ({flags})" if flags else ""), flags)
    low, high = row.get(f"{measure}_low"), row.get(f"{measure}_high")
    limits = (
        f", 95 % confidence limits {field_of(low)} to {field_of(high)}" if low is not None and high is not None else ""
    )
    exact = field_of(value) + limits + (f"; flags: {flags}" if flags else "")
    return VisitCell(measured(float(value)), exact, flags, severity, _precision(flags, low, high))


def _precision(flags: str, low: Cell, high: Cell) -> str:
    names = {flag.partition(":")[0] for flag in flags.split(";")}
    mark = next((mark for name, mark in _OF_THE_COUNT.items() if name in names), "")
    if mark == "±" and isinstance(low, int | float) and isinstance(high, int | float):
        return f"({measured(float(low))} to {measured(float(high))})"
    return mark


def _by_cell(column: str, worst: Worst, declared: Declared | None, baseline: str) -> Callable[[str, str], str]:
    """(subject, visit) -> severity of the worst finding about the column's value there."""
    of_folds = {} if declared is None else {declared.fold_column(name): name for name in declared.measures}
    measure = of_folds.get(column, column)

    def severity(subject: str, visit: str) -> str:
        visits = (visit, baseline) if column in of_folds else (visit,)
        found = {worst[measure, subject, one] for one in visits if (measure, subject, one) in worst}
        return next((one.value for one in (Severity.FAIL, Severity.WARN) if one in found), "")

    return severity


def _notes(table: Table) -> tuple[str, ...]:
    notes = []
    for column in table.columns:
        texts = {cell for cell in table.column(column) if cell is not None}
        if column not in _KEYS and len(texts) == 1 and all(isinstance(text, str) for text in texts):
            notes.append(f"{column.replace('_', ' ')}: {texts.pop()}")
    return tuple(notes)


def _summary(table: Table | None) -> dict[tuple[Cell, ...], dict[str, Cell]]:
    if table is None:
        return {}
    return {(row["table"], row["measure"], row["visit"]): row for row in table.records()}


def _summary_cell(row: Mapping[str, Cell] | None, layout: Layout) -> SummaryCell:
    if row is None or not row.get("n"):
        return SummaryCell("", "", "", "")
    figures, p_value = shown(row, layout), row.get("p_value")
    if figures.middle is None:
        text = "; ".join(dict.fromkeys(mean_and_sd(end, None) for end in figures.ends))
    else:
        text = mean_and_sd(figures.middle, figures.spread)
        text += "" if figures.limits is None else " ({} to {})".format(*map(measured, figures.limits))
    exact = "" if p_value is None else f"{p_text(float(p_value))} ({row.get('test')}, {row.get('p_method')})"
    return SummaryCell(text, field_of(row["n"]), str(row.get("stars") or ""), exact)
