"""Tubes that need review in groups: one line per cause, with its tubes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tregate.gating.findings import Severity
from tregate.pipelines.report.triage import Triage, TubeStatus

_NUMBERS = re.compile(r"\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class ReviewGroup:
    """One cause and the tubes that have it."""

    attention: Triage
    cause: str
    """Population and check in words, "NK bright: gate fallback"; of failures the stage."""
    why: str
    """Message of the first tube."""
    alike: bool
    """Whether the message is that of all tubes, but for numbers."""
    records: tuple[int, ...]
    """Places of the tubes among the records, in the order of the list."""


def review_groups(statuses: Sequence[TubeStatus]) -> tuple[ReviewGroup, ...]:
    """Failures, critical findings and warnings of the tubes, most severe first, then in the order of the list."""
    causes: dict[tuple[Triage, str, str], list[tuple[int, str]]] = {}
    for status in statuses:
        for attention, cause, kind, why in dict.fromkeys(_causes(status)) if status.flagged else ():
            causes.setdefault((attention, cause, kind), []).append((status.record, why))
    found = [
        ReviewGroup(
            attention,
            cause,
            tubes[0][1],
            len({_NUMBERS.sub("#", why) for _, why in tubes}) == 1,
            tuple(dict.fromkeys(record for record, _ in tubes)),
        )
        for (attention, cause, _), tubes in causes.items()
    ]
    return tuple(sorted(found, key=lambda group: list(Triage).index(group.attention)))


def _causes(status: TubeStatus) -> Iterator[tuple[Triage, str, str, str]]:
    """(how severe, cause, what else distinguishes causes, message)."""
    if status.failure:
        attention = Triage.FAILED if status.attention is Triage.FAILED else Triage.FAIL
        yield (
            attention,
            f"failed at stage {status.failure.partition(':')[0]}",
            _NUMBERS.sub("#", status.failure),
            (status.failure),
        )
    for finding in status.findings:
        if finding.severity is not Severity.INFO:
            cause = ": ".join(filter(None, (str(finding.population), finding.check.replace("_", " "))))
            yield Triage(finding.severity.value), cause, "", finding.message
