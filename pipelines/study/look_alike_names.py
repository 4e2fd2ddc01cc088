"""Names of subjects, visits, tubes and groups that are probably one, written in two ways."""

from collections.abc import Callable, Collection, Mapping, Sequence

from tregate.gating.errors import Problem
from tregate.pipelines.files.look_alikes import code_points, mistaken_for, shown

ROWS_SHOWN = 5


def look_alikes(
    names: Mapping[str, Sequence[int]],
    what: str,
    file: str,
    distinct: Collection[str] = (),
    keys: Callable[[str], Collection[str]] = mistaken_for,
) -> list[Problem]:
    """A problem for every two names that are easily mistaken for each other.

    `names`: each name with the lines on which it stands. `distinct`: names that are different on purpose.
    `keys`: of a name; two names that share one are probably one.
    """
    first: dict[str, str] = {}
    problems: dict[tuple[str, str], Problem] = {}
    for name in names:
        for key in sorted(keys(name)):
            other = first.setdefault(key, name)
            if other != name and not {other, name} <= set(distinct):
                problems.setdefault((other, name), _problem(other, name, names, what, file))
    return list(problems.values())


def _problem(one: str, other: str, names: Mapping[str, Sequence[int]], what: str, file: str) -> Problem:
    message = (
        f'{what} "{shown(one)}" ({rows(names[one])}) and "{shown(other)}" ({rows(names[other])}) differ only in '
        f"{_difference(one, other)}: probably one {what} in two ways."
    )
    remedy = "Write it in one way; if they are different, list both under `distinct:` in study.yaml."
    return Problem(file, names[other][0] if names[other] else None, message, remedy)


def _difference(one: str, other: str) -> str:
    if odd := code_points(one + other):
        return f"a character that looks like another ({odd})"
    if one.casefold() == other.casefold():
        return "upper and lower case"
    return "case, blanks, hyphens, zeros, or letters that look alike"


def rows(lines: Sequence[int]) -> str:
    """Rows of a sheet, the first few by number.

    Examples
    --------
    >>> rows([2, 3])
    'rows 2, 3'
    """
    if not lines:
        return "study.yaml"
    more = ", ..." if len(lines) > ROWS_SHOWN else ""
    listed = ", ".join(map(str, lines[:ROWS_SHOWN]))
    return f"row{'s' if len(lines) > 1 else ''} {listed}{more}"
