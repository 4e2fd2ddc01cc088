"""Method and evidence of a gate in words that a person who gates for a living would use."""

from collections.abc import Mapping

from gating.events import Scalar

METHODS = {
    "fixed": "fixed numbers of the strategy",
    "range": "fixed numbers of the strategy",
    "box": "fixed numbers of the strategy",
    "polygon": "polygon as drawn in the strategy",
    "ellipse": "ellipse as written in the strategy",
    "valley": "valley between two modes",
    "tail": "main mode plus robust spread",
    "reference": "quantile of an internal negative",
    "control": "quantile of a control tube",
    "mixture": "mixture of Gaussians",
    "diagonal": "slanted line between dim and bright",
    "template": "drawn polygon moved to this sample's landmarks",
    "singlets": "ridge of single cells",
    "beads": "tight bright cluster of beads",
    "steady": "stretches of the run that arrive steadily",
    "borrow": "place taken from another tube",
    "logic": "combination of other populations",
    "replay": "place of an earlier run",
    "skipped": "step skipped",
}


def method_words(method: str) -> str:
    """The method as a phrase; a method nobody described yet by its own name."""
    return METHODS.get(method, method)


def evidence_words(evidence: Mapping[str, Scalar]) -> tuple[str, ...]:
    """One phrase a fact, in the order the method gave them; facts without a value are left out."""
    return tuple(
        f"{_name(name)} {_value(value)}".strip() if value is not True else _name(name)
        for name, value in evidence.items()
        if value is not None and value is not False and value != ""
    )


def _name(name: str) -> str:
    return name.replace("_", " ")


def _value(value: Scalar) -> str:
    if isinstance(value, float):
        return number(value)
    if isinstance(value, int):
        return grouped(value)
    return str(value)


def number(value: float) -> str:
    """Three significant digits, thousands set apart; no exponent for numbers met on an axis."""
    if value != value or value in (float("inf"), float("-inf")):
        return "not measurable"
    if value == 0 or 1e-3 <= abs(value) < 1e3:
        return f"{value:.3g}"
    if abs(value) < 1e7:
        return grouped(round(value)) if abs(value) >= 1e3 else f"{value:.2g}"
    return f"{value:.2e}"


def grouped(value: int) -> str:
    """12 345 with narrow no-break spaces, as on a laboratory sheet."""
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
