"""Units of printed tables, as journals and laboratories write them."""

import pytest

from tregate.pipelines.statistics.printed_units import KNOWN, cells_per_ul, is_percentage


@pytest.mark.parametrize(
    ("factor", "written"),
    [
        (1.0, "cells/µL; cells/μl; cells/uL; /µL; cells/mm3; cells/mm³; cells per mm3; cells / mm^3; cells/cumm; n/µL"),
        (
            1.0,
            "10^6/L; 10*6/L; M/L; Mio/l; cells µL−1; cells·µl-1; cells/mcL; Zellen/µl; cells per microliter",
        ),
        (1000.0, "10^9/L; 10⁹/L; 109/L; 10e9/L; 1e9/L; ×10⁹/L; 10**9/L; G/L; Gpt/l; cells (10^9/L); x 10^9 cells/L"),
        (1000.0, "K/uL; k/µL; 10^3/µL; 10³/mm³; 1,000/µL; 10^6/mL; cells/nL; /nl; × 10^9 l-1"),
        (0.001, "cells/mL; /ml; cells/cm3"),
    ],
)
def test_concentrations_are_known_however_they_are_written(factor: float, written: str) -> None:
    assert {unit: cells_per_ul(unit) for unit in written.split("; ")} == dict.fromkeys(written.split("; "), factor)


@pytest.mark.parametrize("unit", ["", "banana", "MFI", "mg/L", "cells", "years", "%", "µL", "10^9", "g"])
def test_other_units_are_no_concentration_of_cells(unit: str) -> None:
    assert cells_per_ul(unit) is None


def test_the_units_that_messages_name_are_read() -> None:
    assert [unit for unit in KNOWN if cells_per_ul(unit) is None and not is_percentage(unit)] == []


@pytest.mark.parametrize("unit", ["%", "% of CD4+", "percent", "Per cent of CD4+"])
def test_percentages(unit: str) -> None:
    assert is_percentage(unit)
