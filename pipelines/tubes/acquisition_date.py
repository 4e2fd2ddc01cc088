"""The day on which a tube was acquired, as its file states it."""

import re
from collections.abc import Mapping
from datetime import date

from tregate.gating.events import Scalar

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def acquired(details: Mapping[str, Scalar]) -> date | None:
    """`$DATE` of a data set: dd-mmm-yyyy as FCS 3.1 has it, dd-mmm-yy, or ISO; None for what is ambiguous."""
    written = str(details.get("date", "")).strip()
    if match := re.fullmatch(r"(\d{1,2})[- ]([A-Za-z]{3})[a-z]*[- ](\d{4}|\d{2})", written):
        day, month, year = match.groups()
        if month.lower() not in _MONTHS:
            return None
        return _date(int(year) + (2000 if len(year) == 2 else 0), _MONTHS.index(month.lower()) + 1, int(day))
    if match := re.fullmatch(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", written):
        return _date(*(int(part) for part in match.groups()))
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
