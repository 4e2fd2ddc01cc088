"""The shipped lists of configs/catalogues: cell types, LOINC codes, CDISC tests and units."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from tregate.gating.strategy.load import shipped
from tregate.gating.strategy.yaml_source import parse_yaml


class CellType(NamedTuple):
    """An entry of the Cell Ontology."""

    name: str
    markers: str = ""
    """What distinguishes the cells from others in blood, as CPMRKSTR writes markers; "" where nothing does."""


class LaboratoryCode(NamedTuple):
    """A code of LOINC."""

    name: str
    formula: str
    """Formula of a measure that can have the code: "per", "percent_of" or "ratio"."""
    markers: str = ""


class CellTest(NamedTuple):
    """A term of the CDISC codelists of cell phenotyping tests."""

    test: str
    ncit: str


class Unit(NamedTuple):
    """How a unit is written elsewhere."""

    ucum: str
    cdisc: str
    """Term of the codelist UNIT (C71620)."""
    ncit: str


@cache
def cell_types() -> Mapping[str, CellType]:
    """ "CL:0000623" -> the cell type.

    >>> cell_types()["CL:0000236"].name
    'B cell'
    """
    return {code: CellType(**entry) for code, entry in _list("cell_ontology", "terms").items()}


@cache
def laboratory_codes() -> Mapping[str, LaboratoryCode]:
    """ "24467-3" -> the code of LOINC."""
    return {code: LaboratoryCode(**entry) for code, entry in _list("loinc", "terms").items()}


@cache
def cell_tests() -> Mapping[str, CellTest]:
    """CPTESTCD -> the test."""
    return {code: CellTest(**entry) for code, entry in _list("cdisc_cp", "terms").items()}


@cache
def code_of_test() -> Mapping[str, str]:
    """CPTEST -> CPTESTCD."""
    return {one.test: code for code, one in cell_tests().items()}


@cache
def terminology() -> str:
    """Release of the CDISC controlled terminology that the tests are of: an ISO date."""
    return str(_list("cdisc_cp", "release"))


@cache
def units() -> Mapping[str, Unit]:
    """Unit of a measure -> how it is written elsewhere."""
    return {name: Unit(**entry) for name, entry in _list("units", "units").items()}


def known_unit(unit: str) -> Unit | None:
    """The shipped entry of a measure's unit, "% of" a population as "%"; None where the list has none.

    >>> known_unit("% of CD4+").ucum
    '%'
    >>> known_unit("cells/µL").cdisc
    '10^6/L'
    """
    return units().get("%" if unit == "%" or unit.startswith("% of ") else unit.replace("μ", "µ"))


def _list(name: str, key: str) -> Any:
    """Not by `read_yaml`, which notes files as files of the study."""
    path = shipped("catalogues", name)
    return parse_yaml(path.read_text(encoding="utf-8"), path.name).data[key]
