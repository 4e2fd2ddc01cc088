"""The gates of one tube as a Gating-ML 2.0 document. What has no form there is named with its reason."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from tregate.gating.events import Gated, PlacedGate, Prepared, Spillover
from tregate.gating.geometry.scales import Scale
from tregate.gating.geometry.shapes import Axis, Shape, axes_of
from tregate.gating.panel import bind
from tregate.gating.strategy.computed import ComputedAxis
from tregate.gating.strategy.schema import ALL, Strategy
from tregate.gating.units import Marker, PopulationName
from tregate.pipelines.interchange.flowjo_matrix import register_prefixes
from tregate.pipelines.interchange.gating_ml_shapes import (
    DATA_TYPES,
    GATING,
    TRANSFORMS,
    formed,
    number_text,
    ratio_transformation,
    transformation,
)
from tregate.pipelines.interchange.tree_writer import NOTE, Document, NoFormError, Operand, TreeWriter

MATRIX = "spillover"
FCS_FILE = "fcs_file"
"""Element of the document's own information that names the one FCS file its gates are for."""


def gating_ml_document(
    prepared: Prepared, strategy: Strategy, gated: Gated, spillover: Spillover | None, about: str, file: str = ""
) -> Document:
    """`gated`: the tube with its gates as placed. `about`: a comment at the top.

    `file`: name of the one FCS file that the gates are for; "" where any will do.
    """
    return _Writer(prepared, strategy, gated, spillover).document(about, file)


class _Writer(TreeWriter):
    """State of one document: what has an id already."""

    def __init__(self, prepared: Prepared, strategy: Strategy, gated: Gated, spillover: Spillover | None) -> None:
        super().__init__(prepared, strategy, gated)
        self.detectors = frozenset() if spillover is None else frozenset(map(str, spillover.channels))
        self.spillover = spillover
        self.scales: dict[Scale, Element] = {}
        self.ratios: dict[ComputedAxis, Element] = {}
        self.gates: list[Element] = []
        self.taken = {"root", MATRIX}

    def document(self, about: str, file: str) -> Document:
        self.walk()
        root = Element(f"{{{GATING}}}Gating-ML")
        if file:
            SubElement(SubElement(root, f"{{{DATA_TYPES}}}custom_info"), FCS_FILE).text = file
        root.extend([*self.ratios.values(), *self.scales.values()])
        if self.spillover is not None:
            root.append(_matrix(self.spillover))
        root.extend(self.gates)
        return Document(_text(root, about), self.ids, self.forms, self.refused, self.skipped, frozenset(self.formless))

    # ------------------------------------------------------------ gates

    def shaped(self, name: PopulationName, parent: str, placed: PlacedGate) -> None:
        assert placed.shape is not None
        self._check_mixture(placed.shape)
        shape = formed(placed.shape, self._dimension)
        if len(shape.parts) == 1 and not shape.complement:
            self._add(name, parent, shape.parts[0], str(placed.evidence.get(NOTE, "")))
            return
        parts = [self._helper(f"{name} part {i}", part) for i, part in enumerate(shape.parts, start=1)]
        if shape.complement:
            self.combined(name, parent, [(parts[0], True)])
        else:
            self._add(name, parent, _boolean("or", [(part, False) for part in parts]))

    def _check_mixture(self, shape: Shape) -> None:
        """FlowKit compensates every channel of a gate of which one is compensated."""
        computed = [self.strategy.computed.get(str(axis.marker)) for axis in axes_of(shape)]
        bound = self.prepared.binding.channels
        mixed = any(self.prepared.is_mixed(bound[axis.marker]) for axis in axes_of(shape))
        if mixed and any(one is not None for one in computed):
            raise NoFormError("it has compensated and uncompensated axes, which FlowKit does not tell apart")

    def combined(self, name: str, parent: str, operands: Sequence[Operand]) -> None:
        kind = "not" if len(operands) == 1 and operands[0][1] else "and"
        self._add(name, parent, _boolean(kind, operands))

    def union(self, name: str, parent: str, of: Sequence[str]) -> str:
        return self._helper(name, _boolean("or", [(one, False) for one in of]))

    def _add(self, name: str, parent: str, element: Element, note: str = "") -> None:
        self.ids[name] = self._identity(name, element, parent, note)
        self.forms[name] = element.tag.rpartition("}")[2]

    def _helper(self, name: str, element: Element) -> str:
        """A gate that is no population: a stretch of a union, the inside of what lies outside."""
        return self._identity(name, element, ALL)

    def _identity(self, name: str, element: Element, parent: str, note: str = "") -> str:
        identity = self._free(_ncname(name))
        element.set(f"{{{GATING}}}id", identity)
        if parent != ALL:
            element.set(f"{{{GATING}}}parent_id", parent)
        info = Element(f"{{{DATA_TYPES}}}custom_info")
        SubElement(info, "name").text = name
        if note:
            SubElement(info, "note").text = note
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
        computed = self.strategy.computed.get(str(axis.marker))
        if computed is not None:
            return self._computed(axis, computed, scaled)
        index = self.prepared.binding.channels[axis.marker]
        channel = str(self.prepared.sample.parameters[index].name)
        if sum(one.name == channel for one in self.prepared.sample.parameters) > 1:
            raise NoFormError(f'the file has several channels called "{channel}", so that the name tells none of them')
        compensated = self.prepared.is_mixed(index) and channel in self.detectors
        element = self._dimension_on(axis, scaled, MATRIX if compensated else "uncompensated")
        SubElement(element, f"{{{DATA_TYPES}}}fcs-dimension", {f"{{{DATA_TYPES}}}name": channel})
        return element

    def _computed(self, axis: Axis, computed: ComputedAxis, scaled: bool) -> Element:
        """A dimension of uncompensated values, or a new one that is the ratio of two."""
        channels = [self._channel_of(part) for part in computed.parts]
        if computed.of_compensated and not self.detectors.isdisjoint(channels):
            raise NoFormError("it is a ratio of compensated channels, which FlowKit takes uncompensated")
        element = self._dimension_on(axis, scaled, "uncompensated")
        if computed.ratio is None:
            SubElement(element, f"{{{DATA_TYPES}}}fcs-dimension", {f"{{{DATA_TYPES}}}name": channels[0]})
            return element
        if computed not in self.ratios:
            self.ratios[computed] = ratio_transformation(
                computed, channels, self._free(f"ratio_{len(self.ratios) + 1}")
            )
        values = self.prepared.sample.linear(self.prepared.binding.channels[axis.marker])
        if np.isinf(values).any():
            raise NoFormError(f"{axis.marker} divides by 0 in some events, which FlowKit places otherwise")
        reference = {f"{{{DATA_TYPES}}}transformation-ref": str(self.ratios[computed].get(f"{{{TRANSFORMS}}}id"))}
        SubElement(element, f"{{{DATA_TYPES}}}new-dimension", reference)
        return element

    def _channel_of(self, marker: str) -> str:
        found = bind(self.prepared.sample.parameters, self.strategy.panel, [marker]).channels.get(Marker(marker))
        if found is None:
            raise NoFormError(f"no channel has the name by which the panel knows {marker}")
        return str(self.prepared.sample.parameters[found].name)

    def _dimension_on(self, axis: Axis, scaled: bool, compensation: str) -> Element:
        attributes = {f"{{{GATING}}}compensation-ref": compensation}
        if scaled:
            if axis.scale not in self.scales:
                self.scales[axis.scale] = transformation(axis.scale, self._free(f"scale_{len(self.scales) + 1}"))
            made = self.scales[axis.scale]
            attributes[f"{{{GATING}}}transformation-ref"] = str(made.get(f"{{{TRANSFORMS}}}id"))
        return Element(f"{{{GATING}}}dimension", attributes)


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
    register_prefixes()
    ElementTree.indent(root)
    # A comment of XML holds no two hyphens in a row
    comment = re.sub("-(?=-)", "- ", "".join(c if c.isprintable() else " " for c in about))
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {comment} -->\n{body}\n'
