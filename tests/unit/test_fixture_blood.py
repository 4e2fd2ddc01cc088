"""The truth adds up before any tube is made of it."""

import numpy as np
import pytest

from tregate.fixtures.blood import Blood
from tregate.fixtures.cells import CELLS
from tregate.fixtures.course import MEASURES, bloods, published_course
from tregate.fixtures.populations import POPULATIONS


def test_every_kind_of_cell_has_a_concentration() -> None:
    assert set(Blood().by_cell()) == set(CELLS)


def test_concentrations_are_those_asked_for() -> None:
    blood = Blood(cd4_per_ul=700, cd8_per_ul=300, b_per_ul=120, nk_per_ul=90, treg_percent_of_cd4=8)
    per_ul = blood.cells_per_ul()
    assert per_ul["CD4+"] == pytest.approx(700)
    assert per_ul["CD8+"] == pytest.approx(300)
    assert per_ul["B"] == pytest.approx(120)
    assert per_ul["NK"] == pytest.approx(90)
    assert per_ul["Treg"] == pytest.approx(56)


def test_parts_make_the_whole() -> None:
    per_ul = Blood().cells_per_ul()
    assert per_ul["Treg"] + per_ul["CD4+ non-Treg"] == pytest.approx(per_ul["CD4+"])
    assert per_ul["NK bright"] + per_ul["NK dim"] == pytest.approx(per_ul["NK"])
    assert per_ul["CD3+"] + per_ul["CD3-"] == pytest.approx(per_ul["lymphocytes"])


def test_t_b_and_nk_make_up_nearly_all_lymphocytes() -> None:
    per_ul = Blood().cells_per_ul()
    lymphosum = (per_ul["CD3+"] + per_ul["B"] + per_ul["NK"]) / per_ul["lymphocytes"]
    assert 0.97 < lymphosum < 1


def test_cd4_and_cd8_make_up_nearly_all_t_cells() -> None:
    per_ul = Blood().cells_per_ul()
    assert 0.95 < (per_ul["CD4+"] + per_ul["CD8+"]) / per_ul["CD3+"] < 1


def test_populations_name_cells_that_exist() -> None:
    assert {cell for cells in POPULATIONS.values() for cell in cells} <= set(CELLS)


def test_impossible_blood_is_refused() -> None:
    with pytest.raises(ValueError, match="CD4 naive, CD4 memory"):
        Blood(treg_percent_of_cd4=99).by_cell()


def test_the_course_has_the_published_visits_and_day_8_figures() -> None:
    course = published_course()
    assert [visit.name for visit in course] == ["D1", "D8", "D15", "M1", "M3", "M6"]
    assert course[1].mean["treg_percent"] == 10.7
    assert course[1].mean["nk"] / course[0].mean["nk"] == pytest.approx(2.10, abs=0.01)


def test_subjects_follow_the_published_means() -> None:
    course = published_course()
    drawn = bloods(9, course, np.random.default_rng(4))
    named = {
        "treg_percent": "treg_percent_of_cd4",
        "cd4": "cd4_per_ul",
        "cd8": "cd8_per_ul",
        "b": "b_per_ul",
        "nk": "nk_per_ul",
        "bright_percent": "nk_bright_percent_of_nk",
    }
    assert set(named) == set(MEASURES)
    for v, visit in enumerate(course):
        for measure, attribute in named.items():
            mean = np.mean([getattr(subject[v], attribute) for subject in drawn])
            assert mean == pytest.approx(visit.mean[measure], rel=0.12), (visit.name, measure)


def test_a_subject_keeps_its_own_level() -> None:
    drawn = bloods(40, published_course(), np.random.default_rng(8))
    first = [subject[3].cd4_per_ul for subject in drawn]
    later = [subject[4].cd4_per_ul for subject in drawn]
    assert 0.4 < np.corrcoef(first, later)[0, 1] < 0.95
