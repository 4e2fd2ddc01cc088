"""A workspace of FlowJo 8 or 9 (Mac) as drawn gates.

Matrices and tables of scales follow the samples in the file, so gates are kept as stated and drawn at its end. What an
element means was found with the counts that workspaces of 8.7.3 and 9.2 store (docs/sources.md, "Workspaces of FlowJo
before version 10"); a magnetic gate moves in a way that is not public, so it is refused.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from tregate.pipelines.interchange.drawn import DrawnAxis, DrawnGate, DrawnLogic, DrawnMatrix, DrawnSample, DrawnShape
from tregate.pipelines.interchange.flowjo_displays import Display, beyond_the_ends, calibration_tables, ellipse, polygon
from tregate.pipelines.interchange.flowjo_gates import MOST_VERTICES, NotTakenOverError
from tregate.pipelines.interchange.flowjo_nodes import NAMELESS, name_of, path_of
from tregate.pipelines.interchange.safe_xml import attribute, children, local_name
from tregate.pipelines.interchange.strategy_names import cleaned

_SHAPES = ("Polygon", "PolyRect", "Range", "Ellipse")
_AXES = ("xAxisName", "yAxisName")
_PARTS = ("Population", "Statistic", "StainCriterion", "Graph", "Group", "PolygonGate", "BooleanGate", *_SHAPES)
_UNKNOWN_NODES = "*[not({})][@name or @count]".format(" or ".join(f"local-name()='{kind}'" for kind in _PARTS))


@dataclass(frozen=True, slots=True)
class StatedGate:
    """A population as the file states it."""

    path: str
    parent: str
    element: str
    channels: tuple[str, ...] = ()
    points: tuple[tuple[float, float], ...] = ()
    logic: DrawnLogic | None = None
    refused: str = ""
    stored_count: int | None = None


@dataclass(frozen=True, slots=True)
class StatedSample:
    """A sample before the file's matrices and tables are known."""

    name: str
    fil: str
    n_events: int | None
    matrix: int
    """Number of its matrix from 1; 0 where it has none."""
    tables: Mapping[str, int]
    """Channel -> number of its table from 1."""
    logarithmic: Mapping[str, float]
    """Channel on a logarithmic axis without a table -> the lower end of the axis."""
    factors: Mapping[str, float]
    """Channel whose gates are in other units than the file's -> linear intensity of one."""
    gates: tuple[StatedGate, ...]


def stated_sample(element: Any) -> StatedSample:
    """What a `Sample` element states."""
    keywords = {
        (attribute(one, "name") or "").upper(): (attribute(one, "value") or "").strip()
        for group in children(element, "Keywords")
        for one in group
    }
    every = children(element, "Parameter")
    parameters = [one for one in every if attribute(one, "log") == "1"]
    tables = {name_of(one): _number(attribute(one, "calibrationIndex")) for one in parameters}
    nodes = children(element, "SampleNode")
    total = keywords.get("$TOT", "")
    return StatedSample(
        name=name_of(nodes[0]) if nodes else "",
        fil=keywords.get("$FIL", ""),
        n_events=int(total) if total.isdigit() else None,
        matrix=_number(attribute(element, "compensationID")),
        tables={name: number for name, number in tables.items() if number},
        logarithmic={
            name_of(one): float(attribute(one, "lowValue") or 1) for one in parameters if not tables[name_of(one)]
        },
        factors={name_of(one): factor for one in every if (factor := _factor(one, keywords)) != 1},
        gates=tuple(_found([gate for node in nodes for gate in stated_gates(node)])),
    )


def _factor(parameter: Any, keywords: Mapping[str, str]) -> float:
    """8.7 states gates of a linear channel without gain in channels of the display, 4,096 for a `$PnR` of 262,144."""
    number = next((key[2:-1] for key, name in keywords.items() if key.endswith("N") and name == name_of(parameter)), "")
    top, shown = float(keywords.get(f"$P{number}R") or 0), float(attribute(parameter, "range") or 0)
    displayed = attribute(parameter, "log") != "1" and float(attribute(parameter, "gain") or 1) == 1
    return top / shown if displayed and top > 0 and shown > 0 else 1.0


def drawn_samples(root: Any, stated: list[StatedSample]) -> Iterator[DrawnSample]:
    """The samples with the matrices and tables at the end of the file."""
    matrices = [_matrix(one) for group in children(root, "CompensationMatrices") for one in group]
    named = calibration_tables(root)
    for sample in stated:
        matrix = matrices[sample.matrix - 1] if 0 < sample.matrix <= len(matrices) else None
        axes = _Axes(sample, matrix, named)
        yield DrawnSample(
            name=sample.name,
            fil=sample.fil,
            uri_name="",
            n_events=sample.n_events,
            matrix=matrix,
            gates=tuple(_drawn(gate, axes) for gate in sample.gates),
        )


@dataclass(frozen=True, slots=True)
class _Axes:
    sample: StatedSample
    matrix: DrawnMatrix | None
    tables: tuple[tuple[str, tuple[float, ...]], ...]

    def of(self, written: str) -> tuple[DrawnAxis, Display]:
        """The axis that a gate names, and how it lies on the display. Raises NotTakenOverError."""
        matrix = self.matrix
        channel = written
        if matrix is not None and matrix.prefix and written.startswith(matrix.prefix):
            channel = written.removeprefix(matrix.prefix).removesuffix(matrix.suffix)
        elif re.fullmatch(r"<.*>", written):
            raise NotTakenOverError(f"{written} is compensated, and the sample names no matrix")
        compensated = channel != written
        if compensated and matrix is not None and channel not in matrix.detectors:
            raise NotTakenOverError(f"{written} is compensated, and its matrix has no {channel}")
        named = dict(self.tables).get(f"{matrix.name} {written}") if compensated and matrix is not None else None
        number = self.sample.tables.get(channel, 0)
        if named is None and 0 < number <= len(self.tables):
            named = self.tables[number - 1][1]
        display = Display(named, self.sample.logarithmic.get(channel), self.sample.factors.get(channel, 1.0))
        return DrawnAxis(channel, compensated, None), display


def _drawn(gate: StatedGate, axes: _Axes) -> DrawnGate:
    what: DrawnShape | DrawnLogic | None = gate.logic
    refused = gate.refused
    if not refused and what is None:
        try:
            what = _shape(gate, axes)
        except NotTakenOverError as error:
            refused = str(error)
    return DrawnGate(gate.path, gate.parent, gate.element, what, refused, gate.stored_count)


def _shape(gate: StatedGate, axes: _Axes) -> DrawnShape:
    found = [axes.of(channel) for channel in gate.channels]
    drawn, displays = tuple(one for one, _ in found), tuple(display for _, display in found)
    points = tuple(tuple(v * d.factor for v, d in zip(point, displays, strict=False)) for point in gate.points)
    if gate.element in ("Range", "PolyRect"):
        columns = list(zip(*points, strict=True))
        sides = tuple(
            beyond_the_ends(display, min(column), max(column))
            for display, column in zip(displays, columns, strict=True)
        )
        return DrawnShape(drawn, sides=sides)
    make = ellipse if gate.element == "Ellipse" else polygon
    return DrawnShape(drawn, vertices=make([(x, y) for x, y in points], (displays[0], displays[1])))


def stated_gates(node: Any, parent: str = "") -> Iterator[StatedGate]:
    """The populations below an element, parents first."""
    seen: set[str] = set()
    for element in children(node, "Population"):
        name = name_of(element)
        path = path_of(parent, name if name.strip() else NAMELESS)
        count = attribute(element, "count")
        stored = int(count) if count is not None and re.fullmatch(r"-?\d+", count) else None
        try:
            if path in seen:
                raise NotTakenOverError("another gate has this path")
            if not name.strip():
                raise NotTakenOverError("it has no name")
            yield _stated(element, path, parent, stored)
        except (NotTakenOverError, ValueError) as error:
            yield StatedGate(path, parent, "Population", refused=str(error), stored_count=stored)
        yield from stated_gates(element, path)
        seen.add(path)
    for other in node.xpath(_UNKNOWN_NODES):
        path = path_of(parent, name_of(other) or f"({local_name(other)})")
        why = f"it is a node of the kind {local_name(other)[:40]}, whose meaning is not known"
        yield StatedGate(path, parent, local_name(other), refused=why)
    for other in node.iterchildren():
        for element in other.iterdescendants("{*}Population") if local_name(other) != "Population" else ():
            path = path_of(parent, name_of(element) or NAMELESS)
            why = f"it stands within {local_name(other)}, whose meaning is not known"
            yield StatedGate(path, parent, "Population", refused=why)


def _found(gates: Sequence[StatedGate]) -> Iterator[StatedGate]:
    """With the paths of Boolean gates as the gates have them: where a name ends with spaces, paths keep them or not."""
    known = {gate.path for gate in gates}
    stripped = {path.strip(): path for path in known}
    unclear = {path for path in known if stripped[path.strip()] != path}
    meant = {short: path for short, path in stripped.items() if short not in {one.strip() for one in unclear}}

    def found(paths: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(path if path in known else meant.get(path.strip(), path.strip()) for path in paths)

    for gate in gates:
        logic = gate.logic
        if logic is not None:
            logic = DrawnLogic(logic.kind, found(logic.of), found(logic.without))
        yield replace(gate, logic=logic)


def _stated(element: Any, path: str, parent: str, stored: int | None) -> StatedGate:
    logic = children(element, "BooleanGate")
    if logic:
        of = tuple(cleaned(path) for path in _texts(logic[0], "GatePaths"))
        return StatedGate(path, parent, "BooleanGate", logic=_logic(logic[0], of), stored_count=stored)
    gates = children(element, "PolygonGate")
    shapes = [one for gate in gates for one in children(gate, *_SHAPES)]
    if len(gates) != 1 or len(shapes) != 1:
        kinds = ", ".join(local_name(one) for one in element if local_name(one) not in ("Population", "StainCriterion"))
        raise NotTakenOverError(f"its gate has no known form ({kinds[:60] or 'no gate'})")
    if attribute(gates[0], "magnetic") == "1":
        raise NotTakenOverError("it is a magnetic gate, and how it moves is not public")
    kind = local_name(shapes[0])
    vertices = [one for group in children(shapes[0], "Polygon") for one in children(group, "Vertex")]
    if not 2 <= len(vertices) <= MOST_VERTICES:
        raise NotTakenOverError(f"it has {len(vertices)} corners, and 2 to {MOST_VERTICES:,} are read")
    points = tuple((float(attribute(one, "x") or "nan"), float(attribute(one, "y") or "nan")) for one in vertices)
    stated = [name.strip() for name in _texts(gates[0], "ParameterNames")]
    named = stated or [attribute(shapes[0], axis) or "" for axis in _AXES]  # 8.7 names none
    if not all(isfinite(value) for point in points for value in point):
        raise NotTakenOverError("a corner is not two numbers")
    channels = tuple(name for name in named if name)
    wanted = 1 if kind == "Range" else 2
    if len(channels) != wanted or len(set(channels)) < wanted:
        raise NotTakenOverError(f"a {kind} on {len(channels)} axes is not known")
    return StatedGate(path, parent, kind, channels, points, stored_count=stored)


def _logic(element: Any, of: tuple[str, ...]) -> DrawnLogic:
    """`G0 & G1 & !G2`: of one operator, the gates by their place among the paths."""
    text = (attribute(element, "specification") or "").replace(" ", "")
    operators = {one for one in text if one in "&|"}
    parts = re.split(r"[&|]", text)
    numbers = [re.fullmatch(r"(!?)G(\d+)", part) for part in parts]
    if len(operators) > 1 or not all(numbers):
        raise NotTakenOverError(f'its formula "{text[:40]}" is not of one operator')
    plain = tuple(of[int(one[2])] for one in numbers if one and not one[1] and int(one[2]) < len(of))
    without = tuple(of[int(one[2])] for one in numbers if one and one[1] and int(one[2]) < len(of))
    if len(plain) + len(without) < len(parts) or ("|" in operators and without):
        raise NotTakenOverError(f'its formula "{text[:40]}" has no form in a strategy')
    if not plain:
        return DrawnLogic("none_of", without)
    return DrawnLogic("any_of" if "|" in operators else "all_of", plain, without)


def _matrix(element: Any) -> DrawnMatrix:
    rows = children(element, "Channel")
    names = tuple(name_of(row) for row in rows)
    values = [
        {name_of(one): float(attribute(one, "value") or "nan") for one in children(row, "ChannelValue")} for row in rows
    ]
    return DrawnMatrix(
        name=name_of(element),
        detectors=names,
        rows=tuple(tuple(row.get(name, 0.0) for name in names) for row in values),
        prefix=attribute(element, "prefix") or "",
        suffix=attribute(element, "suffix") or "",
    )


def _texts(element: Any, group: str) -> tuple[str, ...]:
    lists = [array for one in children(element, group) for array in children(one, "StringArray")]
    return tuple(one.text or "" for array in lists for one in children(array, "String"))


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdigit() else 0
