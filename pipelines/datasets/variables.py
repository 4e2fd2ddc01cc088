"""Variables of CP and SUPPCP: labels, kinds, roles and cores of SDTMIG 3.4."""

from collections.abc import Mapping
from typing import NamedTuple

from tregate.pipelines.datasets.finished_run import NUMBERS


class Variable(NamedTuple):
    label: str
    role: str = "Record Qualifier"
    core: str = "Perm"
    codelist: str = ""
    """C-code of the CDISC codelist."""


CP: Mapping[str, Variable] = {
    "STUDYID": Variable("Study Identifier", "Identifier", "Req"),
    "DOMAIN": Variable("Domain Abbreviation", "Identifier", "Req"),
    "USUBJID": Variable("Unique Subject Identifier", "Identifier", "Req"),
    "CPSEQ": Variable("Sequence Number", "Identifier", "Req"),
    "CPTESTCD": Variable("Test or Examination Short Name", "Topic", "Req", "C181173"),
    "CPTEST": Variable("Name of Measurement, Test or Examination", "Synonym Qualifier", "Req", "C181174"),
    "CPSBMRKS": Variable("Sublineage Marker String", "Variable Qualifier"),
    "CPMRKSTR": Variable("Marker String", "Record Qualifier", "Exp"),
    "CPGATE": Variable("Gate"),
    "CPGATDEF": Variable("Gate Definition"),
    "CPCAT": Variable("Category", "Grouping Qualifier", "Perm", "C181171"),
    "CPSCAT": Variable("Subcategory", "Grouping Qualifier"),
    "CPTSTPNL": Variable("Test Panel", "Grouping Qualifier"),
    "CPORRES": Variable("Result or Finding in Original Units", "Result Qualifier", "Exp"),
    "CPORRESU": Variable("Original Units", "Variable Qualifier", "Perm", "C71620"),
    "CPRESSCL": Variable("Result Scale", codelist="C177910"),
    "CPRESTYP": Variable("Result Type", codelist="C179588"),
    "CPSTRESC": Variable("Result or Finding in Standard Format", "Result Qualifier", "Exp"),
    "CPSTRESN": Variable("Numeric Result/Finding in Standard Units", "Result Qualifier"),
    "CPSTRESU": Variable("Standard Units", "Variable Qualifier", "Perm", "C71620"),
    "CPSTAT": Variable("Completion Status", codelist="C66789"),
    "CPREASND": Variable("Reason Not Done"),
    "CPNAM": Variable("Vendor Name"),
    "CPLOINC": Variable("LOINC Code", "Synonym Qualifier"),
    "CPSPEC": Variable("Specimen Type", codelist="C78734"),
    "CPMETHOD": Variable("Method of Test or Examination", codelist="C85492"),
    "CPLOBXFL": Variable("Last Observation Before Exposure Flag", codelist="C66742"),
    "CPBLFL": Variable("Baseline Flag", codelist="C66742"),
    "CPDRVFL": Variable("Derived Flag", codelist="C66742"),
    "CPREPNUM": Variable("Repetition Number"),
    "VISITNUM": Variable("Visit Number", "Timing"),
    "VISIT": Variable("Visit Name", "Timing"),
    "VISITDY": Variable("Planned Study Day of Visit", "Timing"),
    "CPDTC": Variable("Date/Time of Collection", "Timing", "Exp"),
    "CPDY": Variable("Study Day of Visit/Collection/Exam", "Timing"),
}
SUPPCP: Mapping[str, Variable] = {
    "STUDYID": Variable("Study Identifier", "Identifier", "Req"),
    "RDOMAIN": Variable("Related Domain Abbreviation", "Identifier", "Req"),
    "USUBJID": Variable("Unique Subject Identifier", "Identifier", "Req"),
    "IDVAR": Variable("Identifying Variable", "Identifier", "Exp"),
    "IDVARVAL": Variable("Identifying Variable Value", "Identifier", "Exp"),
    "QNAM": Variable("Qualifier Variable Name", "Topic", "Req"),
    "QLABEL": Variable("Qualifier Variable Label", "Synonym Qualifier", "Req"),
    "QVAL": Variable("Data Value", "Result Qualifier", "Req"),
    "QORIG": Variable("Origin", "Record Qualifier", "Req"),
    "QEVAL": Variable("Evaluator", "Record Qualifier", "Exp"),
}


class DataSetAbout(NamedTuple):
    label: str
    variables: Mapping[str, Variable]
    keys: tuple[str, ...]
    structure: str


DATA_SETS: Mapping[str, DataSetAbout] = {
    "cp": DataSetAbout(
        "Cell Phenotype Findings",
        CP,
        ("STUDYID", "USUBJID", "CPTESTCD", "CPSBMRKS", "VISITNUM", "CPREPNUM"),
        "One record per test per time point per subject",
    ),
    "suppcp": DataSetAbout(
        "Supplemental Qualifiers for CP",
        SUPPCP,
        ("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM"),
        "One record per supplemental qualifier per related record",
    ),
}


def is_number(variable: str) -> bool:
    return variable in NUMBERS
