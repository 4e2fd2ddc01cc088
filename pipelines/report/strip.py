"""Strip: the plots of one tube as the page holds them, made once, where the tube is gated."""

import base64
import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tregate.gating.sampled_events import AT_MOST
from tregate.pipelines.report.density import picture_of_rows, rows_of
from tregate.pipelines.report.drawn_tube import (
    DrawnAxis,
    DrawnControl,
    DrawnEvents,
    DrawnGate,
    DrawnTube,
    Picture,
    PlainScale,
)
from tregate.pipelines.report.method_labels import grouped, measured
from tregate.pipelines.report.ticks import decades_of
from tregate.pipelines.store.plain import NotPlainError

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Strip:
    """Text alone: thousands of tubes take little memory, and neither the store nor the page makes it again."""

    packed: str
    """JSON as base64 of zlib's format."""

    @property
    def gates(self) -> tuple[DrawnGate, ...]:
        """The gates that it was made of; ends of axes to four decimals."""
        data = json.loads(zlib.decompress(base64.b64decode(self.packed)))
        scales = [tuple(scale) for scale, _ in data["scales"]]
        return tuple(_drawn_gate(gate, scales) for gate in data["gates"])


def strip_of(drawn: DrawnTube) -> Strip:
    """The tube's plots as text."""
    return Strip(packed(strip_data(drawn)))


def kept_strip(text: str) -> Strip:
    """The strip that a store kept. Raises NotPlainError for what is none."""
    if not re.fullmatch("[A-Za-z0-9+/]+=*", text):
        raise NotPlainError("this is no strip")
    return Strip(text)


def strip_data(drawn: DrawnTube) -> Json:
    """The gates of one tube and some of its events, binary values as base64 of zlib's format."""
    scales = {axis.scale: None for gate in drawn.gates for axis in (gate.x, gate.y) if axis is not None}
    return {
        "scales": [[list(scale), [[round(at, 4), text] for at, text in decades_of(scale)]] for scale in scales],
        "gates": [_gate(gate, list(scales)) for gate in drawn.gates],
        "events": None if drawn.events is None else _events(drawn.events, list(scales)),
        **({"controls": [control_data(one) for one in drawn.controls]} if drawn.controls else {}),
    }


def control_data(control: DrawnControl) -> Json:
    """A control tube: population -> its events on that plot, as base64 of a byte each."""
    return {
        "name": control.name,
        "problem": control.problem,
        "plots": {
            one.population: {
                "within": one.within,
                "events": grouped(one.events),
                "percent": None if one.percent is None else measured(one.percent),
                "positions": base64.b64encode(one.positions).decode("ascii"),
            }
            for one in control.plots
        },
    }


def packed(value: Json) -> str:
    """JSON as base64 of zlib's format: what the page holds a strip as."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return _base64(text.encode())


def _base64(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 1)).decode("ascii")


def _gate(gate: DrawnGate, scales: Sequence[PlainScale]) -> Json:
    data: Json = {
        "population": gate.population,
        "parent": gate.parent,
        "method": gate.method,
        "fallback": gate.fallback,
        "evidence": list(gate.evidence),
    }
    if gate.x is not None:
        data["x"] = _axis(gate.x, scales)
        data["outlines"] = [[list(point) for point in outline] for outline in gate.outlines]
    if gate.y is not None:
        data["y"] = _axis(gate.y, scales)
    if gate.picture is not None:
        data["size"] = [gate.picture.width, gate.picture.height]
        data["picture"] = base64.b64encode(rows_of(gate.picture)).decode("ascii")
    if gate.profile:
        data["profile"] = list(gate.profile)
    return data


def _events(events: DrawnEvents, scales: Sequence[PlainScale]) -> Json:
    return {
        "axes": [_axis(axis, scales) for axis in events.axes],
        "number": events.number,
        "most": AT_MOST,
        "positions": _base64(events.positions),
        "members": {name: base64.b64encode(bits).decode("ascii") for name, bits in events.members},
    }


def _axis(axis: DrawnAxis, scales: Sequence[PlainScale]) -> list[Any]:
    """Marker, place of the scale in the strip's list, and the scaled positions of the ends."""
    return [axis.marker, scales.index(axis.scale), round(axis.low, 4), round(axis.high, 4)]


def _drawn_gate(data: Json, scales: Sequence[PlainScale]) -> DrawnGate:
    x, y = (None if name not in data else _drawn_axis(data[name], scales) for name in "xy")
    return DrawnGate(
        data["population"],
        data["parent"],
        data["method"],
        data["fallback"],
        tuple(data["evidence"]),
        x=x,
        y=y,
        picture=_picture(data) if "picture" in data else None,
        profile=tuple(data.get("profile", ())),
        outlines=tuple(tuple((a, b) for a, b in outline) for outline in data.get("outlines", ())),
    )


def _picture(data: Json) -> Picture:
    width, height = data["size"]
    return picture_of_rows(width, height, base64.b64decode(data["picture"]))


def _drawn_axis(data: Sequence[Any], scales: Sequence[PlainScale]) -> DrawnAxis:
    marker, scale, low, high = data
    return DrawnAxis(marker, low, high, scales[scale])
