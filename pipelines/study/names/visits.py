"""Words for points in time, in the languages of trials, and their order."""

import datetime
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Phase(IntEnum):
    """Where a kind of visit lies when no number says it."""

    SCREENING = 0
    BASELINE = 1
    TIMED = 2
    AFTER = 3
    END = 4
    FOLLOW_UP = 5
    UNKNOWN = 6


@dataclass(frozen=True, slots=True)
class Moment:
    """When a visit is."""

    phase: Phase
    scale: str = ""
    """"days", "number", "cycle", "date": numbers of two scales cannot be compared."""
    value: float = 0.0


_DAYS = {
    "day": 1, "days": 1, "jour": 1, "jours": 1, "tag": 1, "tage": 1, "dia": 1, "dias": 1, "giorno": 1, "giorni": 1,
    "dag": 1, "dagen": 1, "dzien": 1, "paiva": 1, "gun": 1, "天": 1, "日": 1, "d": 1, "j": 1,
    "week": 7, "weeks": 7, "wk": 7, "wks": 7, "woche": 7, "wochen": 7, "semaine": 7, "semaines": 7, "sem": 7,
    "semana": 7, "semanas": 7, "settimana": 7, "settimane": 7, "uge": 7, "vecka": 7, "uke": 7, "uker": 7,
    "viikko": 7, "tydzien": 7, "tyden": 7, "hafta": 7, "周": 7, "週": 7, "w": 7,
    "month": 30, "months": 30, "mth": 30, "mo": 30, "monat": 30, "monate": 30, "mois": 30, "mes": 30, "meses": 30,
    "mese": 30, "mesi": 30, "maand": 30, "maanden": 30,
    "manad": 30, "maned": 30, "miesiac": 30, "mesic": 30, "kuukausi": 30, "月": 30, "个月": 30, "m": 30,
    "year": 365, "years": 365, "yr": 365, "jahr": 365, "jahre": 365, "annee": 365, "ano": 365, "anno": 365, "y": 365,
    "hour": 1 / 24, "hours": 1 / 24, "hr": 1 / 24, "hrs": 1 / 24, "heure": 1 / 24, "heures": 1 / 24,
    "stunde": 1 / 24, "stunden": 1 / 24, "std": 1 / 24, "hora": 1 / 24, "horas": 1 / 24, "ora": 1 / 24, "ore": 1 / 24,
    "h": 1 / 24, "min": 1 / 1440, "minutes": 1 / 1440,
}  # fmt: skip
_NUMBERED = (
    "visit", "visits", "visite", "visita", "besuch", "bezoek", "timepoint", "time point", "zeitpunkt", "tp", "v", "t",
)  # fmt: skip
_WORDS = {
    Phase.SCREENING: "screening|screen|scr|selection|inclusion|einschluss|enrolment|enrollment",
    Phase.BASELINE: (
        "baseline|base|bl|pre|predose|pre ?dose|pretreatment|pre ?treatment|before|avant|vor|vorher|antes|prima|"
        "ausgangswert|basal|basale|initial|基线|基線|治疗前"
    ),
    Phase.AFTER: "post|postdose|post ?dose|posttreatment|post ?treatment|after|apres|nach|nachher|despues|dopo",
    Phase.END: (
        "eot|et|eos|end ?of ?treatment|end ?of ?study|early ?termination|termination|final|abschluss|fin|"
        "fin ?de ?traitement|ende|therapieende|withdrawal|discontinuation"
    ),
    Phase.FOLLOW_UP: "fu|follow ?up|fup|nachsorge|suivi|seguimiento",
    Phase.UNKNOWN: "unscheduled|unsch|uns|unplanned|relapse|progression|flare|extra",
}
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_LONG = "|".join(sorted((unit for unit in _DAYS if len(unit) > 1), key=len, reverse=True))
_LONG_NUMBERED = "|".join(word.replace(" ", " ?") for word in _NUMBERED if len(word) > 1)
_ORDINAL = r"(?:st|nd|rd|th|te|e|er|eme|\.)?"
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(form))
    for kind, form in (
        ("cycle", r"(?:c|cycle ?|cy|zyklus ?)(?P<cycle>\d{1,2})(?: ?(?:d|day ?|tag ?|j)(?P<number>\d{1,3}))?"),
        ("days", rf"(?P<unit>{_LONG}) ?(?P<number>-?\d{{1,3}})"),
        ("days", r"(?P<unit>[djwmyh]) ?(?P<number>-?\d{1,3})"),
        ("days", rf"(?P<number>\d{{1,3}}){_ORDINAL} ?(?P<unit>{_LONG}|[djwmyh])"),
        ("days", r"第? ?(?P<number>\d{1,3}) ?(?P<unit>天|日|周|週|月|个月)"),
        ("number", rf"(?:{_LONG_NUMBERED}) ?(?P<number>\d{{1,3}})"),
        ("number", r"v ?(?P<number>\d{1,3})"),
        ("number", r"t(?P<number>\d{1,2})"),
        ("hours", r"t(?P<number>\d{1,3}) ?h"),
        *((f"phase {phase.value}", rf"(?:{words}) ?(?P<number>\d{{0,3}})") for phase, words in _WORDS.items()),
        ("date", r"(?P<y>20\d\d) ?(?P<m>0[1-9]|1[0-2]) ?(?P<d>0[1-9]|[12]\d|3[01])"),
        ("date", r"(?P<d>0?[1-9]|[12]\d|3[01]) (?P<m>0?[1-9]|1[0-2]) (?P<y>20\d\d)"),
        ("date", rf"(?P<d>0?[1-9]|[12]\d|3[01]) ?(?P<mon>{_MONTHS})[a-z]* ?(?P<y>20\d\d)"),
    )
)
LONGEST = 4
"""Parts of a name that one visit may take: `end of treatment 2`."""


def moment(text: str) -> Moment | None:
    """When a visit of this name is; None where the name is no word for a point in time.

    Examples
    --------
    >>> moment("Woche 4")
    Moment(phase=<Phase.TIMED: 2>, scale='days', value=28.0)
    >>> moment("TREG") is None
    True
    """
    plain = _plain(text)
    for kind, form in _FORMS:
        if match := form.fullmatch(plain):
            return _moment(kind, match)
    return None


def is_date(text: str) -> bool:
    """Whether the name of a visit is a day of the calendar."""
    found = moment(text)
    return found is not None and found.scale == "date"


def _plain(text: str) -> str:
    """Lower case without accents; blanks for whatever stands between words. A minus before a number stays."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()
    spaced = re.sub(r"(?<=[a-z])\+(?=\d)", "", re.sub(r"[_\s./]+", " ", bare).strip())
    return re.sub(r"(?<=\S)-(?=\S)", " ", spaced)


def _moment(kind: str, match: re.Match[str]) -> Moment | None:
    found = match.groupdict()
    number = float(found.get("number") or 0)
    match kind:
        case "cycle":
            return Moment(Phase.TIMED, "cycle", float(found["cycle"]) * 1000 + number)
        case "days":
            return Moment(Phase.TIMED, "days", number * _DAYS[found["unit"]])
        case "hours":
            return Moment(Phase.TIMED, "days", number / 24)
        case "number":
            return Moment(Phase.TIMED, "number", number)
        case "date":
            month = int(found["m"]) if found.get("m") else _MONTHS.split("|").index(found["mon"]) + 1
            try:
                return Moment(Phase.TIMED, "date", datetime.date(int(found["y"]), month, int(found["d"])).toordinal())
            except ValueError:
                return None
        case _:
            return Moment(Phase(int(kind.split()[1])), "", number)


def in_time_order(visits: Iterable[str]) -> tuple[str, ...]:
    """Visits as they follow each other.

    Screening, baseline, then numbered ones (hours, days, weeks of 7, months of 30, years of 365 days), then after, end
    of treatment, follow-up; names without a word for time come last, by their numbers.
    """
    names = tuple(dict.fromkeys(visits))
    negative = _negative(names)

    def rank(visit: str) -> tuple[int, str, float, str]:
        found = moment(visit)
        if found is None:
            numbers = re.findall(r"\d+", visit)
            return _PREFIXES.get(_prefix(visit), Phase.UNKNOWN + 1), "", float(numbers[-1]) if numbers else 0.0, visit
        return found.phase, found.scale, -found.value if visit in negative else found.value, visit

    return tuple(sorted(names, key=rank))


_PREFIXES = {"pre": Phase.BASELINE, "post": Phase.AFTER}
"""What the beginning of a word says that is otherwise unknown: preIL2, postIL2."""


def _prefix(visit: str) -> str:
    return next((prefix for prefix in _PREFIXES if _plain(visit).startswith(prefix)), "")


def _negative(names: Iterable[str]) -> frozenset[str]:
    """Names whose hyphen is probably a minus: D-7 beside D1, where names have none otherwise."""
    hyphened = {name: match.group(1).casefold() for name in names if (match := re.fullmatch(r"([^\W\d]+)-\d+", name))}
    plain = {match.group(1).casefold() for name in names if (match := re.fullmatch(r"([^\W\d]+)\d+", name))}
    return frozenset(name for name, word in hyphened.items() if word in plain)


def uncertain_order(visits: Iterable[str]) -> tuple[str, ...]:
    """Visits whose place among the others the names do not show: two scales at once, or a word without a number.

    Examples
    --------
    >>> uncertain_order(["Baseline", "D8", "EOT"])
    ('EOT',)
    >>> uncertain_order(["pre", "post"])
    ()
    """
    names = tuple(visits)
    moments = {name: moment(name) for name in names}
    scales = {found.scale for found in moments.values() if found is not None and found.phase is Phase.TIMED}
    later = [n for n, f in moments.items() if f is not None and Phase.AFTER <= f.phase < Phase.UNKNOWN]
    unknown = [name for name, found in moments.items() if found is None or found.phase is Phase.UNKNOWN]
    mixed = [n for n, f in moments.items() if f is not None and f.phase is Phase.TIMED] if len(scales) > 1 else []
    doubtful = {*unknown, *mixed, *_negative(names), *(later if scales or len(later) > 1 else ())}
    return tuple(name for name in names if name in doubtful)
