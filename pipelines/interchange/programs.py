"""Programs whose gates `tregate import` reads. One file a program, and one line here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.interchange.drawn import Drawn
from tregate.pipelines.interchange.facsdiva import FacsdivaTubes
from tregate.pipelines.interchange.flowjo import FlowJoSamples
from tregate.pipelines.interchange.gating_ml import GatingMLDocument
from tregate.pipelines.interchange.safe_xml import local_name, parsed_xml


class Reader(Protocol):
    """Collects what a file draws."""

    def add(self, element: Any) -> None:
        """A finished element of `Program.part`; it is emptied afterwards, so that memory stays bounded."""
        ...

    def drawn(self, root: Any) -> Drawn:
        """All gates, once the file is read. Raises ConfigurationError where it is none of the program's."""
        ...


class Program(NamedTuple):
    """A program's XML."""

    name: str
    """For messages."""
    part: str
    """Element that is read as soon as it is whole: one sample; "" where the document is read as a whole."""
    reader: Callable[[Path], Reader]


PROGRAMS: dict[str, Program] = {
    "Workspace": Program("FlowJo workspace", "Sample", FlowJoSamples),
    "bdfacs": Program("FACSDiva experiment", "tube", FacsdivaTubes),
    "Gating-ML": Program("Gating-ML 2.0", "", GatingMLDocument),
}
"""Root element -> what reads it."""


def drawn_of(path: Path) -> Drawn:
    """The gates of a file of one of PROGRAMS. Raises ConfigurationError for anything else."""
    if not path.is_file():
        raise ConfigurationError([Problem(str(path), None, "no such file.", "Give a .wsp or .xml file.")])
    readers = {root: program.reader(path) for root, program in PROGRAMS.items()}
    parts = {program.part: readers[root].add for root, program in PROGRAMS.items() if program.part}
    root = parsed_xml(path, parts)
    reader = readers.get(local_name(root))
    if reader is None:
        known = " or ".join(program.name for program in PROGRAMS.values())
        message = f'no {known}: its root is "{local_name(root)[:40]}".'
        raise ConfigurationError([Problem(str(path), None, message, "Export the gates in one of these forms.")])
    return reader.drawn(root)
