"""A number as people write it, read only where it can be one number."""

import math
import re

_POINT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)
_COMMA = re.compile(r"[+-]?([0-9]+,[0-9]+|,[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)
_COMMA_GROUPS = re.compile(r"[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?")
_POINT_GROUPS = re.compile(r"[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]+)?")
_SPACED = re.compile(r"[+-]?[1-9][0-9]{0,2}([ '’\u00a0\u2009\u202f][0-9]{3})+([.,][0-9]+)?")


def number(text: str, *, decimal_commas: bool = False) -> float | str:
    """A finite number, or, where the text is none or could be two, what is wrong with it in words.

    Parameters
    ----------
    decimal_commas : whether the sheet is of a kind that writes decimal commas (columns separated by semicolons):
        then `1.007` can be a thousand and seven.

    Examples
    --------
    >>> number("99,5")
    99.5
    >>> number("1,007")
    '"1,007" can be read as 1007 or as 1.007; write the one that is meant'
    """
    found = sorted(_readings(text.strip(), decimal_commas), reverse=True)
    if len(found) == 1 and math.isfinite(found[0]):
        return found[0]
    if len(found) > 1:
        return f'"{text}" can be read as {" or as ".join(f"{one:.15g}" for one in found)}; write the one that is meant'
    return f'"{text}" is not a number'


def is_plain(text: str) -> bool:
    """Whether a number is written with a decimal point, or none, and nothing else."""
    return _POINT.fullmatch(text.strip()) is not None


def _readings(text: str, decimal_commas: bool) -> set[float]:
    found = set()
    if _POINT.fullmatch(text):
        found.add(float(text))
    if _COMMA.fullmatch(text):
        found.add(float(text.replace(",", ".")))
    if _COMMA_GROUPS.fullmatch(text):
        found.add(float(text.replace(",", "")))
    if _POINT_GROUPS.fullmatch(text) and (decimal_commas or "," in text or text.count(".") > 1):
        found.add(float(text.replace(".", "").replace(",", ".")))
    if _SPACED.fullmatch(text):
        found.add(float(re.sub(r"[ '’\u00a0\u2009\u202f]", "", text).replace(",", ".")))
    return found
