"""Which drawn gates fall with others: below or made of a refused gate, of one that is not there, or in a circle."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from tregate.pipelines.interchange.drawn import DrawnGate, DrawnLogic

SHOWN = 3
"""Other populations of a circle that a reason names."""


def refuse_what_depends(gates: Sequence[DrawnGate], refused: dict[str, str]) -> None:
    """Add to `refused` (path -> why) every gate that cannot be without one of these, is below nothing, or in a circle.

    Examples
    --------
    >>> low = DrawnGate("low", "", "RectangleGate", None, "it has no axis")
    >>> refused = {"low": low.refused}
    >>> refuse_what_depends([low, DrawnGate("low/in", "low", "NotNode", DrawnLogic("none_of", ("low",)))], refused)
    >>> refused["low/in"]
    'its parent low was refused'
    """
    needs = {gate.path: _needs(gate) for gate in gates}
    for gate in gates:
        reason = refused.get(gate.path) or _absent(gate, needs)
        if reason:
            refused[gate.path] = reason
    _refuse_below(gates, needs, refused)
    for circle in _circles({path: parts for path, parts in needs.items() if path not in refused}):
        for path in circle:
            others = [one for one in circle[: SHOWN + 1] if one != path][:SHOWN]
            by = f" by way of {', '.join(others)}" if others else ""
            refused[path] = f"it is made of itself or lies in itself{by}"
    _refuse_below(gates, needs, refused)


def _needs(gate: DrawnGate) -> tuple[str, ...]:
    """Paths of the gates that it is made of and of its parent."""
    parts = (*gate.what.of, *gate.what.without) if isinstance(gate.what, DrawnLogic) else ()
    return (*parts, gate.parent) if gate.parent else parts


def _absent(gate: DrawnGate, known: Mapping[str, object]) -> str:
    """Why the gate cannot stand, where it refers to what is no gate; "" elsewhere."""
    if gate.parent and gate.parent not in known:
        return f"its parent {gate.parent} is not in the file"
    absent = [part for part in _needs(gate) if part not in known]
    return f"it is made of {absent[0]}, which is not in the file" if absent else ""


def _circles(needs: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """Paths that need each other, or one that needs itself."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    number = {path: i for i, path in enumerate(needs)}
    edges = [(number[path], number[part]) for path, parts in needs.items() for part in parts if part in number]
    if not edges:
        return
    rows, columns = np.array(edges).T
    graph = coo_array((np.ones(len(edges), dtype=np.int8), (rows, columns)), shape=(len(needs), len(needs)))
    members: dict[int, list[str]] = {}
    for path, label in zip(needs, connected_components(graph, connection="strong")[1].tolist(), strict=True):
        members.setdefault(label, []).append(path)
    yield from (one for one in members.values() if len(one) > 1 or one[0] in needs[one[0]])


def _refuse_below(gates: Sequence[DrawnGate], needs: Mapping[str, tuple[str, ...]], refused: dict[str, str]) -> None:
    """Whatever needs a refused gate, however far below it."""
    parents = {gate.path: gate.parent for gate in gates}
    users: dict[str, list[str]] = {}
    for path, parts in needs.items():
        for part in parts:
            users.setdefault(part, []).append(path)
    waiting = [path for path in refused if path in users]
    while waiting:
        lost = waiting.pop()
        for path in users.get(lost, ()):
            if path not in refused:
                below = parents[path] == lost
                refused[path] = (
                    f"its parent {lost} was refused" if below else f"it is made of {lost}, which was refused"
                )
                waiting.append(path)
