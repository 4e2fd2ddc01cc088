"""Markers that no tube of a kind carries, declared once: `absent: {TREG: [Viability, CD45]}` in study.yaml."""

from collections.abc import Iterator, Mapping, Sequence

from tregate.gating.errors import Problem
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
