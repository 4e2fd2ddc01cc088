"""Scatter by any maker's name: "FSC-A", "BSC-A" (Sony), "FSC 488/10-A" (ZE5), "SSC-B-A" (Cytek), "FS Height" (CyAn)."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

_FORWARD = frozenset({"FSC", "FS", "FALS", "LALS", "FWSC", "FWD", "FORWARD", "FSCATTER"})
_SIDE = frozenset({"SSC", "SS", "BSC", "RALS", "SALS", "SDSC", "SIDE", "SSCATTER", "ORTHOGONAL"})
_FEATURES = {
    **dict.fromkeys(("A", "AREA", "INT", "INTEGRAL"), "A"),
    **dict.fromkeys(("H", "HEIGHT", "PEAK"), "H"),
    **dict.fromkeys(("W", "WIDTH", "TOF"), "W"),
}
_FILLERS = frozenset({"LIN", "LINEAR", "SCATTER", "SC", "PMT", "LIGHT", "SIGNAL"})
_RANKS = {"B": 2, "488": 2, "10": 1, "NM": 0, "LOG": 5}
_LASER = re.compile(r"(?:V|B|R|Y|U|UV|YG|G)(?=(?:SSC|FSC)$)")
_TOKEN = re.compile(r"[A-Z]+|[0-9]+")
_SPLIT_SCALE = re.compile(r"(LOG|LIN)([AHW])")


@dataclass(frozen=True, slots=True)
class ScatterName:
    """What the name of a scatter channel says."""

    direction: Literal["FSC", "SSC"]
    feature: str
    """"A", "H", "W", or "" where the name does not say."""
    rank: int
    """The lower, the more usual a signal: no laser, then the blue one, then others; linear before logarithmic."""


@lru_cache(maxsize=4096)
def scatter_name(name: str) -> ScatterName | None:
    """What the name of a channel says about scatter; None where it is no scatter channel.

    >>> scatter_name("FSC 488/10-A")
    ScatterName(direction='FSC', feature='A', rank=3)
    >>> scatter_name("FITC-A") is None
    True
    """
    tokens = _tokens(name)
    forward, side = _FORWARD.intersection(tokens), _SIDE.intersection(tokens)
    if bool(forward) == bool(side) or "RATIO" in tokens:
        return None
    rest = [token for token in tokens if token not in forward | side and token not in _FILLERS]
    feature = _FEATURES.get(rest[-1], "") if rest else ""
    others = rest[:-1] if feature else rest
    rank = sum(_RANKS.get(token, 3) for token in others)
    return ScatterName("FSC" if forward else "SSC", feature, rank)


def _tokens(name: str) -> list[str]:
    """Words and numbers of a name, in upper case; "LogA" is "LOG A", "VSSC" is "V SSC"."""
    tokens: list[str] = []
    for token in _TOKEN.findall(name.upper()):
        laser, scale = _LASER.match(token), _SPLIT_SCALE.fullmatch(token)
        if laser and token not in _FORWARD | _SIDE:
            tokens += [laser[0], token[laser.end() :]]
        elif scale:
            tokens += [scale[1], scale[2]]
        else:
            tokens.append(token)
    return tokens
