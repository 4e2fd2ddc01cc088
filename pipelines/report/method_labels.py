"""Labels of placement methods and of their evidence, in the terms of docs/strategies.md."""

from collections.abc import Mapping

from tregate.gating.events import Scalar
from tregate.gating.strategy.schema import Strategy

METHODS = {
    "fixed": "fixed numbers of the strategy",
    "range": "fixed numbers of the strategy",
    "box": "fixed numbers of the strategy",
    "polygon": "polygon as drawn in the strategy",
    "ellipse": "ellipse as given in the strategy",
    "quadric": "curved boundary as given in the strategy",
    "valley": "valley between two modes",
    "tail": "main peak plus robust spread",
    "backgate": "back-gated from the bright cells of another marker",
    "split": "balanced cut-off (equal numbers misclassified on both sides)",
    "reference": "upper end of a reference population",
    "control": "quantile of a control tube",
    "mixture": "mixture of Gaussians",
    "diagonal": "slanted line between dim and bright",
    "learned": "boundary learned from synthetic tubes, placed by this tube's landmarks",
    "second opinion": "events of the second method's population",
    "template": "drawn polygon moved with its landmarks",
    "singlets": "ridge of single cells",
    "beads": "tight bright cluster of beads",
    "doublets": "above 1.41 times the single beads' mode",
    "steady": "intervals with a stable acquisition",
    "borrow": "gate of another tube",
    "logic": "combination of other populations",
    "replay": "gate of a previous run",
    "by hand": "placed by a person",
    "skipped": "step skipped",
}


def method_words(method: str) -> str:
    """Label of a method; its name where it has no label."""
    return METHODS.get(method, method)


def logic_words(strategy: Strategy) -> dict[str, str]:
    """The definition of each combined population: "steady flow, without bead region"."""
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
    """One phrase per fact, in the order of the method; facts without a value are omitted.

    The number of events is omitted too: the card shows it.
    """
    return tuple(
        _fact(name, value)
        for name, value in evidence.items()
        if value is not None and value is not False and value != "" and name != "events"
    )


_SHARES = frozenset({"depth", "share", "taken_out", "dip", "cv", "leak"})
"""Facts that are fractions and are shown in percent."""

_NAMES = {
    "depth": "valley depth",
    "left_mode": "modes at",
    "right_mode": "and",
    "robust_sd": "robust SD on the scale",
    "ridge_sd": "SD of the ridge",
    "mode_distance": "distance of the modes on the scale",
    "taken_out": "excluded",
    "share": "percentage of parent",
    "instead": "other axes used:",
    "bright_share": "bright cells",
    "wrong_share": "misclassified",
    "crowd": "events inside / expected",
    "leak": "conventional cells inside",
    "separation": "separation in SD",
    "doubt": "uncertain:",
    "slowest": "slowest rate over the usual one",
    "fastest": "fastest rate over the usual one",
    "largest_z": "largest difference in SD",
    "own_low": "own lower edge",
    "own_high": "own upper edge",
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


def mean_and_sd(mean: float, sd: float | None) -> str:
    """Mean with three significant digits, SD with as many decimals as the mean: "10.6 ± 0.9"."""
    text = measured(mean)
    if sd is None:
        return text
    decimals = len(text.partition(".")[2])
    return f"{text} ± {sd:.{decimals}f}" if sd < 1e3 else f"{text} ± {measured(sd)}"


def number(value: float) -> str:
    """Three significant digits, thousands grouped; no exponent for values of an axis."""
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
