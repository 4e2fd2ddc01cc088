"""adcp.xpt: values, baselines and changes of every test, as an ADaM data set of the basic structure (BDS)."""

from collections.abc import Mapping, Sequence

from tregate.pipelines.datasets.finished_run import FinishedRun
from tregate.pipelines.datasets.variables import DataSetAbout, Variable
from tregate.pipelines.files.table import Cell, Table

ADCP = DataSetAbout(
    "Cell Phenotype Analysis",
    {
        "STUDYID": Variable("Study Identifier"),
        "USUBJID": Variable("Unique Subject Identifier"),
        "SUBJID": Variable("Subject Identifier for the Study"),
        "SITEID": Variable("Study Site Identifier"),
        "TRTP": Variable("Planned Treatment"),
        "SEX": Variable("Sex"),
        "AGE": Variable("Age"),
        "PARAMCD": Variable("Parameter Code"),
        "PARAM": Variable("Parameter"),
        "AVISIT": Variable("Analysis Visit"),
        "AVISITN": Variable("Analysis Visit (N)"),
        "ADY": Variable("Analysis Relative Day"),
        "AVAL": Variable("Analysis Value"),
        "BASE": Variable("Baseline Value"),
        "CHG": Variable("Change from Baseline"),
        "R2BASE": Variable("Ratio to Baseline"),
        "ABLFL": Variable("Baseline Record Flag"),
        "ANL01FL": Variable("Analysis Flag 01"),
    },
    ("STUDYID", "USUBJID", "PARAMCD", "AVISITN"),
    "One record per subject per parameter per analysis visit",
)


def adcp_table(run: FinishedRun, cp: Table) -> Table:
    """Every value of CP, in its order; a repeat of a visit is no record.

    ANL01FL is "Y" where the summary and the tests use the value: a planned visit of a subject that the analysis plan
    does not exclude. R2BASE is value / baseline, where the baseline is above 0, also below quantification.
    """
    people = run.record["study"].get("people", {})
    baseline = run.baseline
    records = [row for row in cp.records() if row["CPSTRESN"] is not None and row["CPREPNUM"] in (None, 1)]
    codes = _parameter_codes(records)
    bases = {(row["USUBJID"], _test(row)): row["CPSTRESN"] for row in records if row["VISIT"] == baseline}
    rows: list[dict[str, Cell]] = []
    for row in records:
        subject = str(row["USUBJID"]).removeprefix(f"{row['STUDYID']}-")
        person = people.get(subject, {})
        value, base = row["CPSTRESN"], bases.get((row["USUBJID"], _test(row)))
        made: dict[str, Cell] = {
            "STUDYID": row["STUDYID"],
            "USUBJID": row["USUBJID"],
            "SUBJID": subject,
            "SITEID": person.get("site"),
            "TRTP": person.get("arm"),
            "SEX": person.get("sex"),
            "AGE": person.get("age"),
            "PARAMCD": codes[_test(row)],
            "PARAM": _parameter(row),
            "AVISIT": row["VISIT"],
            "AVISITN": row["VISITNUM"],
            "ADY": row["CPDY"],
            "AVAL": value,
            "BASE": base,
            "ABLFL": "Y" if row["VISIT"] == baseline else None,
            "ANL01FL": "Y" if row["VISIT"] in run.visits and subject not in run.excluded else None,
        }
        if isinstance(value, int | float) and isinstance(base, int | float) and row["VISIT"] != baseline:
            made |= {"CHG": value - base, "R2BASE": value / base if base > 0 else None}
        rows.append(made)
    return Table.from_records("adcp", tuple(ADCP.variables), rows)


def _test(row: Mapping[str, Cell]) -> tuple[str, str]:
    """(CPTESTCD, CPSBMRKS): which test a record of CP is of."""
    return str(row["CPTESTCD"]), str(row["CPSBMRKS"] or "")


def _parameter_codes(records: Sequence[Mapping[str, Cell]]) -> dict[tuple[str, str], str]:
    """PARAMCD of each test: CPTESTCD, with a number where subsets share it: NKS1, NKS2, by their markers in order."""
    tests = sorted({_test(row) for row in records})
    codes = [code for code, _ in tests]
    taken = set(codes)
    made = {}
    for code, subset in tests:
        of_code = [markers for other, markers in tests if other == code]
        name = code if len(of_code) == 1 else f"{code[:7]}{of_code.index(subset) + 1}"
        while len(of_code) > 1 and name in taken:
            name = f"{name[:6]}{len(taken):02d}"
        taken.add(name)
        made[code, subset] = name
    return made


def _parameter(row: Mapping[str, Cell]) -> str:
    """PARAM: the test, the markers of a subset, and the unit."""
    name = f"{row['CPTEST']} {row['CPSBMRKS']}" if row["CPSBMRKS"] else str(row["CPTEST"])
    return f"{name} ({row['CPSTRESU']})" if row["CPSTRESU"] else name
