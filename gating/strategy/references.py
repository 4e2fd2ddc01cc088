"""How populations refer to each other: names that refer to nothing, and circles.

Reported also for a strategy that is wrong in other ways, so that everything wrong with it is reported at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tregate.gating.errors import Problem

if TYPE_CHECKING:
    from tregate.gating.strategy.yaml_source import Source

ALL = "all"
"""The root population: every event of the file."""

References = Mapping[str, Sequence[str]]
"""Population -> the populations that it refers to."""

_KEYS = ("parent", "all_of", "any_of", "none_of")


def written_references(populations: object) -> dict[str, tuple[str, ...]]:
    """References as they stand in the YAML, whether or not the rest of it makes sense."""
    if not isinstance(populations, dict):
        return {}
    return {str(name): tuple(dict.fromkeys(_written(population))) for name, population in populations.items()}


def _written(population: object) -> Iterator[str]:
    if not isinstance(population, dict):
        return
    for key in _KEYS:
        value = population.get(key)
        yield from (name for name in (value if isinstance(value, list) else [value]) if isinstance(name, str))
    yield from _of_gate(population.get("gate"))
    instead = population.get("instead")
    for alternative in instead if isinstance(instead, list) else ():
        if isinstance(alternative, dict):
            yield from _of_gate(alternative.get("gate"))


def _of_gate(gate: object) -> Iterator[str]:
    if not isinstance(gate, dict):
        return
    for key in ("of", "second"):
        if isinstance(gate.get(key), str):
            yield gate[key]
    model = gate.get("model")
    marks = model.get("landmarks") if isinstance(model, dict) else None
    core = marks.get("core") if isinstance(marks, dict) else None
    if isinstance(core, str) and core != "parent":
        yield core
    landmarks = gate.get("landmarks")
    yield from (str(name) for name in (landmarks if isinstance(landmarks, dict) else ()) if name != "parent")
    yield from _of_gate(gate.get("otherwise"))


def reference_problems(references: References, source: "Source") -> Iterator[Problem]:
    """A problem for every name that refers to nothing, and for every circle."""
    for name, needed in dangling(references):
        line = source.line(("populations", name, _key(source, name, needed)))
        message = f'population "{name}" refers to "{needed}", which does not exist.'
        yield Problem(source.file, line, message, f"Populations: {', '.join(references)}.")
    for cycle in cycles(references):
        line = source.line(("populations", cycle[0]))
        message = f"populations refer to each other in a circle: {' -> '.join(cycle)} -> {cycle[0]}."
        yield Problem(source.file, line, message, "One of them must start from another parent.")


def _key(source: "Source", name: str, needed: str) -> str:
    """Key of the population under which the name stands."""
    written = source.data["populations"][name]
    return next((key for key in _KEYS if needed == written.get(key) or needed in (written.get(key) or ())), "gate")


def dangling(references: References) -> Iterator[tuple[str, str]]:
    """(population, name it refers to) where that name is no population."""
    for name, needs in references.items():
        for needed in needs:
            if needed != ALL and needed not in references:
                yield name, needed


def cycles(references: References) -> Iterator[tuple[str, ...]]:
    """Each cycle of references once, as the names along it."""
    state: dict[str, int] = {}
    found: set[frozenset[str]] = set()
    for start in references:
        stack: list[tuple[str, Iterator[str]]] = []
        if state.get(start) or start == ALL:
            continue
        state[start] = 1
        stack.append((start, iter(references[start])))
        while stack:
            name, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                state[name] = 2
                stack.pop()
            elif following in references and following != ALL:
                if state.get(following) == 1:
                    path = [entry for entry, _ in stack]
                    cycle = tuple(path[path.index(following) :])
                    if frozenset(cycle) not in found:
                        found.add(frozenset(cycle))
                        yield cycle
                elif state.get(following) is None:
                    state[following] = 1
                    stack.append((following, iter(references[following])))
