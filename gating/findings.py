"""Finding: what is doubtful about a result. The result stays, flagged."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """`info` is a note, `warn` flags the value, `fail` asks for review before the value is used."""

    INFO = "info"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One quality finding about one tube (or, with no population, about all of it)."""

    check: str
    """Name of the check, in snake_case; it is also the flag on the rows it concerns."""
    severity: Severity
    message: str
    """What was seen and what to do, for a technician."""
    population: str = ""
    value: float | None = None
    limit: str = ""
    """The limit as a person reads it: "at least 1000", "0.9 to 1.1"."""
