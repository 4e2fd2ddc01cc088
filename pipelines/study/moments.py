"""Days and times as sheets write them, and study days counted from them."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self

_WRITTEN = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?")

_DAY_AND_CLOCK = re.compile(
    r"(\S+?),?[T ]\s*(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:\.\d+)?)?"
    r"\s*(?:(?P<half>[AaPp])\.?[Mm]\.?)?\s*(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?"
)
_EXAMPLE = "2026-12-31"


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
    """The day that was probably meant, as it should be written; both where day and month can be exchanged.

    Examples
    --------
    >>> iso_words("15.01.2024"), iso_words("2024/1/5"), iso_words("03/04/2024")
    ('2024-01-15', '2024-01-05', '2024-04-03 or 2024-03-04')
    """
    return " or ".join(_days_meant(text)) or _EXAMPLE


def moment_words(text: str) -> str:
    """The day, or day and time, that was probably meant, as it should be written.

    Examples
    --------
    >>> moment_words("2024-01-15 9:30 PM")
    '2024-01-15T21:30'
    """
    found = _DAY_AND_CLOCK.fullmatch(text)
    days = _days_meant(found[1] if found else text.partition(" ")[0])
    clock = _clock_meant(found) if found else ""
    if not clock:
        return f"{' or '.join(days) or _EXAMPLE}, or with the time as {(days or [_EXAMPLE])[0]}T09:30"
    if not days:
        return f"year, month and day, such as {_EXAMPLE}T{clock}"
    zone = ", in local time without a time zone" if found and found["zone"] else ""
    return " or ".join(f"{day}T{clock}" for day in days) + zone


def _clock_meant(found: re.Match[str]) -> str:
    """24 hours as 09:30 or 09:30:15; "" for none."""
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        moment = time(hour, int(found["minute"]), int(found["second"] or 0))
    except ValueError:
        return ""
    return moment.isoformat("seconds" if found["second"] else "minutes")


def _days_meant(text: str) -> list[str]:
    """Days as 2024-01-15, the more probable first."""
    if match := re.fullmatch(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})", text):
        year, month, day = (int(part) for part in match.groups())
        orders = [(month, day)]
    elif match := re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", text):
        first, second, year = (int(part) for part in match.groups())
        orders = [(second, first)] if "." in text else [(second, first), (first, second)]
    else:
        return []
    days = []
    for month, day in orders:
        try:
            days.append(date(year, month, day).isoformat())
        except ValueError:
            continue
    return list(dict.fromkeys(days))
