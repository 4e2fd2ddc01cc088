"""What happens where a file lacks a signal, or the data show no place: reported, never guessed, never a zero."""

from pathlib import Path

import numpy as np
import pytest
from spec_tables import gated_table

from tregate.gating.errors import PanelError

HEAD = """
strategy: spec
compensation: none
panel: {markers: {CD45: , CD3: , CD4: , CD8: , CD56: }}
scales: {default: {kind: linear, top: 1000}}
populations:
"""

TABLE = """
event | FSC-A | CD3 | CD4
    1 |   400 | 500 | 500
    2 |   420 | 500 |   0
    3 |   410 |   0 |   0
"""


# ---------------------------------------------------------------- optional populations


def test_a_population_that_needs_a_missing_marker_stops_the_tube(tmp_path: Path) -> None:
    yaml = f"{HEAD}  CD8+: {{parent: all, axes: [CD8], gate: {{kind: range, low: 100}}}}"
    with pytest.raises(PanelError, match=r"No channel is stained with CD8 \(needed for CD8\+\)\."):
        gated_table(TABLE, yaml, tmp_path)


def test_an_optional_population_without_its_marker_is_unmeasured_with_all_its_branch(tmp_path: Path) -> None:
    yaml = f"""{HEAD}
  CD3+: {{parent: all, axes: [CD3], gate: {{kind: range, low: 100}}}}
  CD8+: {{parent: CD3+, axes: [CD8], gate: {{kind: range, low: 100}}, optional: true}}
  CD8+ CD4+: {{parent: CD8+, axes: [CD4], gate: {{kind: range, low: 100}}}}
  CD4+ CD8-: {{parent: CD3+, none_of: [CD8+ CD4+]}}
  CD4+: {{parent: CD3+, axes: [CD4], gate: {{kind: range, low: 100}}}}
"""
    found = gated_table(TABLE, yaml, tmp_path)
    assert found.members == {"CD3+": [1, 2], "CD4+": [1]}
    assert "no channel is stained with CD8" in found.unmeasured["CD8+"]
    assert found.unmeasured["CD8+ CD4+"] == "CD8+ is not measured"
    assert found.unmeasured["CD4+ CD8-"] == "CD8+ CD4+ is not measured"
    assert found.percent("CD8+") is None


def test_an_optional_population_that_is_not_there_takes_out_nothing(tmp_path: Path) -> None:
    """No bead stain, no beads: the cells are all events."""
    yaml = f"""{HEAD}
  beads: {{parent: all, axes: [CD45], gate: {{kind: range, low: 900}}, optional: true}}
  cells: {{parent: all, none_of: [beads]}}
  CD3+: {{parent: cells, axes: [CD3], gate: {{kind: range, low: 100}}}}
"""
    found = gated_table(TABLE, yaml, tmp_path)
    assert found.members == {"cells": [1, 2, 3], "CD3+": [1, 2]}
    assert list(found.unmeasured) == ["beads"]


# ---------------------------------------------------------------- cleaning steps

SINGLETS = "singlets: {parent: all, axes: [FSC-A, FSC-H], gate: {kind: singlets}, optional: true}"


def test_singlets_without_a_height_signal_hand_their_parent_on(tmp_path: Path) -> None:
    """The step is left out and said so; percentages are of the step's own parent."""
    yaml = f"""{HEAD}
  {SINGLETS}
  CD3+: {{parent: singlets, axes: [CD3], gate: {{kind: range, low: 100}}}}
"""
    found = gated_table(TABLE, yaml, tmp_path)
    assert found["CD3+"] == [1, 2]
    assert found["singlets"] == [1, 2, 3]
    assert found.gated.parents["CD3+"] == "all"  # type: ignore[index]
    assert found.percent("CD3+") == pytest.approx(100 * 2 / 3)
    assert found.unmeasured == {}
    reported = [f for f in found.gated.findings if f.check == "step_skipped"]
    assert [(f.population, f.severity.value) for f in reported] == [("singlets", "info")]
    assert "no FSC-H signal" in reported[0].message


def test_two_cleaning_steps_in_a_row_can_both_be_left_out(tmp_path: Path) -> None:
    yaml = f"""{HEAD}
  CD3+: {{parent: all, axes: [CD3], gate: {{kind: range, low: 100}}}}
  flat: {{parent: CD3+, axes: [FSC-A, FSC-H], gate: {{kind: singlets}}, optional: true}}
  flatter: {{parent: flat, axes: [SSC-A, SSC-H], gate: {{kind: singlets}}, optional: true}}
  CD4+: {{parent: flatter, axes: [CD4], gate: {{kind: range, low: 100}}}}
"""
    found = gated_table(TABLE, yaml, tmp_path)
    assert found["CD4+"] == [1]
    assert found.gated.parents["CD4+"] == "CD3+"  # type: ignore[index]
    assert found.percent("CD4+") == pytest.approx(50.0)


def test_singlets_of_too_few_events_are_left_out_too(tmp_path: Path) -> None:
    table = """
    event | FSC-A | FSC-H | CD3
        1 |   400 |   390 | 500
        2 |   800 |   400 | 500
    """
    found = gated_table(table, f"{HEAD}  {SINGLETS}\n", tmp_path)
    assert found["singlets"] == [1, 2]
    assert "too few events (2" in found.gated.findings[0].message


# ---------------------------------------------------------------- alternatives


def test_the_first_alternative_whose_signals_are_there_is_taken_and_reported(tmp_path: Path) -> None:
    yaml = f"""{HEAD}
  leucocytes:
    parent: all
    axes: [CD45]
    gate: {{kind: range, low: 100}}
    instead:
      - {{axes: [CD56], gate: {{kind: range, low: 100}}}}
      - {{axes: [CD3], gate: {{kind: range, low: 100}}}}
      - {{axes: [CD4], gate: {{kind: range, low: 100}}}}
"""
    found = gated_table(TABLE, yaml, tmp_path)
    assert found["leucocytes"] == [1, 2]
    assert found.placed("leucocytes").evidence["instead"] == "the file lacks CD45"


def test_no_alternative_fits_and_the_tube_says_what_it_wanted_first(tmp_path: Path) -> None:
    yaml = f"""{HEAD}
  leucocytes:
    parent: all
    axes: [CD45]
    gate: {{kind: range, low: 100}}
    instead: [{{axes: [CD56], gate: {{kind: range, low: 100}}}}]
"""
    with pytest.raises(PanelError, match=r"CD45 \(needed for leucocytes\)"):
        gated_table(TABLE, yaml, tmp_path)


def test_a_marker_that_several_populations_want_is_reported_once(tmp_path: Path) -> None:
    yaml = f"""{HEAD}
  bright: {{parent: all, axes: [CD45], gate: {{kind: range, low: 100}}}}
  dim: {{parent: all, axes: [CD45], gate: {{kind: range, high: 100}}}}
"""
    with pytest.raises(PanelError) as raised:
        gated_table(TABLE, yaml, tmp_path)
    assert "CD45 (needed for bright, dim)." in str(raised.value)
    assert str(raised.value).count("is stained with") == 1


# ---------------------------------------------------------------- otherwise


def one_hump(n: int = 400) -> str:
    """CD3 of cells that are all alike: no valley anywhere."""
    rng = np.random.default_rng(3)
    return "event | CD3\n" + "\n".join(f"{i} | {value:.1f}" for i, value in enumerate(rng.normal(500, 40, n), start=1))


def test_otherwise_is_used_and_flagged_where_there_is_no_valley(tmp_path: Path) -> None:
    yaml = f"{HEAD}  CD3+: {{parent: all, axes: [CD3], gate: {{kind: valley, keep: above, otherwise: 500}}}}"
    found = gated_table(one_hump(), yaml, tmp_path)
    placed = found.placed("CD3+")
    assert placed.method == "fixed"
    assert placed.fallback.startswith("valley: no valley between two populations on CD3")
    assert 150 < len(found["CD3+"]) < 250


def test_otherwise_may_be_another_method_with_its_own_otherwise(tmp_path: Path) -> None:
    second = "{kind: reference, of: none, quantile: 0.5, keep: above, otherwise: 510}"
    gate = f"{{kind: valley, keep: above, otherwise: {second}}}"
    yaml = f"""{HEAD}
  none: {{parent: all, axes: [CD3], gate: {{kind: range, low: 999}}}}
  CD3+: {{parent: all, axes: [CD3], gate: {gate}}}
"""
    found = gated_table(one_hump(), yaml, tmp_path)
    assert found["none"] == []
    fallback = found.placed("CD3+").fallback
    assert "valley: no valley" in fallback
    assert "reference: the reference none contains too few events (0" in fallback


def test_without_otherwise_a_gate_that_finds_no_place_has_no_number(tmp_path: Path) -> None:
    yaml = f"{HEAD}  CD3+: {{parent: all, axes: [CD3], gate: {{kind: valley, keep: above}}}}"
    found = gated_table(one_hump(), yaml, tmp_path)
    assert found.members == {}
    assert found.unmeasured == {"CD3+": "no valley between two populations on CD3"}
    assert found.percent("CD3+") is None


def test_a_valley_is_found_between_two_humps(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    values = np.concatenate([rng.normal(200, 30, 300), rng.normal(700, 50, 200)])
    table = "event | CD3\n" + "\n".join(f"{i} | {value:.1f}" for i, value in enumerate(values, start=1))
    yaml = f"{HEAD}  CD3+: {{parent: all, axes: [CD3], gate: {{kind: valley, keep: above, otherwise: 1}}}}"
    found = gated_table(table, yaml, tmp_path)
    assert found["CD3+"] == list(range(301, 501))
    assert found.placed("CD3+").fallback == ""
