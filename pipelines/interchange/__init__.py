"""Gates in the forms that other programs and later runs read. One file a form, and one line here."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.strategy.schema import Strategy
from tregate.pipelines.interchange.gates_file import Gates, TubeKey, read_gates

__all__ = ["IMPORTERS", "Importer", "import_gates"]

Importer = Callable[[Path, Mapping[str, Strategy] | None], dict[TubeKey, Gates]]
"""File -> (subject, visit, tube) -> its gates. Raises ConfigurationError where the file is none of its kind."""

IMPORTERS: dict[str, Importer] = {
    ".csv": read_gates,
}
"""Ending of a file that holds placed gates -> what reads it."""


def import_gates(path: Path, strategies: Mapping[str, Strategy] | None = None) -> dict[TubeKey, Gates]:
    """Each tube -> the gates that the file places on it, read by the importer of the file's ending.

    Raises ConfigurationError for an ending without an importer, and where the file is missing or wrong.
    """
    importer = IMPORTERS.get(path.suffix.lower())
    if importer is None:
        kinds = ", ".join(IMPORTERS)
        message = f'gates cannot be read from a file that ends in "{path.suffix}" (known endings: {kinds}).'
        raise ConfigurationError([Problem(str(path), None, message, "Give the gates.csv of a previous run.")])
    return importer(path, strategies)
