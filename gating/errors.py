"""What can go wrong, as one tree.

    TregateError
    ├── ConfigurationError        what the user wrote; carries every Problem at once; nothing is run
    └── TubeError                 one tube cannot be gated; becomes a row of failures.csv, the batch goes on
        ├── ReadError             stage "read"
        │   ├── NotFCSError           no FCS signature
        │   ├── TruncatedError        fewer bytes than the events need
        │   ├── DamagedError          bytes altered in transfer, values not finite
        │   ├── UnsupportedError      a kind of FCS file that is refused by name
        │   ├── MalformedError        HEADER or TEXT contradict themselves beyond repair
        │   └── DataSetError          several data sets and none is the default, or the chosen one is absent
        ├── PanelError            stage "panel": a marker has no channel, or two
        ├── CompensationError     stage "compensate": no usable matrix
        └── CountError            stage "count"

A doubtful result is no error: it is a tregate.gating.findings.Finding, and the result stays, flagged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

MOST_PROBLEMS = 100
"""Problems that are reported of what a user wrote; how many more there are is said."""


class TregateError(Exception):
    """Base of all errors that are shown to the user without a traceback."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what the user wrote."""

    file: str
    line: int | None
    """1-based; None where the whole file is meant."""
    message: str
    """What was found and what was expected."""
    remedy: str = ""
    """What to do."""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.message}{' ' if self.remedy else ''}{self.remedy}".replace("\n", "\\n")


class ConfigurationError(TregateError):
    """Everything wrong with a study, strategy, panel or table definition, reported at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        shown, more = tuple(problems[:MOST_PROBLEMS]), len(problems) - MOST_PROBLEMS
        complete = more <= 0 or (more == 1 and problems[-1].message.startswith("and "))
        self.problems = tuple(problems) if complete else (*shown, Problem(shown[-1].file, None, f"and {more} more."))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type["ConfigurationError"], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class TubeError(TregateError):
    """One tube cannot be gated. The message says what was found, where, what was expected, what to do."""

    stage: ClassVar[str] = "tube"


class ReadError(TubeError):
    stage: ClassVar[str] = "read"


class NotFCSError(ReadError):
    """The file does not begin with an FCS signature."""


class TruncatedError(ReadError):
    """The file holds fewer bytes than its events need."""


class DamagedError(ReadError):
    """The bytes were altered in transfer, or values are not finite."""


class UnsupportedError(ReadError):
    """A kind of FCS file that tregate refuses by name."""


class MalformedError(ReadError):
    """HEADER or TEXT contradict themselves beyond repair."""


class DataSetError(ReadError):
    """Several data sets and none is the default, or the one asked for does not exist."""


class PanelError(TubeError):
    """A marker of the strategy has no channel in the file, or more than one."""

    stage: ClassVar[str] = "panel"


class CompensationError(TubeError):
    """No usable compensation matrix, or one that does not fit the file."""

    stage: ClassVar[str] = "compensate"


class CountError(TubeError):
    """Counts cannot be made."""

    stage: ClassVar[str] = "count"
