"""Scales and keywords of a sample of a FlowJo 10 workspace."""

from collections.abc import Collection, Mapping, Sequence
from typing import assert_never
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from tregate.gating.events import Parameter
from tregate.gating.geometry.scaled import to_linear
from tregate.gating.geometry.scales import AsinhScale, BiexScale, LinearScale, LogicleScale, LogScale, Scale
from tregate.pipelines.interchange.gating_ml_shapes import DATA_TYPES, TRANSFORMS, number_text

DISPLAY = "256"


def display_name(parameter: Parameter) -> str:
    """A channel as FlowJo names it: "_" for "/"."""
    return str(parameter.name).replace("/", "_")


def add_scales(
    parent: Element,
    parameters: Sequence[Parameter],
    scales: Mapping[int, Scale],
    mixed: Collection[str],
    prefix: str,
) -> None:
    """The scale of every channel; a compensated channel has it under both its names."""
    element = SubElement(parent, "Transformations")
    for i, parameter in enumerate(parameters):
        name = display_name(parameter)
        names = (name, f"{prefix}{name}") if str(parameter.name) in mixed else (name,)
        for one in names:
            made = _scale(element, scales[i], parameter.step)
            SubElement(made, _d("parameter"), {_d("name"): one})


def _scale(parent: Element, scale: Scale, gain: float) -> Element:
    match scale:
        case LinearScale():
            made = SubElement(parent, _t("linear"), {_t("minRange"): "0", _t("maxRange"): number_text(scale.top)})
            made.set("gain", number_text(gain))
            return made
        case LogScale():
            offset = float(to_linear(scale, np.array([0.0]))[0])
            numbers = {"offset": number_text(offset), "decades": number_text(scale.decades)}
            return SubElement(parent, _t("log"), {_t(name): value for name, value in numbers.items()})
        case LogicleScale():
            kind = "logicle"
            values = {"T": scale.top, "A": scale.negative, "W": scale.linear, "M": scale.decades}
        case AsinhScale():
            kind = "fasinh"
            values = {"maxRange": scale.top, "T": scale.top, "A": scale.negative, "M": scale.decades, "W": 0.0}
        case BiexScale():
            kind = "biex"
            values = {"maxRange": scale.top, "neg": scale.negative, "width": scale.width, "pos": scale.decades}
        case _:
            assert_never(scale)
    texts = {"length": DISPLAY, **{name: number_text(value) for name, value in values.items()}}
    return SubElement(parent, _t(kind), {_t(name): text for name, text in texts.items()})


def add_keywords(parent: Element, parameters: Sequence[Parameter], n_events: int) -> None:
    """Number of events, names and stains of channels: no other keyword, since they hold names of people."""
    element = SubElement(parent, "Keywords")
    pairs = [("$TOT", str(n_events)), ("$PAR", str(len(parameters)))]
    for i, parameter in enumerate(parameters, start=1):
        pairs.append((f"$P{i}N", str(parameter.name)))
        if parameter.stain:
            pairs.append((f"$P{i}S", parameter.stain))
        pairs.append((f"$P{i}R", f"{parameter.range:.15g}"))
    for name, value in pairs:
        SubElement(element, "Keyword", {"name": name, "value": "".join(c if c.isprintable() else " " for c in value)})


def _t(name: str) -> str:
    return f"{{{TRANSFORMS}}}{name}"


def _d(name: str) -> str:
    return f"{{{DATA_TYPES}}}{name}"
