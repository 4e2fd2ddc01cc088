"""XML from outside: of bounded size, without a document type, and nothing in it is ever opened."""

from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem

MOST_BYTES = 256_000_000
"""Largest file that is parsed; larger ones are refused unread."""
MOST_DEPTH = 250
"""Elements within elements."""


_NEEDED_KEYWORDS = ("$FIL", "$TOT")
_NOT_NEEDED = ("Graph", "GraphSettings", "GraphEnvironment", "TextTraits", "Table", "Layout")
"""Drawing and layout of FlowJo, most of a workspace: emptied as soon as they are read."""


def parsed_xml(path: Path) -> Any:
    """The root element; keywords of samples but for name and number of events, and drawings, are emptied.

    Raises ConfigurationError where the file is too large, has a document type or entities, is nested too deep or is
    not well-formed.
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
    try:
        depth = 0
        with path.open("rb") as file:
            while block := file.read(65536):
                parser.feed(block)
                depth = _bounded(path, parser, depth)
        root = parser.close()
    except etree.XMLSyntaxError as error:
        line = error.lineno
        raise _refused(path, f"the file is not well-formed XML: {error.msg}.", "Export it again.", line) from None
    if root.getroottree().docinfo.doctype:
        raise _document_type(path)
    return root


def _bounded(path: Path, parser: Any, depth: int) -> int:
    """Depth after the events so far; refuses a document type as soon as the first element is seen."""
    for event, element in parser.read_events():
        if event == "start":
            if depth == 0 and element.getroottree().docinfo.doctype:
                raise _document_type(path)
            depth += 1
            if depth > MOST_DEPTH:
                raise _refused(path, f"elements are nested deeper than {MOST_DEPTH}.", "Export it again.", 1)
        elif event == "end":
            depth -= 1
            kind = local_name(element)
            if kind in _NOT_NEEDED or (
                kind == "Keyword" and (attribute(element, "name") or "").upper() not in _NEEDED_KEYWORDS
            ):
                element.clear()
    return depth


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
