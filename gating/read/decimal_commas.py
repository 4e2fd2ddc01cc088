"""A matrix keyword with decimal commas: read where its commas can be taken apart in one way only.

FACSDiva on a PC set to decimal commas writes `4,A,B,C,D,1,0,025,0,...`: the comma separates and marks decimals. A row
is read on two grounds: its own entry is 1, and an entry beside the diagonal is 0 or begins with `0,`.
"""

import re
from functools import lru_cache

_WHOLE = re.compile(r"[+-]?[0-9]{1,3}")
_FRACTION = re.compile(r"[0-9]{1,20}(?:[eE][+-]?[0-9]{1,3})?")


def decimal_comma_values(tokens: tuple[str, ...], size: int) -> tuple[float, ...] | None:
    """size * size values; None where the tokens are no such matrix, or can be read in several ways.

    >>> decimal_comma_values(("1", "0", "025", "0", "16", "1"), 2)
    (1.0, 0.025, 0.16, 1.0)
    """
    cells = size * size
    if not cells < len(tokens) <= 2 * cells:
        return None
    if not all(_WHOLE.fullmatch(t) or _FRACTION.fullmatch(t) for t in tokens):
        return None
    return _only_reading(tokens, size)


def _only_reading(tokens: tuple[str, ...], size: int) -> tuple[float, ...] | None:
    cells = size * size
    last = len(tokens)

    def steps(at: int, cell: int) -> list[tuple[int, float]]:
        """(tokens used, value) of each way to read the next cell."""
        on_diagonal = cell % (size + 1) == 0
        found = []
        if _WHOLE.fullmatch(tokens[at]) and float(tokens[at]) == (1.0 if on_diagonal else 0.0):
            found.append((1, float(tokens[at])))
        if at + 1 < last and _WHOLE.fullmatch(tokens[at]) and _FRACTION.fullmatch(tokens[at + 1]):
            value = float(f"{tokens[at]}.{tokens[at + 1]}")
            if value == 1.0 if on_diagonal else float(tokens[at]) == 0.0:
                found.append((2, value))
        return found

    ways: dict[tuple[int, int], int] = {(last, cells): 1}
    for cell in reversed(range(cells)):
        for at in range(cell, min(2 * cell, last - 1) + 1):
            ways[at, cell] = min(2, sum(ways.get((at + used, cell + 1), 0) for used, _ in steps(at, cell)))
    if ways.get((0, 0)) != 1:
        return None
    values, at = [], 0
    for cell in range(cells):
        used, value = next((u, v) for u, v in steps(at, cell) if ways.get((at + u, cell + 1)))
        values.append(value)
        at += used
    return tuple(values)


@lru_cache(maxsize=64)
def looks_decimal_comma(tokens: tuple[str, ...], size: int) -> bool:
    """Whether the number of entries is that of a matrix whose values were torn apart at decimal commas."""
    cells = size * size
    return cells < len(tokens) <= 2 * cells and all(_WHOLE.fullmatch(t) or _FRACTION.fullmatch(t) for t in tokens)
