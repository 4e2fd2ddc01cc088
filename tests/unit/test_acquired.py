"""The day of acquisition out of `$DATE`."""

from datetime import date

import pytest

from tregate.pipelines.tubes.acquisition_date import acquired


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("05-MAR-2024", date(2024, 3, 5)),
        ("5-Mar-24", date(2024, 3, 5)),
        ("05 March 2024", date(2024, 3, 5)),
        ("2024-03-05", date(2024, 3, 5)),
        ("2024/03/05", date(2024, 3, 5)),
        ("05/03/2024", None),
        ("31-FEB-2024", None),
        ("05-XXX-2024", None),
        ("", None),
    ],
)
def test_dates_as_files_write_them(written: str, day: date | None) -> None:
    assert acquired({"date": written}) == day


def test_a_file_without_a_date() -> None:
    assert acquired({}) is None
