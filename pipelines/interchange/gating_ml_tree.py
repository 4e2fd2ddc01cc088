"""How the gates of a Gating-ML document lie in each other: names, parents, quadrants and Boolean gates."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tregate.pipelines.interchange.drawn import DrawnLogic
from tregate.pipelines.interchange.flowjo_gates import NotTakenOverError
from tregate.pipelines.interchange.safe_xml import MOST_DEPTH, attribute, children, local_name

KINDS = ("RectangleGate", "PolygonGate", "EllipsoidGate", "QuadrantGate", "BooleanGate")
_LOGIC = {"and": "all_of", "or": "any_of", "not": "none_of"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a gate lies."""

    element: Any
    path: str
    parent: str
    """Path of the parent, "" for every event."""
    refused: str = ""
    """Why the gate has no place."""
    quadrants: tuple[str, ...] = ()
    """Paths of the quadrants of a quadrant gate, in order."""


def places_of(elements: Sequence[Any]) -> tuple[list[Place], dict[str, str]]:
    """The place of every gate, parents before what lies in them; and id -> path, of quadrants too.

    A quadrant lies in the parent of its gate, and has the name of the gate in its path.
    """
    ids = [attribute(element, "id") or "" for element in elements]
    above = [attribute(element, "parent_id") or "" for element in elements]
    quadrants = [[attribute(one, "id") or "" for one in children(element, "Quadrant")] for element in elements]
    parents = dict(zip(ids, above, strict=True))
    for name, of in zip(ids, quadrants, strict=True):
        parents |= dict.fromkeys(of, name)
    names = [*ids, *(one for of in quadrants for one in of)]
    lines = _lines(parents)
    paths = {name: path for name, (path, _) in lines.items()}
    repeated_paths = {path for path, n in Counter(paths.values()).items() if n > 1}
    repeated = {name for name, n in Counter(names).items() if n > 1}
    repeated |= {name for name, path in paths.items() if path in repeated_paths}
    whole = {name for name, element in zip(ids, elements, strict=True) if local_name(element) == "QuadrantGate"}
    found = []
    for element, name, parent, of in zip(elements, ids, above, quadrants, strict=True):
        path = paths[name] or f"({local_name(element)[:40]} without id)"
        refused = ""
        if local_name(element) not in KINDS:
            refused = f"{local_name(element)[:40]} is no gate of Gating-ML 2.0"
        elif "" in (name, *of):
            refused = "it or a quadrant of it has no id"
        elif repeated.intersection((name, *of)):
            refused = "another gate has this id"
        elif attribute(element, "eventsInside") == "0":  # FlowJo's own; whoever ignores it counts the other events
            refused = "it means the events outside (eventsInside), which Gating-ML 2.0 does not have"
        elif lines[name][1] > MOST_DEPTH:
            refused = f"it lies in more than {MOST_DEPTH} gates"
        elif parent in whole:
            refused = f"its parent {parent} is a quadrant gate, and only its quadrants are populations"
        held = tuple(paths[one] for one in of)
        found.append(Place(element, path, "" if refused else paths.get(parent, parent), refused, held))
    return sorted(found, key=lambda place: lines[attribute(place.element, "id") or ""][1]), paths


def _lines(parents: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    """Name -> path from the outermost gate, and how far in; the name alone in a circle and where it is too far in."""
    found: dict[str, tuple[str, int]] = {"": ("", 0)}
    for name in parents:
        line: dict[str, None] = {}
        here = name
        while here in parents and here not in found and here not in line:
            line[here] = None
            here = parents[here]
        inwards = [*line][::-1]
        if here in line:
            circle = inwards[: inwards.index(here) + 1]
            found |= {one: (one, 1) for one in circle}
            inwards = inwards[len(circle) :]
        for one in inwards:
            outer, depth = found.get(parents[one], (parents[one], 1))
            near = outer and depth < MOST_DEPTH
            found[one] = (f"{outer}/{one}" if near else one, depth + 1)
    return found


def logic_of(element: Any, paths: Mapping[str, str]) -> DrawnLogic:
    """What a Boolean gate is made of. Raises NotTakenOverError with the reason."""
    operations = children(element, *_LOGIC)
    if len(operations) != 1:
        raise NotTakenOverError(f"it has {len(operations)} operations, expected one of and, or, not")
    kind = local_name(operations[0])
    references = children(operations[0], "gateReference")
    of = [attribute(one, "ref") or "" for one in references]
    if not of or "" in of or (kind == "not" and len(of) > 1):
        raise NotTakenOverError(f"it is a {kind} of {len(of)} gates, or of one without a name")
    turned = [(attribute(one, "use-as-complement") or "").strip() in ("true", "1") for one in references]
    whole = tuple(paths.get(name, name) for name, other in zip(of, turned, strict=True) if not other)
    without = tuple(paths.get(name, name) for name, other in zip(of, turned, strict=True) if other)
    if kind == "not" and without:
        return DrawnLogic("all_of", without)
    return DrawnLogic(_LOGIC[kind], whole, without)
