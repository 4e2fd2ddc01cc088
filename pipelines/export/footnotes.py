"""What must be read with the visit tables: the definitions that were chosen, and what the limits leave out."""

from collections.abc import Sequence

from tregate.pipelines.files.table import Table
from tregate.pipelines.study.declared import Declared


def footnotes_of(tables: Sequence[Table], declared: Declared) -> tuple[str, ...]:
    """Sentences for the foot of a table, from what the tables themselves say."""
    notes = [
        f"{choice.capitalize()}: {declared.about_choice(choice, option) or option} ({option})."
        for choice in declared.choices
        for option in _cells(tables, f"{choice}_definition")
    ]
    notes.append("Low and high are 95 % confidence limits of counting, beads, preparation, pairs and gating.")
    return tuple(notes)


def _cells(tables: Sequence[Table], column: str) -> list[str]:
    found = (cell for table in tables if column in table.columns for cell in table.column(column))
    return list(dict.fromkeys(cell for cell in found if isinstance(cell, str) and cell))
