"""The ranges that a file of floating-point values declares: harmless where its values contradict them."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from placed_cells import TOP, cells, gated_cells, sample, strategy_on

from tregate.gating.controls.tube import control_tube
from tregate.gating.events import HIGHEST_TOP, Prepared
from tregate.gating.findings import Severity
from tregate.gating.prepare import prepare
from tregate.gating.units import Marker

SIZES = (6000, 3000, 1000)
"""Negative cells, positive ones, and such as reach the top of the scale."""


def blood() -> dict[str, np.ndarray]:
    marks = [(n, mean, 0.03) for n, mean in zip(SIZES, (0.3, 0.7, 0.98), strict=True)]
    made = {"CD3": cells(1, *marks), "CD4": cells(2, *marks), "FSC-A": np.abs(cells(3, *marks))}
    return {name: np.minimum(values, TOP) for name, values in made.items()}


def prepared(columns: Mapping[str, np.ndarray], top: float = TOP, **ranges: float) -> Prepared:
    """`ranges`: what single channels declare instead."""
    strategy = strategy_on(
        columns,
        "  CD3+: {parent: all, axes: [CD3], gate: {kind: range, low: 3000}}\n"
        "  CD4+: {parent: all, axes: [CD4], gate: {kind: range, low: 3000}}\n"
        "  any: {parent: all, axes: [FSC-A], gate: {kind: range, low: 0}}",
    )
    made = sample(columns, top)
    own = {list(columns).index(name): declared for name, declared in ranges.items()}
    parameters = tuple(replace(one, range=own.get(one.index, one.range)) for one in made.parameters)
    return prepare(replace(made, data_set=replace(made.data_set, parameters=parameters)), strategy)


def tops(ready: Prepared) -> dict[str, float]:
    return {str(marker): ready.sample.parameters[i].top for marker, i in ready.binding.channels.items()}


def said(ready: Prepared) -> list[str]:
    return [one.message for one in ready.findings if one.check == "range_contradicted"]


@pytest.mark.parametrize("top", [1.0, 1024.0, 10_000.0, 65_536.0, 262_144.0])
def test_values_far_beyond_the_range_give_the_channels_the_strategys_top(top: float) -> None:
    ready = prepared(blood(), top)
    assert set(tops(ready).values()) == {TOP}
    assert set(ready.factors.values()) == {1.0}
    (message,) = said(ready)
    assert message.startswith(f"$PnR of D0-A, D1-A, FSC-A is {top:.10g}, but their values reach ")
    assert message.endswith("so 1048576 is taken as the top of their scale.")
    assert {one.severity for one in ready.findings} == {Severity.INFO}


@pytest.mark.parametrize("top", [HIGHEST_TOP, 2.0**30, TOP * 65])
def test_a_range_far_above_the_values_gives_the_strategys_top_without_a_word(top: float) -> None:
    ready = prepared(blood(), top)
    assert set(tops(ready).values()) == {TOP}
    assert said(ready) == []


@pytest.mark.parametrize("top", [TOP / 2, TOP, 4 * TOP, 16 * TOP])
def test_a_range_that_a_cytometer_can_have_stands(top: float) -> None:
    ready = prepared(blood(), top)
    assert set(tops(ready).values()) == {top}
    assert said(ready) == []


def test_a_range_that_dim_cells_leave_unused_stands() -> None:
    dim = {name: cells(5, (10_000, 0.3, 0.03)) for name in ("CD3", "CD4", "FSC-A")}
    assert set(tops(prepared(dim, 262_144.0)).values()) == {262_144.0}


def test_single_values_contradict_nothing() -> None:
    columns = blood()
    columns["CD3"][:7] = 1e12
    few = {name: values[:4000] for name, values in columns.items()}
    assert said(prepared(few, 2 * TOP)) == []
    few["CD3"][7] = 1e12
    assert len(said(prepared(few, 2 * TOP))) == 1


def test_values_that_are_no_numbers_contradict_nothing() -> None:
    columns = blood()
    columns["CD3"][:100], columns["CD3"][100:200] = np.nan, np.inf
    assert said(prepared(columns)) == []


def test_one_channel_with_a_wrong_range_moves_alone() -> None:
    ready = prepared(blood(), 4 * TOP, CD4=1024.0)
    assert tops(ready) == {"CD3": 4 * TOP, "CD4": TOP, "FSC-A": 4 * TOP}
    assert "$PnR of D1-A is 1024" in said(ready)[0]


def test_a_dim_channel_with_a_wrong_range_gets_the_strategys_top_as_the_others_show_it_to_be_right() -> None:
    columns = blood() | {"CD4": np.linspace(0, 9000, sum(SIZES))}
    assert tops(prepared(columns, TOP, CD4=1024.0))["CD4"] == TOP


def test_where_the_values_contradict_the_strategys_top_as_well_they_decide() -> None:
    """Old log files that were exported as 1 to 10,000, and a cytometer that reaches 2^24."""
    linearised = {name: 10_000.0 * np.maximum(values / TOP, 0) for name, values in blood().items()}
    assert set(tops(prepared(linearised, 1024.0)).values()) == {16_384.0}
    bright = {name: 16 * values for name, values in blood().items()}
    assert set(tops(prepared(bright, 1024.0)).values()) == {16 * TOP}


def test_a_range_that_is_the_strategys_top_stands_since_its_numbers_were_read_on_that_scale() -> None:
    """As in a workspace of linearised values, whose gates would move with the top."""
    columns = blood()
    strategy = strategy_on(
        columns,
        "  CD3+: {parent: all, axes: [CD3], gate: {kind: range, low: 300}}",
        scales="{default: {kind: logicle, top: 1024}}",
    )
    ready = prepare(sample(columns, 1024.0), strategy)
    assert set(ready.factors.values()) == {1.0}
    assert ready.findings == ()


def test_integers_keep_their_range() -> None:
    columns = blood()
    made = sample(columns, 1024.0)
    integers = replace(made, data_set=replace(made.data_set, datatype="I"))
    strategy = strategy_on(columns, "  CD3+: {parent: all, axes: [CD3], gate: {kind: range, low: 3000}}")
    assert prepare(integers, strategy).sample.parameters[0].top == 1024.0


def test_the_gain_stays_divided_out() -> None:
    columns = {name: 2 * values for name, values in blood().items()}
    made = sample(columns, 1024.0)
    parameters = tuple(replace(one, gain=2.0) for one in made.parameters)
    strategy = strategy_on(columns, "  CD3+: {parent: all, axes: [CD3], gate: {kind: range, low: 3000}}")
    ready = prepare(replace(made, data_set=replace(made.data_set, parameters=parameters)), strategy)
    assert ready.sample.parameters[ready.binding.channels[Marker("CD3")]].top == TOP


def test_a_found_gate_is_the_same_whatever_the_range() -> None:
    gate = "  CD3+: {parent: all, axes: [CD3], gate: {kind: valley, keep: above, between: [300, 100000]}}"
    usual = gated_cells(blood(), gate).threshold("CD3+")
    assert {gated_cells(blood(), gate, top=top).threshold("CD3+") for top in (1.0, 1024.0, 2.0**32, 1e18)} == {usual}


def test_a_control_is_not_saturated_at_a_range_below_its_values() -> None:
    columns = {name: 0.9 * values for name, values in blood().items()}
    made = sample(columns, 1024.0)
    names = ("FL1-A", "FL2-A", "FSC-A")
    parameters = tuple(replace(one, name=name) for one, name in zip(made.parameters, names, strict=True))
    tube = control_tube(replace(made, data_set=replace(made.data_set, parameters=parameters)))
    assert not tube.saturated.any()
