"""Code lists of define.xml: tests and units with their codes of the NCI Thesaurus and of UCUM, and qualifiers."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement

from tregate.pipelines.datasets.define_names import define_name, odm, translated
from tregate.pipelines.datasets.variables import DATA_SETS
from tregate.pipelines.files.table import Table
from tregate.pipelines.study.catalogues import cell_tests, units

UNITS = ("CPORRESU", "CPSTRESU")
TERMS = "STD.CT"
"""OID of the release of controlled terminology."""
_NCI, _UCUM = "nci:ExtCodeID", "UCUM"


class _Item(NamedTuple):
    coded: str
    decoded: str
    aliases: tuple[tuple[str, str], ...]
    """(context, name); none: a term of the sponsor, where the list is one of CDISC."""


def list_of(variable: str) -> str | None:
    """OID of the code list of a variable."""
    if variable in UNITS:
        return "CL.UNIT"
    return f"CL.{variable}" if variable in ("CPTESTCD", "QNAM") else None


def code_lists(parent: Element, tables: Sequence[Table]) -> None:
    """One list each for the codes of tests, the units and the qualifiers that the data sets have."""
    for table in tables:
        if table.name == "cp":
            _write(parent, "CPTESTCD", "Codes of tests", _tests(table), DATA_SETS["cp"].variables["CPTESTCD"].codelist)
            _write(parent, "UNIT", "Units", _units(table), DATA_SETS["cp"].variables["CPORRESU"].codelist)
        else:
            pairs = dict(zip(table.column("QNAM"), table.column("QLABEL"), strict=True))
            _write(parent, "QNAM", "Supplemental qualifiers", (_Item(str(n), str(t), ()) for n, t in pairs.items()), "")


def _tests(cp: Table) -> Iterable[_Item]:
    known = cell_tests()
    for code, name in dict(zip(cp.column("CPTESTCD"), cp.column("CPTEST"), strict=True)).items():
        entry = known.get(str(code))
        yield _Item(str(code), str(name), () if entry is None else ((_NCI, entry.ncit),))


def _units(cp: Table) -> Iterable[_Item]:
    known = {one.cdisc: one for one in reversed(tuple(units().values()))}
    for unit in sorted({str(unit) for variable in UNITS for unit in cp.column(variable) if unit is not None}):
        entry = units().get(unit, known.get(unit))
        yield _Item(unit, unit, () if entry is None else ((_NCI, entry.ncit), (_UCUM, entry.ucum)))


def _write(parent: Element, name: str, title: str, items: Iterable[_Item], codelist: str) -> None:
    """`codelist`: C-code of the list of CDISC, in which terms without an alias are extensions."""
    found = sorted(items)
    if not found:
        return
    about = {"OID": f"CL.{name}", "Name": title, "DataType": "text"}
    standard = {define_name("StandardOID"): TERMS} if codelist else {}
    written = SubElement(parent, odm("CodeList"), {**about, **standard})
    for coded, decoded, aliases in found:
        extends = {define_name("ExtendedValue"): "Yes"} if codelist and not aliases else {}
        item = SubElement(written, odm("CodeListItem"), {"CodedValue": coded, **extends})
        translated(SubElement(item, odm("Decode")), decoded)
        for context, alias in aliases:
            SubElement(item, odm("Alias"), {"Context": context, "Name": alias})
    if codelist:
        SubElement(written, odm("Alias"), {"Context": _NCI, "Name": codelist})
