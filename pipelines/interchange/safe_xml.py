"""XML from outside: of bounded size, without a document type, and nothing in it is ever opened."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem

MOST_BYTES = 256_000_000
"""Largest file that is parsed; larger ones are refused unread."""
MOST_DEPTH = 250
"""Elements within elements."""
MOST_ELEMENTS = 1_000_000
"""Elements that are held at a time: of a workspace those of one sample, beside what has been taken."""

_NEEDED_KEYWORDS = ("$FIL", "$TOT")
_NOT_NEEDED = ("Graph", "GraphSettings", "GraphEnvironment", "TextTraits", "Table", "Layout")
"""Drawing and layout of FlowJo, most of a workspace: taken off as soon as they are read."""


def parsed_xml(path: Path, ready: Mapping[str, Callable[[Any], None]] | None = None) -> Any:
    """The root element; keywords of samples but for name and number of events, and drawings, are taken off.

    Parameters
    ----------
    path : the file
    ready : name of an element -> what is called with each as soon as it is whole; it is emptied then, so that a
        workspace takes the memory of its largest sample

    Raises
    ------
    ConfigurationError : the file is too large, has a document type or entities, is nested too deep, holds too many
        elements at a time or is not well-formed
    """
    from lxml import etree

    size = path.stat().st_size
    if size > MOST_BYTES:
        raise _refused(path, f"the file has {size:,} bytes and at most {MOST_BYTES:,} are read.", "Export one group.")
    parser = etree.XMLPullParser(
        events=("start", "end", "comment", "pi"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    reading = _Reading(path, ready or {})
    try:
        with path.open("rb") as file:
            while block := file.read(65536):
                parser.feed(block)
                reading.take(parser)
        root = parser.close()
    except etree.XMLSyntaxError as error:
        line = error.lineno
        raise _refused(path, f"the file is not well-formed XML: {error.msg}.", "Export it again.", line) from None
    if root.getroottree().docinfo.doctype:
        raise _document_type(path)
    return root


class _Reading:
    """What is held of a file so far, and its bounds."""

    def __init__(self, path: Path, ready: Mapping[str, Callable[[Any], None]]) -> None:
        self.path = path
        self.ready = ready
        self.depth = 0
        self.held = 0

    def take(self, parser: Any) -> None:
        """Take the events so far; refuses a document type as soon as the first element is seen."""
        for event, element in parser.read_events():
            if event == "start":
                if self.depth == 0 and element.getroottree().docinfo.doctype:
                    raise _document_type(self.path)
                self.depth += 1
                self.held += 1
                if self.depth > MOST_DEPTH:
                    raise _refused(self.path, f"elements are nested deeper than {MOST_DEPTH}.", "Export it again.", 1)
                if self.held > MOST_ELEMENTS:
                    message = f"a part of the file holds more than {MOST_ELEMENTS:,} elements."
                    raise _refused(self.path, message, "Export fewer gates at a time.")
            elif event == "end":
                self.depth -= 1
                self._ended(element)

    def _ended(self, element: Any) -> None:
        """Take off what is not needed. The element itself is its parent's to remove: lxml still works on it."""
        kind = local_name(element)
        if kind in self.ready:
            self.ready[kind](element)
            self._empty(element)
        elif _not_needed(element, kind):
            self._empty(element)
        else:
            for child in [one for one in element if _not_needed(one, local_name(one))]:
                element.remove(child)
                self.held -= 1

    def _empty(self, element: Any) -> None:
        self.held -= sum(1 for _ in element.iterdescendants())
        element.clear()


def _not_needed(element: Any, kind: str) -> bool:
    if kind == "Keyword":
        return (attribute(element, "name") or "").upper() not in _NEEDED_KEYWORDS
    return kind in _NOT_NEEDED


def _document_type(path: Path) -> ConfigurationError:
    return _refused(path, "the file declares a document type, which can hold entities.", "Remove the DOCTYPE.")


def _refused(path: Path, message: str, remedy: str, line: int | None = None) -> ConfigurationError:
    return ConfigurationError([Problem(str(path), line, message, remedy)])


def local_name(element: Any) -> str:
    """Tag without its namespace."""
    return str(element.tag).rpartition("}")[2]


def attribute(element: Any, name: str) -> str | None:
    """Value of the attribute of this name, in whatever namespace; None where there is none."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return None


def children(element: Any, *names: str) -> list[Any]:
    """Child elements of these local names, in order."""
    return [child for child in element if local_name(child) in names]
