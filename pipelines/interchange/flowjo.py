"""A FlowJo workspace as drawn gates: every population of every sample once, also those that are refused.

Versions 8 and 9 are read by `flowjo_early.py`.

Its own small reader: FlowKit refuses a whole workspace for one scale or matrix, and compensates an axis without the
prefix of compensated values; here a gate is refused alone. `tests/differential` compares the counts with FlowKit's.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.interchange.drawn import Drawn, DrawnApart, DrawnGate, DrawnLogic, DrawnSample, DrawnShape
from tregate.pipelines.interchange.flowjo_early import StatedSample, drawn_samples, stated_gates, stated_sample
from tregate.pipelines.interchange.flowjo_gates import NotTakenOverError, shape_of
from tregate.pipelines.interchange.flowjo_groups import Placed, gates_of_groups, placed
from tregate.pipelines.interchange.flowjo_nodes import (
    KNOWN,
    LOGIC,
    NAMELESS,
    Node,
    dependents,
    gates_elsewhere,
    name_of,
    nodes_below,
)
from tregate.pipelines.interchange.flowjo_scales import matrix_of, scales_of
from tregate.pipelines.interchange.safe_xml import attribute, children, local_name

MOST_SAMPLES = 20_000
MOST_POPULATIONS = 20_000
"""Populations of all samples of a workspace."""
MOST_CORNERS = 1_000_000
"""Corners of all its polygons."""
_ANY_GATE = tuple(f"{{*}}{kind}" for kind in KNOWN)


class FlowJoSamples:
    """Collects the samples of a workspace one by one, as they are read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.samples: list[DrawnSample] = []
        self.early: list[StatedSample] = []
        self.placed: list[Placed] = []
        self.outside: list[DrawnApart] = []
        self.populations = 0
        self.corners = 0

    def add(self, element: Any) -> None:
        """A `Sample` element. Raises ConfigurationError where the workspace is too large."""
        above = element.getparent()
        if above is None or local_name(above) != "SampleList":
            self._outside(element, "a sample" if above is None else f"a sample within {local_name(above)}")
            return
        if _major(element.getroottree().getroot()) >= 10:
            self._add(_sample(element))
            self.placed.append(placed(element, [gate.path for gate in self.samples[-1].gates]))
        else:
            try:
                early = stated_sample(element)
            except ValueError as error:
                raise self._unreadable(error) from None
            self.early.append(early)
            self.placed.append(placed(element, [gate.path for gate in early.gates]))
            self._bound(len(early.gates), sum(len(gate.points) for gate in early.gates))

    def _outside(self, element: Any, where: str) -> None:
        """Gates of no sample in the list: nothing tells what they are there for."""
        why = f"it stands in {where}, outside of the samples of SampleList, and what that means is not known"
        names = [(name_of(one) or NAMELESS, local_name(one)) for one in element.iterdescendants(*_ANY_GATE)]
        gates = tuple(DrawnGate(name, "", kind, None, why) for name, kind in names)
        if gates:
            self.outside.append(DrawnApart(where, gates, missed=True))
            self._bound(len(gates), 0)

    def _add(self, sample: DrawnSample) -> None:
        self.samples.append(sample)
        shapes = [gate.what for gate in sample.gates if isinstance(gate.what, DrawnShape)]
        self._bound(len(sample.gates), sum(len(shape.vertices) for shape in shapes))

    def _bound(self, populations: int, corners: int) -> None:
        self.populations += populations
        self.corners += corners
        for number, most, what in (
            (max(len(self.samples), len(self.early)), MOST_SAMPLES, "samples"),
            (self.populations, MOST_POPULATIONS, "populations"),
            (self.corners, MOST_CORNERS, "corners of polygons"),
        ):
            if number > most:
                message = f"the workspace has more than {most:,} {what}."
                raise ConfigurationError([Problem(str(self.path), None, message, "Save a workspace of fewer samples.")])

    def _unreadable(self, error: ValueError) -> ConfigurationError:
        message = f"numbers of its samples, matrices or scales cannot be read ({error})."
        return ConfigurationError([Problem(str(self.path), None, message, "Save the workspace again.")])

    def drawn(self, root: Any) -> Drawn:
        """The workspace. Raises ConfigurationError where it states no version from 8 on."""
        version = attribute(root, "flowJoVersion") or ""
        if _major(root) < 8:
            stated = f"is of FlowJo {version[:20]}" if version else "states no version of FlowJo"
            message = f"the workspace {stated}; versions from 8 on are read."
            problem = Problem(str(self.path), None, message, "Open it in FlowJo 10 and save it there.")
            raise ConfigurationError([problem])
        if self.early:
            self.populations = self.corners = 0  # stated before, now drawn
        for listed in children(root, "SampleList"):  # the samples themselves are emptied
            self._outside(listed, "SampleList")
        below = stated_gates if self.early else nodes_below
        try:
            apart = gates_of_groups(root, self.placed, lambda group: ((one.path, one.parent) for one in below(group)))
            self._bound(sum(len(one.gates) for one in apart), 0)
            for sample in drawn_samples(root, self.early):
                self._add(sample)
        except ValueError as error:
            raise self._unreadable(error) from None
        return Drawn(f"FlowJo {version}", tuple(self.samples), apart=(*apart, *self.outside))


def _major(root: Any) -> int:
    """Major version of FlowJo; 0 where none is stated."""
    found = re.match(r"\d{1,3}", attribute(root, "flowJoVersion") or "")
    return 0 if found is None else int(found[0])


def _sample(element: Any) -> DrawnSample:
    keywords = {
        (attribute(one, "name") or "").upper(): attribute(one, "value") or ""
        for group in children(element, "Keywords")
        for one in group
    }
    nodes = children(element, "SampleNode")
    uri = next((attribute(one, "uri") or "" for one in children(element, "DataSet")), "")
    total = keywords.get("$TOT", "").strip()
    matrix = matrix_of(element)
    scales = scales_of(element)
    below = [*(one for node in nodes for one in nodes_below(node)), *gates_elsewhere(element, "SampleNode")]
    gates = [_gate(one, scales, matrix) for one in below]
    return DrawnSample(
        name=(attribute(nodes[0], "name") or "") if nodes else "",
        fil=keywords.get("$FIL", "").strip(),
        uri_name=re.split(r"[\\/]", unquote(uri))[-1],
        n_events=int(total) if total.isdigit() else None,
        matrix=None if isinstance(matrix, str) else matrix,
        gates=tuple(_unrepeated(gates)),
    )


def _gate(node: Node, scales: Any, matrix: Any) -> DrawnGate:
    element, kind = node.element, node.kind
    count = attribute(element, "count")
    stored = int(count) if count is not None and re.fullmatch(r"-?\d+", count) else None
    what: DrawnShape | DrawnLogic | None = None
    refused, shown = node.refused, kind
    try:
        if refused:
            pass
        elif kind in LOGIC:
            what = _logic(element, kind)
        else:
            shapes = [shape for gate in children(element, "Gate") for shape in gate]
            if len(shapes) != 1:
                raise NotTakenOverError(f"it has {len(shapes)} shapes, expected one")
            shown = local_name(shapes[0])
            what = shape_of(shapes[0], scales, matrix)
    except NotTakenOverError as error:
        refused = str(error)
    except ArithmeticError:
        refused = "its numbers are too large"
    except ValueError as error:
        refused = f"its numbers cannot be read ({error})"
    return DrawnGate(node.path, node.parent, shown, what, refused, stored)


def _logic(element: Any, kind: str) -> DrawnLogic:
    of = dependents(element)
    if not of:
        raise NotTakenOverError("it is made of no population")
    if not all(one.strip() for one in of):
        raise NotTakenOverError("it is made of a population without a name")
    return DrawnLogic(LOGIC[kind], tuple(of))


def _unrepeated(gates: list[DrawnGate]) -> Iterator[DrawnGate]:
    """A second population of one path is refused: nothing tells which of the two its children and logic mean."""
    seen: set[str] = set()
    for gate in gates:
        if gate.path in seen:
            yield DrawnGate(gate.path, gate.parent, gate.element, None, "another gate has this path", gate.stored_count)
        else:
            seen.add(gate.path)
            yield gate
