"""A visit table for reading: labels and rounding of the page of a run, without the columns that have no value."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from tregate.pipelines.files.csv_file import read_csv
from tregate.pipelines.report.visit_tables import MeasureTable, VisitCell, measure_tables
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.tabulate.flag_sentences import legend, sentence_of
from tregate.pipelines.tabulate.flags import empties

_CURES = {"bead_load_missing": "Enter bead lot and volumes in the step Study (beads) or Files, then run again."}


def first_table(out: Path, declared: Declared, with_values: Collection[str]) -> str:
    """The file to show first: that of the primary measure if it has a value, else the first visit table with one."""
    primary = declared.definition.shown.primary
    sheet, measure = declared.place(primary) if primary else ("", "")
    path = out / f"{sheet}.csv"
    if path.name in with_values and any(value is not None for value in _read(path).column(measure)):
        return path.name
    return next((f"{name}.csv" for name in declared.sheets if f"{name}.csv" in with_values), "")


def readable_json(path: Path, declared: Declared, longest: int) -> dict[str, Any] | None:
    """Subjects and visits down, measures with a value across; None for a file that is no visit table.

    `empty`: which measures have no value at all, and why; "" where every one has. `rows`: cells of text, what a pointer
    gets, and a mark in grey.
    """
    if path.stem not in declared.sheets:
        return None
    table = _read(path)
    visits = list(dict.fromkeys(str(visit) for visit in table.column("visit")))
    folds = {declared.fold_column(name) for name in declared.measures}
    known = [
        m for m in measure_tables([table], visits, declared) if m.measure in declared.measures or m.measure in folds
    ]
    filled = [m for m in known if any(cell.text for _, cells in m.rows for cell in cells)]
    keys = [table.column(name)[:longest] for name in ("subject", "visit", "flags")]
    rows = [(str(subject), str(visit), str(flags or "")) for subject, visit, flags in zip(*keys, strict=True)]
    by_place = [_by_place(measure, visits) for measure in filled]
    return {
        "columns": ["subject", "visit", *(measure.label for measure in filled), "flags"],
        "rows": [
            [
                [subject, "", ""],
                [visit, "", ""],
                *(_shown(cells[subject, visit]) for cells in by_place),
                ["", "; ".join(words for _, words in legend([flags])), flags.replace(";", "; ")],
            ]
            for subject, visit, flags in rows
        ],
        "empty": _empty_words([m for m in known if m not in filled], [flags for *_, flags in rows]),
    }


def _read(path: Path) -> Any:
    return read_csv(path, text=("subject", "visit"))


def _by_place(measure: MeasureTable, visits: Sequence[str]) -> dict[tuple[str, str], VisitCell]:
    return {
        (subject, visit): cell for subject, cells in measure.rows for visit, cell in zip(visits, cells, strict=True)
    }


def _shown(cell: VisitCell) -> list[str]:
    return [cell.text or "–", cell.exact, cell.precision]


def _empty_words(empty: Sequence[MeasureTable], flags: Sequence[str]) -> str:
    """Which columns are not shown, and the reasons that the table's flags have.

    >>> _empty_words([], ["bead_load_missing"])
    ''
    """
    if not empty:
        return ""
    found = [flag.partition(":")[0] for row in flags for flag in row.split(";") if empties(flag)]
    names = list(dict.fromkeys(found))
    reasons = "; ".join(map(sentence_of, names))
    words = [f"Not shown, since every value is empty: {'; '.join(measure.label for measure in empty)}."]
    words += [f"Why: {reasons}."] if reasons else []
    return " ".join([*words, *(cure for name, cure in _CURES.items() if name in names)])
