"""What a table definition says that cannot be: names that do not exist, circles, columns of one name."""

import difflib
from collections.abc import Collection, Iterator
from typing import Any

from tregate.gating.errors import Problem
from tregate.gating.strategy.yaml_source import Path_, Source
from tregate.pipelines.plausible.blood import Blood
from tregate.pipelines.study.catalogue_checks import contradicted
from tregate.pipelines.study.declared import first_choices, without_sheet
from tregate.pipelines.study.measure_declarations import Arithmetic
from tregate.pipelines.study.tables_definition import TableDefinition

RESERVED = frozenset(
    {
        *(
            "counts",
            "summary",
            "comparisons",
            "summary_by_group",
            "cp",
            "gates",
            "findings",
            "failures",
            "intensities",
            "tables",
        ),
        *("unscheduled", "sets", "missing", "sensitivity", "suppcp", "supplementary"),
    }
)
"""File names of a run, and so not of a sheet."""

Found = Iterator[tuple[Path_, str, str]]
"""Path in the file, message, remedy."""


def contradictions(definition: TableDefinition, source: Source) -> list[Problem]:
    """Every contradiction, with the line of the file on which it is written."""
    checks = (_cells, _measures, _circles, _sheets, _places, _relations, _choices, contradicted)
    found = [one for check in checks for one in check(definition)]
    return [Problem(source.file, source.line(path), message, remedy) for path, message, remedy in found]


def _cells(definition: TableDefinition) -> Found:
    for name, cells in definition.cells.items():
        at = ("cells", name, "bridge")
        if cells.bridge is None:
            continue
        if cells.beads:
            yield at, f"{name}: with `beads: true` there is nothing to bridge.", "Remove one of the two."
        if cells.bridge not in definition.cells:
            yield (
                at,
                f'{name}: there are no cells "{cells.bridge}" to bridge by.',
                _near(cells.bridge, definition.cells),
            )
        elif not definition.cells[cells.bridge].beads:
            yield (
                at,
                f"{name}: {cells.bridge} is not counted by beads, so it cannot bridge.",
                f"Bridge by cells with `beads: true`, or add it to {cells.bridge}.",
            )


def _measures(definition: TableDefinition) -> Found:
    for name, measure in definition.measures.items():
        for path, formula in _formulas(name, measure):
            if formula.cells is not None and formula.cells not in definition.cells:
                yield (
                    (*path, "cells"),
                    f'{name}: there are no cells "{formula.cells}".',
                    _near(formula.cells, definition.cells),
                )
            for operand in formula.operands:
                if isinstance(operand, str) and operand not in definition.measures:
                    yield path, f'{name}: there is no measure "{operand}".', _near(operand, definition.measures)
        for cells in measure.quantified_by or ():
            if cells not in definition.cells:
                yield (
                    ("measures", name, "quantified_by"),
                    f'{name}: there are no cells "{cells}".',
                    _near(cells, definition.cells),
                )
    yield from _named_twice(definition, "code", "the code {} is the one of {}.", "Give each measure a code of its own")
    yield from _named_twice(definition, "test", 'the test "{}" is that of {}.', "Give each measure a name of its own")


def _named_twice(definition: TableDefinition, key: str, twice: str, remedy: str) -> Found:
    """Two tests may share a code and name where `subset` distinguishes them, as CPSBMRKS does in CP."""
    first: dict[tuple[str, str], str] = {}
    for name, measure in definition.measures.items():
        written = getattr(measure, key)
        if written is not None and first.setdefault((written, measure.subset or ""), name) != name:
            message = f"{name}: {twice.format(written, first[written, measure.subset or ''])}"
            yield ("measures", name, key), message, f"{remedy}, or distinguish them by `subset`."


def _formulas(name: str, measure: Any) -> Iterator[tuple[Path_, Arithmetic]]:
    yield ("measures", name), measure
    for option, formula in measure.options.items():
        yield ("measures", name, "options", option), formula


def _circles(definition: TableDefinition) -> Found:
    made_of = {
        name: {o for _, formula in _formulas(name, measure) for o in formula.operands if isinstance(o, str)}
        for name, measure in definition.measures.items()
    }
    for name in made_of:
        waiting, seen = list(made_of[name]), set[str]()
        while waiting:
            here = waiting.pop()
            if here == name:
                yield ("measures", name), f"{name} is made of itself.", "Make it of other measures."
                break
            if here not in seen:
                seen.add(here)
                waiting += made_of.get(here, ())


def _sheets(definition: TableDefinition) -> Found:
    for sheet, columns in definition.sheets.items():
        if sheet.lower() in RESERVED:
            yield ("sheets", sheet), f'"{sheet}" is the name of another file of a run.', "Name the sheet otherwise."
        names: list[str] = []
        for number, column in enumerate(columns):
            at = ("sheets", sheet, number)
            measure = definition.measures.get(column.measure)
            if measure is None:
                yield (
                    at,
                    f'{sheet}: there is no measure "{column.measure}".',
                    _near(column.measure, definition.measures),
                )
                continue
            names.append(column.measure)
            if column.fold:
                names.append(measure.fold_column or f"fold_{column.measure}")
            if measure.choose is not None:
                names.append(f"{measure.choose}_definition")
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield ("sheets", sheet), f"{sheet}: two columns have the name {name}.", "List each measure once."
    lowered = [sheet.lower() for sheet in definition.sheets]
    for sheet in definition.sheets:
        if lowered.count(sheet.lower()) > 1:
            yield ("sheets", sheet), f'"{sheet}" differs from another sheet only in case.', "Rename one of them."


def _places(definition: TableDefinition) -> Found:
    """Measures that figures, page, console and table1.md name must be in a sheet."""
    named: list[tuple[Path_, str]] = [
        (("figures", name, "panels"), place) for name, figure in definition.figures.items() for place in figure.panels
    ]
    shown = definition.shown
    for key in ("page", "console", "subjects", "table1"):
        named += [(("shown", key), place) for place in getattr(shown, key)]
    named += [(("shown", "primary"), shown.primary)] if shown.primary is not None else []
    there = {f"{sheet}.{c.measure}" for sheet, columns in definition.sheets.items() for c in columns}
    there |= {without_sheet(place) for place in there}
    for path, place in named:
        if place not in there:
            yield path, f'no sheet has the measure "{place}".', _near(place, there)


def _relations(definition: TableDefinition) -> Found:
    for number, relation in enumerate(definition.plausible):
        at = ("plausible", number)
        kind = type(relation)
        uses: tuple[tuple[str, tuple[str, ...], Collection[str]], ...] = (
            ("measure", kind.MEASURES, definition.measures),
            ("cells", kind.CELLS, definition.cells),
            ("limit", kind.LIMITS, definition.limits),
        )
        for what, keys, known in uses:
            for key in keys:
                value = getattr(relation, key)
                for name in value if isinstance(value, tuple) else (value,):
                    if isinstance(name, str) and name not in known:
                        yield at, f'there is no {what} "{name}" (at plausible, {key}).', _near(name, known)
        measure = definition.measures.get(relation.blood) if isinstance(relation, Blood) else None
        if measure is not None and measure.per is None:
            message = "`blood` names a measure that is not cells/µL (at plausible)."
            yield at, message, "Name a measure with `per: ul`."
    for population, limit in definition.batch.least_spread.items():
        if isinstance(limit, str) and limit not in definition.limits:
            at = ("batch", "least_spread", population)  # type: ignore[assignment]
            yield at, f'there is no limit "{limit}".', _near(limit, definition.limits)
    for population, (low, high) in definition.batch.shift.items():
        if not 0.0 < low <= high:
            message = f"{population}: {low:g} to {high:g} is no range of odds ratios."
            yield ("batch", "shift", population), message, "Give two numbers above 0, the lower first."


def _choices(definition: TableDefinition) -> Found:
    options = first_choices(definition)
    for name, measure in definition.measures.items():
        if measure.choose is None:
            continue
        chosen = definition.choices.get(measure.choose)
        listed = ", ".join(measure.options)
        if chosen is None:
            yield (
                ("measures", name),
                f'{name}: the choice "{measure.choose}" is not made.',
                f"Add `choices: {{{measure.choose}: ...}}` with one of: {listed}.",
            )
        elif chosen not in measure.options:
            message = f'{name}: "{chosen}" is no option of the choice "{measure.choose}".'
            yield ("choices", measure.choose), message, f"Options: {listed}."
    for choice in definition.choices:
        if choice not in options:
            yield ("choices", choice), f'no measure has the choice "{choice}".', _near(choice, options)


def _near(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f'Did you mean "{near[0]}"?' if near else f"There are: {', '.join(sorted(known))}." if known else ""
