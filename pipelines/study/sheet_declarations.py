"""What a table definition declares of its tables (sheets): columns in order, and where measures are shown."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from tregate.gating.strategy.model import Model


class Column(Model):
    """One measure of a table."""

    measure: str
    limits: bool | Literal["last"] = True
    """Columns `_low` and `_high` with the 95 % confidence limits: beside the value, or after all other columns.

    Measures that are made of measures have them after all other columns.
    """
    fold: bool = False
    """A column with the fold change from the subject's baseline, after the measures."""


def _as_column(written: Any) -> Any:
    return {"measure": written} if isinstance(written, str) else written


Columns = Annotated[tuple[Annotated[Column, BeforeValidator(_as_column)], ...], Field(min_length=1)]
"""A measure's name alone is a column with the defaults."""


class Picture(Model):
    """A figure of fold changes: one panel per measure."""

    title: str
    about: str
    """What it shows, for a reader who does not see it."""
    panels: Annotated[tuple[str, ...], Field(min_length=1)]
    """Measures, as `sheet.measure` or the measure alone (its first sheet)."""


class Shown(Model):
    """Where measures are shown first. Measures as `sheet.measure` or the measure alone (its first sheet)."""

    primary: str | None = None
    """Primary endpoint where study.yaml names none."""
    page: tuple[str, ...] = ()
    """Measures that the page shows before the others."""
    console: tuple[str, ...] = ()
    """Rows of the table that a run prints."""
    subjects: tuple[str, ...] = ()
    """Measures that the demo prints for every subject."""
    table1: tuple[str, ...] = ()
    """First rows of table1.md, in order; the other measures follow."""
