"""Method and evidence of a gate in words that a person who gates for a living would use."""

from collections.abc import Mapping

from tregate.gating.events import Scalar
from tregate.gating.strategy.schema import Strategy

METHODS = {
    "fixed": "fixed numbers of the strategy",
    "range": "fixed numbers of the strategy",
    "box": "fixed numbers of the strategy",
    "polygon": "polygon as drawn in the strategy",
    "ellipse": "ellipse as written in the strategy",
    "valley": "valley between two modes",
    "tail": "main mode plus robust spread",
    "backgate": "where the bright cells of another marker lie",
    "split": "cut between two overlapping populations where the errors cancel",
    "reference": "quantile of an internal negative",
    "control": "quantile of a control tube",
    "mixture": "mixture of Gaussians",
    "diagonal": "slanted line between dim and bright",
    "learned": "boundary learned from synthetic tubes, placed by this tube's landmarks",
    "second opinion": "population of the strategy's second opinion",
    "template": "drawn polygon moved to this sample's landmarks",
    "singlets": "ridge of single cells",
    "beads": "tight bright cluster of beads",
    "doublets": "above 1.41 times the single beads' mode",
    "steady": "stretches of the run that arrive steadily",
    "borrow": "place taken from another tube",
    "logic": "combination of other populations",
    "replay": "place of an earlier run",
    "skipped": "step skipped",
}


def method_words(method: str) -> str:
    """The method as a phrase; a method nobody described yet by its own name."""
    return METHODS.get(method, method)


def logic_words(strategy: Strategy) -> dict[str, str]:
    """What each combined population is made of: "steady flow, without bead region"."""
    return {name: _logic(strategy, name) for name, p in strategy.populations.items() if p.is_logic}


def _logic(strategy: Strategy, name: str) -> str:
    population = strategy.populations[name]
    parts = [" and ".join(dict.fromkeys(filter(None, (population.parent, *population.all_of))))]
    if population.any_of:
        parts.append("any of " + ", ".join(population.any_of))
    if population.none_of:
        parts.append("without " + ", ".join(population.none_of))
    return "; ".join(part for part in parts if part)


def evidence_words(evidence: Mapping[str, Scalar]) -> tuple[str, ...]:
    """One phrase a fact, in the order the method gave them; facts without a value are left out.

    The number of events that the method saw is left out too: the picture's own numbers tell it.
    """
    return tuple(
        _fact(name, value)
        for name, value in evidence.items()
        if value is not None and value is not False and value != "" and name != "events"
    )


_SHARES = frozenset({"depth", "share", "taken_out", "dip", "cv"})
"""Facts that are a share of one and read better in percent."""

_NAMES = {
    "depth": "valley depth",
    "left_mode": "modes at",
    "right_mode": "and",
    "robust_sd": "robust SD on the scale",
    "ridge_sd": "SD of the ridge",
    "mode_distance": "distance of the modes on the scale",
    "taken_out": "taken out",
    "share": "share of the parent",
    "instead": "other axes used:",
}


def _fact(name: str, value: Scalar) -> str:
    words = _NAMES.get(name, name.replace("_", " "))
    if value is True:
        return words
    if (name in _SHARES or name.endswith("_share")) and isinstance(value, float):
        return f"{words} {number(100.0 * value)} %"
    return f"{words} {_value(value)}"


def _value(value: Scalar) -> str:
    if isinstance(value, float):
        return number(value)
    if isinstance(value, int):
        return grouped(value)
    return str(value)


def measured(value: float) -> str:
    """Three significant digits, trailing zeros kept: 3.00, 11.0, 1 378."""
    return number(value) if abs(value) >= 1e3 or 0 < abs(value) < 1e-3 else f"{value:#.3g}".removesuffix(".")


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
