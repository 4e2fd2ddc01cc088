"""Visit tables as a reader wants them: one measure at a time, subjects down, visits across."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tregate.gating.wording import p_text
from tregate.pipelines.files.csv_file import field_of
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.report.method_labels import mean_and_sd, measured

_KEYS = ("subject", "visit", "flags")
_FIRST = ("treg_percent_of_cd4", "treg_per_ul", "treg_percent_of_teff", "nk_per_ul", "nk_bright_per_ul")
"""What a trial looks at first; the rest stay in the order of their tables."""

_WORDS = {
    "treg": "Treg", "nk": "NK", "cd3": "CD3+", "cd4": "CD4+", "cd8": "CD8+", "b": "B (CD19+)", "teff": "Teff",
    "lymphosum": "lymphosum", "lymphocytes": "lymphocytes",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class VisitCell:
    text: str
    """"" where nothing could be measured."""
    exact: str
    """As the CSV has it, with limits and flags: what a pointer or a screen reader gets."""
    flags: str


@dataclass(frozen=True, slots=True)
class SummaryCell:
    mean: str
    """"8.1 ± 2.1", "" without figures."""
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
    """What the table says of all its rows: how Teff is defined."""


def measure_tables(tables: Sequence[Table], visits: Sequence[str]) -> tuple[MeasureTable, ...]:
    """Every measure of every table that has subjects and visits: the trial's own first, folds last."""
    summary = _summary(next((table for table in tables if table.name == "summary"), None))
    found = [
        _measure(table, column, visits, summary)
        for table in tables
        if {"subject", "visit"} <= set(table.columns)
        for column in _measures(table)
    ]
    return tuple(sorted(found, key=lambda measure: _rank(measure.measure)))


def _rank(measure: str) -> int:
    first = _FIRST.index(measure) if measure in _FIRST else len(_FIRST)
    return first + (len(_FIRST) + 1 if measure.startswith("fold_") else 0)


def label(measure: str) -> str:
    """treg_percent_of_cd4 -> "Treg, % of CD4+"; fold_nk_per_ul -> "NK /µL, fold change"."""
    name, fold = (measure.removeprefix("fold_"), measure.startswith("fold_"))
    if "_percent_of_" in name:
        part, whole = name.split("_percent_of_", 1)
        text = f"{_words(part)}, % of {_words(whole)}"
    elif name.endswith("_per_ul"):
        text = f"{_words(name.removesuffix('_per_ul'))} /µL"
    elif name.endswith("_percent"):
        text = f"{_words(name.removesuffix('_percent'))}, %"
    else:
        text = _words(name)
    return f"{text}, fold change" if fold else text


def _words(name: str) -> str:
    return " ".join(_WORDS.get(word, word) for word in name.split("_"))


def _measures(table: Table) -> list[str]:
    return [
        column
        for column in table.columns
        if column not in _KEYS
        and not column.endswith(("_low", "_high"))
        and all(cell is None or isinstance(cell, int | float) for cell in table.column(column))
    ]


def _measure(
    table: Table, measure: str, visits: Sequence[str], summary: Mapping[tuple[Cell, ...], dict[str, Cell]]
) -> MeasureTable:
    cells = {(row["subject"], row["visit"]): _cell(row, measure) for row in table.records()}
    subjects = list(dict.fromkeys(table.column("subject")))
    missing = VisitCell("", "not planned", "")
    rows = tuple(
        (str(subject), tuple(cells.get((subject, visit), missing) for visit in visits)) for subject in subjects
    )
    figures = tuple(_summary_cell(summary.get((table.name, measure, visit))) for visit in visits)
    return MeasureTable(
        table.name,
        measure,
        label(measure),
        rows,
        figures if any(figure.n for figure in figures) else (),
        _notes(table),
    )


def _cell(row: Mapping[str, Cell], measure: str) -> VisitCell:
    value = row[measure]
    flags = str(row.get("flags") or "")
    if value is None:
        return VisitCell("", "not measurable" + (f" ({flags})" if flags else ""), flags)
    low, high = row.get(f"{measure}_low"), row.get(f"{measure}_high")
    limits = (
        f", 95 % confidence limits {field_of(low)} to {field_of(high)}" if low is not None and high is not None else ""
    )
    exact = field_of(value) + limits + (f"; flags: {flags}" if flags else "")
    return VisitCell(measured(float(value)), exact, flags)


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


def _summary_cell(row: Mapping[str, Cell] | None) -> SummaryCell:
    if row is None or not row.get("n"):
        return SummaryCell("", "", "", "")
    mean, sd, p_value = row.get("mean"), row.get("sd"), row.get("p_value")
    text = "" if mean is None else mean_and_sd(float(mean), None if sd is None else float(sd))
    exact = "" if p_value is None else f"{p_text(float(p_value))} ({row.get('test')}, {row.get('p_method')})"
    return SummaryCell(text, field_of(row["n"]), str(row.get("stars") or ""), exact)
