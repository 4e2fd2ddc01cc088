"""Identifiers in table definitions: slips of the pen and ids of other cells are refused, with what is wrong."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from tregate.gating.errors import ConfigurationError
from tregate.gating.strategy.load import shipped_names
from tregate.pipelines.study.catalogue_ids import cell_type_id, check_digit, loinc_code
from tregate.pipelines.study.catalogues import cell_tests, cell_types, known_unit, laboratory_codes, units
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.study.marker_levels import levels
from tregate.pipelines.study.measure_declarations import Cells
from tregate.pipelines.study.tables_definition import load_tables

CELLS = "cells: {{one: {{population: P, markers: {markers}, ontology: {ontology}}}}}"
MEASURE = "measures: {{m: {{cells: one, {formula}, {more}}}}}"


def definition(folder: Path, markers: str = "CD3+CD4+", ontology: str = "null", **measure: str) -> str:
    given = {"formula": "per: ul", "more": "label: P", **measure}
    lines = (
        "tables: own",
        CELLS.format(markers=markers, ontology=ontology),
        MEASURE.format(**given),
        "sheets: {s: [m]}",
    )
    (folder / "own.yaml").write_text("\n".join(lines), encoding="utf-8")
    return "own"


@pytest.mark.parametrize("code", ["24467-3", "90413-6", "8122-4", "718-7", "2345-7"])
def test_published_codes_have_their_check_digit(code: str) -> None:
    assert loinc_code(code) == code


@pytest.mark.parametrize("digits", ["24467", "90413", "8122"])
def test_every_other_digit_and_every_exchange_of_neighbours_is_noticed(digits: str) -> None:
    own = check_digit(digits)
    for i, digit in enumerate(digits):
        for other in set("0123456789") - {digit}:
            assert check_digit(digits[:i] + other + digits[i + 1 :]) != own
    for i in range(len(digits) - 1):
        swapped = digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :]
        if swapped != digits and {digits[i], digits[i + 1]} != {"0", "9"}:
            assert check_digit(swapped) != own


def test_a_wrong_check_digit_is_reported_with_the_right_one() -> None:
    with pytest.raises(ValueError, match="the check digit of 24467 is 3"):
        loinc_code("24467-8")


@pytest.mark.parametrize("text", ["CL:623", "CL0000623", "cl:0000623", "CL:00006233"])
def test_an_identifier_of_the_cell_ontology_has_seven_digits(text: str) -> None:
    with pytest.raises(ValidationError, match="no identifier of the Cell Ontology"):
        Cells.model_validate({"population": "NK", "ontology": text})


def test_other_ontologies_are_taken_as_they_are() -> None:
    assert Cells.model_validate({"population": "NK", "ontology": "NCIT:C12546"}).ontology == "NCIT:C12546"
    assert Cells.model_validate({"population": "NK", "ontology": "CL:0000623"}).ontology == "CL:0000623"


@pytest.mark.parametrize("name", shipped_names("tables"))
def test_shipped_definitions_name_nothing_that_the_shipped_lists_lack(name: str) -> None:
    loaded = load_tables(name)
    assert loaded.notes == ()
    ontologies = [cells.ontology for cells in loaded.definition.cells.values() if cells.ontology]
    assert ontologies
    assert set(ontologies) <= set(cell_types())
    declared = Declared(loaded.definition)
    assert all(known_unit(declared.unit(one)) for one, measure in declared.measures.items() if measure.code)


@pytest.mark.parametrize(
    ("markers", "ontology", "message"),
    [
        ("CD3+CD4+", "CL:0000625", "CD3\\+CD4\\+ is .* \\(CL:0000624\\)"),
        ("CD3+CD8+", "CL:0000623", "which are CD3-; these cells are CD3\\+CD8\\+"),
        ("CD3-CD19+", "CL:0000623", 'is "B cell" \\(CL:0000236\\)'),
        ("CD3-CD56hi", "CL:0000939", "which are CD56mid"),
        ("CD3-CD56+", '"CL:0000623 ! B cell"', 'is "natural killer cell" in the Cell Ontology, not "B cell"'),
    ],
)
def test_the_id_of_other_cells_is_refused(tmp_path: Path, markers: str, ontology: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        load_tables(definition(tmp_path, markers, ontology), tmp_path)
    assert [problem.line for problem in caught.value.problems] == [2]


@pytest.mark.parametrize(
    ("markers", "ontology"),
    [
        ("CD3+CD4+CD25hiCD127loFOXP3+", "CL:0000792"),
        ("CD3+CD4+", "CL:0000084"),
        ("CD3-CD19-CD56+", '"CL:0000623 ! Natural killer cell"'),
        ("CD45+SSClo", "CL:0000542"),
    ],
)
def test_an_id_that_holds_for_the_cells_is_taken_without_a_word(tmp_path: Path, markers: str, ontology: str) -> None:
    assert load_tables(definition(tmp_path, markers, ontology), tmp_path).notes == ()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ontology": "CL:0009999"}, "CL:0009999 is not in the shipped list of cell types"),
        ({"ontology": "CL:0000624", "markers": "CD3+CD45RA+"}, "lack CD4+"),
        ({"more": "loinc: 718-7"}, "718-7 is not in the shipped list of LOINC codes"),
        ({"more": "code: CD4, test: TLym Help"}, 'CDISC has the code TLYH for the test "TLym Help"'),
        ({"more": "code: OWN, unit: g/dL"}, 'the unit "g/dL" is in no shipped list'),
    ],
)
def test_what_no_shipped_list_has_is_a_note_at_its_line(tmp_path: Path, given: dict[str, str], message: str) -> None:
    (note,) = load_tables(definition(tmp_path, **given), tmp_path).notes
    assert message in note.message
    assert note.line == (2 if "ontology" in given else 3)
    assert note.remedy


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"more": "loinc: 14135-8"}, r"CD3\+CD4\+ is .* \(24467-3\)"),
        ({"more": "loinc: 8123-2"}, "a percentage, which this measure is not"),
        ({"more": "loinc: 9728-7"}, "which are CD3-; these cells are"),
        ({"more": "code: TLC, test: Own"}, 'TLC is the CDISC code of the test "TLym Cytx", not of "Own"'),
    ],
)
def test_codes_of_other_tests_are_refused(tmp_path: Path, given: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        load_tables(definition(tmp_path, **given), tmp_path)


def test_shipped_lists_are_well_formed() -> None:
    for code, entry in cell_types().items():
        assert cell_type_id(code) == code
        assert "".join(
            f"{marker}{level}" for marker, level in levels(entry.markers).items()
        ) == entry.markers.upper().replace("HI", "hi").replace("MID", "mid")
    for code in laboratory_codes():
        assert loinc_code(code) == code
    for code, test in cell_tests().items():
        assert len(code) <= 8
        assert test.test.isascii()
        assert len(test.test) <= 40
    assert len({entry.name for entry in cell_types().values()}) == len(cell_types())
    assert len({test.ncit for test in cell_tests().values()}) == len(cell_tests())
    assert all(unit.ucum.isascii() and unit.ncit.startswith("C") for unit in units().values())
