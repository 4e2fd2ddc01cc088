"""Westgard's rules, and the charts of acquisition that they are applied to."""

from dataclasses import replace

import pytest
from report_records import record

from tregate.gating.intensities import Intensity
from tregate.pipelines.report.control_charts import control_charts, events_per_second
from tregate.pipelines.report.westgard import broken
from tregate.pipelines.study.moments import Moment
from tregate.pipelines.tubes.records import TubeRecord


@pytest.mark.parametrize(
    ("z", "rules"),
    [
        ([0, 0.5, -1.9, 2.9], []),
        ([0, 3.1, 0], [("1-3s", 1)]),
        ([0, 2.1, 2.2, 0], [("2-2s", 2)]),
        ([0, 2.1, -2.2, 0], [("R-4s", 2)]),
        ([0, 1.1, 1.2, 1.3, 1.4], [("4-1s", 4)]),
        ([0.1] * 10, [("10-x", 9)]),
        ([-3.5] * 3, [("1-3s", 0), ("2-2s", 1)]),
    ],
)
def test_each_rule_names_the_value_that_breaks_it_once(z: list[float], rules: list[tuple[str, int]]) -> None:
    assert list(broken([100 + 10 * one for one in z], 100, 10)) == rules


def test_without_a_spread_no_rule_is_broken() -> None:
    assert broken([1, 1, 9], 1, 0) == ()


def tube(subject: str, **details: str) -> TubeRecord:
    made = record(subject)
    assert made.result is not None
    data_set = replace(made.result.data_set, n_events=9_000, details=details)
    return replace(made, result=replace(made.result, data_set=data_set))


def test_events_per_second_are_those_of_the_clock_also_across_midnight() -> None:
    assert events_per_second(tube("S1", begin="10:00:00", end="10:00:30")) == 300
    assert events_per_second(tube("S1", begin="23:59:50", end="00:00:10")) == 450
    assert events_per_second(tube("S1", begin="10:00:00")) is None


def test_tubes_are_in_the_order_of_acquisition_by_instrument() -> None:
    records = []
    for k, (device, day) in enumerate([("B", "2026-01-02"), ("A", "2026-01-03"), ("A", "2026-01-01")]):
        made = tube(f"S{k}", begin="10:00:00", end="10:00:30")
        circumstances = replace(made.circumstances, instrument=device, acquired=Moment.read(day))
        records.append(replace(made, circumstances=circumstances))
    charts = {chart.title: chart for chart in control_charts(records)}
    assert [point.record for point in charts["Events per second, tube T"].points] == [2, 1, 0]


def test_negative_cells_have_a_chart_with_the_rules_that_are_broken() -> None:
    records = []
    for k, level in enumerate([600.0, 610.0, 590.0, 605.0, 595.0, 900.0]):
        made = tube(f"S{k}")
        one = Intensity("Treg", "CD25", "CD4+ non-Treg", "CD4+ non-Treg", 400, 9000.0, standard_median=level)
        assert made.result is not None
        records.append(replace(made, result=replace(made.result, intensities=(one,))))
    charts = {chart.title: chart for chart in control_charts(records)}
    chart = charts["CD25 on CD4+ non-Treg, tube T"]
    assert chart.rules == (("1-3s", 5),)
    assert chart.points[5].label.startswith("S5")
