"""What the stars of a printed table claim, or what stands in their place."""

import re

from tregate.pipelines.files.number_text import number
from tregate.pipelines.plausible.spreads import ROUNDING
from tregate.pipelines.visit_tests.outcome import STARS

MORE_STARS = {"****": 0.0001}
NOTHING = frozenset({"", "ns", "n.s.", "n.s", "-", "–", "—"})
"""What stands for no claim."""
_P = re.compile(r"p?\s*(?P<sign>[<=≤])\s*(?P<value>[0-9.,]+)", re.IGNORECASE)


def claim(text: str) -> tuple[str, float | None] | None:
    """The stars of a cell and, where they are a p in words or figures, the largest p that is claimed.

    None where the text is no claim that is known. Marks beside stars are of other comparisons and are omitted.

    >>> claim("**"), claim("p<0.01"), claim("ns"), claim("highly significant")
    (('**', None), ('p<0.01', 0.01), ('', None), None)
    """
    text = text.strip()
    if text.casefold() in NOTHING:
        return "", None
    if found := _P.fullmatch(text):
        value = number(found["value"])
        if isinstance(value, str) or not 0 < value <= 1:
            return None
        return text, value if found["sign"] == "<" else value * (1 + ROUNDING)
    stars = "*" * text.count("*")
    if stars in MORE_STARS:
        return stars, MORE_STARS[stars]
    return (stars, None) if stars in {one for _, one in STARS} else None
