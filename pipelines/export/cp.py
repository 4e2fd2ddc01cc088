"""cp.csv and suppcp.csv: one record per subject, test and time, as CDISC SDTMIG 3.4 has CP (Cell Phenotype Findings).

docs/tables.md lists the variables. Values are as the laboratory reports them, bridged ones too, so CPDRVFL is empty.
Codes and names of tests are those of the table definition, which is checked against codelists C181173 and C181174
(configs/catalogues/cdisc_cp.yaml). Measures declared as `quality` are about the measurement and are no tests of the
subject.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tregate.pipelines.export.collection import Collection
from tregate.pipelines.export.cp_words import kind_of_result, marker_string, names_of_tests, reason_words, unit_of
from tregate.pipelines.files.csv_file import MEASURE_DIGITS, field_of
from tregate.pipelines.files.table import Cell, MadeRows, Table
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
Row = Mapping[str, Cell]
Order = Sequence[tuple[str, float]]
"""(visit, VISITNUM) in the order of time."""


@dataclass(frozen=True)
class CellPhenotype:
    """The two data sets."""

    cp: Table
    supplemental: Table


@dataclass(frozen=True)
class _Test:
    """What is the same in every record of one measure."""

    measure: Measure
    table: str
    tube: str
    """Kind of tube it is measured in; "" where it is several."""
    choice: str | None
    concerns: frozenset[str]
    """What follows ":" in flags that concern it."""
    test: Row
    result: Row


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
    Rows are made when they are written.
    """
    made = _Records(tables, visits, baseline, declared, study, collection or Collection())
    return CellPhenotype(
        Table("cp", COLUMNS, MadeRows(lambda: _in_order(COLUMNS, made.rows()))),
        Table("suppcp", SUPPLEMENTAL, MadeRows(lambda: _in_order(SUPPLEMENTAL, made.supplements()))),
    )


def _in_order(columns: Sequence[str], rows: Iterator[Row]) -> Iterator[tuple[Cell, ...]]:
    return (tuple([None if (cell := row.get(name)) == "" else cell for name in columns]) for row in rows)


class _Records:
    """Every value of every subject in the order of CPSEQ."""

    def __init__(
        self,
        tables: Sequence[Table],
        visits: Sequence[str],
        baseline: str,
        declared: Declared,
        study: str,
        collection: Collection,
    ) -> None:
        self._visits, self._baseline, self._study, self._collection = visits, baseline, study, collection
        self._subjects = list(dict.fromkeys(str(s) for table in tables for s in table.column("subject")))
        found = [(table, measure) for table in tables for measure in measures_of(table, declared)]
        codes = _codes([measure for _, measure in found], declared)
        first = {measure.name: (table, measure) for table, measure in reversed(found)}
        names = names_of_tests(declared, codes)
        kept = [first[name] for name in codes if not declared.measures[name].quality]
        self._tests = [
            _test(
                declared,
                measure,
                table.name,
                collection,
                {"CPTESTCD": codes[measure.name], "CPTEST": names[measure.name]},
            )
            for table, measure in kept
        ]
        self._by_subject = {table.name: _by_subject(table, collection.unplanned) for table in tables}
        self._flags_of_others = collection.flags_of_others
        self._unplanned: dict[str, dict[str, None]] = {}
        for table in collection.unplanned:
            for subject, visit in zip(table.column("subject"), table.column("visit"), strict=True):
                self._unplanned.setdefault(str(subject), {})[str(visit)] = None
        self._repeated = {(who, of) for (who, _), (of, _) in collection.repeats.items()}

    def rows(self) -> Iterator[Row]:
        """Of cp.csv."""
        for subject, sequence, test, visit, number, record, last in self._all():
            value = record[test.measure.name]
            yield {
                "STUDYID": self._study,
                "USUBJID": f"{self._study}-{subject}",
                "DOMAIN": "CP",
                "CPSEQ": sequence,
                **test.test,
                **_result(test, record, self._flags_of(test, record)),
                **self._time(subject, visit, number),
                "CPBLFL": "Y" if visit == self._baseline and value is not None else None,
                "CPLOBXFL": "Y" if visit == last else None,
            }

    def _flags_of(self, test: _Test, record: Row) -> tuple[str, ...]:
        """The row's flags that concern this measure: those that name it or its cells, and those that name none."""
        others = self._flags_of_others.get((test.measure.name, str(record["subject"]), str(record["visit"])), ())
        flags = (flag for flag in str(record.get("flags") or "").split(";") if flag and flag not in others)
        return tuple(flag for flag in flags if flag.partition(":")[2] in test.concerns)

    def supplements(self) -> Iterator[Row]:
        """Of suppcp.csv."""
        for subject, sequence, test, _, _, record, _ in self._all():
            for name, value in _qualifiers(test, record, self._flags_of(test, record)):
                yield {
                    "STUDYID": self._study,
                    "USUBJID": f"{self._study}-{subject}",
                    **{"RDOMAIN": "CP", "IDVAR": "CPSEQ", "IDVARVAL": str(sequence), "QNAM": name},
                    **{"QLABEL": QUALIFIERS[name], "QVAL": value, "QORIG": "DERIVED"},
                }

    def _all(self) -> Iterator[tuple[str, int, _Test, str, float, Row, str | None]]:
        """(subject, CPSEQ, test, visit, VISITNUM, row of the visit table, last visit before exposure)."""
        for subject in self._subjects:
            sequence = 0
            order = self._times(subject)
            there = {name: _records_of(rows.get(subject, ())) for name, rows in self._by_subject.items()}
            for test in self._tests:
                rows = there[test.table]
                records = [(visit, number, rows[visit]) for visit, number in order if visit in rows]
                last = _last_before_exposure(subject, test.measure, records, self._baseline, self._collection)
                for visit, number, record in records:
                    sequence += 1
                    yield subject, sequence, test, visit, number, record, last

    def _times(self, subject: str) -> Order:
        """(visit, VISITNUM): planned ones from 1; others a tenth apart, after the last planned one before them."""
        visits, collection = self._visits, self._collection
        order: list[tuple[str, float]] = [(visit, float(number)) for number, visit in enumerate(visits, start=1)]
        there = self._unplanned.get(subject, {})
        days = {visit: collection.days.get((subject, visit)) for visit in (*visits, *there)}
        after: dict[int, int] = {}
        for visit in sorted(there, key=lambda one: (days[one] is None, days[one] or 0, one)):
            repeated = collection.repeats.get((subject, visit))
            day = days[visit]
            if repeated is not None and repeated[0] in visits:
                before = visits.index(repeated[0]) + 1
            else:
                known = [
                    n for n, one in enumerate(visits, start=1) if day is not None and (days[one] or day + 1) <= day
                ]
                before = max(known, default=len(visits) if day is None else 0)
            after[before] = after.get(before, 0) + 1
            order.append((visit, before + after[before] / 10))
        return sorted(order, key=lambda one: one[1])

    def _time(self, subject: str, visit: str, number: float) -> Row:
        """A repeat has the visit that it repeats, and CPREPNUM distinguishes the two."""
        collection = self._collection
        planned, repeat = collection.repeats.get((subject, visit), (visit, None))
        drawn, dosed = collection.drawn.get((subject, visit)), subject in collection.first_dose
        return {
            "CPREPNUM": 1 if (subject, visit) in self._repeated else repeat,
            "VISITNUM": int(number) if number.is_integer() or repeat else round(number, 1),
            "VISIT": planned,
            "VISITDY": collection.planned_days.get(planned),
            "CPDTC": None if drawn is None else drawn.text,
            "CPDY": collection.days.get((subject, visit)) if dosed and drawn is not None else None,
        }


_Rows = list[tuple[tuple[str, ...], tuple[Cell, ...]]]
"""Columns and cells of some rows."""


def _by_subject(table: Table, unplanned: Sequence[Table]) -> Mapping[str, _Rows]:
    """So that a table is read once however many subjects it has."""
    found: dict[str, _Rows] = {}
    for one in (table, *(other for other in unplanned if other.name == table.name)):
        at = one.columns.index("subject")
        for row in one.rows:
            found.setdefault(str(row[at]), []).append((one.columns, row))
    return found


def _records_of(rows: Iterable[tuple[tuple[str, ...], tuple[Cell, ...]]]) -> dict[str, Row]:
    """Visit -> row by column."""
    records = (dict(zip(columns, row, strict=True)) for columns, row in rows)
    return {str(record["visit"]): record for record in records}


def _test(declared: Declared, measure: Measure, table: str, collection: Collection, named: Row) -> _Test:
    own = declared.measures[measure.name]
    row: dict[str, Cell] = {
        **named,
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
    unit = unit_of(measure)
    return _Test(
        measure,
        table,
        "" if source is None else source.tube or "",
        declared.choice_of(measure.name),
        frozenset({"", measure.name, declared.flag_name(measure.name), *declared.cells_of(measure.name)}),
        row,
        {"CPORRESU": unit, "CPRESSCL": "QUANTITATIVE", "CPRESTYP": kind_of_result(measure), "CPSTRESU": unit},
    )


def _result(test: _Test, record: Row, flags: tuple[str, ...]) -> Row:
    value = record[test.measure.name]
    if value is None:
        return {"CPSTAT": "NOT DONE", "CPREASND": reason_words(flags, test.tube)}
    text = field_of(value, digits=MEASURE_DIGITS)
    return {**test.result, "CPORRES": text, "CPSTRESC": text, "CPSTRESN": value}


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


def _qualifiers(test: _Test, record: Row, flags: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    measure = test.measure
    if record[measure.name] is not None:
        for name, column in (("CPLO95", "low"), ("CPHI95", "high"), ("CPCNTLIM", "loq")):
            value = record.get(f"{measure.name}_{column}")
            if value is not None:
                yield name, field_of(value, digits=MEASURE_DIGITS)
        if measure.lloq is not None:
            yield "CPLLOQ", field_of(measure.lloq, digits=MEASURE_DIGITS)
    definition = None if test.choice is None else record.get(f"{test.choice}_definition")
    if definition:
        yield "CPDEF", str(definition)
    if flags:
        yield "CPFLAGS", ";".join(flags)


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
