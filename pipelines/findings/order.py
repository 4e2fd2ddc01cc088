"""The order of findings: severity, subject, visit, tube, then along the gating tree from its root."""

from collections.abc import Mapping, Sequence

from tregate.gating.findings import Severity
from tregate.gating.strategy.schema import Strategy
from tregate.pipelines.tubes.records import TubeFinding

SEVERITIES = {Severity.FAIL: 0, Severity.WARN: 1, Severity.INFO: 2}


def in_order(
    findings: Sequence[TubeFinding],
    subjects: Sequence[str],
    visits: Sequence[str],
    strategies: Mapping[str, Strategy],
) -> tuple[TubeFinding, ...]:
    """Worst first; what concerns the study before what concerns a subject, the root of the gating tree first."""
    of_subject, of_visit, of_tube = _places(subjects), _places(visits), _places([*strategies])
    gating = {tube: _places(strategy.gating_order) for tube, strategy in strategies.items()}

    def key(found: TubeFinding) -> tuple[int, ...]:
        return (
            SEVERITIES[found.finding.severity],
            of_subject.get(found.subject, -1),
            of_visit.get(found.visit, -1),
            of_tube.get(found.tube, -1),
            gating.get(found.tube, {}).get(str(found.finding.population), -1),
        )

    return tuple(sorted(findings, key=key))


def _places(names: Sequence[str]) -> Mapping[str, int]:
    return {name: place for place, name in enumerate(names)}
