"""Lymphosum: T + B + NK must be the lymphocytes [IUPAC 13420; CAP]."""

from collections.abc import Iterator

from tregate.gating.findings import Severity
from tregate.gating.wording import percent_text
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.visits import events, visits
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tabulate.visit_tables import lymphosum as lymphosum_of
from tregate.pipelines.tubes.records import TubeFinding


def lymphosum(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Beyond 95 to 105 % warn, beyond 90 to 110 % fail; told on every tube that gave a part."""
    figures = results.sources.figures
    tubes = {figures[name].tube for name in ("lymphocytes", "cd3", "b", "nk")}
    for visit in visits(results):
        total = lymphosum_of(results, visit.subject, visit.visit)
        concerned = [record for record in visit.records if record.tube in tubes]
        few = any((events(record, "lymphocytes") or 0) < limits.least_events for record in concerned)
        if total is None or few or abs(total - 100.0) <= limits.lymphosum_warn_points:
            continue
        failed = abs(total - 100.0) > limits.lymphosum_fail_points
        limit = limits.lymphosum_fail_points if failed else limits.lymphosum_warn_points
        for record in concerned:
            yield at_tube(
                record, "lymphosum", Severity.FAIL if failed else Severity.WARN,
                f"T, B and NK cells add up to {percent_text(total / 100.0)} of lymphocytes, so a gate or a volume is "
                "wrong. Review the lymphocyte gate; if the parts come from two tubes, also check the pipetting.",
                population="lymphocytes", value=total, limit=f"{100 - limit:g} to {100 + limit:g} %",
            )  # fmt: skip
