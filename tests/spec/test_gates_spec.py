"""What a gate takes in. Tables on the left, events that are inside on the right."""

from pathlib import Path

import pytest
from spec_tables import gated_table

HEAD = """
strategy: spec
compensation: none
panel: {markers: {CD3: , CD4: , CD8: , CD19: }}
scales: {default: {kind: linear, top: 1000}}
populations:
"""

CD3_LADDER = """
event | CD3
    1 |  99
    2 | 100
    3 | 199
    4 | 200
    5 | 201
    6 | -50
"""


# ---------------------------------------------------------------- range


@pytest.mark.parametrize(
    ("gate", "inside"),
    [
        ("{kind: range, low: 100, high: 200}", [2, 3]),
        ("{kind: range, low: 100}", [2, 3, 4, 5]),
        ("{kind: range, high: 200}", [1, 2, 3, 6]),
        ("{kind: range, low: -50, high: 100}", [1, 6]),
        ("{kind: range, low: 300}", []),
    ],
)
def test_a_range_takes_its_low_end_and_leaves_its_high_end(gate: str, inside: list[int], tmp_path: Path) -> None:
    found = gated_table(CD3_LADDER, f"{HEAD}  CD3+: {{parent: all, axes: [CD3], gate: {gate}}}", tmp_path)
    assert found["CD3+"] == inside


def test_ranges_that_adjoin_share_no_event_and_lose_none(tmp_path: Path) -> None:
    yaml = f"""{HEAD}
  dim: {{parent: all, axes: [CD3], gate: {{kind: range, high: 200}}}}
  bright: {{parent: all, axes: [CD3], gate: {{kind: range, low: 200}}}}
"""
    found = gated_table(CD3_LADDER, yaml, tmp_path)
    assert found.members == {"dim": [1, 2, 3, 6], "bright": [4, 5]}


# ---------------------------------------------------------------- box


def test_a_box_is_a_range_on_every_axis(tmp_path: Path) -> None:
    table = """
    event | CD3 | CD4 | CD8
        1 | 100 | 100 |   0
        2 | 199 | 100 | 999
        3 | 200 | 100 |   0
        4 | 150 |  99 |   0
        5 | 150 | 900 |  50
        6 |  99 | 100 |   0
    """
    gate = "{kind: box, sides: [[100, 200], [100, null]]}"
    found = gated_table(table, f"{HEAD}  box: {{parent: all, axes: [CD3, CD4], gate: {gate}}}", tmp_path)
    assert found["box"] == [1, 2, 5]
    gate = "{kind: box, sides: [[100, 200], [100, null], [null, 50]]}"
    found = gated_table(table, f"{HEAD}  box: {{parent: all, axes: [CD3, CD4, CD8], gate: {gate}}}", tmp_path)
    assert found["box"] == [1]


# ---------------------------------------------------------------- polygon

SQUARE = "{kind: polygon, vertices: [[200, 200], [600, 200], [600, 600], [200, 600]]}"


def test_a_polygon_takes_its_left_and_lower_edge_and_leaves_the_others(tmp_path: Path) -> None:
    """As with ranges, so that two polygons side by side share no event and lose none."""
    table = """
    event | CD3 | CD4
        1 | 400 | 400
        2 | 200 | 400
        3 | 400 | 200
        4 | 600 | 400
        5 | 400 | 600
        6 | 199 | 400
        7 | 700 | 700
    """
    found = gated_table(table, f"{HEAD}  in: {{parent: all, axes: [CD3, CD4], gate: {SQUARE}}}", tmp_path)
    assert found["in"] == [1, 2, 3]


def test_the_edges_of_a_polygon_are_straight_as_they_are_seen(tmp_path: Path) -> None:
    """From (1, 1) to (1000, 31.6): at CD3 = 100 a straight line passes through 10 on log axes, 4 on linear ones."""
    table = """
    event | CD3 | CD4
        1 | 100 |   3
        2 | 100 |   9
        3 | 100 |  11
    """
    below = "{kind: polygon, vertices: [[1, 1], [1000, 31.6228], [1000, 1]]}"
    gate = f"  in: {{parent: all, axes: [CD3, CD4], gate: {below}}}"
    log = HEAD.replace("kind: linear", "kind: log, decades: 4")
    assert gated_table(table, HEAD + gate, tmp_path)["in"] == [1]
    assert gated_table(table, log + gate, tmp_path)["in"] == [1, 2]


def test_a_polygon_that_crosses_itself_leaves_out_what_it_goes_around_twice(tmp_path: Path) -> None:
    table = """
    event | CD3 | CD4
        1 | 300 | 450
        2 | 600 | 450
        3 | 450 | 300
        4 | 450 | 600
    """
    bow = "{kind: polygon, vertices: [[200, 200], [700, 700], [700, 200], [200, 700]]}"
    found = gated_table(table, f"{HEAD}  in: {{parent: all, axes: [CD3, CD4], gate: {bow}}}", tmp_path)
    assert found["in"] == [1, 2]


# ---------------------------------------------------------------- ellipse


def test_an_ellipse_takes_in_its_edge(tmp_path: Path) -> None:
    """Half axes of 200 (CD3) and 100 (CD4) about (500, 500): 0.2 and 0.1 of the scale."""
    table = """
    event | CD3 | CD4
        1 | 500 | 500
        2 | 699 | 500
        3 | 701 | 500
        4 | 500 | 599
        5 | 500 | 601
        6 | 650 | 580
    """
    gate = "{kind: ellipse, center: [500, 500], covariance: [[0.04, 0], [0, 0.01]], distance_square: 1}"
    found = gated_table(table, f"{HEAD}  in: {{parent: all, axes: [CD3, CD4], gate: {gate}}}", tmp_path)
    assert found["in"] == [1, 2, 4]


def test_a_slanted_ellipse_follows_the_diagonal(tmp_path: Path) -> None:
    table = """
    event | CD3 | CD4
        1 | 620 | 620
        2 | 620 | 380
        3 | 380 | 380
    """
    gate = "{kind: ellipse, center: [500, 500], covariance: [[0.02, 0.018], [0.018, 0.02]], distance_square: 1}"
    found = gated_table(table, f"{HEAD}  in: {{parent: all, axes: [CD3, CD4], gate: {gate}}}", tmp_path)
    assert found["in"] == [1, 3]


# ---------------------------------------------------------------- logic and hierarchy

T_CELLS = """
event | CD3 | CD4 | CD8
    1 | 500 | 500 |   0
    2 | 500 |   0 | 500
    3 | 500 | 500 | 500
    4 | 500 |   0 |   0
    5 |   0 | 500 |   0
    6 |   0 |   0 |   0
"""

T_STRATEGY = f"""{HEAD}
  CD3+: {{parent: all, axes: [CD3], gate: {{kind: range, low: 100}}}}
  CD4+: {{parent: CD3+, axes: [CD4], gate: {{kind: range, low: 100}}}}
  CD8+: {{parent: CD3+, axes: [CD8], gate: {{kind: range, low: 100}}}}
"""


@pytest.mark.parametrize(
    ("logic", "inside", "parent"),
    [
        ("{all_of: [CD4+, CD8+]}", [3], "CD3+"),
        ("{any_of: [CD4+, CD8+]}", [1, 2, 3], "CD3+"),
        ("{parent: CD3+, none_of: [CD4+, CD8+]}", [4], "CD3+"),
        ("{parent: all, none_of: [CD4+, CD8+]}", [4, 5, 6], "all"),
        ("{all_of: [CD4+], none_of: [CD8+]}", [1], "CD4+"),
        ("{any_of: [CD4+, CD8+], none_of: [CD4+]}", [2], "CD3+"),
        ("{all_of: [CD4+], any_of: [CD8+]}", [3], "CD4+"),
        ("{parent: CD8+, all_of: [CD4+]}", [3], "CD8+"),
    ],
)
def test_logic(logic: str, inside: list[int], parent: str, tmp_path: Path) -> None:
    found = gated_table(T_CELLS, f"{T_STRATEGY}  asked: {logic}\n", tmp_path)
    assert found["asked"] == inside
    assert found.gated.parents["asked"] == parent  # type: ignore[index]


def test_a_child_holds_only_events_of_its_parent(tmp_path: Path) -> None:
    found = gated_table(T_CELLS, T_STRATEGY, tmp_path)
    assert found.members == {"CD3+": [1, 2, 3, 4], "CD4+": [1, 3], "CD8+": [2, 3]}
    assert found.percent("CD4+") == pytest.approx(50.0)


def test_the_order_in_which_populations_are_written_does_not_matter(tmp_path: Path) -> None:
    yaml = f"""{HEAD}
  double: {{all_of: [CD4+, CD8+]}}
  CD8+: {{parent: CD3+, axes: [CD8], gate: {{kind: range, low: 100}}}}
  CD4+: {{parent: CD3+, axes: [CD4], gate: {{kind: range, low: 100}}}}
  CD3+: {{parent: all, axes: [CD3], gate: {{kind: range, low: 100}}}}
"""
    found = gated_table(T_CELLS, yaml, tmp_path)
    assert found.members == {"double": [3], "CD8+": [2, 3], "CD4+": [1, 3], "CD3+": [1, 2, 3, 4]}


def test_an_empty_parent_has_no_percentages(tmp_path: Path) -> None:
    """Zero of zero is not measurable; zero of four is zero."""
    table = """
    event | CD3 | CD4 | CD8
        1 |   0 | 500 |   0
        2 |   0 |   0 |   0
    """
    found = gated_table(table, T_STRATEGY, tmp_path)
    assert found.members == {"CD3+": [], "CD4+": [], "CD8+": []}
    assert found.percent("CD3+") == 0.0
    assert found.percent("CD4+") is None


def test_a_file_without_events_has_empty_populations(tmp_path: Path) -> None:
    found = gated_table("event | CD3 | CD4 | CD8", T_STRATEGY, tmp_path)
    assert found.members == {"CD3+": [], "CD4+": [], "CD8+": []}
    assert found.percent("CD3+") is None


# ---------------------------------------------------------------- numbers, tops and compensation


@pytest.mark.parametrize(
    ("top", "written", "inside"),
    [(1000, "100", [2, 3]), (2000, "50", [2, 3]), (500, "200", [2, 3]), (2000, "100", [3])],
)
def test_numbers_move_with_the_top_of_the_scale(top: int, written: str, inside: list[int], tmp_path: Path) -> None:
    """The strategy says 100 on a scale to 1000; on an instrument that reads to 2000 that is 200."""
    table = """
    event | CD3
        1 |  99
        2 | 100
        3 | 200
    """
    gate = f"{{kind: range, low: {written}}}"
    found = gated_table(table, f"{HEAD}  CD3+: {{parent: all, axes: [CD3], gate: {gate}}}", tmp_path, top=top)
    assert found["CD3+"] == inside


SPILLED = """
event | CD3 | CD4
    1 | 500 |  50
    2 | 500 | 150
    3 |   0 | 100
"""
CD4_POSITIVE = """
  CD4+: {parent: all, axes: [CD4], gate: {kind: range, low: 75}}
  CD3+: {parent: all, axes: [CD3], gate: {kind: range, low: 75}}
"""


def test_compensation_takes_out_what_another_dye_spills(tmp_path: Path) -> None:
    """A fifth of CD3's dye is read by CD4's detector: 150 beside a CD3 of 500 is a CD4 of 50."""
    yaml = HEAD.replace("compensation: none", "compensation: file") + CD4_POSITIVE
    found = gated_table(SPILLED, yaml, tmp_path, spill={"CD3": {"CD4": 0.2}})
    assert found.members == {"CD4+": [3], "CD3+": [1, 2]}


def test_compensation_none_leaves_the_values_as_they_are(tmp_path: Path) -> None:
    found = gated_table(SPILLED, HEAD + CD4_POSITIVE, tmp_path, spill={"CD3": {"CD4": 0.2}})
    assert found.members == {"CD4+": [2, 3], "CD3+": [1, 2]}


def test_a_matrix_beside_the_file_goes_before_the_one_inside(tmp_path: Path) -> None:
    csv = tmp_path / "matrix.csv"
    csv.write_text("CD3,CD4\n1,0.1\n0,1\n")
    yaml = HEAD.replace("compensation: none", "compensation: file") + CD4_POSITIVE
    found = gated_table(SPILLED, yaml, tmp_path, spill={"CD3": {"CD4": 0.2}}, matrix=csv)
    assert found.members == {"CD4+": [2, 3], "CD3+": [1, 2]}
