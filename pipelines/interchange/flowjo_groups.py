"""Gates that stand at a group of a FlowJo workspace. They count for nothing until its samples have them."""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any

from tregate.pipelines.interchange.drawn import DrawnApart, DrawnGate
from tregate.pipelines.interchange.flowjo_nodes import name_of
from tregate.pipelines.interchange.safe_xml import attribute, children

Paths = Callable[[Any], Iterator[tuple[str, str]]]
"""Element of a group -> path and parent of each of its gates."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A sample by what groups know of it."""

    ids: Set[str]
    paths: Set[str]
    """Of its gates."""


def placed(element: Any, paths: Sequence[str]) -> Placed:
    """What groups know of a `Sample` element with gates of these paths."""
    holders = [element, *children(element, "DataSet", "SampleNode")]
    return Placed(frozenset(filter(None, (attribute(one, "sampleID") for one in holders))), frozenset(paths))


def gates_of_groups(root: Any, samples: Sequence[Placed], paths: Paths) -> tuple[DrawnApart, ...]:
    """The gates of each group that none of its samples has; each is refused with the reason."""
    found = []
    for node in [one for groups in children(root, "Groups") for one in children(groups, "GroupNode")]:
        ids = {attribute(one, "sampleID") for one in node.iterdescendants("{*}SampleRef")}
        own = [sample for sample in samples if not ids.isdisjoint(sample.ids)]
        known = {path for sample in own for path in sample.paths}
        why = "none of its samples has it" if own else "the workspace has none of its samples"
        why = f"it stands at the group alone, and {why}"
        gates = [DrawnGate(path, parent, "Population", None, why) for path, parent in paths(node) if path not in known]
        if gates:
            found.append(DrawnApart(f'group "{name_of(node)}"', tuple(gates), missed=bool(own)))
    return tuple(found)
