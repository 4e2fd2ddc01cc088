"""cp.csv: one row a subject, visit and measure, in the manner of CDISC SDTM's CP (Cell Phenotype Findings).

SDTMIG 3.4 variables, where they can be filled from a study's tables:

| variable | holds |
|---|---|
| STUDYID, DOMAIN, USUBJID, CPSEQ | study, "CP", study-subject, running number within the subject |
| CPTESTCD, CPTEST | code of at most 8 characters, and its name |
| CPCAT | visit table (sheet) of the value, in capitals |
| CPSPEC, CPMETHOD | "BLOOD", "FLOW CYTOMETRY" |
| CPORRES, CPORRESU | figure as text, 6 significant digits, and its unit |
| CPSTRESC, CPSTRESN, CPSTRESU | the same in standard units (which are the original ones): text, number, unit |
| CPSTAT, CPREASND | "NOT DONE" and why, where nothing could be measured; the result is empty then |
| CPBLFL | "Y" on the figures of the baseline visit |
| VISITNUM, VISIT | place in the plan from 1, and name of the visit |

Not in SDTM, for SUPPCP: CPLO95 and CPHI95 (95 % limits of CPSTRESN), CPDEF (what the ratio is a ratio to),
CPFLAGS (flags of the measure). CPORRESU of "10^6/L" equals "cells/uL"; codes for tests that have no CDISC term yet
(controlled terminology C181173) are our own.
"""

from collections.abc import Sequence

from tregate.pipelines.files.csv_file import MEASURE_DIGITS, field_of
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.statistics.measures import Measure, measures_of
from tregate.pipelines.study.declared import Declared

COLUMNS = (
    *("STUDYID", "DOMAIN", "USUBJID", "CPSEQ", "CPTESTCD", "CPTEST", "CPCAT", "CPSPEC", "CPMETHOD"),
    *("CPORRES", "CPORRESU", "CPSTRESC", "CPSTRESN", "CPSTRESU", "CPSTAT", "CPREASND", "CPBLFL"),
    *("VISITNUM", "VISIT", "CPLO95", "CPHI95", "CPDEF", "CPFLAGS"),
)


def cp_table(tables: Sequence[Table], visits: Sequence[str], baseline: str, declared: Declared, *, study: str) -> Table:
    """The visit tables as one long table, in the order of subject, table, measure, visit.

    A value that several tables contain has a row for each table, which CPCAT distinguishes.
    """
    subjects = list(dict.fromkeys(str(s) for table in tables for s in table.column("subject")))
    codes = _codes([measure for table in tables for measure in measures_of(table, declared)], declared)
    indexed = [(table, measures_of(table, declared), _by_subject(table)) for table in tables]
    numbers = {visit: number for number, visit in enumerate(visits, start=1)}
    rows: list[dict[str, Cell]] = []
    for subject in subjects:
        found = (
            (table, measure, there[visit])
            for table, measures, by_subject in indexed
            for there in [by_subject.get(subject, {})]
            for measure in measures
            for visit in visits
            if visit in there
        )
        for sequence, (table, measure, record) in enumerate(found, start=1):
            visit = str(record["visit"])
            place: dict[str, Cell] = {
                "STUDYID": study,
                "DOMAIN": "CP",
                "USUBJID": f"{study}-{subject}",
                "CPSEQ": sequence,
                "CPTESTCD": codes[measure.name],
                "CPTEST": f"{measure.label}, {measure.unit}" if measure.unit else measure.label,
                "CPCAT": table.name.upper(),
                "CPSPEC": "BLOOD",
                "CPMETHOD": "FLOW CYTOMETRY",
                "CPBLFL": "Y" if visit == baseline and record[measure.name] is not None else None,
                "VISITNUM": numbers[visit],
                "VISIT": visit,
                "CPDEF": _definition(declared, measure, record),
                "CPFLAGS": _flags_of(declared, measure, record),
            }
            rows.append(place | _result(measure, record, _flags_of(declared, measure, record)))
    return Table.from_records("cp", COLUMNS, rows)


def _by_subject(table: Table) -> dict[str, dict[str, dict[str, Cell]]]:
    """Subject -> visit -> row, so that a table is read once however many subjects it has."""
    found: dict[str, dict[str, dict[str, Cell]]] = {}
    for record in table.records():
        found.setdefault(str(record["subject"]), {})[str(record["visit"])] = record
    return found


def _result(measure: Measure, record: dict[str, Cell], flags: str) -> dict[str, Cell]:
    value = record[measure.name]
    if value is None:
        reason = flags or "no value could be given"
        return {"CPSTAT": "NOT DONE", "CPREASND": reason}
    unit = measure.unit.replace("µ", "u")
    text = field_of(value, digits=MEASURE_DIGITS)
    return {
        "CPORRES": text,
        "CPORRESU": unit,
        "CPSTRESC": text,
        "CPSTRESN": value,
        "CPSTRESU": unit,
        "CPLO95": record.get(f"{measure.name}_low"),
        "CPHI95": record.get(f"{measure.name}_high"),
    }


def _flags_of(declared: Declared, measure: Measure, record: dict[str, Cell]) -> str:
    """The row's flags that concern this measure: those that name it or its cells, and those that name none."""
    own = {"", measure.name, declared.flag_name(measure.name), *declared.cells_of(measure.name)}
    return ";".join(flag for flag in str(record.get("flags") or "").split(";") if flag.partition(":")[2] in own)


def _definition(declared: Declared, measure: Measure, record: dict[str, Cell]) -> Cell:
    choice = declared.choice_of(measure.name)
    return None if choice is None else record.get(f"{choice}_definition")


def _codes(measures: Sequence[Measure], declared: Declared) -> dict[str, str]:
    """Declared codes, and for other measures their first 8 letters and digits, made unique."""
    own = {name: code for name, one in declared.measures.items() if (code := one.code) is not None}
    codes: dict[str, str] = {}
    for measure in measures:
        if measure.name in codes:
            continue
        letters = "".join(c for c in measure.name.upper() if c.isascii() and c.isalnum())
        code = own.get(measure.name) or (letters if letters[:1].isalpha() else f"M{letters}")[:8]
        number = 2
        while code in codes.values() or (measure.name not in own and code in own.values()):
            code = f"{code[:6]}{number:02d}"
            number += 1
        codes[measure.name] = code
    return codes
