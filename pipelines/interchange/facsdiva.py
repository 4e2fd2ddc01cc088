"""A FACSDiva experiment (XML) as drawn gates: the tubes with their regions, compensation and counts.

BD publishes no description. Form and units are those of exported experiments of versions 6 to 9 as public converters
read them: points of biexponential axes are channels of 4,096 on a logicle of 4.5 decades whose width follows from the
scale value r, W = (4.5 - log10(262144 / r)) / 2; of logarithmic axes log10 of the intensity; else the intensity.
"""

import re
from collections.abc import Iterator
from math import log10
from pathlib import Path
from typing import Any

import numpy as np

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.geometry.scales import LinearScale, LogicleScale, LogScale, Scale, to_linear
from tregate.pipelines.interchange.drawn import (
    Drawn,
    DrawnAxis,
    DrawnGate,
    DrawnLogic,
    DrawnMatrix,
    DrawnSample,
    DrawnShape,
)
from tregate.pipelines.interchange.facsdiva_settings import matrix_of
from tregate.pipelines.interchange.flowjo import MOST_POPULATIONS
from tregate.pipelines.interchange.flowjo_gates import NotTakenOverError
from tregate.pipelines.interchange.safe_xml import attribute, children, local_name

TOP, DECADES, CHANNELS = 262_144.0, 4.5, 4096.0
BEYOND = 2.0
"""How far outside the axis, in its lengths, an edge on an end is put."""
END = 1 - 1 / 4096
"""The last channel is the end of an axis: 4095 of 4096, 5.4185 of 5.41854 decades, 262143 of 262144."""
ROOT = "bdfacs"
"""Root element of an experiment."""
_ROOT = "All Events"
_LOGIC = {"restof": "none_of", "not": "none_of", "invert": "none_of", "and": "all_of", "intersect": "all_of"}
_LOGIC |= {"or": "any_of", "join": "any_of", "union": "any_of"}


class FacsdivaTubes:
    """Collects the tubes of an experiment one by one, as they are read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.samples: list[DrawnSample] = []
        self.populations = 0

    def add(self, element: Any) -> None:
        """A `tube` element. Raises ConfigurationError where the experiment has too many populations."""
        if local_name(element.getroottree().getroot()) != ROOT:
            return
        self.samples.append(_sample(element))
        self.populations += len(self.samples[-1].gates)
        if self.populations > MOST_POPULATIONS:
            message = f"the experiment has more than {MOST_POPULATIONS:,} populations."
            raise ConfigurationError([Problem(str(self.path), None, message, "Export fewer specimens.")])

    def drawn(self, root: Any) -> Drawn:
        """The experiment."""
        version = re.sub(r"^version\s*", "", attribute(root, "version") or "", flags=re.IGNORECASE)
        return Drawn(f"FACSDiva {version[:20]}".strip(), tuple(self.samples))


def _sample(tube: Any) -> DrawnSample:
    matrix = matrix_of(tube)
    elements = [gate for group in children(tube, "gates") for gate in children(group, "gate")]
    gates = tuple(_gates(elements, matrix))
    total = [_number(one, "num_events") for one in elements if _path(one) == ""]
    file = _text(tube, "data_filename")
    return DrawnSample(
        name=file or attribute(tube, "name") or "",
        fil=file,
        uri_name="",
        n_events=int(total[0]) if total and total[0] else None,
        matrix=matrix if isinstance(matrix, DrawnMatrix) else None,
        gates=gates,
    )


def _gates(elements: list[Any], matrix: DrawnMatrix | str | None) -> Iterator[DrawnGate]:
    seen: set[str] = set()
    for element in elements:
        path = _path(element)
        kind = (attribute(element, "type") or "").removesuffix("_Classifier")
        if path == "" or kind == "Composite":
            continue
        parent = _as_path(_text(element, "parent"))
        count = _number(element, "num_events")
        what: DrawnShape | DrawnLogic | None = None
        refused = ""
        try:
            if path in seen:
                raise NotTakenOverError("another gate has this path")
            what = _shape(element, matrix) if kind == "Region" else _logic(element, kind)
        except NotTakenOverError as error:
            refused = str(error)
        except ValueError as error:
            refused = f"its numbers cannot be read ({error})"
        seen.add(path)
        shown = "PolygonGate" if _region_kind(element) == "POLYGON" else _region_kind(element) or kind
        yield DrawnGate(path, parent, shown, what, refused, None if count is None else int(count))


def _logic(element: Any, kind: str) -> DrawnLogic:
    made = _LOGIC.get(kind.replace("_", "").lower())
    of = tuple(_as_path(one.text or "") for one in children(element, "input"))
    if made is None or not of or "" in of:
        raise NotTakenOverError(f"{kind[:40] or 'a gate without a type'} has no form here")
    return DrawnLogic(made, of)


def _shape(element: Any, matrix: DrawnMatrix | str | None) -> DrawnShape:
    regions = children(element, "region")
    if len(regions) != 1:
        raise NotTakenOverError(f"it has {len(regions)} regions, expected one")
    kind = _region_kind(element)
    names = [name for one in ("xparm", "yparm") if (name := attribute(regions[0], one))]
    axes = tuple(_axis(element, name, letter, matrix) for name, letter in zip(names, "xy", strict=False))
    points = [
        (float(attribute(point, "x") or "nan"), float(attribute(point, "y") or "nan"))
        for group in children(regions[0], "points")
        for point in children(group, "point")
    ]
    if not np.isfinite(points).all():
        raise NotTakenOverError("a point is not two numbers")
    if kind == "POLYGON" and len(axes) == 2 and len(points) >= 3:
        corners = np.array(
            opened([[_position(axis.scale, v) for axis, v in zip(axes, p, strict=True)] for p in points])
        )
        columns = [to_linear(_scale(axis), np.ascontiguousarray(corners[:, i])) for i, axis in enumerate(axes)]
        return DrawnShape(axes, vertices=tuple((float(x), float(y)) for x, y in zip(*columns, strict=True)))
    if kind in ("RECTANGLE", "INTERVAL") and len(points) >= 2 and len(axes) == (2 if kind == "RECTANGLE" else 1):
        return DrawnShape(axes, sides=tuple(_side(axis, [point[i] for point in points]) for i, axis in enumerate(axes)))
    raise NotTakenOverError(f"{kind[:40].lower() or 'a region without a type'} on {len(axes)} axes has no form here")


def _axis(element: Any, name: str, letter: str, matrix: DrawnMatrix | str | None) -> DrawnAxis:
    if isinstance(matrix, str):
        raise NotTakenOverError(matrix)
    compensated = matrix is not None and name in matrix.detectors
    if _text(element, f"is_{letter}_parameter_scaled").lower() == "true":
        value = _number(element, f"{letter}_parameter_scale_value") or 0.0
        width = (DECADES - log10(TOP / value)) / 2 if value > 0 else 0.0
        if not 0 <= width <= DECADES / 2:
            raise NotTakenOverError(f"{name} has a biexponential axis of scale value {value:g}")
        return DrawnAxis(name, compensated, LogicleScale(TOP, DECADES, width, 0.0))
    if _text(element, f"is_{letter}_parameter_log").lower() == "true":
        return DrawnAxis(name, compensated, LogScale(TOP, log10(TOP)))
    return DrawnAxis(name, compensated, LinearScale(TOP))


def _side(axis: DrawnAxis, values: list[float]) -> tuple[float | None, float | None]:
    """Limits of a range; one on an end of the axis is open."""
    first, last = (_position(axis.scale, value) for value in (min(values), max(values)))
    low, high = (float(v) for v in to_linear(_scale(axis), np.array([first, last])))
    return None if first <= 0 else low, None if last >= END else high


def opened(corners: list[list[float]]) -> list[tuple[float, float]]:
    """A polygon whose edges on an end of an axis reach beyond it: FACSDiva shows events beyond an end on that end.

    >>> opened([[0.5, 0.5], [1.0, 0.5], [1.0, 0.8]])
    [(0.5, 0.5), (1.0, 0.5), (3.0, 0.5), (3.0, 0.8), (1.0, 0.8)]
    """
    out: list[tuple[float, float]] = []
    for here, there in zip(corners, corners[1:] + corners[:1], strict=True):
        mine, other = _ends(here), _ends(there)
        both_mine = all(mine)
        out.append((mine[0] or here[0], mine[1] or here[1]) if both_mine else (here[0], here[1]))
        for column in (0, 1):
            if mine[column] is not None and mine[column] == other[column]:
                for corner in (here, there):
                    moved = [*corner]
                    moved[column] = float(mine[column] or 0.0)
                    out.append((moved[0], moved[1]))
    return out


def _ends(corner: list[float]) -> list[float | None]:
    """Where the corner is put, by axis, if it lies on an end of it."""
    return [-BEYOND if at <= 0 else 1 + BEYOND if at >= END else None for at in corner]


def _scale(axis: DrawnAxis) -> Scale:
    assert axis.scale is not None
    return axis.scale


def _position(scale: Scale | None, value: float) -> float:
    """What FACSDiva states, as a position on the scale."""
    match scale:
        case LogicleScale():
            return value / CHANNELS
        case LogScale():
            return value / scale.decades
    return value / TOP


def _region_kind(element: Any) -> str:
    regions = children(element, "region")
    return (attribute(regions[0], "type") or "").removesuffix("_REGION") if regions else ""


def _path(element: Any) -> str:
    return _as_path(attribute(element, "fullname") or _text(element, "name"))


def _as_path(fullname: str) -> str:
    """ "All Events\\\\P1\\\\P2" as P1/P2; "" for every event."""
    names = [re.sub(r"[\x00-\x1f\x7f]", " ", name) for name in fullname.strip().split("\\")]
    return "/".join(names[1:] if names[0] == _ROOT else names)


def _text(element: Any, name: str) -> str:
    return next(((one.text or "").strip() for one in children(element, name)), "")


def _number(element: Any, name: str) -> float | None:
    text = _text(element, name)
    return float(text) if re.fullmatch(r"-?\d+(\.\d*)?([eE][-+]?\d+)?", text) else None
