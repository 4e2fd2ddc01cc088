"""Characters that no person types into a table: NUL and other control characters, with their line and column."""

import re

from tregate.gating.errors import Problem

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
AT_MOST = 20
"""Problems of one file: the first ones say what is wrong with it."""


def control_problems(text: str, file: str) -> list[Problem]:
    """A problem for each line that has a control character, at its first."""
    problems = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        found = _CONTROL.search(line)
        if found is not None:
            what = "a NUL character" if found[0] == "\0" else f"a control character (U+{ord(found[0]):04X})"
            message = f"column {found.start() + 1} of this line is {what}."
            problems.append(Problem(file, number, message, "Delete it, or save the table again as CSV UTF-8."))
            if len(problems) == AT_MOST:
                break
    return problems
