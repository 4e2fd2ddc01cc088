"""The tree of gates of a FlowJo 10 workspace: every node once, also those whose kind is not known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tregate.pipelines.interchange.safe_xml import attribute, children, local_name
from tregate.pipelines.interchange.strategy_names import cleaned

LOGIC = {"AndNode": "all_of", "OrNode": "any_of", "NotNode": "none_of"}
KNOWN = ("Population", *LOGIC)
NAMELESS = "(no name)"
"""Stands for the name of a gate that has none, in its row of the report."""

_GATE = " or ".join(f"local-name()='{kind}'" for kind in KNOWN)
_HOLDS_GATES = f"descendant-or-self::*[{_GATE}]"
# Statistics stand between the gates that they are of; other elements are nodes where they have a name or hold gates.
_LABELLED = "@*[local-name()='name' or local-name()='count']"
_NODES = f"*[not(local-name()='Statistic')][{_GATE} or {_LABELLED} or {_HOLDS_GATES}]"
_ELSEWHERE = f"*[not(local-name()=$expected)]/{_HOLDS_GATES}"


@dataclass(frozen=True, slots=True)
class Node:
    """An element that stands for a population."""

    element: Any
    kind: str
    path: str
    parent: str
    refused: str = ""
    """Why it is no gate that can be read."""


def nodes_below(element: Any, parent: str = "") -> Iterator[Node]:
    """The nodes in the `Subpopulations` of an element, parents first, and gates that stand elsewhere within it."""
    for group in children(element, "Subpopulations"):
        for one in group.xpath(_NODES):
            node = _node(one, parent)
            yield node
            yield from nodes_below(one, node.path)
    yield from gates_elsewhere(element, "Subpopulations", parent)


def gates_elsewhere(element: Any, expected: str, parent: str = "") -> Iterator[Node]:
    """Gates below children of other names than `expected`: nothing tells what they are gates of."""
    for one in element.xpath(_ELSEWHERE, expected=expected):
        within = local_name(one.getparent())
        why = f"it stands within {within}, outside of {expected}, and what that means is not known"
        yield Node(one, local_name(one), path_of(parent, f"({within}) {name_of(one)}"), parent, why)


def _node(element: Any, parent: str) -> Node:
    kind, name = local_name(element), name_of(element)
    refused = ""
    if kind not in KNOWN:
        refused = f"it is a node of the kind {kind[:40]}, whose meaning is not known"
    elif not name.strip():
        refused = "it has no name"
    shown = name if name.strip() else NAMELESS if kind in KNOWN else f"({kind[:40]})"
    return Node(element, kind, path_of(parent, shown), parent, refused)


def path_of(parent: str, name: str) -> str:
    return f"{parent}/{name}" if parent else name


def name_of(element: Any) -> str:
    return cleaned(attribute(element, "name") or "")


def dependents(element: Any) -> Sequence[str]:
    """Paths of the populations that a Boolean gate is made of."""
    return [name_of(one) for group in children(element, "Dependents") for one in group]
