"""Markers that no tube of a kind carries, declared once: `absent: {TREG: [Viability, CD45]}` in study.yaml."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from tregate.gating.errors import Problem
from tregate.gating.events import DataSet
from tregate.gating.panel import bind
from tregate.gating.strategy.schema import Strategy
from tregate.gating.strategy.yaml_source import Source

Absent = Mapping[str, Sequence[str]]
"""Tube -> markers."""


def with_absent(strategies: Mapping[str, Strategy], absent: Absent) -> dict[str, Strategy]:
    """The strategies with what the study declares absent in their tubes added to what they declare themselves."""
    return {
        tube: strategy.model_copy(update={"absent": tuple(dict.fromkeys((*strategy.absent, *absent.get(tube, ()))))})
        for tube, strategy in strategies.items()
    }


def absent_problems(absent: Absent, strategies: Mapping[str, Strategy], source: Source) -> Iterator[Problem]:
    """Tubes that the study does not have, and markers that their strategy does not use or cannot do without."""
    for tube, markers in absent.items():
        line = source.line(("absent", tube))
        if tube not in strategies:
            message = f'absent: the study has no tube "{tube}".'
            yield Problem(source.file, line, message, f"Tubes: {', '.join(strategies)}.")
            continue
        used = strategies[tube].markers
        for marker in markers:
            if marker not in used:
                remedy = f"Markers: {', '.join(used)}."
                yield Problem(source.file, line, f'absent: {tube} has no marker "{marker}".', remedy)
            elif used[marker]:
                message = f"absent: {tube} cannot be gated without {marker}."
                yield Problem(source.file, line, message, f"Remove it, or choose a strategy without {marker}.")


def notes_on_absent(strategies: Mapping[str, Strategy]) -> tuple[str, ...]:
    """One sentence per kind of tube with markers that are declared absent, for the foot of the tables."""
    declared = ((tube, strategy.absent) for tube, strategy in strategies.items() if strategy.absent)
    return tuple(f"{tube} tubes are declared to have no {' and no '.join(absent)}." for tube, absent in declared)


def optional_absent(data_set: DataSet, strategy: Strategy) -> tuple[str, ...]:
    """Markers of a strategy that the file lacks and whose absence a run would report."""
    missing = bind(data_set.parameters, strategy.panel, strategy.markers).missing
    return tuple(str(marker) for marker in missing if marker not in strategy.helpful_markers)


def absent_in_all(seen: Iterable[tuple[str, Sequence[str]]]) -> dict[str, tuple[str, ...]]:
    """Tube -> markers that each of its files lacks, of (tube, markers that one file lacks)."""
    found: dict[str, tuple[str, ...]] = {}
    for tube, lacking in seen:
        found[tube] = tuple(marker for marker in found.get(tube, lacking) if marker in lacking)
    return {tube: markers for tube, markers in sorted(found.items()) if markers}


def absent_lines(absent: Absent, quoted: Callable[[str], str]) -> str:
    """The key `absent` as study.yaml states it; "" where nothing is absent."""
    if not absent:
        return ""
    lines = "".join(f"  {quoted(tube)}: [{', '.join(map(quoted, markers))}]\n" for tube, markers in absent.items())
    return f"absent:               # markers that no file of this kind carries; no finding reports them\n{lines}"
