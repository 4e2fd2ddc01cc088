"""Days and times as sheets write them, and study days counted from them."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self

_WRITTEN = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?")


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, and the time of day where it is known. Local time of the site; no time zone."""

    day: date
    clock: time | None = None

    @property
    def text(self) -> str:
        """ISO 8601, as exact as it is known: 2024-01-15T09:30, or 2024-01-15."""
        if self.clock is None:
            return self.day.isoformat()
        return datetime.combine(self.day, self.clock).isoformat(timespec="seconds" if self.clock.second else "minutes")

    @property
    def earliest(self) -> datetime:
        """The moment; the first minute of the day where the time is not known."""
        return datetime.combine(self.day, self.clock or time())

    @property
    def latest(self) -> datetime:
        """The moment; the end of the day where the time is not known."""
        return self.earliest if self.clock is not None else self.earliest + timedelta(days=1)

    @classmethod
    def read(cls, text: str) -> Self | None:
        """None for anything but an ISO date, or an ISO date and time without time zone."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            return None
        try:
            return cls(date.fromisoformat(found[1]), None if found[2] is None else time.fromisoformat(found[2]))
        except ValueError:
            return None


def study_day(day: date, first_dose: date) -> int:
    """Study day as SDTM counts it: the day of the first dose is 1, the day before -1; there is no day 0."""
    apart = (day - first_dose).days
    return apart + 1 if apart >= 0 else apart


def iso_words(text: str) -> str:
    """The day that was probably meant, as it should be written; both where day and month can be exchanged."""
    match = re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", text)
    if match is None:
        return "2026-12-31"
    first, second, year = (int(part) for part in match.groups())
    orders = [(second, first)] if "." in text else [(second, first), (first, second)]
    days = []
    for month, day in orders:
        try:
            days.append(date(year, month, day).isoformat())
        except ValueError:
            continue
    return " or ".join(dict.fromkeys(days)) or "2026-12-31"
