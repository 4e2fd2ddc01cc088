"""Bounds of a YAML file, counted on its events before anything is made of them.

Ten lines of aliases stand for millions of nodes and a row of brackets for a recursion without end, so depth, nodes and
what aliases expand to are counted first [YAML 1.2, section 7.1; "billion laughs"].
"""

from dataclasses import dataclass, field
from typing import Any

import yaml

from tregate.gating.errors import ConfigurationError, Problem

MAX_BYTES = 1_000_000
MAX_DEPTH = 50
MAX_NODES = 100_000
"""Also after aliases have been expanded."""

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def refuse_large(n_bytes: int, file: str) -> None:
    """Raise ConfigurationError for a file that is larger than any that a person writes."""
    if n_bytes > MAX_BYTES:
        message = f"the file has {n_bytes} bytes, at most {MAX_BYTES} are read."
        raise ConfigurationError([Problem(file, None, message, "Is it the right file?")])


def refuse_unbounded(text: str, file: str) -> None:
    """Raise ConfigurationError where nodes are nested too deep or are too many; yaml.YAMLError where it is no YAML."""
    refuse_large(len(text.encode("utf-8", errors="surrogatepass")), file)
    counted = _Counted(file)
    for event in yaml.parse(text, Loader=_LOADER):
        counted.see(event)


@dataclass(slots=True)
class _Counted:
    """Nodes of a file so far, and of each collection that is open or has an anchor."""

    file: str
    open: list[tuple[str | None, int]] = field(default_factory=list)
    """(anchor, nodes within, aliases expanded) of each collection around the event."""
    anchored: dict[str, int] = field(default_factory=dict)
    total: int = 0

    def see(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.CollectionStartEvent):
            self.open.append((event.anchor, 1))
            if len(self.open) > MAX_DEPTH:
                self._stop(line, f"lists and mappings are nested more than {MAX_DEPTH} deep.")
            self._add(0, 1, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, nodes = self.open.pop()
            if anchor is not None:
                self.anchored[anchor] = nodes
            self._within(nodes)
        elif isinstance(event, yaml.AliasEvent):
            nodes = self.anchored.get(event.anchor, 1)
            self._add(nodes, nodes, line, "with its aliases (*) expanded, ")
        elif isinstance(event, yaml.ScalarEvent):
            if event.anchor is not None:
                self.anchored[event.anchor] = 1
            self._add(1, 1, line)

    def _add(self, within: int, nodes: int, line: int, how: str = "") -> None:
        self._within(within)
        self.total += nodes
        if self.total > MAX_NODES:
            self._stop(line, f"{how}the file has more than {MAX_NODES} values.")

    def _within(self, nodes: int) -> None:
        if self.open and nodes:
            anchor, before = self.open[-1]
            self.open[-1] = (anchor, before + nodes)

    def _stop(self, line: int, message: str) -> None:
        raise ConfigurationError([Problem(self.file, line, message, "Write the values out, in fewer levels.")])
