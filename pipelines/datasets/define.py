"""define.xml: data sets, variables, codes and supplemental qualifiers, as CDISC Define-XML 2.1 writes them."""

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from tregate.pipelines.datasets.define_codes import TERMS, code_lists, list_of
from tregate.pipelines.datasets.define_names import DEFINE, ODM, define_name, odm, translated
from tregate.pipelines.datasets.variables import DATA_SETS, is_number
from tregate.pipelines.files.table import Table
from tregate.pipelines.study.catalogues import terminology

_XLINK = "http://www.w3.org/1999/xlink"
_STANDARD = "STD.SDTMIG"


def define_xml(study: str, tables: Sequence[Table], when: str, version: str) -> str:
    """The document. `when`: ISO time of the run; `version` of tregate."""
    for prefix, name in (("", ODM), ("def", DEFINE), ("xlink", _XLINK)):
        ElementTree.register_namespace(prefix, name)
    root = Element(
        odm("ODM"),
        {
            "FileType": "Snapshot",
            "FileOID": f"tregate.{_oid(study)}",
            "ODMVersion": "1.3.2",
            "CreationDateTime": when,
            "Originator": f"tregate {version}",
            define_name("Context"): "Submission",
        },
    )
    of_study = SubElement(root, odm("Study"), {"OID": f"ST.{_oid(study)}"})
    names = SubElement(of_study, odm("GlobalVariables"))
    for tag, text in (("StudyName", study), ("StudyDescription", study), ("ProtocolName", study)):
        SubElement(names, odm(tag)).text = text
    version_of = SubElement(
        of_study,
        odm("MetaDataVersion"),
        {"OID": "MDV.1", "Name": f"{study}, cell phenotype data", define_name("DefineVersion"): "2.1.0"},
    )
    standards = SubElement(version_of, define_name("Standards"))
    SubElement(
        standards,
        define_name("Standard"),
        {"OID": _STANDARD, "Name": "SDTMIG", "Type": "IG", "Version": "3.4", "Status": "Final"},
    )
    terms = {"Name": "CDISC/NCI", "Type": "CT", "PublishingSet": "SDTM", "Version": terminology(), "Status": "Final"}
    SubElement(standards, define_name("Standard"), {"OID": TERMS, **terms})
    for table in tables:
        _item_group(version_of, table)
    for table in tables:
        for name in table.columns:
            _item(version_of, table, name)
    code_lists(version_of, tables)
    for table in tables:
        leaf = SubElement(
            version_of, define_name("leaf"), {"ID": f"LF.{table.name}", f"{{{_XLINK}}}href": f"{table.name}.xpt"}
        )
        SubElement(leaf, define_name("title")).text = f"{table.name}.xpt"
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _item_group(parent: Element, table: Table) -> None:
    about, name = DATA_SETS[table.name], table.name.upper()
    group = SubElement(
        parent,
        odm("ItemGroupDef"),
        {
            "OID": f"IG.{name}",
            "Name": name,
            "Repeating": "Yes",
            "IsReferenceData": "No",
            "SASDatasetName": name,
            "Domain": "CP",
            "Purpose": "Tabulation",
            define_name("Structure"): about.structure,
            define_name("StandardOID"): _STANDARD,
            define_name("ArchiveLocationID"): f"LF.{table.name}",
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
        SubElement(group, odm("ItemRef"), ref)
    SubElement(group, define_name("Class"), {"Name": "FINDINGS" if table.name == "cp" else "RELATIONSHIP"})


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
    written = SubElement(parent, odm("ItemDef"), {**item, **kind})
    _described(written, about.label)
    code_list = list_of(variable)
    if code_list is not None and texts:
        SubElement(written, odm("CodeListRef"), {"CodeListOID": code_list})
    SubElement(
        written, define_name("Origin"), {"Type": "Collected" if variable == "CPDTC" else "Derived", "Source": "Vendor"}
    )


def _described(parent: Element, text: str) -> None:
    translated(SubElement(parent, odm("Description")), text)


def _oid(text: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "." for c in text)
