"""Time cleaning of a washed tube: clogs, air and drifts are found, and a clean tube loses nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tregate.fixtures.tube import Tube, make_tube
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeResult, TubeTask, analyse

STRATEGY = load_strategy("treg")
Events = np.ndarray
Fault = Callable[[Events, list[int], list[int], int], None]
"""Changes events in place: events, fluorescence columns, scatter columns, time column."""


@pytest.fixture(scope="module")
def tube() -> Tube:
    return make_tube("treg", events=60_000, seed=3)


def analysed(tube: Tube, folder: Path, fault: Fault | None = None) -> TubeResult:
    names = [channel.name for channel in tube.channels]
    events = tube.events.copy()
    if fault is not None:
        fluorescence = [i for i, name in enumerate(names) if name.startswith("FL")]
        scatter = [i for i, name in enumerate(names) if name[:3] in ("FSC", "SSC")]
        fault(events, fluorescence, scatter, names.index("Time"))
    return analyse(TubeTask(replace(tube, events=events).write(folder / "a.fcs"), STRATEGY))


def removed(result: TubeResult) -> float:
    (count,) = [one for one in result.counts if one.population == "steady flow"]
    assert count.events is not None
    assert count.parent_events
    return 1 - count.events / count.parent_events


def found(result: TubeResult) -> dict[str, str]:
    return {one.check: one.message for one in result.findings if one.severity != "info"}


def slowed(events: Events, time: int, where: slice, factor: float) -> None:
    steps = np.diff(events[:, time], prepend=events[0, time])
    steps[where] *= factor
    events[:, time] = np.floor(np.cumsum(steps))


def clog(events: Events, fluorescence: list[int], scatter: list[int], time: int) -> None:
    slowed(events, time, slice(24_000, 25_800), 10.0)


def stop(events: Events, fluorescence: list[int], scatter: list[int], time: int) -> None:
    events[30_000:, time] += 1500


def air(events: Events, fluorescence: list[int], scatter: list[int], time: int) -> None:
    where = slice(36_000, 37_600)
    events[where.start : where.stop, scatter] *= 0.3
    events[where.start : where.stop, fluorescence] *= 0.2
    slowed(events, time, where, 0.25)


def dim_stretch(events: Events, fluorescence: list[int], scatter: list[int], time: int) -> None:
    events[36_000:37_800, fluorescence] *= 0.4


@pytest.mark.parametrize(("fault", "at_least"), [(clog, 0.03), (stop, 0.0), (air, 0.025), (dim_stretch, 0.03)])
def test_a_stretch_with_another_rate_or_signal_is_excluded_and_named(
    tube: Tube, tmp_path: Path, fault: Fault, at_least: float
) -> None:
    result = analysed(tube, tmp_path, fault)
    assert "unstable_flow" in found(result)
    assert at_least <= removed(result) <= 0.1


def test_what_is_excluded_is_in_no_population(tube: Tube, tmp_path: Path) -> None:
    result = analysed(tube, tmp_path, air)
    (gate,) = [one for one in result.gates if one.population == "steady flow"]
    assert gate.evidence["taken_out"] == pytest.approx(removed(result), abs=0.001)
    clean = analysed(tube, tmp_path)
    before, after = (next(c for c in r.counts if c.population == "CD4+") for r in (clean, result))
    assert before.events is not None
    assert after.events is not None
    assert after.events / before.events == pytest.approx(1 - removed(result), abs=0.02)


@pytest.mark.parametrize("channel", [None, "FL2-A"], ids=["all", "CD25 alone"])
@pytest.mark.parametrize("factor", [0.7, 1.3])
def test_a_drift_of_30_percent_is_reported_and_nothing_is_excluded(
    tube: Tube, tmp_path: Path, channel: str | None, factor: float
) -> None:
    at = None if channel is None else [one.name for one in tube.channels].index(channel)

    def drift(events: Events, fluorescence: list[int], scatter: list[int], time: int) -> None:
        events[:, fluorescence if at is None else [at]] *= np.linspace(1, factor, len(events))[:, None]

    result = analysed(tube, tmp_path, drift)
    assert "signal_drift" in found(result)
    assert removed(result) == 0


def test_a_run_that_is_unstable_throughout_is_reported_and_not_repaired(tube: Tube, tmp_path: Path) -> None:
    def often(events: Events, fluorescence: list[int], scatter: list[int], time: int) -> None:
        for start in range(2_000, 58_000, 5_000):
            events[start : start + 1000, fluorescence] *= 0.05

    result = analysed(tube, tmp_path, often)
    assert "nothing was excluded" in found(result)["unstable_flow"]
    assert {one.population: one.events for one in result.counts}["CD4+"] is not None


@pytest.mark.parametrize("seed", range(4))
def test_a_clean_tube_loses_nothing(seed: int, tmp_path: Path) -> None:
    result = analysed(make_tube("treg", events=20_000, seed=seed), tmp_path)
    assert removed(result) <= 0.02
    assert not {"unstable_flow", "signal_drift", "time_removed"} & set(found(result))


def test_few_events_and_a_clock_that_runs_back_exclude_nothing(tube: Tube, tmp_path: Path) -> None:
    def back(events: Events, fluorescence: list[int], scatter: list[int], time: int) -> None:
        events[40_000:, time] -= 500

    result = analysed(tube, tmp_path, back)
    (gate,) = [one for one in result.gates if one.population == "steady flow"]
    assert gate.evidence["not_judged"] == "time runs backwards"
    assert removed(result) == 0
    messages = {one.check: one.message for one in result.findings}
    assert "the time runs backwards" in messages["flow_not_checked"]
    small = analysed(make_tube("treg", events=3_000), tmp_path)
    assert removed(small) == 0


def test_events_that_are_stored_a_little_out_of_order_are_judged_all_the_same(tube: Tube, tmp_path: Path) -> None:
    """As a Guava Muse writes them: 15 of 50,037 events were up to 0.25 ms earlier than the one before."""

    def jitter(events: Events, fluorescence: list[int], scatter: list[int], time: int) -> None:
        at = np.arange(7_000, 55_000, 10_000)
        events[at, time] = events[at - 3, time] - 1

    def both(events: Events, fluorescence: list[int], scatter: list[int], time: int) -> None:
        clog(events, fluorescence, scatter, time)
        jitter(events, fluorescence, scatter, time)

    assert removed(analysed(tube, tmp_path, jitter)) == 0
    stopped = analysed(tube, tmp_path, both)
    assert "unstable_flow" in found(stopped)
    assert 0.03 <= removed(stopped) <= 0.1
    assert "flow_not_checked" not in {one.check for one in stopped.findings}
