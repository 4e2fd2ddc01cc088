"""`tregate export`: what statisticians load, read back by readers that are not the program's own."""

import csv
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pyreadstat
import pytest
from cli_running import edit_row, rows, run_study, tregate

from tregate.pipelines.datasets.adcp import ADCP
from tregate.pipelines.datasets.redcap import field_name
from tregate.pipelines.datasets.variables import DATA_SETS


@pytest.fixture(scope="module")
def exported(arms_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exported")
    assert tregate("export", arms_tables, "--to", "xpt", "--out", out).code == 0
    return out


@pytest.mark.parametrize("name", ["cp", "suppcp"])
def test_the_transport_file_reads_back_equal(name: str, exported: Path, arms_tables: Path) -> None:
    written = rows(arms_tables / f"{name}.csv")
    frame, meta = pyreadstat.read_xport(exported / f"{name}.xpt")
    assert list(frame.columns) == list(written[0])
    assert meta.table_name == name.upper()
    assert meta.column_labels == [DATA_SETS[name].variables[column].label for column in frame.columns]
    assert all(len(label) <= 40 for label in meta.column_labels)
    assert len(frame) == len(written)
    other = pd.read_sas(exported / f"{name}.xpt", format="xport", encoding="ascii")
    for column in frame.columns:
        cells = [row[column] for row in written]
        if frame[column].dtype.kind == "f":
            numbers = [float(cell) if cell else float("nan") for cell in cells]
            assert list(frame[column]) == pytest.approx(numbers, rel=1e-12, nan_ok=True), column
            assert list(other[column]) == pytest.approx(numbers, rel=1e-12, nan_ok=True), column
        else:
            assert list(frame[column]) == cells, column
            assert list(other[column].fillna("")) == cells, column


def test_the_analysis_data_set_has_the_values_baselines_and_changes_of_the_tables(
    exported: Path, arms_tables: Path
) -> None:
    frame, meta = pyreadstat.read_xport(exported / "adcp.xpt")
    assert meta.column_labels == [variable.label for variable in ADCP.variables.values()]
    assert not frame.duplicated(["USUBJID", "PARAMCD", "AVISITN"]).any()
    treg = {(row["subject"], row["visit"]): row for row in rows(arms_tables / "treg.csv")}
    people = {row["subject"]: row for row in rows(arms_tables / "sets.csv")}
    of_treg = frame[(frame["PARAMCD"] == "TREGCD4") & (frame["ANL01FL"] == "Y")]
    assert len(of_treg) == sum(row["treg_percent_of_cd4"] != "" for row in treg.values())
    for one in of_treg.itertuples():
        row = treg[one.SUBJID, one.AVISIT]
        assert pytest.approx(float(row["treg_percent_of_cd4"]), rel=1e-5) == one.AVAL
        assert people[one.SUBJID]["arm"] == one.TRTP
        assert (one.ABLFL == "Y") == (one.AVISIT == "D1")
        if one.AVISIT != "D1":
            assert pytest.approx(one.AVAL - one.BASE, rel=1e-9) == one.CHG
            if row["fold_treg_percent"]:
                assert pytest.approx(float(row["fold_treg_percent"]), rel=1e-4) == one.R2BASE
    assert set(frame.loc[frame["AVISIT"] == "UNS1", "ANL01FL"]) == {""}


def test_data_sets_follow_the_tables_as_they_were_made_last(tables: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(tables, tmp_path / "out"))
    assert tregate("tables", out, "--visits", "D8,D1", "--leave-out", "S02").code == 0
    assert tregate("export", out, "--to", "xpt").code == 0
    frame, _ = pyreadstat.read_xport(out / "xpt" / "adcp.xpt")
    assert set(frame.loc[frame["ABLFL"] == "Y", "AVISIT"]) == {"D1"}
    assert set(frame.loc[frame["ANL01FL"] == "Y", "SUBJID"]) == {"S01"}
    assert tregate("tables", out, "--baseline", "D8").code == 0
    assert tregate("export", out, "--to", "xpt").code == 0
    frame, _ = pyreadstat.read_xport(out / "xpt" / "adcp.xpt")
    assert set(frame.loc[frame["ABLFL"] == "Y", "AVISIT"]) == {"D8"}
    assert set(frame.loc[frame["ANL01FL"] == "Y", "SUBJID"]) == {"S01"}


def test_the_transport_file_is_of_version_5_and_has_the_same_bytes_every_time(
    exported: Path, arms_tables: Path, tmp_path: Path
) -> None:
    assert tregate("export", arms_tables, "--to", "xpt", "--out", tmp_path / "again").code == 0
    for name in ("cp.xpt", "suppcp.xpt", "adcp.xpt", "define.xml"):
        assert (tmp_path / "again" / name).read_bytes() == (exported / name).read_bytes()
    head = (exported / "cp.xpt").read_bytes()[:80]
    assert head.startswith(b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!")


def test_names_of_tests_are_short_ascii_and_one_per_code(exported: Path) -> None:
    frame, _ = pyreadstat.read_xport(exported / "cp.xpt")
    names = frame[["CPTESTCD", "CPTEST"]].drop_duplicates()
    assert names["CPTEST"].is_unique
    assert names["CPTESTCD"].is_unique
    assert all(name.isascii() and len(name) <= 40 for name in names["CPTEST"])
    assert not frame.duplicated(["USUBJID", "CPTESTCD", "CPSBMRKS", "VISITNUM", "CPREPNUM"]).any()
    assert (frame["CPMRKSTR"] != "").all()
    assert (frame.loc[frame["CPSTAT"] == "", "CPDTC"] != "").all()
    assert set(frame.loc[frame["VISIT"] == "UNS1", "VISITNUM"]) == {2.1}
    assert set(frame.loc[frame["VISIT"] == "D8", "VISITDY"]) == {8.0}
    assert (frame.loc[frame["CPLOBXFL"] == "Y", "VISIT"] == "D1").all()


def test_the_definition_names_every_variable_code_and_file(exported: Path) -> None:
    root = ElementTree.parse(exported / "define.xml").getroot()
    odm, xlink = "{http://www.cdisc.org/ns/odm/v1.3}", "{http://www.w3.org/1999/xlink}"
    define = "{http://www.cdisc.org/ns/def/v2.1}"
    defined = {item.get("OID") for item in root.iter(f"{odm}ItemDef")}
    used = [ref.get("ItemOID") for ref in root.iter(f"{odm}ItemRef")]
    assert set(used) == defined
    assert len(used) == len(set(used))
    frame, _ = pyreadstat.read_xport(exported / "cp.xpt")
    codes = {item.get("CodedValue") for item in root.iter(f"{odm}CodeListItem")}
    assert set(frame["CPTESTCD"]) <= codes
    names = {item.get("CodedValue"): dict(_aliases(item)) for item in root.iter(f"{odm}CodeListItem")}
    assert names["TLYH"] == {"nci:ExtCodeID": "C181302"}
    assert names["10^6/L"] == {"nci:ExtCodeID": "C67452", "UCUM": "10*6/L"}
    assert names["TREGTEFF"] == {}, "a term of the sponsor"
    own = {item.get("CodedValue") for item in root.iter(f"{odm}CodeListItem") if item.get(f"{define}ExtendedValue")}
    assert own == {"TREGTEFF", "TREGCD4"}
    files = [leaf.get(f"{xlink}href") for leaf in root.iter("{http://www.cdisc.org/ns/def/v2.1}leaf")]
    assert files == ["cp.xpt", "suppcp.xpt"]
    lists = {ref.get("CodeListOID") for ref in root.iter(f"{odm}CodeListRef")}
    assert lists == {item.get("OID") for item in root.iter(f"{odm}CodeList")}


def _aliases(item: ElementTree.Element) -> list[tuple[str, str]]:
    found = item.iter("{http://www.cdisc.org/ns/odm/v1.3}Alias")
    return [(alias.attrib["Context"], alias.attrib["Name"]) for alias in found]


def test_subsets_of_one_test_are_parameters_of_their_own(exported: Path) -> None:
    frame, _ = pyreadstat.read_xport(exported / "adcp.xpt")
    named = frame[["PARAMCD", "PARAM"]].drop_duplicates()
    assert named["PARAMCD"].is_unique
    assert dict(zip(named["PARAM"], named["PARAMCD"], strict=True))["NK Cells Sub CD56mid (10^6/L)"] == "NKS2"


def test_programs_name_files_that_are_there(exported: Path, arms_tables: Path) -> None:
    for name in ("read_tables.R", "read_tables.sas"):
        text = (exported / name).read_text(encoding="utf-8")
        assert text.isascii()
        assert "cp.xpt" in text
        assert "suppcp.xpt" in text
        for table in ("treg", "summary", "comparisons", "sets"):
            assert table in text
    run = next(line for line in (exported / "read_tables.R").read_text().splitlines() if line.startswith("run <- "))
    assert (exported / run.split('"')[1]).resolve() == arms_tables.resolve()


def test_what_version_5_cannot_hold_is_refused_and_nothing_is_written(trial: Path, tmp_path: Path) -> None:
    study = Path(shutil.copytree(trial, tmp_path / "study"))
    for row in rows(study / "samples.csv"):
        if row["subject"] == "S02":
            edit_row(study / "samples.csv", row["file"], subject="Sé02")
    assert run_study(study, tmp_path / "out").code == 0
    done = tregate("export", tmp_path / "out", "--to", "xpt")
    assert done.code == 2
    assert "not ASCII" in done.err
    assert not (tmp_path / "out" / "xpt").exists()


def test_changed_tables_and_unknown_targets_are_refused(tables: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(tables, tmp_path / "out"))
    assert 'there is no target "sas"' in tregate("export", out, "--to", "sas").err
    (out / "cp.csv").write_text("STUDYID\n", encoding="utf-8")
    done = tregate("export", out, "--to", "xpt")
    assert done.code == 2
    assert "cp.csv" in done.err


def test_redcap_has_a_row_per_subject_and_visit_and_a_dictionary_of_its_fields(
    arms_tables: Path, tmp_path: Path
) -> None:
    events = tmp_path / "events.csv"
    events.write_text("visit,event\nD1,baseline_arm_1\n", encoding="utf-8")
    assert tregate("export", arms_tables, "--to", "redcap", "--out", tmp_path / "r", "--events", events).code == 0
    data = rows(tmp_path / "r" / "redcap_data.csv")
    with (tmp_path / "r" / "redcap_dictionary.csv").open(encoding="utf-8", newline="") as file:
        dictionary = list(csv.reader(file))
    assert len(dictionary[0]) == 18
    assert all(len(row) == 18 for row in dictionary)
    fields = [row[0] for row in dictionary[1:]]
    columns = [*data[0]]
    assert columns[:2] == ["record_id", "redcap_event_name"]
    assert [columns[0], *columns[2:-3]] == fields
    assert columns[-3:] == ["treg_complete", "nk_complete", "subsets_complete"]
    assert len(data) == 12 * 3
    assert {row["redcap_event_name"] for row in data} == {"baseline_arm_1", "d8_arm_1", "m3_arm_1"}
    treg = {(row["subject"], row["visit"]): row for row in rows(arms_tables / "treg.csv")}
    first = data[0]
    assert first["treg_treg_percent_of_cd4"] == treg[first["record_id"], "D1"]["treg_percent_of_cd4"]
    gone = next(row for row in data if (row["record_id"], row["redcap_event_name"]) == ("S05", "m3_arm_1"))
    assert gone["treg_treg_percent_of_cd4"] == ""
    events.write_text("visit,event\nD2,x\n", encoding="utf-8")
    done = tregate("export", arms_tables, "--to", "redcap", "--out", tmp_path / "r", "--events", events)
    assert 'the run has no visit "D2"' in done.err


@pytest.mark.parametrize(
    ("sheet", "column", "name"),
    [("treg", "fold_treg_percent", "treg_fold_treg_percent"), ("T & B", "CD4+ %", "t_b_cd4"), ("1", "x", "f_1_x")],
)
def test_field_names_are_those_that_redcap_takes(sheet: str, column: str, name: str) -> None:
    assert field_name(sheet, column) == name
