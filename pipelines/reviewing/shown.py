"""What the page shows of a run, a tube, a gate: plain JSON values."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tregate.gating.count.flags import UNMEASURED
from tregate.gating.events import Density, PlacedGate
from tregate.gating.findings import Severity
from tregate.gating.geometry.outlines import score_on_axes
from tregate.gating.geometry.shapes import Axis, Quadric
from tregate.gating.units import Marker, PopulationName
from tregate.pipelines.report.density import levels_of, levels_of_picture
from tregate.pipelines.report.draw import draw_control, draw_gate
from tregate.pipelines.report.drawn_tube import DrawnAxis, DrawnGate
from tregate.pipelines.report.method_labels import logic_words, measured
from tregate.pipelines.report.page_data import axis_data, count_data
from tregate.pipelines.report.strip import Strip, control_data
from tregate.pipelines.report.ticks import scale_of
from tregate.pipelines.review.decision import EXCLUDE, MARKS
from tregate.pipelines.review.judged import gates_to_review
from tregate.pipelines.review.standing import standing
from tregate.pipelines.reviewing.coverage_shown import coverage_of_desk, is_to_review, looks_at
from tregate.pipelines.reviewing.decisions_shown import decision_json
from tregate.pipelines.reviewing.desk import Desk
from tregate.pipelines.reviewing.edits import edit_of
from tregate.pipelines.reviewing.figures import Shown, figures_of_visit
from tregate.pipelines.reviewing.moving import Tried, gates_of
from tregate.pipelines.reviewing.places import BASELINE, BATCH, FALLBACK, OtherPlaces, has_fallback
from tregate.pipelines.reviewing.priority import effects, in_order
from tregate.pipelines.reviewing.repeated import confirmed_by
from tregate.pipelines.tubes.leaves import WITHOUT_VALUE
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

Json = dict[str, Any]
DOTS = 500
"""Events of a population that are shown on the plots of its ancestors."""
__all__ = ["BASELINE", "BATCH", "run_json", "sheet_json", "tried_json", "tube_json"]


def run_json(desk: Desk) -> Json:
    """The run: its tubes in the order in which they are best read, and the state of every one."""
    effect = effects(desk.results, desk.study.analysis, desk.scores, desk.judged)
    tubes = [_tube_line(desk, i, effect.get(i, (False, 0.0))) for i in range(len(desk.records))]
    declared = desk.results.sources.declared
    primary = desk.study.analysis.primary_measure or declared.definition.shown.primary
    named = None if primary is None else declared.place(primary)[1]
    seen = coverage_of_desk(desk)
    return {
        "study": desk.study.name,
        "visits": list(desk.results.visits),
        "reading": desk.reading,
        "primary": None if named is None else declared.heading(named),
        "tubes": tubes,
        "order": in_order(effect, len(tubes)),
        "kinds": _kinds(desk),
        "final": {tube: _final(desk, tube) for tube in desk.study.strategies},
        "signed": [{"words": one.words, "broken": list(one.broken)} for one in desk.signed],
        "entries": len(desk.shown()),
        "reviewed": seen.reviewed,
        "toReview": seen.tubes,
    }


def tube_json(desk: Desk, i: int) -> Json:
    """One tube with all its gates; without any where it failed or is excluded."""
    record = desk.current(i)
    if record.result is None:
        return _of_person(desk, i, record) | {"gates": [], "controls": [], "counts": [], "figures": []}
    tube = desk.tube(i)
    gates = gates_of(record)
    gated = tube.gated(gates, None)
    logic = logic_words(tube.order.strategy)
    places = OtherPlaces(desk.records, desk.results.visits, desk.results.baseline)
    automatic = {*desk.change(i).gates, *(name for name, gate in gates.items() if gate.placed_by)}
    drawn = [
        gate_json(gate, _density(gated.densities, gate.population), logic)
        | {
            "places": _places(places, record, gate, has_fallback(tube, str(gate.population)), automatic),
            "overlays": _overlays(places, record, gate, _density(gated.densities, gate.population)),
        }
        for gate in gates.values()
    ]
    return _of_person(desk, i, record) | {
        "gates": drawn,
        "controls": [one.name for one in tube.order.controls],
        "counts": [count_data(count) for count in record.result.counts],
        "figures": [_figure(one) for one in _figures(desk, record)],
    }


def _of_person(desk: Desk, i: int, record: TubeRecord) -> Json:
    """What is known of a tube beside its gates: findings, marks, decisions."""
    stand = {one.n for one in standing(desk.of_tube(i))}
    return {
        **_tube_line(desk, i, (False, 0.0)),
        "findings": [
            {"severity": f.finding.severity.value, "population": f.finding.population, "message": _words(f, record)}
            for f in desk.findings
            if f.is_of(record)
        ],
        "decisions": [decision_json(one, stand) for one in desk.of_tube(i)],
        "seen": seen(desk, i),
    }


def _words(found: TubeFinding, record: TubeRecord) -> str:
    """A finding's message; of a population for which the tube failed, in the words of failures.csv."""
    is_cause = record.failed and found.finding.check == UNMEASURED and found.finding.severity is not Severity.INFO
    return f"{found.finding.message} {WITHOUT_VALUE}" if is_cause else found.finding.message


def back_json(desk: Desk, i: int, population: str) -> Json:
    """Some events of a population on the plots of the gates that it passed: gate -> [x, y] in its view."""
    tube, gates = desk.tube(i), gates_of(desk.current(i))
    line = set(tube.order.strategy.lineage(population))
    gated = tube.gated(gates, [name for name in gates if name in line])
    if PopulationName(population) not in gated.members:
        return {}
    found: Json = {}
    for density in gated.densities:
        axes = [density.x] if density.y is None else [density.x, density.y]
        scaled = tube.dots(gated, population, axes, DOTS)
        ends = (density.x_ends, density.y_ends)
        views = [1000 * (at - low) / (high - low) for at, (low, high) in zip(scaled, ends, strict=False)]
        if len(views) == 2:
            found[str(density.population)] = np.rint(np.clip(np.column_stack(views), -1, 1001)).astype(int).tolist()
    return found


def control_json(desk: Desk, i: int, name: str) -> Json:
    """Some events of a control tube on the plots of a tube, within its gates as they were kept."""
    tube, gates = desk.tube(i), gates_of(desk.current(i))
    gated = tube.gated(gates, None)
    densities = {one.population: one for one in gated.densities}
    return control_data(draw_control(tube.control(gated, name, DOTS), densities))


def tried_json(made: Tried, logic: Mapping[str, str]) -> Json:
    """What moving a gate gives: the tube's counts, the visit's figures, and the plots that follow."""
    return {
        "gates": [
            gate_json(gate, _density(made.gated.densities, gate.population), logic)
            for gate in made.gated.gates
            if gate.population in made.affected
        ],
        "counts": [count_data(count) for count in made.result.counts],
        "figures": [_figure(one) for one in made.figures],
        "lost": list(made.lost),
    }


def sheet_json(desk: Desk, kind: str, population: str) -> Json:
    """One gate over all tubes of a kind, as small plots."""
    cards = []
    for i, record in enumerate(desk.records):
        if record.tube != kind or record.result is None or record.excluded:
            continue
        gate = gates_of(desk.current(i)).get(PopulationName(population))
        count = desk.records[i].count(population)
        share = None if count is None or count.percent_of_parent is None else count.percent_of_parent.value
        cards.append(
            {
                "i": i,
                "gate": None if gate is None else _small(desk, i, gate),
                "percent": None if share is None else measured(share),
                "warnings": _warnings(desk, record, population),
                "events": None if count is None else count.events,
            }
        )
    return {"kind": kind, "population": population, "cards": cards}


def _warnings(desk: Desk, record: TubeRecord, population: str) -> list[str]:
    """What checks of the run warn of about one gate of a tube."""
    about = [one.finding for one in desk.findings if one.is_of(record) and one.finding.population == population]
    return [finding.message for finding in about if finding.severity is not Severity.INFO]


def seen(desk: Desk, i: int) -> int:
    """Number of the last entry about a tube, by which a decision on an outdated view is recognised."""
    return max((one.n for one in desk.of_tube(i)), default=0)


def gate_json(gate: PlacedGate, density: Density | None, logic: Mapping[str, str]) -> Json:
    """A gate with its picture, and what a person may do with it."""
    drawn = draw_gate(gate, density)
    data = _drawn_json(drawn, None if density is None else levels_of(density.counts))
    data |= {
        "placedBy": gate.placed_by,
        "reason": gate.reason,
        "logic": logic.get(str(gate.population), ""),
        "edit": None if gate.shape is None else edit_of(gate.shape),
        "kind": "" if gate.shape is None else type(gate.shape).__name__.lower(),
    }
    return data | _score(gate, drawn)


def _score(gate: PlacedGate, drawn: DrawnGate) -> Json:
    """Of a learned boundary: its score over its plot, by which the page drags its edge."""
    if not isinstance(gate.shape, Quadric) or drawn.x is None:
        return {}
    ends = ((0.0, 1.0) if axis is None else (axis.low, axis.high) for axis in (drawn.x, drawn.y))
    found = score_on_axes(gate.shape, _axis(drawn.x), None if drawn.y is None else _axis(drawn.y), *ends)
    return {"score": None if found is None or not np.isfinite(found).all() else list(found)}


def _axis(drawn: DrawnAxis) -> Axis:
    return Axis(Marker(drawn.marker), scale_of(drawn.scale))


def _drawn_json(drawn: DrawnGate, levels: npt.NDArray[np.uint8] | None) -> Json:
    data: Json = {
        "population": drawn.population,
        "parent": drawn.parent,
        "method": drawn.method,
        "fallback": drawn.fallback,
        "evidence": list(drawn.evidence),
        "x": None if drawn.x is None else axis_data(drawn.x),
        "y": None if drawn.y is None else axis_data(drawn.y),
        "outlines": [[list(point) for point in outline] for outline in drawn.outlines],
    }
    if drawn.y is not None and levels is not None:
        data["size"] = [int(levels.shape[1]), int(levels.shape[0])]
        data["levels"] = base64.b64encode(_nibbles(levels)).decode("ascii")
    if drawn.profile:
        data["profile"] = list(drawn.profile)
    return data


def _nibbles(levels: npt.NDArray[np.uint8]) -> bytes:
    """Two levels a byte, the left one in the upper half; rows of odd width end with a zero."""
    height, width = levels.shape
    even = np.zeros((height, width + width % 2), dtype=np.uint8)
    even[:, :width] = levels
    return bytes((even[:, 0::2] << 4 | even[:, 1::2]).tobytes())


def _small(desk: Desk, i: int, gate: PlacedGate) -> Json:
    """A gate for the sheet: from the run's own picture where nothing on its way was moved, else from the events."""
    population = str(gate.population)
    drawn = desk.gathered.drawn[i]
    run_gates = gates_of(desk.gathered.records[i])
    above = desk.study.strategies[desk.records[i].tube].grounds(population)
    now = gates_of(desk.records[i])
    same = all(run_gates.get(PopulationName(name)) == now.get(PopulationName(name)) for name in above)
    if same and isinstance(drawn, Strip):
        for one in drawn.gates:
            if one.population == population:
                levels = None if one.picture is None else levels_of_picture(one.picture)
                edit = None if gate.shape is None else edit_of(gate.shape)
                return _drawn_json(one, levels) | {"placedBy": gate.placed_by, "edit": edit} | _score(gate, one)
    gated = desk.tube(i).gated(now, (population,))
    return gate_json(gate, _density(gated.densities, gate.population), {})


def _overlays(places: OtherPlaces, record: TubeRecord, gate: PlacedGate, density: Density | None) -> Json:
    """The same gate at the baseline, the batch's median and the visits beside: name -> outlines."""
    if density is None:
        return {}
    shapes = {name: places.shape(record, gate, name) for name in places.names(record, gate)}
    drawn = {name: draw_gate(replace(gate, shape=shape), density) for name, shape in shapes.items()}
    return {name: [[list(point) for point in outline] for outline in one.outlines] for name, one in drawn.items()}


def _places(
    places: OtherPlaces, record: TubeRecord, gate: PlacedGate, fallback: bool, by_hand: Iterable[PopulationName]
) -> list[str]:
    if gate.shape is None:
        return ["automatic"] if gate.population in by_hand else []
    own = ["automatic"] if gate.population in by_hand else []
    return [*own, *([FALLBACK] if fallback else []), *places.names(record, gate)]


def _density(densities: Sequence[Density], population: PopulationName) -> Density | None:
    return next((one for one in densities if one.population == population), None)


def _tube_line(desk: Desk, i: int, effect: tuple[bool, float]) -> Json:
    record = desk.records[i]
    marks = [one for one in standing(desk.of_tube(i)) if one.wish.action in (*MARKS, EXCLUDE)]
    change = desk.change(i)
    about = [found for found in desk.findings if found.is_of(record)]
    outdated = desk.is_outdated(i)
    gates, seen_gates = gates_to_review(record), looks_at(desk, i)
    return {
        "i": i,
        "subject": record.subject,
        "visit": record.visit,
        "tube": record.tube,
        "file": record.file,
        "gated": is_to_review(record),
        "reviewed": seen_gates.covers(gates),
        "decided": [name for name in gates if name in seen_gates.decided(gates)],
        "toDecide": len(gates),
        "excluded": record.excluded or change.excluded,
        "failed": record.failed,
        "missing": _missing(desk, record),
        "critical": [
            found.finding.message for found in about if found.finding.severity.value == "fail" and not outdated
        ],
        "primary": effect[0],
        "effect": round(effect[1], 2),
        "warnings": sum(found.finding.severity.value in ("warn", "fail") for found in about),
        "outdated": outdated,
        "moved": [str(name) for name in change.moved],
        "confirmedBy": confirmed_by(desk, i),
        "marks": [{"population": m.wish.population, "mark": m.wish.action, "who": m.wish.who} for m in marks],
    }


def _kinds(desk: Desk) -> dict[str, list[str]]:
    """Kind of tube -> its populations that have a gate with a place in some tube, in gating order."""
    placed: dict[str, set[str]] = {}
    for record in desk.records:
        placed.setdefault(record.tube, set()).update(gates_to_review(record))
    return {
        tube: [str(name) for name in strategy.gating_order if str(name) in placed.get(tube, ())]
        for tube, strategy in desk.study.strategies.items()
    }


def _missing(desk: Desk, record: TubeRecord) -> list[str]:
    """Populations that were not measured in a tube: those that the tables read, or any where they read none."""
    counts = () if record.result is None else record.result.counts
    final = _final(desk, record.tube)
    unmeasured = (str(count.population) for count in counts if count.events is None)
    return [name for name in unmeasured if not final or name in final]


def _final(desk: Desk, tube: str) -> list[str]:
    """Populations of a kind of tube that the tables read."""
    sources = desk.results.sources.cells.values()
    return list(dict.fromkeys(str(source.population) for source in sources if source.tube == tube))


def _figures(desk: Desk, record: TubeRecord) -> tuple[Shown, ...]:
    return figures_of_visit(desk.records, desk.results.sources, record.subject, record.visit)


def _figure(shown: Shown) -> Json:
    return {
        "measure": shown.measure,
        "label": shown.label,
        "value": shown.value,
        "text": None if shown.value is None else measured(shown.value),
        "low": None if shown.low is None else measured(shown.low),
        "high": None if shown.high is None else measured(shown.high),
    }
