"""Problems that differ only in their line, reported once."""

from collections.abc import Iterable
from dataclasses import replace

from tregate.gating.errors import Problem

LINES_SHOWN = 5


def grouped(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each cause once, at its first line, with the number of rows and the first of them, in the order of first lines.

    Examples
    --------
    >>> print(*grouped([Problem("a.csv", n, "`visit` is empty.") for n in (2, 3)]))
    a.csv:2: `visit` is empty: 2 rows (2, 3).
    """
    lines: dict[Problem, list[int]] = {}
    for problem in problems:
        at = lines.setdefault(replace(problem, line=None), [])
        if problem.line is not None:
            at.append(problem.line)
    return tuple(_together(problem, at) for problem, at in lines.items())


def _together(problem: Problem, lines: list[int]) -> Problem:
    if len(lines) < 2:
        return replace(problem, line=lines[0] if lines else None)
    shown = ", ".join(map(str, lines[:LINES_SHOWN])) + (", ..." if len(lines) > LINES_SHOWN else "")
    end = problem.message[-1:] if problem.message[-1:] in ".?!" else ""
    message = f"{problem.message.removesuffix(end)}: {len(lines)} rows ({shown}){end or '.'}"
    return replace(problem, line=lines[0], message=message)
