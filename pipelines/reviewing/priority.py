"""Which tube first: by what its gates may do to the primary endpoint, not by the number of findings.

The effect of a tube is the relative SD [%] that its gates add to the value (counts.csv: gate_cv_percent), times
the distance of its gates from those of the batch where that is large (|z| / 3.5, one at least), times three where a
check warns about a population the value is made of. A tube whose gates left nothing to count has the whole
value at stake (100 %). Tubes that the primary endpoint is not made of come after.

Of a tube that a reader had reviewed when the run was opened only the SD remains: distance and warnings were judged.
"""

import math
from collections.abc import Collection, Mapping

from tregate.gating.findings import Severity
from tregate.pipelines.crosschecks.outliers import ScoreKey
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.tabulate.flags import findings_about, lineage
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tabulate.value import Origin

FAR = 3.5
"""|z| from which a gate's place is an outlier."""
WARNED = 3.0
WHOLE = 100.0
"""Effect of a tube that gives no value [%]."""

Effect = tuple[bool, float]
"""(whether the primary endpoint is made of the tube, effect [%])."""


def effects(
    results: Results, analysis: Analysis, scores: Mapping[ScoreKey, float], judged: Collection[int] = ()
) -> dict[int, Effect]:
    """Position among the records -> the tube's effect. judged: positions of the tubes that were reviewed."""
    declared, first = results.sources.declared, _primary(results, analysis)
    measures = dict.fromkeys(column.measure for columns in declared.sheets.values() for column in columns)
    at = {(record.subject, record.visit, record.tube, record.file): i for i, record in enumerate(results.records)}
    far = _farthest(scores)
    found: dict[int, Effect] = {}
    for measure in measures:
        for subject in results.subjects:
            for visit in results.visits:
                for origin in results.values.of(measure, subject, visit).origins:
                    record = origin.record
                    i = at[record.subject, record.visit, record.tube, record.file]
                    size = _gate_cv(origin) if i in judged else _effect(results, origin, far)
                    effect = (measure == first, size)
                    found[i] = max(found.get(i, (False, 0.0)), effect)
    kinds = primary_populations(results, analysis)
    failed = {i: (record.tube in kinds, WHOLE) for i, record in enumerate(results.records) if record.failed}
    return {**found, **failed}


def primary_populations(results: Results, analysis: Analysis) -> dict[str, tuple[str, ...]]:
    """Kind of tube -> its populations that the primary endpoint is made of."""
    first = _primary(results, analysis)
    found: dict[str, tuple[str, ...]] = {}
    for cells in () if first is None else results.sources.declared.cells_of(first):
        source = results.sources.cells[cells]
        if source.tube is not None:
            found[source.tube] = (*found.get(source.tube, ()), str(source.population))
    return found


def _primary(results: Results, analysis: Analysis) -> str | None:
    """Measure of the primary endpoint."""
    declared = results.sources.declared
    primary = analysis.primary_measure or declared.definition.shown.primary
    place = None if primary is None else declared.place(primary)
    return None if place is None else place[1]


def in_order(effect: Mapping[int, Effect], tubes: int) -> list[int]:
    """Every tube, the one with the largest effect on the primary endpoint first."""
    return sorted(range(tubes), key=lambda i: (not effect.get(i, (False, 0.0))[0], -effect.get(i, (False, 0.0))[1], i))


def _effect(results: Results, origin: Origin, far: Mapping[tuple[str, str, str, str, str], float]) -> float:
    record = origin.record
    if record.count(origin.population) is None:
        return 0.0
    place = (record.subject, record.visit, record.tube, record.file)
    z = max((far.get((*place, name), 0.0) for name in lineage(record, origin.population)), default=0.0)
    about = findings_about(
        results.doubts,
        record,
        origin.population,
        concentration=origin.by_own_beads,
        per_ul=origin.per_ul,
        of=origin.of,
        marker=origin.marker,
    )
    warned = any(found.finding.severity is not Severity.INFO for found, _ in about)
    return _gate_cv(origin) * max(1.0, z / FAR) * (WARNED if warned else 1.0)


def _gate_cv(origin: Origin) -> float:
    """Relative SD [%] that the gates add to the value."""
    count = origin.record.count(origin.population)
    term = 0.0 if count is None else math.hypot(count.gate.own, count.gate.above if origin.by_beads else 0.0)
    return 0.0 if count is None else 100.0 * max(term, 0.001)


def _farthest(scores: Mapping[ScoreKey, float]) -> dict[tuple[str, str, str, str, str], float]:
    found: dict[tuple[str, str, str, str, str], float] = {}
    for (subject, visit, tube, file, population, _), z in scores.items():
        key = (subject, visit, tube, file, population)
        found[key] = max(found.get(key, 0.0), abs(z))
    return found
