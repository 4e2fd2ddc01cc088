"""cp.csv and suppcp.csv: one record per subject, test and time, as CDISC SDTMIG 3.4 has CP (Cell Phenotype Findings).

docs/tables.md lists the variables. Values are as the laboratory reports them, bridged ones too, so CPDRVFL is empty.
Codes and names of tests are those of the table definition, which is checked against codelists C181173 and C181174
(configs/catalogues/cdisc_cp.yaml). Measures declared as `quality` are about the measurement and are no tests of the
subject.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tregate.pipelines.export.collection import Collection
from tregate.pipelines.export.cp_words import kind_of_result, marker_string, names_of_tests, reason_words, unit_of
from tregate.pipelines.files.csv_file import MEASURE_DIGITS, field_of
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.statistics.measures import Measure, measures_of
from tregate.pipelines.study.declared import Declared

COLUMNS = (
    *("STUDYID", "DOMAIN", "USUBJID", "CPSEQ", "CPTESTCD", "CPTEST", "CPSBMRKS", "CPMRKSTR", "CPGATE", "CPGATDEF"),
    *("CPCAT", "CPSCAT", "CPTSTPNL", "CPORRES", "CPORRESU", "CPRESSCL", "CPRESTYP", "CPSTRESC", "CPSTRESN"),
    *("CPSTRESU", "CPSTAT", "CPREASND", "CPNAM", "CPLOINC", "CPSPEC", "CPMETHOD", "CPLOBXFL", "CPBLFL", "CPDRVFL"),
    *("CPREPNUM", "VISITNUM", "VISIT", "VISITDY", "CPDTC", "CPDY"),
)
SUPPLEMENTAL = ("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL", "QORIG", "QEVAL")
QUALIFIERS: Mapping[str, str] = {
    "CPLO95": "Lower 95 Percent Confidence Limit",
    "CPHI95": "Upper 95 Percent Confidence Limit",
    "CPCNTLIM": "Limit of Quantification of This Value",
    "CPLLOQ": "Lower Limit of Quantification of the Lab",
    "CPDEF": "Definition of the Denominator",
    "CPFLAGS": "Flags of the Value",
}
"""QNAM -> QLABEL."""
Row = dict[str, Cell]
Rows = Mapping[str, Mapping[str, Row]]
"""Subject -> visit -> row of a visit table."""


@dataclass(frozen=True)
class CellPhenotype:
    """The two data sets."""

    cp: Table
    supplemental: Table


def cell_phenotype(
    tables: Sequence[Table],
    visits: Sequence[str],
    baseline: str,
    declared: Declared,
    *,
    study: str,
    collection: Collection | None = None,
) -> CellPhenotype:
    """The visit tables as long tables, by subject, test and time; visits outside the plan beside the planned ones.

    A value that several visit tables have is one record, at its first place, which CPSCAT names.
    """
    collection = collection or Collection()
    subjects = list(dict.fromkeys(str(s) for table in tables for s in table.column("subject")))
    found = [(table, measure) for table in tables for measure in measures_of(table, declared)]
    codes = _codes([measure for _, measure in found], declared)
    first = {measure.name: (table, measure) for table, measure in reversed(found)}
    names = names_of_tests(declared, codes)
    kept = [first[name] for name in codes if not declared.measures[name].quality]
    indexed = {table.name: _by_subject(table, collection.unplanned) for table in tables}
    rows: list[Row] = []
    supplements: list[Row] = []
    for subject in subjects:
        sequence = 0
        order = _times(subject, visits, collection)
        for table, measure in kept:
            there = indexed[table.name].get(subject, {})
            records = [(visit, number, there[visit]) for visit, number in order if visit in there]
            last = _last_before_exposure(subject, measure, records, baseline, collection)
            for visit, number, record in records:
                sequence += 1
                place: Row = {"STUDYID": study, "USUBJID": f"{study}-{subject}"}
                row = place | {
                    "DOMAIN": "CP",
                    "CPSEQ": sequence,
                    "CPTESTCD": codes[measure.name],
                    "CPTEST": names[measure.name],
                    **_test(declared, measure, table.name, collection),
                    **_result(declared, measure, record, _tube_of(declared, measure, collection)),
                    **_time(subject, visit, number, collection),
                    "CPBLFL": "Y" if visit == baseline and record[measure.name] is not None else None,
                    "CPLOBXFL": "Y" if visit == last else None,
                }
                rows.append({key: value for key, value in row.items() if value != ""})
                supplements += [
                    place | {"RDOMAIN": "CP", "IDVAR": "CPSEQ", "IDVARVAL": str(sequence), "QNAM": name,
                             "QLABEL": QUALIFIERS[name], "QVAL": value, "QORIG": "DERIVED"}
                    for name, value in _qualifiers(declared, measure, record)
                ]  # fmt: skip
    return CellPhenotype(
        Table.from_records("cp", COLUMNS, rows), Table.from_records("suppcp", SUPPLEMENTAL, supplements)
    )


def _by_subject(table: Table, unplanned: Sequence[Table]) -> Rows:
    """So that a table is read once however many subjects it has."""
    found: dict[str, dict[str, Row]] = {}
    for one in (table, *(other for other in unplanned if other.name == table.name)):
        for record in one.records():
            found.setdefault(str(record["subject"]), {})[str(record["visit"])] = record
    return found


def _times(subject: str, visits: Sequence[str], collection: Collection) -> list[tuple[str, float]]:
    """(visit, VISITNUM): planned ones from 1; others a tenth apart, after the last planned one before them."""
    order: list[tuple[str, float]] = [(visit, float(number)) for number, visit in enumerate(visits, start=1)]
    there = {
        str(row["visit"]) for table in collection.unplanned for row in table.records() if row["subject"] == subject
    }
    days = {visit: collection.days.get((subject, visit)) for visit in (*visits, *there)}
    after: dict[int, int] = {}
    for visit in sorted(there, key=lambda one: (days[one] is None, days[one] or 0, one)):
        repeated = collection.repeats.get((subject, visit))
        day = days[visit]
        if repeated is not None and repeated[0] in visits:
            before = visits.index(repeated[0]) + 1
        else:
            known = [n for n, one in enumerate(visits, start=1) if day is not None and (days[one] or day + 1) <= day]
            before = max(known, default=len(visits) if day is None else 0)
        after[before] = after.get(before, 0) + 1
        order.append((visit, before + after[before] / 10))
    return sorted(order, key=lambda one: one[1])


def _test(declared: Declared, measure: Measure, table: str, collection: Collection) -> Row:
    own = declared.measures[measure.name]
    row: Row = {
        "CPSBMRKS": own.subset,
        "CPMRKSTR": marker_string(declared, measure.name),
        "CPCAT": "IMMUNOPHENOTYPING",
        "CPSCAT": table.upper(),
        "CPNAM": collection.laboratory,
        "CPLOINC": own.loinc,
        "CPSPEC": "BLOOD",
        "CPMETHOD": "FLOW CYTOMETRY",
    }
    source = None if collection.sources is None or own.cells is None else collection.sources.cells.get(own.cells)
    strategy = None if source is None or source.tube is None else collection.strategies.get(source.tube)
    if source is not None and strategy is not None:
        line = strategy.lineage(source.population)[:-1]
        row |= {"CPTSTPNL": strategy.strategy, "CPGATE": source.population, "CPGATDEF": "|".join(reversed(line))}
    return row


def _tube_of(declared: Declared, measure: Measure, collection: Collection) -> str:
    cells = declared.measures[measure.name].cells
    source = None if collection.sources is None or cells is None else collection.sources.cells.get(cells)
    return "" if source is None else source.tube or ""


def _result(declared: Declared, measure: Measure, record: Row, tube: str) -> Row:
    value = record[measure.name]
    if value is None:
        return {"CPSTAT": "NOT DONE", "CPREASND": reason_words(_flags_of(declared, measure, record), tube)}
    unit = unit_of(measure)
    text = field_of(value, digits=MEASURE_DIGITS)
    return {
        "CPORRES": text,
        "CPORRESU": unit,
        "CPRESSCL": "QUANTITATIVE",
        "CPRESTYP": kind_of_result(measure),
        "CPSTRESC": text,
        "CPSTRESN": value,
        "CPSTRESU": unit,
    }


def _time(subject: str, visit: str, number: float, collection: Collection) -> Row:
    """A repeat has the visit that it repeats, and CPREPNUM distinguishes the two."""
    planned, repeat = collection.repeats.get((subject, visit), (visit, None))
    repeated = any(who == subject and of == visit for (who, _), (of, _) in collection.repeats.items())
    drawn, dosed = collection.drawn.get((subject, visit)), subject in collection.first_dose
    return {
        "CPREPNUM": 1 if repeated else repeat,
        "VISITNUM": int(number) if number.is_integer() or repeat else round(number, 1),
        "VISIT": planned,
        "VISITDY": collection.planned_days.get(planned),
        "CPDTC": None if drawn is None else drawn.text,
        "CPDY": collection.days.get((subject, visit)) if dosed and drawn is not None else None,
    }


def _last_before_exposure(
    subject: str, measure: Measure, records: Sequence[tuple[str, float, Row]], baseline: str, collection: Collection
) -> str | None:
    """The last visit with a value before the first dose; on its day only the baseline visit is before it."""
    dose = collection.first_dose.get(subject)
    known = [
        (moment.earliest, visit)
        for visit, _, record in records
        for moment in [collection.drawn.get((subject, visit))]
        if dose is not None and moment is not None and record[measure.name] is not None
        if moment.day < dose or (moment.day == dose and visit == baseline)
    ]
    return max(known)[1] if known else None


def _qualifiers(declared: Declared, measure: Measure, record: Row) -> Iterator[tuple[str, str]]:
    if record[measure.name] is not None:
        for name, column in (("CPLO95", "low"), ("CPHI95", "high"), ("CPCNTLIM", "loq")):
            value = record.get(f"{measure.name}_{column}")
            if value is not None:
                yield name, field_of(value, digits=MEASURE_DIGITS)
        if measure.lloq is not None:
            yield "CPLLOQ", field_of(measure.lloq, digits=MEASURE_DIGITS)
    choice = declared.choice_of(measure.name)
    definition = None if choice is None else record.get(f"{choice}_definition")
    if definition:
        yield "CPDEF", str(definition)
    if flags := _flags_of(declared, measure, record):
        yield "CPFLAGS", ";".join(flags)


def _flags_of(declared: Declared, measure: Measure, record: Row) -> tuple[str, ...]:
    """The row's flags that concern this measure: those that name it or its cells, and those that name none."""
    own = {"", measure.name, declared.flag_name(measure.name), *declared.cells_of(measure.name)}
    flags = str(record.get("flags") or "").split(";")
    return tuple(flag for flag in flags if flag and flag.partition(":")[2] in own)


def _codes(measures: Sequence[Measure], declared: Declared) -> dict[str, str]:
    """Declared codes, and for other measures the first 8 letters and digits of their names, made unique."""
    own = {name: code for name, one in declared.measures.items() if (code := one.code) is not None}
    codes: dict[str, str] = {}
    for measure in measures:
        if measure.name in codes:
            continue
        if measure.name in own:  # two may share a code, where CPSBMRKS distinguishes them
            codes[measure.name] = own[measure.name]
            continue
        letters = "".join(c for c in measure.name.upper() if c.isascii() and c.isalnum())
        code = (letters if letters[:1].isalpha() else f"M{letters}")[:8]
        number = 2
        while code in codes.values() or code in own.values():
            code = f"{code[:6]}{number:02d}"
            number += 1
        codes[measure.name] = code
    return codes
