"""A Gating-ML 2.0 document as drawn gates. FlowKit parses it; numbers go back to linear intensity."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.geometry.scaled import to_linear
from tregate.gating.geometry.scales import AsinhScale, LinearScale, LogicleScale, LogScale, Scale
from tregate.pipelines.interchange.drawn import (
    Drawn,
    DrawnAxis,
    DrawnGate,
    DrawnLogic,
    DrawnMatrix,
    DrawnRatio,
    DrawnSample,
    DrawnShape,
)
from tregate.pipelines.interchange.flowjo import MOST_POPULATIONS
from tregate.pipelines.interchange.flowjo_gates import NotTakenOverError
from tregate.pipelines.interchange.gating_ml_document import FCS_FILE
from tregate.pipelines.interchange.gating_ml_parts import Definitions, definitions_of, gate_elements, shapes_of
from tregate.pipelines.interchange.gating_ml_tree import Place, logic_of, places_of
from tregate.pipelines.interchange.safe_xml import children, local_name


class GatingMLDocument:
    """Reads a document as a whole: it has no samples."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, element: Any) -> None:
        """Never called."""

    def drawn(self, root: Any) -> Drawn:
        """The gates of a document, for every file. Raises ConfigurationError where it has too many."""
        elements = gate_elements(root)
        quadrants = sum(len(children(element, "Quadrant")) for element in elements)
        if max(len(elements) + quadrants, len(root) - len(elements)) > MOST_POPULATIONS:
            message = f"the document has more than {MOST_POPULATIONS:,} gates or transformations."
            raise ConfigurationError([Problem(str(self.path), None, message, "Export fewer gates.")])
        gml = definitions_of(root)
        places, paths = places_of(elements)
        shaped = [one for one in places if not one.refused and local_name(one.element) != "BooleanGate"]
        shapes = dict(zip([id(one) for one in shaped], shapes_of([one.element for one in shaped]), strict=True))
        matrix, kept = _matrix(gml, [shape for shape in shapes.values() if not isinstance(shape, str)])
        gates = tuple(gate for one in places for gate in _gates(one, shapes.get(id(one), ""), paths, gml, kept))
        sample = DrawnSample(self.path.stem, _one_file(root), "", None, matrix, gates, every_file=True)
        return Drawn("Gating-ML 2.0", (sample,))


def _one_file(root: Any) -> str:
    """The FCS file that tregate wrote with the document, "" where it is for any."""
    stated = [one for info in children(root, "custom_info") for one in children(info, FCS_FILE)]
    return (stated[0].text or "").strip() if stated else ""


def _matrix(gml: Definitions, shapes: Sequence[Any]) -> tuple[DrawnMatrix | None, str | None]:
    """The compensation that most gates use, and its matrix where the document states one: a strategy has one."""
    used: Counter[str] = Counter()
    for shape in shapes:
        references = [dim.compensation_ref or "uncompensated" for dim in shape.dimensions]
        compensated = [one for one in references if one != "uncompensated"]
        used.update(compensated[:1] or references[:1])
    stated_names = [name for name in sorted(used) if name in gml.matrices]
    if not stated_names:
        return None, None
    kept = max(stated_names, key=lambda name: used[name])
    stated = gml.matrices[kept]
    rows = tuple(tuple(float(v) for v in row) for row in stated.matrix)
    return DrawnMatrix(kept, tuple(map(str, stated.detectors)), rows), kept


def _gates(
    place: Place, shape: Any | str, paths: Mapping[str, str], gml: Definitions, kept: str | None
) -> Iterator[DrawnGate]:
    """`shape`: as FlowKit read it, or why it did not."""
    kind = local_name(place.element)
    what: DrawnShape | DrawnLogic | None = None
    refused = place.refused or (shape if isinstance(shape, str) else "")
    if refused and place.quadrants:
        yield from (DrawnGate(path or place.path, place.parent, kind, None, refused) for path in place.quadrants)
        return
    if not refused and kind == "QuadrantGate":
        yield from _quadrants(shape, place, gml, kept)
        return
    try:
        if not refused:
            what = logic_of(place.element, paths) if kind == "BooleanGate" else _shape(gml, shape, kept)
    except (NotTakenOverError, ArithmeticError, ValueError) as error:
        refused = _reason(error)
    yield DrawnGate(place.path, place.parent, kind, what, refused)


def _reason(error: Exception) -> str:
    """Why a gate is refused, in words."""
    match error:
        case NotTakenOverError():
            return str(error)
        case ArithmeticError():
            return "its numbers are too large"
    return f"its numbers cannot be used ({str(error)[:100]})"


def _axis(gml: Definitions, dim: Any, kept: str | None) -> DrawnAxis:
    import flowkit

    by_file, compensated = _compensation(gml, dim, kept)
    if isinstance(dim, flowkit.RatioDimension):
        ratio = gml.transform(dim.ratio_ref)
        if not isinstance(ratio, flowkit.transforms.RatioTransform) or len(ratio.dimensions) != 2:
            raise NotTakenOverError(f'its new dimension "{dim.ratio_ref}" is no ratio of two channels')
        above, below = (_channel(gml, one, dim.compensation_ref) for one in ratio.dimensions)
        made = DrawnRatio(below, float(ratio.param_a), (float(ratio.param_b), float(ratio.param_c)))
        return DrawnAxis(above, compensated, _scale(gml, dim), by_file, made)
    return DrawnAxis(_channel(gml, dim.id, dim.compensation_ref), compensated, _scale(gml, dim), by_file)


def _compensation(gml: Definitions, dim: Any, kept: str | None) -> tuple[bool, bool]:
    """Whether the axis is compensated by the file's own matrix, and whether it is compensated at all."""
    reference = dim.compensation_ref
    compensated = reference not in (None, "uncompensated")
    if compensated and reference != "FCS":
        gml.check_matrix(reference)
    if compensated and reference not in (kept, "FCS"):
        raise NotTakenOverError("the document uses several compensations, and a strategy has one")
    return reference == "FCS", compensated


def _channel(gml: Definitions, name: Any, reference: str | None) -> str:
    """The detector, where a gate names the dye of a matrix."""
    matrix = gml.matrices.get(str(reference))
    if matrix is not None and name in matrix.fluorochromes:
        if len(matrix.detectors) != len(matrix.fluorochromes):
            dyes, detectors = len(matrix.fluorochromes), len(matrix.detectors)
            raise NotTakenOverError(f'its compensation "{reference}" has {dyes} dyes for {detectors} detectors')
        return str(matrix.detectors[matrix.fluorochromes.index(name)])
    return str(name)


def _scale(gml: Definitions, dim: Any) -> Scale | None:
    """None for a linear axis and for scales that only ranges are taken over from."""
    from flowkit import transforms as known

    if dim.transformation_ref is None:
        return None
    transform = gml.transform(dim.transformation_ref)
    match transform:
        case known.AsinhTransform():
            return AsinhScale(transform.param_t, transform.param_m, transform.param_a)
        case known.LogicleTransform():
            return LogicleScale(transform.param_t, transform.param_m, transform.param_w, transform.param_a)
        case known.LogTransform():
            return LogScale(transform.param_t, transform.param_m)
        case known.RatioTransform():
            raise NotTakenOverError(f'its transformation "{dim.transformation_ref}" is a ratio and no scale')
    return None


def _linear(gml: Definitions, dim: Any, edge: float | None) -> float | None:
    """A limit on the dimension's scale in linear intensity."""
    from flowkit import transforms as known

    if edge is None or dim.transformation_ref is None:
        return None if edge is None else float(edge)
    scale = _scale(gml, dim)
    if scale is not None:
        return float(to_linear(scale, np.array([float(edge)]))[0])
    transform = gml.transform(dim.transformation_ref)
    if isinstance(transform, known.LinearTransform):
        return float(edge * (transform.param_t + transform.param_a) - transform.param_a)
    return float(transform.inverse(np.array([float(edge)]))[0])


def _shape(gml: Definitions, shape: Any, kept: str | None) -> DrawnShape:
    import flowkit

    gml.check_bounds(shape)
    axes = tuple(_axis(gml, dim, kept) for dim in shape.dimensions)
    if isinstance(shape, flowkit.gates.RectangleGate):
        # A ratio dimension without a limit has no such attribute
        limits = [(getattr(d, "min", None), getattr(d, "max", None)) for d in shape.dimensions]
        sides = tuple(
            (_linear(gml, d, a), _linear(gml, d, b)) for d, (a, b) in zip(shape.dimensions, limits, strict=True)
        )
        return DrawnShape(axes, sides=sides)
    curved = [d.id for d, axis in zip(shape.dimensions, axes, strict=True) if d.transformation_ref and not axis.scale]
    outside = bool(getattr(shape, "use_complement", False))
    if isinstance(shape, flowkit.gates.PolygonGate):
        if curved and not _all_linear(gml, shape):
            raise NotTakenOverError(f"it is a polygon on a scale of {curved[0]} that a strategy does not have")
        pairs = [
            [_linear(gml, d, value) for d, value in zip(shape.dimensions, vertex, strict=True)]
            for vertex in shape.vertices
        ]
        corners = tuple((float(x), float(y)) for x, y in pairs if x is not None and y is not None)
        return DrawnShape(axes, vertices=corners, outside=outside)
    if isinstance(shape, flowkit.gates.EllipsoidGate) and (not curved or _all_linear(gml, shape)):
        return _ellipsoid(gml, shape, axes, outside)
    raise NotTakenOverError(f"{type(shape).__name__} on these scales has no form in a strategy")


def _all_linear(gml: Definitions, shape: Any) -> bool:
    from flowkit import transforms as known

    transforms = [gml.transform(d.transformation_ref) for d in shape.dimensions if d.transformation_ref]
    return all(
        isinstance(one, known.LinearTransform | known.AsinhTransform | known.LogicleTransform | known.LogTransform)
        for one in transforms
    )


def _ellipsoid(gml: Definitions, shape: Any, axes: tuple[DrawnAxis, ...], outside: bool) -> DrawnShape:
    """Mean in linear intensity; the covariance stays as stated: on the scales, or in linear intensity."""
    on_flin = [_flin(gml, d) for d in shape.dimensions]
    # A scale that begins at 0 stays to the letter; one that does not has the covariance in linear intensity instead
    axes = tuple(
        replace(axis, scale=LinearScale(flin.param_t)) if flin is not None and flin.param_a == 0 else axis
        for axis, flin in zip(axes, on_flin, strict=True)
    )
    n = len(shape.dimensions)
    if len(shape.coordinates) != n or np.shape(shape.covariance_matrix) != (n, n):
        raise NotTakenOverError(f"its mean or covariance is not of its {n} dimensions")
    units = np.array([flin.param_t + flin.param_a if flin is not None and flin.param_a else 1.0 for flin in on_flin])
    covariance = np.array(shape.covariance_matrix, dtype=float) * np.outer(units, units)
    unbounded = not np.allclose(covariance, covariance.T) or np.linalg.eigvalsh(covariance).min() <= 0
    if unbounded and not abs(np.linalg.det(covariance)) > 0:
        raise NotTakenOverError("its covariance has no inverse")
    center = [_linear(gml, d, value) for d, value in zip(shape.dimensions, shape.coordinates, strict=True)]
    return DrawnShape(
        axes,
        center=tuple(float(value) for value in center if value is not None),
        covariance=tuple(tuple(float(value) for value in row) for row in covariance),
        distance_square=float(shape.distance_square),
        unbounded=bool(unbounded),
        outside=outside,
    )


def _flin(gml: Definitions, dim: Any) -> Any | None:
    """The `flin` transformation of a dimension, where it has one."""
    from flowkit import transforms as known

    transform = None if dim.transformation_ref is None else gml.transform(dim.transformation_ref)
    return transform if isinstance(transform, known.LinearTransform) else None


def _quadrants(shape: Any, place: Place, gml: Definitions, kept: str | None) -> Iterator[DrawnGate]:
    """Each quadrant is a population of its own, with the quadrant gate's parent."""
    dims = {divider.id: divider for divider in shape.dimensions}
    for path, quadrant in zip(place.quadrants, shape.quadrants.values(), strict=True):
        what, refused = None, ""
        try:
            gml.check_bounds(shape)
            axes = tuple(_divider_axis(gml, dims[ref], kept) for ref in quadrant.divider_refs)
            sides = [(dims[ref], quadrant.get_divider_range(ref)) for ref in quadrant.divider_refs]
            limits = tuple((_linear(gml, dim, low), _linear(gml, dim, high)) for dim, (low, high) in sides)
            what = DrawnShape(axes, sides=limits)
        except (NotTakenOverError, ArithmeticError, ValueError) as error:
            refused = _reason(error)
        yield DrawnGate(path, place.parent, "QuadrantGate", what, refused)


def _divider_axis(gml: Definitions, divider: Any, kept: str | None) -> DrawnAxis:
    by_file, compensated = _compensation(gml, divider, kept)
    channel = _channel(gml, divider.dimension_ref, divider.compensation_ref)
    return DrawnAxis(channel, compensated, _scale(gml, divider), by_file)
