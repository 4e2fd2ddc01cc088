"""File names -> subject, visit and tube; visits in the order of time."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tregate.gating.errors import ConfigurationError, Problem

FIELDS = ("subject", "visit", "tube")

_UNITS = "day|jour|week|wk|semaine|month|mois|visit|visite|year|d|j|w|m|v|y"
_VISIT = re.compile(
    rf"(?P<unit>baseline|base|bl|screening|scr|{_UNITS})[ _.-]?(?P<number>\d{{0,3}})",
    re.IGNORECASE,
)
_DAYS = {"d": 1, "day": 1, "j": 1, "jour": 1, "w": 7, "wk": 7, "week": 7, "semaine": 7,
         "m": 30, "month": 30, "mois": 30, "y": 365, "year": 365}  # fmt: skip
_FIRST = {"screening": -2, "scr": -2, "baseline": -1, "base": -1, "bl": -1}
_APART = rf"(?:{_UNITS})[ _-]\d{{1,3}}(?![^_\s-])"
_PARTS = tuple(re.compile(rf"(?<![^{edges}])(?:{_APART}|[^{edges}]+)", re.IGNORECASE) for edges in (r"_\s", r"_\s-"))
"""Parts of a name: between underscores and blanks; where that finds no visit, between hyphens too. A unit of time and
its number are one part though a blank, an underscore or a hyphen stands between them: `Visit 2`, `day_8`."""
_EDGES = "_- \t"


@dataclass(frozen=True, slots=True)
class Named:
    """What a file's name says. "" for what it does not."""

    subject: str
    visit: str = ""
    tube: str = ""


def pattern(written: str) -> re.Pattern[str]:
    """`{subject}_{visit}_{tube}` as a regular expression for file names without their ending.

    `*` stands for anything. Raises ConfigurationError where a field is unknown, given twice, or subject is missing.
    """
    parts = re.split(r"(\{[^}]*\}|\*)", written)
    fields = [part[1:-1] for part in parts if part.startswith("{")]
    unknown = [name for name in fields if name not in FIELDS]
    twice = [name for name in FIELDS if fields.count(name) > 1]
    if unknown or twice or "subject" not in fields:
        wrong = ", ".join(unknown) or ", ".join(twice) or "subject is missing"
        message = f'the pattern "{written}" is not valid ({wrong}).'
        remedy = "Write it with {subject}, {visit} and {tube}, for example '{subject}_{visit}_{tube}'."
        raise ConfigurationError([Problem("--pattern", None, message, remedy)])
    made = ""
    for part in parts:
        if part == "*":
            made += ".*"
        elif part.startswith("{"):
            made += f"(?P<{part[1:-1]}>.+?)"
        else:
            made += re.escape(part)
    return re.compile(made, re.IGNORECASE)


def by_pattern(stem: str, wanted: re.Pattern[str]) -> Named | None:
    """What the pattern finds in a name; None where it does not fit the whole of it."""
    match = wanted.fullmatch(stem)
    if match is None:
        return None
    found = match.groupdict()
    return Named(found["subject"], found.get("visit") or "", found.get("tube") or "")


def by_parts(stem: str) -> Named | None:
    """Subject, visit and tube of names such as `S01_D8_TREG`: the visit is the part that looks like a time.

    What comes before it is the subject, what comes after it the tube. None where no part looks like a visit.
    """
    for parts in _PARTS:
        for part in list(parts.finditer(stem))[1:]:
            if _is_visit(part.group()):
                return Named(stem[: part.start()].strip(_EDGES), part.group(), stem[part.end() :].strip(_EDGES))
    return None


def _is_visit(part: str) -> bool:
    """A unit of time is a visit with its number only: the M of `Doe_M_D8_T` is an initial."""
    match = _VISIT.fullmatch(part)
    return match is not None and (bool(match.group("number")) or match.group("unit").lower() in _FIRST)


def in_time_order(visits: Iterable[str]) -> tuple[str, ...]:
    """Visits as they follow each other: screening, baseline, then days, weeks (7), months (30), years (365 days).

    Names without a unit of time come after those, by their numbers.
    """
    return tuple(sorted(dict.fromkeys(visits), key=_moment))


def _moment(visit: str) -> tuple[float, float, str]:
    match = _VISIT.fullmatch(visit)
    unit = match.group("unit").lower() if match else ""
    number = float(match.group("number") or 0) if match else 0.0
    if unit in _FIRST:
        return 0, _FIRST[unit], visit
    if unit in _DAYS:
        return 0, number * _DAYS[unit], visit
    numbers = re.findall(r"\d+", visit)
    return 1, float(numbers[-1]) if numbers else 0.0, visit
