"""Scales and spillover matrices of a sample of a FlowJo 10 workspace."""

from typing import Any

from tregate.gating.geometry.scales import AsinhScale, BiexScale, LinearScale, LogicleScale, LogScale, Scale
from tregate.pipelines.interchange.drawn import DrawnMatrix
from tregate.pipelines.interchange.safe_xml import attribute, children, local_name

LINEAR_FROM = "a linear scale that begins at"
"""Name of a scale on which ranges and polygons are what they are, but no ellipse is known: its display is shifted."""
NEAR_ZERO = 1e-3
"""Part of its top by which a linear scale may begin beside 0."""


def scales_of(sample: Any) -> dict[str, Scale | str]:
    """Channel -> its scale, or why it cannot be used."""
    found: dict[str, Scale | str] = {}
    for transformations in children(sample, "Transformations"):
        for element in transformations:
            named = [attribute(one, "name") for one in children(element, "parameter")]
            if named and named[0]:
                found[named[0]] = _scale(element)
    return found


def _scale(element: Any) -> Scale | str:
    kind = local_name(element)

    def number(name: str) -> float:
        return float(attribute(element, name) or "nan")

    try:
        match kind:
            case "linear":
                low, top = float(attribute(element, "minRange") or "0"), number("maxRange")
                return f"{LINEAR_FROM} {low:g}" if abs(low) > NEAR_ZERO * abs(top) else LinearScale(top)
            case "log":
                return LogScale(number("offset") * 10.0 ** number("decades"), number("decades"))
            case "logicle":
                return LogicleScale(number("T"), number("M"), number("W"), number("A"))
            case "fasinh":
                return AsinhScale(number("T"), number("M"), number("A"))
            case "biex":
                length = attribute(element, "length")
                if length != "256":
                    return f"a biex scale of length {length} (256 is known)"
                if not number("width") <= -1 or not number("neg") >= 0:
                    return f"a biex scale of width {number('width'):g} and negative {number('neg'):g}"
                found = BiexScale(number("maxRange"), number("pos"), number("neg"), number("width"))
                return found if found.has_positive_decades else f"a biex scale of {number('pos'):g} positive decades"
    except (ValueError, OverflowError) as error:
        return f"a {kind} scale whose numbers cannot be read ({error})"
    return f"the scale {kind}, whose definition is not public"


def matrix_of(sample: Any) -> DrawnMatrix | str | None:
    """The sample's matrix, why it cannot be used, or None where there is none."""
    elements = children(sample, "spilloverMatrix")
    if not elements:
        return None
    if len(elements) > 1:
        return f"the sample has {len(elements)} spillover matrices"
    (element,) = elements
    if attribute(element, "spectral") == "1":
        return "the sample is unmixed by a spectral matrix"
    try:
        return _matrix(element)
    except ValueError as error:
        return f"the numbers of its spillover matrix cannot be read ({error})"


def _matrix(element: Any) -> DrawnMatrix | str:
    parameters = [attribute(one, "name") or "" for group in children(element, "parameters") for one in group]
    rows: list[tuple[float, ...]] = []
    for spillover in children(element, "spillover"):
        stated = {
            attribute(one, "parameter") or "": float(attribute(one, "value") or "nan")
            for one in children(spillover, "coefficient")
        }
        rows.append(tuple(stated.get(name, 0.0) for name in parameters))
    if len(rows) != len(parameters):
        return f"the spillover matrix has {len(rows)} rows for {len(parameters)} channels"
    return DrawnMatrix(
        name=attribute(element, "name") or "",
        detectors=tuple(parameters),
        rows=tuple(rows),
        prefix=attribute(element, "prefix") or "",
        suffix=attribute(element, "suffix") or "",
    )
