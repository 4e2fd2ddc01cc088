"""A finding at the tube or the visit it is about."""

from tregate.gating.findings import Finding, Severity
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord


def at_tube(
    record: TubeRecord,
    check: str,
    severity: Severity,
    message: str,
    *,
    population: str = "",
    value: float | None = None,
    limit: str = "",
    of_setup: bool = False,
) -> TubeFinding:
    """A finding about one tube.

    of_setup: its cause is not the tube's own events, so tubes that share it are reported once (findings/causes.py).
    """
    finding = Finding(check, severity, message, population, value, limit)
    return TubeFinding(record.subject, record.visit, record.tube, record.file, finding, of_setup=of_setup)


def beads_of(record: TubeRecord) -> str:
    """The tube's beads, where it counts them: a finding about them concerns concentrations and no percentage.

    Of several populations that are no cells the one of the shortest name: beads, not their doublets or region.
    """
    return min(record.not_cells, key=lambda name: (len(name), name), default="")
