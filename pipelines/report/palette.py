"""One colour a population, the same in every picture of every tube.

Hues after Okabe & Ito (2008) and Tol (2021), distinguishable with the common forms of colour blindness; a
dashed line distinguishes those that share a hue. The page pairs every colour with the population's name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from tregate.gating.strategy.load import shipped
from tregate.gating.strategy.yaml_source import read_yaml

HUES = 10
"""Number of hues that page.css defines as --hue-0 ... in a light and a dark form."""


@cache
def _known() -> Mapping[str, tuple[int, int]]:
    """Populations with a colour of their own, from configs/report/colours.yaml."""
    data = read_yaml(shipped("report", "colours")).data
    return {str(name): (int(hue), int(dash)) for name, (hue, dash) in data.items()}


@dataclass(frozen=True, slots=True)
class Colour:
    hue: int
    """0 ... HUES - 1."""
    dash: int
    """0 solid, 1 dashed, 2 dotted."""


def colours(populations: Iterable[str]) -> dict[str, Colour]:
    """A colour for each name, in order of appearance; names in configs/report/colours.yaml have their own."""
    given: dict[str, Colour] = {}
    used = set()
    free = [(hue, dash) for dash in (0, 1, 2) for hue in range(HUES - 1)]
    for name in dict.fromkeys(populations):
        known = _known().get(name)
        if known is not None:
            given[name] = Colour(*known)
            used.add(known)
    for name in dict.fromkeys(populations):
        if name not in given:
            pair = next((p for p in free if p not in used), free[len(given) % len(free)])
            used.add(pair)
            given[name] = Colour(*pair)
    return given
