"""Words and numbers of the page."""

import pytest

from tregate.gating.placement import PLACES
from tregate.gating.strategy.load import load_strategy, shipped_names
from tregate.pipelines.report.method_labels import (
    METHODS,
    evidence_words,
    grouped,
    logic_words,
    measured,
    method_words,
    number,
)


def test_every_method_has_words() -> None:
    assert {*PLACES, "control", "borrow", "logic", "fixed", "replay"} <= METHODS.keys()
    assert method_words("a method of tomorrow") == "a method of tomorrow"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (3.0, "3"), (0.01234, "0.0123"), (999.4, "999"), (12345.6, "12\u202f346"), (-4200.0, "-4\u202f200"),
     (2.5e9, "2.50e+09"), (float("nan"), "not measurable"), (float("inf"), "not measurable")],
)  # fmt: skip
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.0, "3.00"), (11.0, "11.0"), (100.0, "100"), (6.123456, "6.12"), (0.0, "0.00"), (1378.4, "1\u202f378"),
     (0.00012, "0.00012")],
)  # fmt: skip
def test_measured_numbers_keep_their_digits(value: float, text: str) -> None:
    assert measured(value) == text


def test_counts_are_grouped() -> None:
    assert grouped(1234567) == "1\u202f234\u202f567"


def test_evidence_in_words() -> None:
    words = evidence_words({"events": 10, "depth": 0.625, "left_mode": 93.2, "guide": "Foxp3", "skipped": False,
                            "nothing": None, "locked": True})  # fmt: skip
    assert words == ("valley depth 62.5 %", "modes at 93.2", "guide Foxp3", "locked")


def test_combined_populations_say_what_they_are_made_of() -> None:
    words = logic_words(load_strategy("treg"))
    assert words == {"CD4+ non-Treg": "CD4+; without Treg"}
    for name in shipped_names("strategies"):
        strategy = load_strategy(name)
        assert logic_words(strategy).keys() == {n for n, p in strategy.populations.items() if p.is_logic}
