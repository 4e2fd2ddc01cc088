"""The gates of one tube as a Gating-ML 2.0 document. What has no form there is named with its reason."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from tregate.gating.engine import SECOND_OPINION
from tregate.gating.events import Gated, PlacedGate, Prepared, Spillover
from tregate.gating.geometry.scales import Scale
from tregate.gating.geometry.shapes import Axis
from tregate.gating.strategy.schema import ALL, Population, Strategy
from tregate.gating.units import PopulationName
from tregate.pipelines.interchange.gating_ml_shapes import (
    DATA_TYPES,
    GATING,
    TRANSFORMS,
    NoFormError,
    formed,
    number_text,
    transformation,
)

MATRIX = "spillover"


@dataclass(frozen=True, slots=True)
class Document:
    """What one tube's document holds and what it does not."""

    text: str
    ids: Mapping[str, str]
    """Population -> id of its gate."""
    forms: Mapping[str, str]
    """Population -> element of its gate."""
    refused: Mapping[str, str]
    """Population -> why it has no gate."""
    skipped: Mapping[str, str]
    """Cleaning step that was not made -> the population whose events it hands on."""


def gating_ml_document(
    prepared: Prepared, strategy: Strategy, gated: Gated, spillover: Spillover | None, about: str
) -> Document:
    """`gated`: the tube with its gates as placed. `about`: a comment at the top."""
    return _Writer(prepared, strategy, gated, spillover).document(about)


class _Writer:
    """State of one document: what has an id already."""

    def __init__(self, prepared: Prepared, strategy: Strategy, gated: Gated, spillover: Spillover | None) -> None:
        self.prepared = prepared
        self.strategy = strategy
        self.gated = gated
        self.detectors = frozenset() if spillover is None else frozenset(map(str, spillover.channels))
        self.spillover = spillover
        self.scales: dict[Scale, Element] = {}
        self.gates: list[Element] = []
        self.taken = {"root", MATRIX}
        self.ids: dict[str, str] = {}
        self.forms: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        self.skipped: dict[str, str] = {}

    def document(self, about: str) -> Document:
        placed = {gate.population: gate for gate in self.gated.gates}
        for name in map(PopulationName, self.strategy.gating_order):
            if name in self.gated.unmeasured:
                self.refused[name] = f"not measured: {self.gated.unmeasured[name]}"
            elif name not in placed or self._was_skipped(name, placed[name]):
                self.skipped[name] = self.gated.parents[name]
            else:
                try:
                    self._population(name, placed[name])
                except NoFormError as error:
                    self.refused[name] = str(error)
        root = Element(f"{{{GATING}}}Gating-ML")
        root.extend(self.scales.values())
        if self.spillover is not None:
            root.append(_matrix(self.spillover))
        root.extend(self.gates)
        return Document(_text(root, about), self.ids, self.forms, self.refused, self.skipped)

    def _was_skipped(self, name: str, placed: PlacedGate) -> bool:
        no_place = placed.shape is None and placed.method != SECOND_OPINION
        return no_place and self.strategy.populations[name].is_cleaning

    # ------------------------------------------------------------ gates

    def _population(self, name: PopulationName, placed: PlacedGate) -> None:
        parent = self._known(self.gated.parents[name])
        if placed.method == SECOND_OPINION:
            self._logic(name, parent, [(self._known(str(placed.evidence["second"])), False)])
        elif placed.shape is None:
            population = self.strategy.populations[name]
            self._logic(name, parent, self._operands(name, population))
        else:
            shape = formed(placed.shape, self._dimension)
            if len(shape.parts) == 1 and not shape.complement:
                self._add(name, parent, shape.parts[0])
                return
            parts = [self._helper(f"{name} part {i}", part) for i, part in enumerate(shape.parts, start=1)]
            if shape.complement:
                self._logic(name, parent, [(parts[0], True)])
            else:
                self._add(name, parent, _boolean("or", [(part, False) for part in parts]))

    def _operands(self, name: str, population: Population) -> list[tuple[str, bool]]:
        """(id, whether its complement) of what an event has to be in. Raises NoFormError."""
        unmeasured = self.gated.unmeasured
        every = [(other, False) for other in population.all_of]
        every += [
            (other, True)
            for other in population.none_of
            if not (other in unmeasured and self.strategy.populations[other].optional)
        ]
        operands = [(self._known(other), without) for other, without in every]
        if (ALL, True) in operands:
            raise NoFormError(f'it excludes "{ALL}", every event, and that is no gate')
        if population.any_of and ALL not in map(self._resolved, population.any_of):
            either = [(self._known(other), False) for other in population.any_of]
            operands.append((self._helper(f"{name} any of", _boolean("or", either)), False))
        return operands

    def _logic(self, name: str, parent: str, operands: Sequence[tuple[str, bool]]) -> None:
        operands = [one for one in operands if one != (ALL, False)] or ([] if parent == ALL else [(parent, False)])
        if not operands:
            raise NoFormError("it is every event of the file, and that is no gate")
        if any(one == parent for one, _ in operands):
            # FlowKit loses a Boolean gate that refers to its own parent: the parent becomes an operand alone.
            operands, parent = tuple(dict.fromkeys([(parent, False), *operands])), ALL
        kind = "not" if len(operands) == 1 and operands[0][1] else "and"
        self._add(name, parent, _boolean(kind, operands))

    def _known(self, name: str) -> str:
        """Id of a population's gate, "all" for every event. Raises NoFormError where it has none."""
        name = self._resolved(name)
        if name == ALL:
            return ALL
        if name not in self.ids:
            raise NoFormError(f"{name}, on which it rests, is not in the document")
        return self.ids[name]

    def _resolved(self, name: str) -> str:
        while name in self.skipped:
            name = self.skipped[name]
        return name

    def _add(self, name: str, parent: str, element: Element) -> None:
        self.ids[name] = self._identity(name, element, parent)
        self.forms[name] = element.tag.rpartition("}")[2]

    def _helper(self, name: str, element: Element) -> str:
        """A gate that is no population: a stretch of a union, the inside of what lies outside."""
        return self._identity(name, element, ALL)

    def _identity(self, name: str, element: Element, parent: str) -> str:
        identity = self._free(_ncname(name))
        element.set(f"{{{GATING}}}id", identity)
        if parent != ALL:
            element.set(f"{{{GATING}}}parent_id", parent)
        info = Element(f"{{{DATA_TYPES}}}custom_info")
        SubElement(info, "name").text = name
        element.insert(0, info)
        self.gates.append(element)
        return identity

    def _free(self, wanted: str) -> str:
        number, name = 1, wanted
        while name in self.taken:
            number += 1
            name = f"{wanted}.{number}"
        self.taken.add(name)
        return name

    # ------------------------------------------------------------ axes

    def _dimension(self, axis: Axis, scaled: bool) -> Element:
        index = self.prepared.binding.channels[axis.marker]
        channel = str(self.prepared.sample.parameters[index].name)
        if sum(one.name == channel for one in self.prepared.sample.parameters) > 1:
            raise NoFormError(f'the file has several channels called "{channel}", so that the name tells none of them')
        compensated = self.prepared.is_mixed(index) and channel in self.detectors
        attributes = {f"{{{GATING}}}compensation-ref": MATRIX if compensated else "uncompensated"}
        if scaled:
            if axis.scale not in self.scales:
                self.scales[axis.scale] = transformation(axis.scale, self._free(f"scale_{len(self.scales) + 1}"))
            made = self.scales[axis.scale]
            attributes[f"{{{GATING}}}transformation-ref"] = str(made.get(f"{{{TRANSFORMS}}}id"))
        element = Element(f"{{{GATING}}}dimension", attributes)
        SubElement(element, f"{{{DATA_TYPES}}}fcs-dimension", {f"{{{DATA_TYPES}}}name": channel})
        return element


def _boolean(kind: str, operands: Sequence[tuple[str, bool]]) -> Element:
    element = Element(f"{{{GATING}}}BooleanGate")
    clause = SubElement(element, f"{{{GATING}}}{kind}")
    # "and" and "or" need two operands in the schema: one is said twice.
    for identity, without in operands if len(operands) > 1 or kind == "not" else [*operands, *operands]:
        reference = SubElement(clause, f"{{{GATING}}}gateReference", {f"{{{GATING}}}ref": identity})
        if without and kind != "not":
            reference.set(f"{{{GATING}}}use-as-complement", "true")
    return element


def _matrix(spillover: Spillover) -> Element:
    element = Element(f"{{{TRANSFORMS}}}spectrumMatrix", {f"{{{TRANSFORMS}}}id": MATRIX})
    for tag in ("fluorochromes", "detectors"):
        names = SubElement(element, f"{{{TRANSFORMS}}}{tag}")
        for channel in spillover.channels:
            SubElement(names, f"{{{DATA_TYPES}}}fcs-dimension", {f"{{{DATA_TYPES}}}name": str(channel)})
    for row in spillover.matrix:
        spectrum = SubElement(element, f"{{{TRANSFORMS}}}spectrum")
        for value in row:
            SubElement(spectrum, f"{{{TRANSFORMS}}}coefficient", {f"{{{TRANSFORMS}}}value": number_text(value)})
    return element


def _ncname(name: str) -> str:
    """An identity that XML allows: CD4+ is CD4pos, every other sign that it does not is _."""
    text = "".join(c if c.isascii() and (c.isalnum() or c in "-._") else "_" for c in name.replace("+", "pos"))
    return text if text[:1].isalpha() or text.startswith("_") else f"_{text}"


def _text(root: Element, about: str) -> str:
    for prefix, uri in (("gating", GATING), ("transforms", TRANSFORMS), ("data-type", DATA_TYPES)):
        ElementTree.register_namespace(prefix, uri)
    ElementTree.indent(root)
    # A comment of XML holds no two hyphens in a row
    comment = re.sub("-(?=-)", "- ", "".join(c if c.isprintable() else " " for c in about))
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {comment} -->\n{body}\n'
