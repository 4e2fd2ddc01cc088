"""One tube of a run as a sample of a FlowJo 10 workspace: compensation, scales, gates by name, counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from tregate.gating.events import Gated, PlacedGate, Prepared, Spillover
from tregate.gating.geometry.shapes import Axis, Polygon, axes_of
from tregate.gating.strategy.schema import ALL, Strategy
from tregate.gating.units import Marker, PopulationName
from tregate.pipelines.interchange.flowjo_keywords import add_keywords, add_scales, display_name
from tregate.pipelines.interchange.flowjo_matrix import add_matrix, prefix_for
from tregate.pipelines.interchange.flowjo_parts import Part, display_scales, parts_of
from tregate.pipelines.interchange.gating_ml_shapes import DATA_TYPES, GATING, LOWEST, number_text
from tregate.pipelines.interchange.tree_writer import NOTE, Document, NoFormError, Operand, TreeWriter


@dataclass(frozen=True, slots=True)
class SamplePlace:
    """What a workspace calls a tube."""

    number: int
    """Its sampleID, from 1; no two alike."""
    name: str
    """No two alike."""
    uri: str
    matrix: str
    """Name of the matrix; the same name is the same matrix."""


def flowjo_sample(
    prepared: Prepared, strategy: Strategy, gated: Gated, spillover: Spillover | None, place: SamplePlace
) -> tuple[Element, Document]:
    """The `Sample` element, and what it holds; ids are paths of populations, and the text is empty."""
    return _Writer(prepared, strategy, gated, spillover, place).sample()


class _Writer(TreeWriter):
    """State of one sample: the place of every population's children."""

    def __init__(
        self, prepared: Prepared, strategy: Strategy, gated: Gated, spillover: Spillover | None, place: SamplePlace
    ) -> None:
        super().__init__(prepared, strategy, gated)
        self.place = place
        self.spillover = spillover
        self.recorded = tuple(one for one in prepared.sample.parameters if not one.computed)
        self.channels = [display_name(parameter) for parameter in self.recorded]
        self.prefix = prefix_for(self.channels)
        self.mixed = frozenset() if spillover is None else frozenset(map(str, spillover.channels))
        self.scales = display_scales(prepared, gated)
        self.element = Element("Sample")
        SubElement(self.element, "DataSet", {"uri": place.uri, "sampleID": str(place.number)})
        if spillover is not None:
            add_matrix(self.element, spillover, place.matrix, self.prefix)
        add_scales(self.element, self.recorded, self.scales, self.mixed, self.prefix)
        add_keywords(self.element, self.recorded, prepared.n_events)
        node = SubElement(self.element, "SampleNode", _labels(place.name) | {"sampleID": str(place.number)})
        node.set("count", str(prepared.n_events))
        self.nodes: dict[str, Element] = {ALL: node}
        self.below: dict[str, Element] = {}
        self.outside: dict[tuple[str, str], str] = {}

    def sample(self) -> tuple[Element, Document]:
        self.walk()
        return self.element, Document("", self.ids, self.forms, self.refused, self.skipped, frozenset(self.formless))

    # ------------------------------------------------------------ gates

    def shaped(self, name: PopulationName, parent: str, placed: PlacedGate) -> None:
        assert placed.shape is not None
        events = self.gated.mask(self.gated.parents[name])
        self._check_channels(axes_of(placed.shape))
        shape = parts_of(placed.shape, self.scales, self.prepared, events)
        if len(shape.chains) == 1:
            *outer, innermost = shape.chains[0]
            for i, part in enumerate(outer, start=1):
                parent = self._shape(f"{name} side {i}", parent, part)
            path = self._shape(name, parent, innermost)
        else:
            parts = [self._shape(f"{name} part {i}", parent, one) for i, (one,) in enumerate(shape.chains, start=1)]
            path = self._logic("OrNode", name, parent, parts)
        self._know(name, path, shape.form)
        self.nodes[path].set("annotation", str(placed.evidence.get(NOTE, "")))

    def combined(self, name: str, parent: str, operands: Sequence[Operand]) -> None:
        if len(operands) == 1 and operands[0][1]:
            path, form = self._logic("NotNode", name, parent, [operands[0][0]]), "NotNode"
        else:
            of = [self._outside(one, parent) if without else one for one, without in operands]
            # FlowJo combines two populations or more: one is said twice
            path, form = self._logic("AndNode", name, parent, of if len(of) > 1 else [*of, *of]), "AndNode"
        self._know(name, path, form)

    def union(self, name: str, parent: str, of: Sequence[str]) -> str:
        # FlowKit loses a node that refers to its own parent
        return self._logic("OrNode", name, ALL if parent in of else parent, of if len(of) > 1 else [*of, *of])

    def _outside(self, of: str, parent: str) -> str:
        """What lies outside of a gate: FlowJo's And has no complement."""
        if (of, parent) not in self.outside:
            self.outside[of, parent] = self._logic("NotNode", f"not {of.rpartition('/')[2]}", parent, [of])
        return self.outside[of, parent]

    def _know(self, name: str, path: str, form: str) -> None:
        self.ids[name], self.forms[name] = path, form
        self.nodes[path].set("count", str(self.gated.events[PopulationName(name)]))

    def _logic(self, kind: str, name: str, parent: str, of: Sequence[str]) -> str:
        element, path = self._node(kind, name, parent)
        dependents = SubElement(element, "Dependents")
        for one in of:
            SubElement(dependents, "Dependent", {"name": one})
        return path

    def _shape(self, name: str, parent: str, part: Part) -> str:
        element, path = self._node("Population", name, parent)
        identity = f"ID{self.place.number * 1_000_000 + len(self.nodes)}"
        gate = SubElement(element, "Gate", {_g("id"): identity})
        kind = "PolygonGate" if isinstance(part, Polygon) else "RectangleGate"
        shape = SubElement(gate, _g(kind), {"eventsInside": "1", "userDefined": "1", _g("id"): identity})
        dimensions = [self._dimension(shape, marker) for marker in _markers(part)]
        if isinstance(part, Polygon):
            shape.attrib.update({"quadId": "-1", "gateResolution": "256"})
            for vertex in part.vertices:
                corner = SubElement(shape, _g("vertex"))
                for value in vertex:
                    SubElement(corner, _g("coordinate"), {f"{{{DATA_TYPES}}}value": number_text(value)})
        else:
            shape.attrib.update({"percentX": "0", "percentY": "0"})
            for side, dimension in zip(part, dimensions, strict=True):
                low = LOWEST if side.low is None and side.high is None else side.low
                for limit, at in (("min", low), ("max", side.high)):
                    if at is not None:
                        dimension.set(_g(limit), number_text(at))
        return path

    def _dimension(self, shape: Element, marker: Marker) -> Element:
        index = self.prepared.binding.channels[marker]
        channel = self.channels[index]
        mixed = str(self.prepared.sample.parameters[index].name) in self.mixed
        element = SubElement(shape, _g("dimension"))
        name = f"{self.prefix}{channel}" if mixed else channel
        SubElement(element, f"{{{DATA_TYPES}}}fcs-dimension", {f"{{{DATA_TYPES}}}name": name})
        return element

    def _check_channels(self, axes: Sequence[Axis]) -> None:
        for marker in (axis.marker for axis in axes):
            if str(marker) in self.strategy.computed:
                raise NoFormError(f"{marker} is computed from channels, and a workspace has no public form for that")
            channel = self.channels[self.prepared.binding.channels[marker]]
            if self.channels.count(channel) > 1:
                raise NoFormError(
                    f'the file has several channels called "{channel}" in FlowJo, and the name is no guide'
                )

    def _node(self, kind: str, name: str, parent: str) -> tuple[Element, str]:
        """A new node below a parent, and its path; "/" separates names of a path in FlowJo."""
        if parent not in self.below:
            self.below[parent] = SubElement(self.nodes[parent], "Subpopulations")
        wanted = "".join("_" if c == "/" or not c.isprintable() else c for c in name)
        wanted = f"{wanted} gate" if wanted in (".", "..") else wanted
        number, shown = 1, wanted
        while (path := shown if parent == ALL else f"{parent}/{shown}") in self.nodes or path == ALL:
            number += 1
            shown = f"{wanted} ({number})"
        element = SubElement(self.below[parent], kind, _labels(shown))
        element.set("count", "-1")
        self.nodes[path] = element
        return element, path


def _markers(part: Part) -> tuple[Marker, ...]:
    return (part.x.marker, part.y.marker) if isinstance(part, Polygon) else tuple(side.axis.marker for side in part)


def _labels(name: str) -> dict[str, str]:
    return {"name": name, "annotation": "", "owningGroup": "", "expanded": "1", "sortPriority": "10"}


def _g(name: str) -> str:
    return f"{{{GATING}}}{name}"
