"""Identifiers in table definitions: slips of the pen are refused, with what is wrong."""

import pytest
from pydantic import ValidationError

from tregate.pipelines.study.catalogue_ids import check_digit, loinc_code
from tregate.pipelines.study.measure_declarations import Cells


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


def test_a_wrong_check_digit_is_told_with_the_right_one() -> None:
    with pytest.raises(ValueError, match="the check digit of 24467 is 3"):
        loinc_code("24467-8")


@pytest.mark.parametrize("text", ["CL:623", "CL0000623", "cl:0000623", "CL:00006233"])
def test_an_identifier_of_the_cell_ontology_has_seven_digits(text: str) -> None:
    with pytest.raises(ValidationError, match="no identifier of the Cell Ontology"):
        Cells.model_validate({"population": "NK", "ontology": text})


def test_other_ontologies_are_taken_as_they_are() -> None:
    assert Cells.model_validate({"population": "NK", "ontology": "NCIT:C12546"}).ontology == "NCIT:C12546"
    assert Cells.model_validate({"population": "NK", "ontology": "CL:0000623"}).ontology == "CL:0000623"
