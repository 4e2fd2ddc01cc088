"""A spillover matrix as FlowJo 10 writes it: within a workspace, and alone as a matrix file (.mtx)."""

from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from tregate.gating.events import Spillover
from tregate.pipelines.interchange.gating_ml_shapes import DATA_TYPES, GATING, TRANSFORMS, number_text

PREFIX = "Comp-"
"""What FlowJo puts before the name of a compensated channel."""


def prefix_for(channels: Sequence[str]) -> str:
    """The prefix of compensated channels; no channel of the file begins with it."""
    prefix = PREFIX
    while any(channel.startswith(prefix) for channel in channels):
        prefix = f"c{prefix}"
    return prefix


def add_matrix(parent: Element, spillover: Spillover, name: str, prefix: str) -> None:
    """The spillover matrix, rows dyes, columns detectors; "_" for "/" in names of channels, as FlowJo writes them."""
    about = {"spectral": "0", "prefix": prefix, "suffix": "", "name": name, "editable": "1", "version": "FlowJo-10.8.1"}
    element = SubElement(parent, _t("spilloverMatrix"), {**about, "status": "FINALIZED"})
    channels = [str(channel).replace("/", "_") for channel in spillover.channels]
    parameters = SubElement(element, _d("parameters"))
    for channel in channels:
        SubElement(parameters, _d("parameter"), {_d("name"): channel})
    for channel, row in zip(channels, spillover.matrix, strict=True):
        spill = SubElement(element, _t("spillover"), {_d("parameter"): channel})
        for other, value in zip(channels, row, strict=True):
            numbers = {_d("parameter"): other, _t("value"): number_text(value)}
            SubElement(spill, _t("coefficient"), numbers)


def matrix_file_text(spillover: Spillover, name: str) -> str:
    """The matrix file."""
    register_prefixes()
    root = Element(f"{{{GATING}}}gatingML")
    add_matrix(root, spillover, name, prefix_for([str(channel) for channel in spillover.channels]))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def register_prefixes() -> None:
    """The prefixes that FlowJo and FlowKit look for."""
    for prefix, uri in (("gating", GATING), ("transforms", TRANSFORMS), ("data-type", DATA_TYPES)):
        ElementTree.register_namespace(prefix, uri)


def _t(name: str) -> str:
    return f"{{{TRANSFORMS}}}{name}"


def _d(name: str) -> str:
    return f"{{{DATA_TYPES}}}{name}"
