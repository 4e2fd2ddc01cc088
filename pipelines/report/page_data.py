"""What the page's script reads of a run: plain JSON values, without the strips of its tubes."""

from collections.abc import Mapping, Sequence
from typing import Any

from tregate.gating.count.estimates import Estimate, PopulationCount
from tregate.gating.findings import Finding
from tregate.pipelines.files.csv_file import field_of
from tregate.pipelines.report.context import ReportContext
from tregate.pipelines.report.control_charts import ControlChart
from tregate.pipelines.report.drawn_tube import DrawnAxis
from tregate.pipelines.report.gate_outliers import Place
from tregate.pipelines.report.method_labels import grouped, logic_words, measured, number
from tregate.pipelines.report.palette import colours
from tregate.pipelines.report.ticks import ticks_of
from tregate.pipelines.report.triage import TubeStatus
from tregate.pipelines.tabulate.flag_sentences import legend

Json = dict[str, Any]


def run_data(
    context: ReportContext,
    tube_statuses: Sequence[TubeStatus],
    places: Mapping[int, Sequence[Place]],
    charts: Sequence[ControlChart],
) -> Json:
    """The run without its pictures."""
    return {
        "run": context.run_id,
        "codes": context.codes,
        "study": context.study,
        "visits": list(context.visits),
        "odd": context.outlier_z,
        "baseline": context.baseline,
        "final": _final(context),
        "colours": {name: [c.hue, c.dash] for name, c in colours(_populations(context)).items()},
        "flags": dict(legend(flag for count in _counts(context) for flag in count.flags)),
        "logic": {tube: logic_words(strategy) for tube, strategy in context.strategies.items()},
        "order": [look.record for look in tube_statuses],
        "tubes": [_tube(context, look, places.get(look.record, ())) for look in sorted_by_record(tube_statuses)],
        "charts": [_chart(chart) for chart in charts],
        "figures": [figure.as_json() for figure in context.figures],
    }


def sorted_by_record(tube_statuses: Sequence[TubeStatus]) -> list[TubeStatus]:
    """The looks in the order of the records."""
    return sorted(tube_statuses, key=lambda look: look.record)


def count_data(count: PopulationCount) -> Json:
    """One row of counts.csv: as a person reads it, and (`exact`) with the digits of the file."""
    facts = [f"events {field_of(count.events)} of {field_of(count.parent_events)}"]
    share, per_ul = count.percent_of_parent, count.cells_per_ul
    if share is not None:
        facts.append(f"percent_of_parent {field_of(share.value)}")
    if per_ul is not None:
        limits = f"{field_of(per_ul.low)} to {field_of(per_ul.high)}"
        facts.append(f"cells_per_ul {field_of(per_ul.value)} ({limits})")
    return {
        "population": count.population,
        "parent": count.parent,
        "events": None if count.events is None else grouped(count.events),
        "percent": None if share is None else measured(share.value),
        "perUl": None if per_ul is None else _with_limits(per_ul),
        "exact": "; ".join(facts),
        "flags": list(count.flags),
    }


def _with_limits(estimate: Estimate) -> str:
    return f"{measured(estimate.value)} ({measured(estimate.low)} to {measured(estimate.high)})"


def _counts(context: ReportContext) -> list[PopulationCount]:
    return [count for record in context.records if record.result is not None for count in record.result.counts]


def _populations(context: ReportContext) -> list[str]:
    return [str(count.population) for count in _counts(context)]


def _final(context: ReportContext) -> list[str]:
    """Populations that the tables read."""
    if context.declared is None:
        return []
    return list(dict.fromkeys(cells.population for cells in context.declared.definition.cells.values()))


def _tube(context: ReportContext, look: TubeStatus, places: Sequence[Place]) -> Json:
    record = context.records[look.record]
    result = record.result
    return {
        "subject": record.subject,
        "visit": record.visit,
        "tube": record.tube,
        "file": record.file,
        "state": look.state.value,
        "attention": look.attention.value,
        "flagged": look.flagged,
        "drawn": context.drawn[look.record] is not None,
        "findings": [_finding(finding) for finding in look.findings],
        "counts": [] if result is None else [count_data(count) for count in result.counts],
        "gates": [] if result is None else [str(gate.population) for gate in result.gates],
        "unplaced": [] if result is None else [str(gate.population) for gate in result.gates if gate.shape is None],
        "beads": [] if result is None else list(result.bead_arrivals),
        "places": [
            [p.population, p.name, number(p.linear), round(p.at, 4), None if p.z is None else round(p.z, 2)]
            for p in places
        ],
    }


def _finding(finding: Finding) -> Json:
    return {
        "severity": finding.severity.value,
        "check": finding.check,
        "population": finding.population,
        "message": finding.message,
    }


def axis_data(axis: DrawnAxis) -> list[Any]:
    """An axis: marker, ticks, and the scaled positions of its ends."""
    return [axis.marker, [[tick.at, tick.text] for tick in ticks_of(axis)], round(axis.low, 4), round(axis.high, 4)]


def _chart(chart: ControlChart) -> Json:
    return {
        "title": chart.title,
        "unit": chart.unit,
        "about": chart.about,
        "centre": chart.centre,
        "sd": chart.sd,
        "rules": [[rule, chart.points[at].label] for rule, at in chart.rules],
        "points": [[point.record, point.label, point.value] for point in chart.points],
    }
