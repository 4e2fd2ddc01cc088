"""How a validation is reported: tables, words, and a page that needs nothing but itself."""

import csv
import io
import math
import re
from dataclasses import replace

import pytest
from validated import row, tube

from tregate.gating.count.estimates import Estimate
from tregate.pipelines.files.csv_file import csv_of
from tregate.pipelines.validation.comparison import Comparison
from tregate.pipelines.validation.measures import measured
from tregate.pipelines.validation.page import page
from tregate.pipelines.validation.tables import measures_table, tubes_table
from tregate.pipelines.validation.text_table import HEADERS, number, text_table, with_limits
from tregate.pipelines.validation.tubes import Series, ValidatedTube
from tregate.pipelines.validation.validate import Validation


def validation(*tubes: ValidatedTube) -> Validation:
    conditions = tuple(dict.fromkeys(t.making.condition for t in tubes if t.making.series is Series.CONDITION))
    return Validation("by hand", "tetrachrome_nk", conditions, 2, 1000, tubes, measured(tubes))


@pytest.fixture(scope="module")
def small() -> Validation:
    return validation(
        tube(row("NK", 104.0), row("NK bright", 9.0, 10.0, half=3.0), seed=0),
        tube(row("NK", 97.0), row("NK bright", 30.0, 10.0, half=3.0), seed=1),
        tube(row("NK", 20.0, 21.0, flags=("below_loq",)), row("NK bright", None), condition="nk_few", seed=0),
        tube(
            Comparison("NK", "", None, None, False, None, ("failed_read",)),
            condition="nk_few",
            seed=1,
            fault="a <b>broken</b> file",
        ),
        *[
            tube(row("NK", 101.0 / d, 100.0 / d, half=1.0), condition=f"blood 1:{d}", series=Series.DILUTION)
            for d in (1, 2, 4)
        ],
    )


@pytest.fixture(scope="module")
def made(small: Validation) -> str:
    """The page of `small`."""
    return page(small)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_validation_csv_has_a_row_a_condition_and_population(small: Validation) -> None:
    rows = rows_of(csv_of(measures_table(small.measures)))
    assert [(r["condition"], r["population"]) for r in rows] == [
        (condition, population)
        for condition in ("nominal", "nk_few", "overall")
        for population in ("NK", "NK bright", "any figure")
    ]
    nominal = rows[0]
    assert (nominal["bias_percent"], nominal["meets"], nominal["misses"]) == ("0.5", "yes", "")
    bright = rows[1]
    assert (bright["silent_percent"], bright["meets"], bright["misses"]) == ("50", "no", "bias")
    assert rows[2]["misses"] == "silent"


def test_tubes_csv_has_every_figure_and_why_there_is_none(small: Validation) -> None:
    rows = rows_of(csv_of(tubes_table(small.tubes)))
    assert len(rows) == 10
    assert [r["series"] for r in rows[-3:]] == ["dilution"] * 3
    failed = next(r for r in rows if r["failed"])
    assert (failed["flags"], failed["value"], failed["f1"], failed["silent"]) == ("failed_read", "", "", "no")


def test_one_tube_has_a_bias_without_limits() -> None:
    one = rows_of(csv_of(measures_table(measured([tube(row("NK", 104.0))]))))[0]
    assert (one["bias_percent"], one["bias_percent_low"], one["bias_percent_high"]) == ("4", "", "")
    assert one["cv_percent"] == ""


def test_words_are_aligned_and_say_what_is_missed(small: Validation) -> None:
    lines = text_table(small.measures).splitlines()
    assert lines[0].split()[:2] == list(HEADERS[:2])
    assert lines[2].endswith("no: bias")
    assert lines[2].index("bright") == lines[1].index("NK") + 3
    assert "nan" not in text_table(small.measures)


def test_a_number_is_never_minus_nothing() -> None:
    assert number(-0.04, 1, signed=True) == "+0.0"
    assert number(-0.06, 1, signed=True) == "-0.1"
    assert number(None, 1) == ""


def test_the_page_needs_nothing_but_itself(made: str) -> None:
    assert re.findall(r'(?:src|href)="(?!data:)[^"]*"', made) == []
    assert "<script" not in made
    assert made.count("data:image/svg+xml;base64,") == 5


def test_the_page_says_what_is_missed_and_what_failed(made: str) -> None:
    assert "nominal, NK bright: bias" in made
    assert "nk_few, seed 1: a &lt;b&gt;broken&lt;/b&gt; file" in made
    assert "<td>3 of 3</td>" in made


def test_the_page_is_the_same_each_time(small: Validation, made: str) -> None:
    assert page(small) == made


def test_the_page_without_series_or_figures(small: Validation) -> None:
    named = tuple(t for t in small.tubes if t.making.series is Series.CONDITION)
    assert page(replace(small, tubes=named)).count("data:image/svg+xml;base64,") == 4
    bare = validation(tube(row("NK", None), condition="nk_few"))
    assert "Validation of by hand" in page(bare)


def test_a_bias_is_reported_with_its_limits() -> None:
    assert with_limits(Estimate(1.25, -0.31, 2.8)) == "+1.2 (-0.3 to +2.8)"
    assert with_limits(Estimate(1.25, -math.inf, math.inf)) == "+1.2"
    assert with_limits(None) == ""
