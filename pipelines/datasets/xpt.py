"""Table -> SAS transport file of version 5, by pyreadstat."""

from collections.abc import Iterator
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.datasets.variables import DataSetAbout, is_number
from tregate.pipelines.files.atomic import whole_file
from tregate.pipelines.files.table import Table

LONGEST_NAME, LONGEST_LABEL, LONGEST_TEXT = 8, 40, 200
"""Characters that version 5 holds."""
_TIMES = (144, 160, 464, 480)
"""Where its headers have a time of 16 characters (SAS TS-140)."""
_EPOCH = b"01JAN80:00:00:00"


def xpt_problems(table: Table, about: DataSetAbout) -> Iterator[Problem]:
    """What version 5 cannot hold. Nothing is cut: a short name of another subject would be another subject."""
    file = f"{table.name}.csv"
    for name in table.columns:
        label = about.variables[name].label
        if len(name) > LONGEST_NAME or len(label) > LONGEST_LABEL:
            yield Problem(file, None, f"{name}: name or label is too long for XPT version 5.")
        if is_number(name):
            continue
        texts = {str(cell) for cell in table.column(name) if cell is not None}
        foreign = sorted(text for text in texts if not text.isascii())
        if foreign:
            message = f'{name}: "{foreign[0]}" has characters that are not ASCII; XPT version 5 takes ASCII only.'
            yield Problem(file, None, message, "Rename it in the study, in samples.csv or in the table definition.")
        longest = max(texts, key=len, default="")
        if len(longest) > LONGEST_TEXT:
            message = f'{name}: "{longest[:40]}..." has {len(longest)} characters; XPT version 5 takes {LONGEST_TEXT}.'
            yield Problem(file, None, message, "Shorten it in the study, in samples.csv or in the table definition.")


def write_xpt(table: Table, about: DataSetAbout, path: Path) -> None:
    """Write a data set whole or not at all, the same bytes for the same table.

    Empty text is "", an empty number is missing. Raises ConfigurationError for what version 5 cannot hold.
    """
    problems = list(xpt_problems(table, about))
    if problems:
        raise ConfigurationError(problems)
    import pandas
    import pyreadstat

    columns = {
        name: pandas.Series([float("nan") if cell is None else float(cell) for cell in table.column(name)], dtype=float)
        if is_number(name)
        else pandas.Series(["" if cell is None else str(cell) for cell in table.column(name)], dtype=object)
        for name in table.columns
    }
    with whole_file(path) as part:
        pyreadstat.write_xport(
            pandas.DataFrame(columns),
            str(part),
            file_label=about.label,
            column_labels=[about.variables[name].label for name in table.columns],
            table_name=table.name.upper(),
            file_format_version=5,
        )
        written = bytearray(part.read_bytes())
        for position in _TIMES:
            written[position : position + len(_EPOCH)] = _EPOCH
        part.write_bytes(bytes(written))
