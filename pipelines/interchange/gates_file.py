"""gates.csv: every gate as it was placed on every tube, written so that it reads back as the same gate."""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, assert_never

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.events import PlacedGate, Scalar
from tregate.gating.geometry.scales import AsinhScale, BiexScale, LinearScale, LogicleScale, LogScale, Scale
from tregate.gating.geometry.shapes import Axis, Box, Ellipse, Polygon, Quadric, Range, Shape, Slices, axes_of
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import Marker, PopulationName
from tregate.pipelines.files.csv_source import read_csv_source
from tregate.pipelines.files.table import Cell, MadeRows, Table
from tregate.pipelines.interchange.gates_checked import unusable

Gates = Mapping[PopulationName, PlacedGate]
"""Gates of one tube by population, in gating order."""

TubeKey = tuple[str, str, str]
"""(subject, visit, tube)."""

COLUMNS = (
    "subject", "visit", "tube", "file", "population", "parent", "axes", "method",
    "shape", "geometry", "evidence", "fallback", "placed_by", "reason", "sha256",
)  # fmt: skip
FORMER = COLUMNS[:-3]
"""Of a gates.csv without names of persons: whether it was edited, only the run.json beside it tells."""
UNSIGNED = "by hand, unsigned"
"""Who placed a gate whose row was changed after tregate wrote it."""
SEAL = 16
"""Characters of a row's SHA-256 in its last cell."""


def gates_table(tubes: Sequence[tuple[tuple[str, str, str, str], Sequence[PlacedGate]]]) -> Table:
    """One row a gate, tubes and gates in the order given; a tube is ((subject, visit, tube, file), gates)."""
    number = sum(len(gates) for _, gates in tubes)
    return Table("gates", COLUMNS, MadeRows(lambda: _rows(tubes), number))


def _rows(tubes: Sequence[tuple[tuple[str, str, str, str], Sequence[PlacedGate]]]) -> Iterator[tuple[Cell, ...]]:
    """Their text is longer than all other tables', so that it is made when it is written."""
    rows = ((*place, *_cells(gate)) for place, gates in tubes for gate in gates)
    return ((*row, seal([str(cell) for cell in row])) for row in rows)


def seal(cells: Sequence[str]) -> str:
    """SHA-256 of a row's cells before the last, by which a row that was edited is recognised."""
    text = "\x1f".join(cell.strip() for cell in cells)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:SEAL]


_JSON = json.JSONEncoder(ensure_ascii=False).encode


def _cells(gate: PlacedGate) -> tuple[Cell, ...]:
    axes = () if gate.shape is None else axes_of(gate.shape)
    return (
        str(gate.population),
        str(gate.parent),
        " x ".join(axis.marker for axis in axes),
        gate.method,
        "" if gate.shape is None else type(gate.shape).__name__.lower(),
        "" if gate.shape is None else _JSON(shape_to_plain(gate.shape)),
        _JSON({name: _finite(value) for name, value in gate.evidence.items()}),
        gate.fallback,
        gate.placed_by or gate.method,
        gate.reason,
    )


def _finite(value: Scalar) -> Scalar:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read_gates(path: Path, strategies: Mapping[str, Strategy] | None = None) -> dict[TubeKey, Gates]:
    """Each tube -> the gates that an earlier run placed on it.

    A gate whose row was changed since is placed by UNSIGNED, without a reason.
    strategies: of each kind of tube; gates on other markers or populations, or without an inside, are problems.
    Raises ConfigurationError where the file is missing, is no gates.csv, or has gates that cannot be used.
    """
    source, problems = read_csv_source(path, str(path))
    if not problems and source.columns not in (COLUMNS, FORMER):
        message = f"this is not a gates.csv of tregate: its columns are {', '.join(source.columns)}."
        problems.append(Problem(str(path), 1, message, "Use the gates.csv of a previous run."))
    read: dict[TubeKey, dict[PopulationName, PlacedGate]] = {}
    for row in source.rows if not problems else ():
        try:
            gate = _gate(row.cells)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            message = f"the row is not a valid gate: {type(error).__name__} {error}."
            problems.append(
                Problem(
                    str(path), row.line, message, "Do not edit gates.csv by hand; use the file as tregate wrote it."
                )
            )
            continue
        reason = "" if strategies is None else unusable(gate, strategies.get(row.get("tube")))
        if reason:
            problems.append(
                Problem(str(path), row.line, f"{gate.population}: {reason}.", "Use gates.csv as tregate wrote it.")
            )
            continue
        read.setdefault((row.get("subject"), row.get("visit"), row.get("tube")), {})[gate.population] = gate
    if problems:
        raise ConfigurationError(problems)
    return dict(read)


def _gate(cells: Mapping[str, str]) -> PlacedGate:
    evidence: dict[str, Scalar] = json.loads(cells["evidence"])
    if not isinstance(evidence, dict):
        raise ValueError("`evidence` is no object of JSON")
    return PlacedGate(
        population=PopulationName(cells["population"]),
        parent=PopulationName(cells["parent"]),
        method=cells["method"],
        shape=shape_from_plain(cells["shape"], json.loads(cells["geometry"])) if cells["shape"] else None,
        evidence=evidence,
        fallback=cells["fallback"],
        **_author(cells),
    )


def _author(cells: Mapping[str, str]) -> dict[str, str]:
    """Who placed the gate, and why: "" where its method did."""
    if "sha256" not in cells:
        return {}
    if cells["sha256"] != seal([cells[name] for name in COLUMNS[:-1]]):
        return {"placed_by": UNSIGNED, "reason": ""}
    by_method = cells["placed_by"] == cells["method"] and not cells["reason"]
    return {} if by_method else {"placed_by": cells["placed_by"], "reason": cells["reason"]}


# ---------------------------------------------------------------- shapes as JSON; floats keep every bit


def shape_to_plain(shape: Shape) -> dict[str, Any]:
    """A shape as JSON values. Floats are written with repr, so that they read back bit for bit."""
    match shape:
        case Range():
            return {"axis": _axis_to_plain(shape.axis), "low": shape.low, "high": shape.high}
        case Slices():
            return {"axis": _axis_to_plain(shape.axis), "kept": [list(kept) for kept in shape.kept]}
        case Box():
            return {"sides": [shape_to_plain(side) for side in shape.sides]}
        case Polygon():
            return {
                "x": _axis_to_plain(shape.x),
                "y": _axis_to_plain(shape.y),
                "vertices": [list(vertex) for vertex in shape.vertices],
            }
        case Ellipse():
            return {
                "axes": [_axis_to_plain(axis) for axis in shape.axes],
                "center": list(shape.center),
                "covariance": [list(row) for row in shape.covariance],
                "distance_square": shape.distance_square,
            }
        case Quadric():
            return {
                "axes": [_axis_to_plain(axis) for axis in shape.axes],
                "constant": shape.constant,
                "linear": list(shape.linear),
                "square": [list(row) for row in shape.square],
                "cut": shape.cut,
                "at": list(shape.at),
            }
        case _:
            assert_never(shape)


def shape_from_plain(kind: str, plain: Mapping[str, Any]) -> Shape:
    """The shape that `shape_to_plain` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    match kind:
        case "range":
            return _range(plain)
        case "slices":
            kept = tuple((low, high) for low, high in plain["kept"])
            return Slices(_axis_from_plain(plain["axis"]), kept)
        case "box":
            return Box(tuple(_range(side) for side in plain["sides"]))
        case "polygon":
            vertices = tuple((float(x), float(y)) for x, y in plain["vertices"])
            return Polygon(_axis_from_plain(plain["x"]), _axis_from_plain(plain["y"]), vertices)
        case "ellipse":
            return Ellipse(
                axes=tuple(_axis_from_plain(axis) for axis in plain["axes"]),
                center=tuple(float(value) for value in plain["center"]),
                covariance=tuple(tuple(float(value) for value in row) for row in plain["covariance"]),
                distance_square=float(plain["distance_square"]),
            )
        case "quadric":
            return _quadric(plain)
        case _:
            raise ValueError(f'"{kind}" is not a shape')


def _quadric(plain: Mapping[str, Any]) -> Quadric:
    axes = tuple(_axis_from_plain(axis) for axis in plain["axes"])
    linear, at = (tuple(float(value) for value in plain[name]) for name in ("linear", "at"))
    square = tuple(tuple(float(value) for value in row) for row in plain["square"])
    if not len(axes) == len(linear) == len(at) == len(square) or any(len(row) != len(axes) for row in square):
        raise ValueError("a quadric needs as many coefficients as axes")
    return Quadric(axes, float(plain["constant"]), linear, square, float(plain["cut"]), at)


def _range(plain: Mapping[str, Any]) -> Range:
    return Range(_axis_from_plain(plain["axis"]), plain["low"], plain["high"])


def _axis_to_plain(axis: Axis) -> dict[str, Any]:
    scale = axis.scale
    plain: dict[str, Any] = {"marker": str(axis.marker)}
    match scale:
        case LinearScale():
            return plain | {"scale": "linear", "top": scale.top}
        case LogicleScale():
            numbers = {"decades": scale.decades, "linear": scale.linear, "negative": scale.negative}
            return plain | {"scale": "logicle", "top": scale.top} | numbers
        case AsinhScale():
            numbers = {"decades": scale.decades, "negative": scale.negative}
            return plain | {"scale": "asinh", "top": scale.top} | numbers
        case LogScale():
            return plain | {"scale": "log", "top": scale.top, "decades": scale.decades}
        case BiexScale():
            numbers = {"decades": scale.decades, "negative": scale.negative, "width": scale.width}
            return plain | {"scale": "biex", "top": scale.top} | numbers
        case _:
            assert_never(scale)


_SCALES: Mapping[str, type[LinearScale | LogicleScale | AsinhScale | LogScale | BiexScale]] = {
    "linear": LinearScale,
    "logicle": LogicleScale,
    "asinh": AsinhScale,
    "log": LogScale,
    "biex": BiexScale,
}


def _axis_from_plain(plain: Mapping[str, Any]) -> Axis:
    numbers = {name: float(value) for name, value in plain.items() if name not in ("marker", "scale")}
    scale: Scale = _SCALES[plain["scale"]](**numbers)
    return Axis(Marker(plain["marker"]), scale)
