"""`--pattern`: how a person says that file names read."""

import re
from dataclasses import dataclass

from tregate.gating.errors import ConfigurationError, Problem

FIELDS = ("subject", "visit", "tube")


@dataclass(frozen=True, slots=True)
class Named:
    """What a file's name says. "" for what it does not."""

    subject: str
    visit: str = ""
    tube: str = ""
    unread: str = ""
    """What of the name stands where a visit is expected and is no word for one."""


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
