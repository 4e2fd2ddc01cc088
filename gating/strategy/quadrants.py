"""Quadrant gates written out: two thresholds that four populations share, so that the four move together."""

from collections.abc import Mapping
from typing import Any

KEYS = {"kind", "x", "y", "names"}


def written_out(populations: Mapping[str, Any], problems: list[tuple[str, str]]) -> dict[str, Any]:
    """The populations with every `kind: quadrant` as two thresholds and the four populations that they divide.

    A quadrant gate that is wrong is left out, and (its name, what is wrong) added to `problems`.

    Examples
    --------
    >>> gate = {"kind": "quadrant", "x": {"kind": "valley"}, "y": 500.0}
    >>> found = written_out({"by CD4 and CD8": {"parent": "CD3+", "axes": ["CD4", "CD8"], "gate": gate}}, [])
    >>> list(found)
    ['by CD4 and CD8: CD4', 'by CD4 and CD8: CD8', 'CD4-CD8-', 'CD4+CD8-', 'CD4-CD8+', 'CD4+CD8+']
    >>> found["CD4+CD8-"]
    {'parent': 'CD3+', 'all_of': ['by CD4 and CD8: CD4'], 'none_of': ['by CD4 and CD8: CD8']}
    """
    out: dict[str, Any] = {}
    for name, population in populations.items():
        gate = population.get("gate") if isinstance(population, Mapping) else None
        if not isinstance(gate, Mapping) or gate.get("kind") != "quadrant":
            out[name] = population
            continue
        wrong = _wrong(population, gate, {*populations, *out} - {name})
        if wrong:
            problems.append((str(name), wrong))
            continue
        x, y = population["axes"]
        both = {key: value for key, value in population.items() if key not in ("axes", "gate", "show")}
        high = []
        for axis, other, divider in ((x, y, gate["x"]), (y, x, gate["y"])):
            high.append(f"{name}: {axis}")
            out[high[-1]] = {**both, "axes": [axis], "gate": _threshold(divider), "show": other}
        for quadrant, (above_x, above_y) in zip(_names(gate, x, y), _PLACES, strict=True):
            inside = [threshold for threshold, above in zip(high, (above_x, above_y), strict=True) if above]
            outside = [threshold for threshold in high if threshold not in inside]
            logic = {"all_of": inside, "none_of": outside}
            out[quadrant] = {**both, **{key: names for key, names in logic.items() if names}}
    return out


_PLACES = ((False, False), (True, False), (False, True), (True, True))
"""Above the divider of x, above that of y, in the order of `names`."""


def _names(gate: Mapping[str, Any], x: str, y: str) -> list[str]:
    signs = ("-", "+")
    return gate.get("names") or [f"{x}{signs[a]}{y}{signs[b]}" for a, b in _PLACES]


def _threshold(divider: Any) -> Any:
    if isinstance(divider, int | float):
        return {"kind": "range", "low": divider}
    return divider if divider.get("kind") == "range" else {"keep": "above", **divider}


def _wrong(population: Mapping[str, Any], gate: Mapping[str, Any], others: set[str]) -> str:
    axes = population.get("axes")
    if not isinstance(axes, list | tuple) or len(axes) != 2 or not all(isinstance(axis, str) for axis in axes):
        return "a quadrant gate needs two axes"
    if "instead" in population:
        return "a quadrant gate has no `instead`: give its dividers an `otherwise`"
    if set(gate) - KEYS:
        return f"a quadrant gate has no key `{min(map(str, set(gate) - KEYS))}` (known: {', '.join(sorted(KEYS))})"
    for key in ("x", "y"):
        divider = gate.get(key)
        if isinstance(divider, bool) or not isinstance(divider, int | float | Mapping):
            return f"a quadrant gate needs `{key}`: a number, or a gate of one threshold"
        if isinstance(divider, Mapping) and (divider.get("keep", "above") != "above" or "high" in divider):
            return f"the divider `{key}` of a quadrant gate keeps what lies above it"
    names = gate.get("names")
    if names is not None and (not isinstance(names, list | tuple) or len(names) != 4):
        return "`names` of a quadrant gate are four: below both, above x only, above y only, above both"
    wanted = _names(gate, *axes)
    repeated = [one for one in wanted if one in others or wanted.count(one) > 1 or not isinstance(one, str)]
    return f'the population "{repeated[0]}" of a quadrant gate is there already' if repeated else ""
