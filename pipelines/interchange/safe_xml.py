"""XML from outside: of bounded size, without a document type, and nothing in it is ever opened."""

import re
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

_BLOCK = 65_536
_SAFE: Mapping[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
_NEEDED_KEYWORDS = re.compile(r"\$FIL|\$TOT|\$P\d+[NR]")
_NOT_NEEDED = ("Graph", "GraphSettings", "GraphEnvironment", "TextTraits", "Table", "Layout")
"""Drawing and layout of FlowJo, most of a workspace: taken off as soon as they are read."""


def parsed_xml(path: Path, ready: Mapping[str, Callable[[Any], None]] | None = None) -> Any:
    """The root element; drawings and keywords of samples that no gate needs are taken off.

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
    if size == 0:
        raise _refused(path, "the file is empty.", "Export it again.")
    if size > MOST_BYTES:
        raise _refused(path, f"the file has {size:,} bytes and at most {MOST_BYTES:,} are read.", "Export one group.")
    etree.clear_error_log()  # one for the whole process
    try:
        first = _first_tag(path)
        reading = _Reading(path, ready or {})
        # libxml2 alone meets the elements that are not asked for
        tags = [first, *(f"{{*}}{name}" for name in (*reading.ready, "Keyword", *_NOT_NEEDED))]
        parser = etree.XMLPullParser(events=("start", "end"), tag=tags, **_SAFE)
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                parser.feed(block)
                reading.take(parser, len(block))
        root = parser.close()
        reading.bounded(root)
    except etree.XMLSyntaxError as error:
        if "depth" in error.msg:
            raise _too_deep(path) from None
        line, what = error.lineno, error.msg
        if "no element found" in what and error.error_log:  # lxml's words for what libxml2 refused before
            line, what = error.error_log[0].line, error.error_log[0].message
        raise _refused(path, f"the file is not well-formed XML: {what}.", "Export it again.", line or None) from None
    return root


def _first_tag(path: Path) -> str:
    """Tag of the root element. Refuses a document type before anything below it is read."""
    from lxml import etree

    parser = etree.XMLPullParser(events=("start",), **_SAFE)
    head = b""
    with path.open("rb") as file:
        while block := file.read(4096):
            head += block
            parser.feed(block)
            for _, element in parser.read_events():
                if element.getroottree().docinfo.doctype and not _names_the_root_alone(head):
                    raise _document_type(path)
                return str(element.tag)
    return str(parser.close().tag)


def _names_the_root_alone(head: bytes) -> bool:
    """Whether the document type is `<!DOCTYPE name>`, as FlowJo 8 writes it: nothing declared and nothing to fetch."""
    return head.count(b"<!DOCTYPE") == len(re.findall(rb"<!DOCTYPE\s+[A-Za-z_][\w.-]*\s*>", head)) > 0


class _Reading:
    """What is held of a file so far, and its bounds."""

    def __init__(self, path: Path, ready: Mapping[str, Callable[[Any], None]]) -> None:
        from lxml.etree import XPath

        self.path = path
        self.ready = ready
        self.too_deep = XPath(f"boolean({'/*' * (MOST_DEPTH + 1)})")
        self.count = XPath("count(//*)")
        self.count_within = XPath("count(.//*)")
        self.root: Any = None
        self.unbounded = 0
        """Bytes since the elements that are held were counted."""

    def take(self, parser: Any, n_bytes: int) -> None:
        """Take the events so far."""
        self.unbounded += n_bytes
        for event, element in parser.read_events():
            if self.root is None:
                self.root = element
            if event == "end":
                self._ended(element)
        # an element has at least 4 bytes, so that no more than MOST_ELEMENTS come between two counts
        if self.unbounded > 4 * MOST_ELEMENTS:
            self.bounded(self.root)

    def bounded(self, root: Any) -> None:
        """Count what is held. Raises ConfigurationError above the bounds of depth and number."""
        self.unbounded = 0
        if self.too_deep(root):
            raise _too_deep(self.path)
        if self.count(root) > MOST_ELEMENTS:
            raise _too_many(self.path)

    def _ended(self, element: Any) -> None:
        """Take off what is not needed. The element itself is removed with the next one: lxml still works on it."""
        kind = local_name(element)
        if kind in self.ready:
            if self.too_deep(element):
                raise _too_deep(self.path)
            if self.count_within(element) > MOST_ELEMENTS:  # it may have come since all were counted
                raise _too_many(self.path)
            self.ready[kind](element)
        elif not _not_needed(element, kind):
            return
        element.clear()
        before = element.getprevious()
        if before is not None and self._done_with(before):
            element.getparent().remove(before)

    def _done_with(self, element: Any) -> bool:
        """Whether the element has been emptied."""
        kind = local_name(element)
        return not len(element) and (kind in self.ready or _not_needed(element, kind))


def _not_needed(element: Any, kind: str) -> bool:
    if kind == "Keyword":
        return _NEEDED_KEYWORDS.fullmatch((attribute(element, "name") or "").upper()) is None
    if kind == "Table":  # of a layout, and not a scale of FlowJo 8 and 9
        above = element.getparent()
        return above is None or local_name(above) != "CalibrationTables"
    return kind in _NOT_NEEDED


def _too_deep(path: Path) -> ConfigurationError:
    return _refused(path, f"elements are nested deeper than {MOST_DEPTH}.", "Export it again.", 1)


def _too_many(path: Path) -> ConfigurationError:
    message = f"a part of the file holds more than {MOST_ELEMENTS:,} elements."
    return _refused(path, message, "Export fewer gates at a time.")


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
    return list(element.iterchildren(*(f"{{*}}{name}" for name in names)))
