"""Ids, codes and units of a table definition against the shipped lists: what contradicts them, and what they lack."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tregate.gating.strategy.yaml_source import Path_
from tregate.pipelines.study.catalogue_ids import cell_type_and_name
from tregate.pipelines.study.catalogues import (
    cell_tests,
    cell_types,
    code_of_test,
    known_unit,
    laboratory_codes,
)
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.study.marker_levels import excluded_by, missing_in, same_positive
from tregate.pipelines.study.measure_declarations import Cells, Measure
from tregate.pipelines.study.tables_definition import TableDefinition

Found = Iterator[tuple[Path_, str, str]]
"""Path in the file, message, remedy."""


def contradicted(definition: TableDefinition) -> Found:
    """Ids that a shipped list has for other cells, and codes that CDISC has for other tests."""
    for name, cells in definition.cells.items():
        code, named = cell_type_and_name(cells.ontology or "")
        entry = cell_types().get(code)
        at = ("cells", name, "ontology")
        if entry is None:
            continue
        if named and named.casefold() != entry.name.casefold():
            yield (
                at,
                f'{name}: {code} is "{entry.name}" in the Cell Ontology, not "{named}".',
                "Correct the id or the name.",
            )
        elif why := _other_cells(_markers(cells), code, cell_types()):
            yield at, f'{name}: {code} is "{entry.name}" in the Cell Ontology, {why}', "Give the id of these cells."
    for name, measure in definition.measures.items():
        yield from _of_measure(definition, name, measure)


def unchecked(definition: TableDefinition) -> Found:
    """What is well-formed and in no shipped list, so that it was not checked."""
    for name, cells in definition.cells.items():
        code, _ = cell_type_and_name(cells.ontology or "")
        entry = cell_types().get(code)
        if code and entry is None:
            message = (
                f"{name}: {code} is not in the shipped list of cell types ({len(cell_types())} of the Cell Ontology), "
            )
            yield ("cells", name, "ontology"), f"{message}so it was not checked.", "Compare it with its ontology."
        elif entry is not None and (lacking := missing_in(_markers(cells), entry.markers)) and _markers(cells):
            message = (
                f'{name}: {code} is "{entry.name}", and the markers of these cells ({_markers(cells)}) lack {lacking}.'
            )
            yield ("cells", name, "ontology"), message, "Check the id, or complete `markers`."
    declared = Declared(definition)
    for name, measure in definition.measures.items():
        if measure.loinc is not None and measure.loinc not in laboratory_codes():
            message = f"{name}: {measure.loinc} is not in the shipped list of LOINC codes ({len(laboratory_codes())}), "
            yield ("measures", name, "loinc"), f"{message}so it was not checked.", "Compare it with LOINC."
        of_test = code_of_test().get(measure.test or "")
        if measure.code is not None and of_test is not None and of_test != measure.code:
            message = f'{name}: CDISC has the code {of_test} for the test "{measure.test}", here it is {measure.code}.'
            yield ("measures", name, "code"), message, f"Write code: {of_test}."
        if measure.code is not None and measure.choose is None and known_unit(declared.unit(name)) is None:
            message = (
                f'{name}: the unit "{declared.unit(name)}" is in no shipped list, so it has no UCUM code in exports.'
            )
            yield ("measures", name, "unit"), message, "Use a unit of configs/catalogues/units.yaml where one fits."


def _of_measure(definition: TableDefinition, name: str, measure: Measure) -> Found:
    known = cell_tests().get(measure.code or "")
    if known is not None and measure.test is not None and measure.test != known.test:
        message = f'{name}: {measure.code} is the CDISC code of the test "{known.test}", not of "{measure.test}".'
        yield ("measures", name, "code"), message, "Give the test a code of its own, or correct `test`."
    entry = laboratory_codes().get(measure.loinc or "")
    if entry is None or measure.choose is not None:
        return
    at = ("measures", name, "loinc")
    if measure.formula != entry.formula:
        said = {"per": "cells per volume", "percent_of": "a percentage", "ratio": "a ratio"}[entry.formula]
        yield at, f'{name}: {measure.loinc} is "{entry.name}": {said}, which this measure is not.', "Correct the code."
    elif measure.cells in definition.cells and entry.formula != "ratio":
        cells = _markers(definition.cells[measure.cells])
        same = {code: one for code, one in laboratory_codes().items() if one.formula == entry.formula}
        if why := _other_cells(cells, str(measure.loinc), same):
            yield at, f'{name}: {measure.loinc} is "{entry.name}", {why}', "Give the code of these cells."


def _other_cells(markers: str, code: str, entries: Mapping[str, Any]) -> str:
    """Why the markers are not those of the code; "" where they can be."""
    wanted = entries[code].markers
    if against := excluded_by(markers, wanted):
        return f"which are {against}; these cells are {markers}."
    if missing_in(markers, wanted) is None:
        return ""
    own = next((other for other, one in entries.items() if same_positive(markers, one.markers)), None)
    return "" if own is None else f'and {markers} is "{entries[own].name}" ({own}).'


def _markers(cells: Cells) -> str:
    """The declared markers; without any, the population, where it is a marker string like CD4+."""
    if cells.markers is not None:
        return cells.markers
    return cells.population if re.fullmatch(r"([A-Z]+[0-9]+[A-Za-z]?[+-])+", cells.population) else ""
