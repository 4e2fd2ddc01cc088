"""Counts by beads, as a cytometrist works them out by hand (docs of the field, sections 4 and 6)."""

from dataclasses import replace

import numpy as np
import pytest
from counted_tubes import FLOW_COUNT, gated, strategy

from tregate.gating.count.beads import BeadCount, blood_analysed, limit_of_quantification
from tregate.gating.count.estimates import CountingInput, PopulationCount
from tregate.gating.count.intervals import clopper_pearson, ratio_limits
from tregate.gating.count.populations import concentration, count
from tregate.gating.errors import CountError
from tregate.gating.strategy.schema import Strategy

TUBE = """
strategy: tube
panel: {markers: {CD45: , CD3: , CD4: }}
beads: {population: beads, doublets: two, doublet_population: bead doublets}
populations:
  beads: {parent: all, axes: [CD45], gate: {kind: range, low: 100}}
  bead doublets: {parent: beads, axes: [CD45], gate: {kind: range, low: 200}}
  CD3+: {parent: all, axes: [CD3], gate: {kind: range, low: 1}}
  CD4+: {parent: CD3+, axes: [CD4], gate: {kind: range, low: 1}}
"""


def singles(beads: int) -> BeadCount:
    return BeadCount(beads, 0, beads)


def counted(
    cd3: int,
    cd4: int,
    beads: int,
    doublets: int = 0,
    load: CountingInput | None = FLOW_COUNT,
    no_beads: str = "",
    of: Strategy | None = None,
) -> dict[str, PopulationCount]:
    """Counts of a tube of 5000 events, of which the first are CD3+ (CD4+ first) and the last are beads."""
    event = np.arange(5000)
    masks = {
        "beads": event >= 5000 - beads,
        "bead doublets": event >= 5000 - doublets,
        "CD3+": event < cd3,
        "CD4+": event < cd4,
    }
    tube = of or strategy(TUBE)
    return {str(c.population): c for c in count(gated(tube, masks), tube, load, no_beads)}


# ---------------------------------------------------------------- 4: cells/µL = cells / beads x beads/µL x volumes


def test_flow_count_with_equal_volumes() -> None:
    """2000 CD3+ beside 1000 beads of a lot of 1000/µL, 100 µL on 100 µL: 2000 cells/µL."""
    assert counted(2000, 500, 1000)["CD3+"].cells_per_ul.value == pytest.approx(2000.0)


def test_half_the_beads_on_twice_the_blood_diluted_twofold() -> None:
    load = CountingInput("FC-1", 200.0, 1012.0, 50.0, dilution=2.0)
    assert counted(2000, 500, 1000, load=load)["CD4+"].cells_per_ul.value == pytest.approx(
        500 / 1000 * 1012.0 * 50.0 / 200.0 * 2.0
    )


def test_beads_per_tube() -> None:
    """Trucount: 49 500 beads in the tube, 50 µL of blood."""
    load = CountingInput("TC-7", 50.0, beads_per_tube=49_500.0)
    assert counted(2000, 500, 1000, load=load)["CD4+"].cells_per_ul.value == pytest.approx(495.0)


def test_a_bead_doublet_is_the_two_beads_that_went_in() -> None:
    """900 bead events, 100 of them doublets: 1000 beads."""
    row = counted(2000, 500, 900, doublets=100)["CD4+"]
    assert row.bead_events == 1000
    assert row.cells_per_ul.value == pytest.approx(500.0)


def test_a_bead_doublet_is_one_event_where_the_maker_says_so() -> None:
    once = strategy(TUBE.replace("doublets: two", "doublets: one"))
    row = counted(2000, 500, 900, doublets=100, of=once)["CD4+"]
    assert row.bead_events == 900
    assert row.cells_per_ul.value == pytest.approx(500 / 900 * 1000)


def test_doublets_gated_beside_the_beads_are_not_counted_three_times() -> None:
    """The same 800 singles and 100 doublets, whether doublets lie within the bead gate or beside it."""
    beside = strategy(TUBE.replace("bead doublets: {parent: beads", "bead doublets: {parent: all"))
    event = np.arange(5000)
    masks = {
        "beads": event >= 4200,
        "bead doublets": (event >= 4000) & (event < 4100),
        "CD3+": event < 2000,
        "CD4+": event < 500,
    }
    rows = {str(c.population): c for c in count(gated(beside, masks), beside, FLOW_COUNT, "")}
    assert rows["CD4+"].bead_events == 800 + 2 * 100


# ---------------------------------------------------------------- 6.1: event bands and exact intervals


@pytest.mark.parametrize(
    ("events", "low", "high"),
    [(10, 4.8, 18.4), (20, 12.2, 30.9), (50, 37.1, 65.9), (100, 81.4, 121.6), (400, 361.8, 441.2)],
)
def test_exact_interval_of_a_few_events(events: int, low: float, high: float) -> None:
    """Events among so many that their number is Poisson's."""
    of = 50_000_000
    limits = clopper_pearson(events, of)
    assert (limits[0] * of, limits[1] * of) == pytest.approx((low, high), abs=0.06)


@pytest.mark.parametrize(
    ("events", "flags"),
    [
        (0, ("below_detection",)),
        (19, ("below_detection", "imprecise")),
        (20, ("below_loq", "imprecise")),
        (49, ("below_loq", "imprecise")),
        (50, ("imprecise",)),
        (100, ("wide_limits",)),
        (384, ("wide_limits",)),
        (700, ("wide_limits",)),
        (900, ()),
    ],
)
def test_event_bands(events: int, flags: tuple[str, ...]) -> None:
    row = counted(2000, events, 1000)["CD4+"]
    assert row.flags == flags
    assert row.cells_per_ul is not None, "the number is kept, and flagged"


# ---------------------------------------------------------------- 6.2: blood analysed and limit of quantification


def test_a_thousand_beads_are_one_microlitre() -> None:
    row = counted(2000, 500, 1000)["CD4+"]
    assert row.blood_analysed_ul == pytest.approx(1.0)
    assert row.loq_per_ul == pytest.approx(50.0)


def test_ten_thousand_beads_quantify_five_cells_a_microlitre() -> None:
    volume = blood_analysed(10_000, FLOW_COUNT)
    assert volume == pytest.approx(10.0)
    assert limit_of_quantification(volume) == pytest.approx(5.0)


def test_volume_with_other_volumes_and_beads_per_tube() -> None:
    assert blood_analysed(2000, CountingInput("a", 100.0, 1000.0, 50.0, dilution=2.0)) == pytest.approx(2.0)
    assert blood_analysed(2000, CountingInput("a", 50.0, beads_per_tube=50_000.0)) == pytest.approx(2.0)


# ---------------------------------------------------------------- 6.3: exact interval of one bead tube


@pytest.mark.parametrize(("cells", "beads", "low", "high"), [(20, 1000, 0.0122, 0.0311), (50, 1000, 0.0369, 0.0664)])
def test_exact_limits_of_the_ratio(cells: int, beads: int, low: float, high: float) -> None:
    assert ratio_limits(cells, beads) == pytest.approx((low, high), abs=6e-5)


def test_with_many_events_the_exact_limits_are_the_delta_methods() -> None:
    low, high = ratio_limits(500, 1000)
    delta = np.exp(1.96 * np.sqrt(1 / 500 + 1 / 1000))
    assert (low, high) == pytest.approx((0.5 / delta, 0.5 * delta), rel=0.003)


def test_declared_uncertainties_widen_on_the_log_scale() -> None:
    """A lot of 3.6 % and a preparation of 2.6 % beside counting, in squares."""
    load = replace(FLOW_COUNT, lot_cv_percent=3.6, preparation_cv_percent=2.6)
    r_low, r_high = ratio_limits(3000, 3000)
    u = np.hypot(0.036, 0.026)
    made = concentration(3000, singles(3000), load)
    assert made.value == pytest.approx(1000.0)
    assert made.low == pytest.approx(1000 / np.exp(np.sqrt(np.log(1 / r_low) ** 2 + (1.96 * u) ** 2)), rel=1e-4)
    assert made.high == pytest.approx(1000 * np.exp(np.sqrt(np.log(r_high) ** 2 + (1.96 * u) ** 2)), rel=1e-4)


def test_no_cell_is_a_count_with_an_upper_limit() -> None:
    """0 CD4+ beside 1000 beads: at most 3.7/µL, and 2 % more for the gate; with 10 % declared, exp(0.196) more."""
    none = counted(2000, 0, 1000)["CD4+"]
    assert (none.cells_per_ul.value, none.cells_per_ul.low) == (0.0, 0.0)
    assert none.cells_per_ul.high == pytest.approx(3.696 * np.exp(0.0196), abs=0.005)
    assert none.flags == ("below_detection",)
    wider = concentration(0, singles(1000), replace(FLOW_COUNT, lot_cv_percent=10.0))
    assert wider.high == pytest.approx(3.696 * np.exp(0.196), abs=0.005)


def test_doublets_widen_the_interval_since_two_beads_arrive_at_once() -> None:
    """A fifth of 1000 beads in doublets: the beads vary as 714 single ones would."""
    singly = concentration(5000, singles(1000), FLOW_COUNT)
    paired = concentration(5000, BeadCount(events=800, doublets=200, beads=1000), FLOW_COUNT)
    assert paired.value == singly.value
    widths = [np.log(e.high / e.low) for e in (paired, singly)]
    assert widths[0] / widths[1] == pytest.approx(
        np.sqrt((1 / 5000 + 1400 / 1000**2) / (1 / 5000 + 1 / 1000)), rel=0.01
    )


# ---------------------------------------------------------------- what cannot be measured stays empty


def test_a_washed_tube_has_no_concentration_whatever_was_declared() -> None:
    washed = strategy(TUBE.replace("beads: {population: beads, doublets: two, doublet_population: bead doublets}",
                                   "washed: true"))  # fmt: skip
    row = counted(2000, 500, 1000, of=washed)["CD4+"]
    assert (row.cells_per_ul, row.bead_events, row.blood_analysed_ul, row.loq_per_ul) == (None, None, None, None)
    assert row.flags == ("washed",)
    assert row.percent_of_parent.value == pytest.approx(25.0)


@pytest.mark.parametrize("why", ["bead_lot_unknown", "bead_volume_missing"])
def test_an_unknown_load_gives_no_concentration_but_tells_its_beads(why: str) -> None:
    row = counted(2000, 500, 1000, load=None, no_beads=why)["CD4+"]
    assert (row.cells_per_ul, row.blood_analysed_ul, row.loq_per_ul, row.bead_events) == (None, None, None, 1000)
    assert row.flags == (why,)


def test_no_beads_in_the_tube_is_no_count() -> None:
    row = counted(2000, 500, 0)["CD4+"]
    assert (row.cells_per_ul, row.blood_analysed_ul, row.loq_per_ul, row.bead_events) == (None, None, None, 0)
    assert row.flags == ("no_beads",)


def test_an_empty_parent_has_no_percentage_and_no_concentration() -> None:
    rows = counted(0, 0, 1000)
    assert rows["CD3+"].cells_per_ul is not None
    assert (rows["CD4+"].percent_of_parent, rows["CD4+"].cells_per_ul) == (None, None)
    assert "parent_empty" in rows["CD4+"].flags


def test_beads_are_no_cells() -> None:
    rows = counted(2000, 500, 1000, doublets=10)
    for name in ("beads", "bead doublets"):
        assert rows[name].cells_per_ul is None
        assert rows[name].flags == ("not_cells",)


def test_an_unmeasured_population_is_a_row_without_numbers() -> None:
    tube = strategy(TUBE)
    event = np.arange(5000)
    masks = {"beads": event >= 4000, "bead doublets": event < 0, "CD3+": event < 2000}
    rows = count(gated(tube, masks, unmeasured={"CD4+": "no CD4 in the file"}), tube, FLOW_COUNT, "")
    assert [str(row.population) for row in rows] == ["beads", "bead doublets", "CD3+", "CD4+"]
    last = rows[-1]
    assert (last.events, last.parent_events, last.percent_of_parent, last.cells_per_ul) == (None, 2000, None, None)
    assert last.flags == ("unmeasured",)


def test_beads_that_found_no_place_leave_every_concentration_empty() -> None:
    tube = strategy(TUBE)
    event = np.arange(5000)
    lost = {"beads": "no tight bright cluster", "bead doublets": "beads is not measured"}
    rows = count(gated(tube, {"CD3+": event < 2000, "CD4+": event < 500}, unmeasured=lost), tube, FLOW_COUNT, "")
    assert [row.cells_per_ul for row in rows] == [None] * 4
    assert rows[3].flags == ("beads_unmeasured",)
    assert [row.flags for row in rows[:2]] == [("not_cells", "unmeasured")] * 2


def test_without_word_of_beads_their_absence_is_no_news() -> None:
    tube = strategy(TUBE)
    lost = {"beads": "no tight bright cluster", "bead doublets": "beads is not measured"}
    rows = count(
        gated(tube, {"CD3+": np.arange(5000) < 2000, "CD4+": np.arange(5000) < 500}, unmeasured=lost), tube, None, ""
    )
    assert rows[2].flags == ("bead_load_missing",)


@pytest.mark.parametrize(
    "load",
    [
        CountingInput("a", 100.0),
        CountingInput("a", 100.0, 1000.0),
        CountingInput("a", 0.0, 1000.0, 100.0),
        CountingInput("a", 100.0, 0.0, 9.0),
    ],
)
def test_a_load_that_is_no_number_of_beads_is_an_error(load: CountingInput) -> None:
    with pytest.raises(CountError, match='Bead lot "a"'):
        counted(2000, 500, 1000, load=load)


def test_cells_of_a_step_that_holds_beads_too_are_no_concentration() -> None:
    """Beads made by logic of a bead region and a steady flow: none of the three is a population of cells."""
    tube = strategy("""
strategy: tube
panel: {markers: {CD45: , CD3: }}
beads: {population: beads}
populations:
  bead region: {parent: all, axes: [CD45], gate: {kind: range, low: 100}}
  steady: {parent: all, axes: [Time], gate: {kind: steady, of: bead region}, optional: true}
  beads: {all_of: [bead region, steady]}
  cells: {parent: steady, none_of: [bead region]}
""")
    event = np.arange(5000)
    masks = {"bead region": event >= 4000, "steady": event >= 0, "beads": event >= 4000, "cells": event < 4000}
    rows = {str(c.population): c for c in count(gated(tube, masks), tube, FLOW_COUNT, "")}
    assert [name for name, row in rows.items() if row.cells_per_ul is not None] == ["cells"]
