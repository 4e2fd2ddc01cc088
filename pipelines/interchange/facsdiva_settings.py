"""Settings of a tube of a FACSDiva experiment: compensation, and how its parameters are shown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log10
from typing import Any

import numpy as np

from tregate.pipelines.interchange.drawn import DrawnMatrix
from tregate.pipelines.interchange.safe_xml import attribute, children

TOP = 262_144.0
"""Upper end of every axis, in linear intensity."""
LARGEST = 1e6
"""Above all coefficients of a compensation."""


@dataclass(frozen=True, slots=True)
class TubeSettings:
    """What the gates of a tube rest on."""

    matrix: DrawnMatrix | None = None
    """None where compensation is off, or cannot be used."""
    unusable: str = ""
    """Why the compensation cannot be used."""
    mixed: frozenset[str] = frozenset()
    """Parameters that compensation alters."""
    logarithmic: frozenset[str] = frozenset()
    """Parameters that are shown on a logarithmic or biexponential axis."""
    scale_values: Mapping[str, float] | None = None
    """Parameter -> the scale value of its biexponential axis, for gates that state none."""
    log_decades: float = log10(TOP)
    """Decades of a logarithmic axis below its top."""


def settings_of(tube: Any) -> TubeSettings:
    """The settings of a tube; those of its specimen or experiment where it has none.

    Compensation that is off in FACSDiva is off here, whatever matrix the file states. FACSDiva stores the inverse: a
    parameter's coefficients are its column, one for each parameter that has coefficients, in the order of the settings.
    """
    decades = next((float(one) for one in _above(tube, "log_decades") if one in ("4", "5")), log10(TOP))
    settings = next(_above_elements(tube, "instrument_settings"), None)
    if settings is None:
        return TubeSettings(log_decades=decades)
    parameters = {attribute(one, "name") or "": one for one in children(settings, "parameter")}
    logarithmic = frozenset(name for name, one in parameters.items() if _is(one, "is_log"))
    compensated = _is(settings, "compensation_enabled")
    which = "manual_biexp_scale"
    if _text(settings, "use_auto_biexp_scale").lower() != "false":
        which = "comp_biexp_scale" if compensated else "biexp_scale"
    values = {name: value for name, one in parameters.items() if (value := _number(_text(one, which))) >= 0}
    matrix: DrawnMatrix | str | None = None
    columns = {name: found for name, one in parameters.items() if (found := _coefficients(one))}
    if compensated and columns:
        matrix = _matrix(columns)
    return TubeSettings(
        matrix=matrix if isinstance(matrix, DrawnMatrix) else None,
        unusable=matrix if isinstance(matrix, str) else "",
        mixed=frozenset(columns) if compensated else frozenset(),
        logarithmic=logarithmic,
        scale_values=values,
        log_decades=decades,
    )


def _matrix(stated: Mapping[str, list[float]]) -> DrawnMatrix | str:
    """The spillover matrix, or why it cannot be used."""
    names, columns = tuple(stated), list(stated.values())
    # Larger numbers than any dye's spill over are none, and would overflow
    if any(len(column) != len(names) or not np.abs(column).max() < LARGEST for column in columns):
        return f"its compensation has no coefficient for each of its {len(names)} channels"
    inverse = np.array(columns, dtype=np.float64).T
    if not abs(np.linalg.det(inverse)) > 1e-9:
        return "its compensation has no inverse"
    spillover = np.linalg.inv(inverse)
    scaled = spillover / np.diag(spillover)[:, None]
    if not np.allclose(scaled, spillover, atol=1e-4):
        return "its compensation is no spillover matrix with 1 on the diagonal"
    return DrawnMatrix("FACSDiva", names, tuple(tuple(map(float, row)) for row in spillover.round(12)))


def _above_elements(tube: Any, name: str) -> Iterator[Any]:
    """Children of this name of the element, of what it lies in, and so on outwards."""
    element = tube
    while element is not None:
        yield from children(element, name)
        element = element.getparent()


def _above(tube: Any, name: str) -> Iterator[str]:
    return ((one.text or "").strip() for one in _above_elements(tube, name))


def _coefficients(parameter: Any) -> list[float]:
    return [
        _number(one.text)
        for group in children(parameter, "compensation")
        for one in children(group, "compensation_coefficient")
    ]


def _is(element: Any, name: str) -> bool:
    return _text(element, name).lower() == "true"


def _number(text: str | None) -> float:
    """NaN for what is no number."""
    try:
        return float(text or "nan")
    except ValueError:
        return float("nan")


def _text(element: Any, name: str) -> str:
    return next(((one.text or "").strip() for one in children(element, name)), "")
