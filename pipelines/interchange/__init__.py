"""Gates as other programs and later runs have them: placed gates for `--gates` here, programs in `programs.py`."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.strategy.schema import Strategy
from tregate.pipelines.interchange.gates_file import Gates, TubeKey, read_gates

__all__ = ["GATES_READERS", "GatesReader", "read_placed_gates"]

GatesReader = Callable[[Path, Mapping[str, Strategy] | None], dict[TubeKey, Gates]]
"""File -> (subject, visit, tube) -> its gates. Raises ConfigurationError where the file is none of its kind."""

GATES_READERS: dict[str, GatesReader] = {
    ".csv": read_gates,
}
"""Ending of a file that holds placed gates -> what reads it."""


def read_placed_gates(path: Path, strategies: Mapping[str, Strategy] | None = None) -> dict[TubeKey, Gates]:
    """Each tube -> the gates that the file places on it, read by the reader of the file's ending.

    Raises ConfigurationError for an ending without a reader, and where the file is missing or wrong.
    """
    reader = GATES_READERS.get(path.suffix.lower())
    if reader is None:
        kinds = ", ".join(GATES_READERS)
        message = f'gates cannot be read from a file that ends in "{path.suffix}" (known endings: {kinds}).'
        raise ConfigurationError([Problem(str(path), None, message, "Give the gates.csv of a previous run.")])
    return reader(path, strategies)
