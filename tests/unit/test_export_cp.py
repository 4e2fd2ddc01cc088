"""The domain CP of visit tables: one record a test and time, with what is no variable of it beside it."""

from datetime import date, time

import pandas as pd
import pytest
from shipped_tables import DECLARED, cp_table
from visit_tables import MISSED, SUBJECTS, VISITS

from tregate.pipelines.export.collection import Collection
from tregate.pipelines.export.cp import COLUMNS, SUPPLEMENTAL, cell_phenotype
from tregate.pipelines.export.cp_words import marker_string, reason_words
from tregate.pipelines.files.table import Table
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.study.measure_declarations import Measure
from tregate.pipelines.study.moments import Moment
from tregate.pipelines.study.tables_definition import load_tables


def test_cp_has_one_record_per_test_and_time(tables: tuple[Table, ...]) -> None:
    long = pd.DataFrame(list(cp_table(tables, VISITS, "D1", study="PILOT").records()))
    assert tuple(long.columns) == COLUMNS
    tests = 4 + 4 + 7 - 3  # CD4+ and NK are in two tables, lymphosum is about the measurement
    assert len(long) == len(SUBJECTS) * len(VISITS) * tests
    assert long["CPTESTCD"].str.fullmatch(r"[A-Z][A-Z0-9_]{0,7}").all()
    assert not long.duplicated(["USUBJID", "CPTESTCD", "CPSBMRKS", "VISIT"]).any()
    assert not long.duplicated(["USUBJID", "CPSEQ"]).any()
    assert long["CPTEST"].map(lambda name: name.isascii() and len(name) <= 40).all()
    assert (
        long["CPMRKSTR"]
        .str.fullmatch(r"((CD[0-9]+|FOXP3|SSC)(-|lo|mid|\+|hi))+(/((CD[0-9]+|FOXP3|SSC)(-|lo|\+|hi))+)?")
        .all()
    )
    assert set(long["CPCAT"]) == {"IMMUNOPHENOTYPING"}
    assert long["CPDRVFL"].isna().all()
    absent = long[long["CPSTAT"] == "NOT DONE"]
    assert len(absent) == len(MISSED) * tests
    assert absent[["CPORRES", "CPSTRESN", "CPORRESU"]].isna().all(axis=None)
    assert (absent["CPREASND"] == "NO TUBE").all()
    present = long[long["CPSTAT"].isna()]
    assert set(zip(present["CPORRESU"], present["CPRESTYP"], strict=True)) == {
        ("10^6/L", "NUMBER CONCENTRATION"), ("%", "NUMBER FRACTION"),
    }  # fmt: skip
    treg = next(tables[0].records())
    seen = present[(present["CPTESTCD"] == "TLR") & (present["VISIT"] == "D1")].iloc[0]
    assert (seen["USUBJID"], seen["CPSTRESN"], seen["CPBLFL"]) == ("PILOT-P01", treg["treg_per_ul"], "Y")
    assert float(seen["CPORRES"]) == pytest.approx(seen["CPSTRESN"], rel=1e-5)


def test_what_is_no_variable_of_cp_is_a_supplemental_qualifier(tables: tuple[Table, ...]) -> None:
    found = cell_phenotype(tables, VISITS, "D1", DECLARED, study="PILOT")
    long, more = (pd.DataFrame(list(table.records())) for table in (found.cp, found.supplemental))
    assert tuple(more.columns) == SUPPLEMENTAL
    assert not more.duplicated(["USUBJID", "IDVARVAL", "QNAM"]).any()
    keys = set(zip(long["USUBJID"], long["CPSEQ"].astype(str), strict=True))
    assert set(zip(more["USUBJID"], more["IDVARVAL"], strict=True)) <= keys
    assert (more["QLABEL"].str.len() <= 40).all()
    treg = next(tables[0].records())
    at = long[(long["CPTESTCD"] == "TLR") & (long["VISIT"] == "D1") & (long["USUBJID"] == "PILOT-P01")].iloc[0]
    own = more[(more["USUBJID"] == at["USUBJID"]) & (more["IDVARVAL"] == str(at["CPSEQ"]))]
    values = dict(zip(own["QNAM"], own["QVAL"], strict=True))
    assert float(values["CPLO95"]) == pytest.approx(treg["treg_per_ul_low"], rel=1e-5)
    ratio = long[long["CPTESTCD"] == "TREGTEFF"]["CPSEQ"].astype(str)
    of_ratio = more[more["IDVARVAL"].isin(ratio) & (more["QNAM"] == "CPDEF")]
    assert set(of_ratio["QVAL"]) == {"cd3_minus_treg"}


def test_dates_make_study_days_and_the_last_value_before_exposure(tables: tuple[Table, ...]) -> None:
    screening, first = Moment(date(2024, 1, 10)), Moment(date(2024, 1, 15), time(9, 30))
    collection = Collection(
        drawn={("P01", "D1"): first, ("P01", "D8"): Moment(date(2024, 1, 22)), ("P02", "D1"): screening},
        days={("P01", "D1"): 1, ("P01", "D8"): 8, ("P02", "D1"): -5},
        planned_days={"D1": 1, "D8": 8},
        first_dose={"P01": date(2024, 1, 15), "P02": date(2024, 1, 15)},
        laboratory="Lab A",
    )
    found = cell_phenotype(tables, VISITS, "D1", DECLARED, study="S", collection=collection).cp
    rows = {(r["USUBJID"], r["VISIT"]): r for r in found.records() if r["CPTESTCD"] == "TLYH"}
    assert [rows["S-P01", visit]["CPDTC"] for visit in ("D1", "D8", "D15")] == ["2024-01-15T09:30", "2024-01-22", None]
    assert [rows["S-P01", visit]["CPDY"] for visit in ("D1", "D8", "D15")] == [1, 8, None]
    assert [rows["S-P01", visit]["VISITDY"] for visit in ("D1", "D8", "D15")] == [1, 8, None]
    assert [rows["S-P01", visit]["CPLOBXFL"] for visit in ("D1", "D8")] == ["Y", None]
    assert (rows["S-P02", "D1"]["CPDY"], rows["S-P02", "D1"]["CPLOBXFL"]) == (-5, "Y")
    assert rows["S-P03", "D1"]["CPLOBXFL"] is None
    assert rows["S-P03", "D1"]["CPNAM"] == "Lab A"


def test_reasons_are_words() -> None:
    assert reason_words(("missing_tube_T", "missing_tube_TREG"), "TREG") == "NO TREG TUBE"
    assert reason_words(("below_loq:treg", "bead_lot_unknown")) == "BEAD LOT NOT DOCUMENTED"
    assert reason_words(("excluded_NK",)) == "NK TUBE EXCLUDED"
    assert reason_words(("unmeasured:treg",)) == "POPULATION COULD NOT BE GATED"
    assert reason_words(("own_flag:x",)) == "OWN FLAG"
    assert reason_words(()) == "NO VALUE"


@pytest.mark.parametrize("name", ["treg_nk", "tbnk", "treg_extended"])
def test_every_shipped_test_has_a_name_and_a_marker_string(name: str) -> None:
    declared = Declared(load_tables(name).definition)
    shown = {column.measure for columns in declared.sheets.values() for column in columns}
    tests = [measure for measure in shown if not declared.measures[measure].quality]
    assert all(marker_string(declared, measure) for measure in tests)
    assert all(declared.measures[measure].test for measure in tests)
    named = {(declared.measures[measure].test, declared.measures[measure].subset) for measure in tests}
    assert len(named) == len(tests), "two tests of one name"


def test_cp_makes_codes_for_measures_of_other_table_definitions() -> None:
    table = Table(
        "own", ("subject", "visit", "activated_treg_per_ul", "activated_tcon_per_ul"), (("A", "D1", 1.0, 2.0),)
    )
    names = ("activated_treg_per_ul", "activated_tcon_per_ul")
    measures = {name: Measure(cells="treg", per="ul") for name in names}
    own = Declared(DECLARED.definition.model_copy(update={"measures": measures}))
    codes = cp_table([table], ("D1",), "D1", study="X", declared=own).column("CPTESTCD")
    assert codes == ("ACTIVATE", "ACTIVA02")
    names = cp_table([table], ("D1",), "D1", study="X", declared=own).column("CPTEST")
    assert names == ("Treg", "ACTIVA02"), "no two tests have one name"
