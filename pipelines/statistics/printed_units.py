"""Units of printed tables, as journals and laboratories write a concentration of cells."""

import re
import unicodedata

KNOWN = ("cells/µL", "cells/mm3", "10^9/L", "10^6/L", "10^3/µL", "G/L", "cells/nL", "cells/mL", "%")
"""Units that messages name; spellings of them are read too."""
_VOLUMES = {"ul": 1.0, "mm3": 1.0, "nl": 1e-3, "ml": 1e3, "cm3": 1e3, "dl": 1e5, "l": 1e6}
"""Volume -> µL."""
_SPELLED = {"mcl": "ul", "microlitre": "ul", "cumm": "mm3", "cmm": "mm3", "litre": "l"}
_LETTERS = {"k": 3, "tsd": 3, "m": 6, "mio": 6, "g": 9}
_WRITTEN = re.compile(
    rf"x?(?:1(?:0\^?|0?e\+?)0?(?P<power>1[0-2]|[1-9])|(?P<thousand>1000)|(?P<letter>{'|'.join(_LETTERS)})(?:pt)?)?x?"
    rf"/(?P<volume>{'|'.join(_VOLUMES)})"
)


def is_percentage(unit: str) -> bool:
    """Whether a unit is a percentage, of whatever."""
    return "%" in unit or re.search(r"\bper ?cent", unit.casefold()) is not None


def cells_per_ul(unit: str) -> float | None:
    """Cells/µL that one of a unit is; None where it is no concentration of cells.

    >>> cells_per_ul("10⁹ cells/L"), cells_per_ul("cells/mm3"), cells_per_ul("x10^6 L-1"), cells_per_ul("banana")
    (1000.0, 1.0, 1.0, None)
    """
    text = unicodedata.normalize("NFKC", unit).casefold().replace("μ", "u").replace("−", "-")
    text = re.sub(r"\b(?:cells?|zellen|count|number|n)\b", "", text)
    text = re.sub(r"[\s()\[\],.]|cells?", "", re.sub(r"\bper\b", "/", text))
    text = re.sub(r"[×*·]", "x", re.sub(r"10\*+(?=\d)", "10^", text))
    text = text.replace("liter", "litre")
    for spelled, plain in _SPELLED.items():
        text = text.replace(spelled, plain)
    text = re.sub(r"mm\^3", "mm3", re.sub(r"(?<!/)(ul|mm\^?3|nl|ml|l)\^?-1$", r"/\1", text))
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    power = found["power"] or ("3" if found["thousand"] else _LETTERS.get(found["letter"] or "", 0))
    return float(10.0 ** int(power) / _VOLUMES[found["volume"]])
