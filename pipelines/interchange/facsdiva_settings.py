"""Compensation in the settings of a tube of a FACSDiva experiment."""

from typing import Any

import numpy as np

from tregate.pipelines.interchange.drawn import DrawnMatrix
from tregate.pipelines.interchange.safe_xml import attribute, children


def matrix_of(tube: Any) -> DrawnMatrix | str | None:
    """The spillover matrix of a tube, why it cannot be used, or None where compensation is off.

    FACSDiva stores the inverse: a parameter's coefficients are its column, one for each parameter that can be
    compensated, in the order of the settings.
    """
    for settings in children(tube, "instrument_settings"):
        if _text(settings, "compensation_enabled").lower() != "true":
            return None
        stated = [one for one in children(settings, "parameter") if _text(one, "can_be_compensated").lower() == "true"]
        names = tuple(attribute(one, "name") or "" for one in stated)
        columns = [_coefficients(one) for one in stated]
        if not names:
            return None
        if any(len(column) != len(names) for column in columns) or not np.isfinite(columns).all():
            return f"its compensation has no coefficient for each of its {len(names)} channels"
        inverse = np.array(columns, dtype=np.float64).T
        if not abs(np.linalg.det(inverse)) > 1e-9:
            return "its compensation has no inverse"
        spillover = np.linalg.inv(inverse)
        scaled = spillover / np.diag(spillover)[:, None]
        if not np.allclose(scaled, spillover, atol=1e-4):
            return "its compensation is no spillover matrix with 1 on the diagonal"
        return DrawnMatrix("FACSDiva", names, tuple(tuple(map(float, row)) for row in spillover.round(12)))
    return None


def _coefficients(parameter: Any) -> list[float]:
    return [
        float(one.text or "nan")
        for group in children(parameter, "compensation")
        for one in children(group, "compensation_coefficient")
    ]


def _text(element: Any, name: str) -> str:
    return next(((one.text or "").strip() for one in children(element, name)), "")
