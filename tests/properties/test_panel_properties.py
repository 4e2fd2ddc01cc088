"""Every marker in general use, beside every common dye, in every common way of writing a stain."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tregate.gating.panel import carries, recognise
from tregate.gating.strategy.load import load_panel, shipped_names

GENERAL = load_panel("general")
DYES = (
    "FITC", "PE", "APC", "ECD", "RD1", "PC5", "PC5.5", "PC7", "PerCP", "PerCP-Cy5.5", "PE-Cy5", "PE-Cy7", "APC-Cy7",
    "APC-H7", "AF488", "AF647", "AF700", "Alexa Fluor 700", "BV421", "BV785", "BUV395", "PB", "KrO", "V450", "APC-A750",
    "PE-CF594", "eFluor 450", "VioBlue", "R718", "BB515", "APC-Fire 750", "Pacific Blue", "QDot 605",
)  # fmt: skip
PATTERNS = (
    "{m} {d}", "{m}-{d}", "{m}_{d}", "{d} {m}", "{d} - {m}", "{d}-{m}", "{m}:{d}", "{m}/{d}", "{m} ({d})", "{m};{d}",
)  # fmt: skip


@pytest.mark.parametrize("marker", GENERAL.markers)
def test_a_stain_is_its_marker_and_no_other(marker: str) -> None:
    wrong = {}
    for dye, pattern in itertools.product(DYES, PATTERNS):
        for case in (str, str.lower):
            stain = case(pattern.format(m=marker, d=dye))
            named = [m for m, e in GENERAL.markers.items() if carries(stain, (m, *e.aliases))]
            if named != [marker] or recognise(stain, "FL1-A") != marker:
                wrong[stain] = named
    assert wrong == {}


@pytest.mark.parametrize("dye", DYES)
def test_a_dye_alone_is_no_marker(dye: str) -> None:
    for written in (dye, f"{dye}-A", f"{dye} Area", dye.replace(" ", "")):
        assert recognise(written, "FL1-A") is None, written


@pytest.mark.parametrize("name", shipped_names("panels"))
def test_no_two_markers_of_a_panel_share_a_name(name: str) -> None:
    panel = load_panel(name)
    clashes = [
        (one, other)
        for one, other in itertools.permutations(panel.markers, 2)
        for alias in (other, *panel.markers[other].aliases)
        if carries(alias, (one, *panel.markers[one].aliases))
    ]
    assert clashes == []


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_at_all_is_borne(stain: str, name: str) -> None:
    marker = recognise(stain, name)
    assert marker is None or isinstance(marker, str)
    assert not carries(stain, ("", "-", "  "))
