"""define.xml: data sets, variables, codes and supplemental qualifiers, as CDISC Define-XML 2.1 writes them."""

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from tregate.pipelines.datasets.variables import DATA_SETS, is_number
from tregate.pipelines.files.table import Table

_ODM, _DEFINE = "http://www.cdisc.org/ns/odm/v1.3", "http://www.cdisc.org/ns/def/v2.1"
_XLINK = "http://www.w3.org/1999/xlink"
_STANDARD = "STD.SDTMIG"


def define_xml(study: str, tables: Sequence[Table], when: str, version: str) -> str:
    """The document. `when`: ISO time of the run; `version` of tregate."""
    for prefix, name in (("", _ODM), ("def", _DEFINE), ("xlink", _XLINK)):
        ElementTree.register_namespace(prefix, name)
    root = Element(
        _odm("ODM"),
        {
            "FileType": "Snapshot",
            "FileOID": f"tregate.{_oid(study)}",
            "ODMVersion": "1.3.2",
            "CreationDateTime": when,
            "Originator": f"tregate {version}",
            _def("Context"): "Submission",
        },
    )
    of_study = SubElement(root, _odm("Study"), {"OID": f"ST.{_oid(study)}"})
    names = SubElement(of_study, _odm("GlobalVariables"))
    for tag, text in (("StudyName", study), ("StudyDescription", study), ("ProtocolName", study)):
        SubElement(names, _odm(tag)).text = text
    version_of = SubElement(
        of_study,
        _odm("MetaDataVersion"),
        {"OID": "MDV.1", "Name": f"{study}, cell phenotype data", _def("DefineVersion"): "2.1.0"},
    )
    standards = SubElement(version_of, _def("Standards"))
    SubElement(
        standards,
        _def("Standard"),
        {"OID": _STANDARD, "Name": "SDTMIG", "Type": "IG", "Version": "3.4", "Status": "Final"},
    )
    for table in tables:
        _item_group(version_of, table)
    for table in tables:
        for name in table.columns:
            _item(version_of, table, name)
    for table in tables:
        if table.name == "cp":
            _codes(version_of, "CL.CPTESTCD", "Codes of tests", "CPTESTCD", "CPTEST", table)
        else:
            _codes(version_of, "CL.QNAM", "Supplemental qualifiers", "QNAM", "QLABEL", table)
    for table in tables:
        leaf = SubElement(
            version_of, _def("leaf"), {"ID": f"LF.{table.name}", f"{{{_XLINK}}}href": f"{table.name}.xpt"}
        )
        SubElement(leaf, _def("title")).text = f"{table.name}.xpt"
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _item_group(parent: Element, table: Table) -> None:
    about, name = DATA_SETS[table.name], table.name.upper()
    group = SubElement(
        parent,
        _odm("ItemGroupDef"),
        {
            "OID": f"IG.{name}",
            "Name": name,
            "Repeating": "Yes",
            "IsReferenceData": "No",
            "SASDatasetName": name,
            "Domain": "CP",
            "Purpose": "Tabulation",
            _def("Structure"): about.structure,
            _def("StandardOID"): _STANDARD,
            _def("ArchiveLocationID"): f"LF.{table.name}",
        },
    )
    _described(group, about.label)
    for number, variable in enumerate(table.columns, start=1):
        ref = {
            "ItemOID": f"IT.{name}.{variable}",
            "OrderNumber": str(number),
            "Mandatory": "Yes" if about.variables[variable].core == "Req" else "No",
            "Role": about.variables[variable].role,
        }
        if variable in about.keys:
            ref["KeySequence"] = str(about.keys.index(variable) + 1)
        SubElement(group, _odm("ItemRef"), ref)
    SubElement(group, _def("Class"), {"Name": "FINDINGS" if table.name == "cp" else "RELATIONSHIP"})


def _item(parent: Element, table: Table, variable: str) -> None:
    about = DATA_SETS[table.name].variables[variable]
    item: Mapping[str, str] = {"OID": f"IT.{table.name.upper()}.{variable}", "Name": variable, "SASFieldName": variable}
    texts = [str(cell) for cell in table.column(variable) if cell is not None]
    if variable in ("CPSTRESN", "VISITNUM"):
        kind = {"DataType": "float", "Length": "8", "SignificantDigits": "6"}
    elif is_number(variable):
        kind = {"DataType": "integer", "Length": "8"}
    elif variable.endswith("DTC"):
        kind = {"DataType": "partialDatetime"}
    else:
        kind = {"DataType": "text", "Length": str(max((len(text) for text in texts), default=1) or 1)}
    written = SubElement(parent, _odm("ItemDef"), {**item, **kind})
    _described(written, about.label)
    if variable in ("CPTESTCD", "QNAM"):
        SubElement(written, _odm("CodeListRef"), {"CodeListOID": f"CL.{variable}"})
    SubElement(written, _def("Origin"), {"Type": "Collected" if variable == "CPDTC" else "Derived", "Source": "Vendor"})


def _codes(parent: Element, oid: str, title: str, code: str, name: str, table: Table) -> None:
    codes = SubElement(parent, _odm("CodeList"), {"OID": oid, "Name": title, "DataType": "text"})
    pairs = dict(zip(table.column(code), table.column(name), strict=True))
    for coded, decoded in sorted((str(coded), str(decoded)) for coded, decoded in pairs.items()):
        item = SubElement(codes, _odm("CodeListItem"), {"CodedValue": coded})
        _translated(SubElement(item, _odm("Decode")), decoded)


def _described(parent: Element, text: str) -> None:
    _translated(SubElement(parent, _odm("Description")), text)


def _translated(parent: Element, text: str) -> None:
    xml = "http://www.w3.org/XML/1998/namespace"
    SubElement(parent, _odm("TranslatedText"), {f"{{{xml}}}lang": "en"}).text = text


def _odm(name: str) -> str:
    return f"{{{_ODM}}}{name}"


def _def(name: str) -> str:
    return f"{{{_DEFINE}}}{name}"


def _oid(text: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "." for c in text)
