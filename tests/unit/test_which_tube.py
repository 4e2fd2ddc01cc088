"""Of two tubes that hold the same blood and disagree: the wrong one is named where evidence tells, and only there."""

from collections.abc import Mapping

import numpy as np
import pytest
from counted_tubes import TETRA_NK, TETRA_T, record

from tregate.gating.events import PlacedGate
from tregate.gating.findings import Severity
from tregate.gating.geometry.scaled import to_linear
from tregate.gating.geometry.scales import LogicleScale
from tregate.gating.geometry.shapes import Axis, Range
from tregate.gating.strategy.load import load_strategy
from tregate.gating.units import Marker, PopulationName
from tregate.pipelines.crosschecks import findings_between
from tregate.pipelines.study.tables_definition import load_tables
from tregate.pipelines.tabulate import Results, resolve
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

SUBJECTS, VISITS = ("P1", "P2", "P3"), ("D1", "D8")
SOURCES = resolve(load_tables("treg_nk"), {"T": load_strategy("tetrachrome_t"), "NK": load_strategy("tetrachrome_nk")})
SCALE = LogicleScale(1048576.0)
NOMINAL = {"T": TETRA_T, "NK": TETRA_NK}
PLACE = ("P2", "D8")


def gate(scaled: float) -> PlacedGate:
    linear = float(to_linear(SCALE, np.array([scaled]))[0])
    shape = Range(Axis(Marker("CD3"), SCALE), linear, None)
    return PlacedGate(PopulationName("CD3+"), PopulationName("lymphocytes"), "valley", shape, {})


def tube(key: tuple[str, str, str], changed: Mapping[str, int], moved: float, beads: int) -> TubeRecord:
    name = key[2]
    noise = np.random.default_rng([ord(letter) for letter in "".join(key)]).normal(0.0, 0.004)
    return record(
        *key, {**NOMINAL[name], **changed}, gates=[gate(0.5 + float(noise) + moved)], beads=beads
    )  # fmt: skip


def study(
    wrong: Mapping[str, Mapping[str, int]], *, moved: Mapping[str, float] | None = None, beads: str = ""
) -> list[TubeFinding]:
    """What is found between the two tubes of one visit: changed events, moved CD3+ gates, half the beads."""
    keys = [(subject, visit, name) for subject in SUBJECTS for visit in VISITS for name in ("T", "NK")]
    records = []
    for key in keys:
        here, name = key[:2] == PLACE, key[2]
        changed = wrong.get(name, {}) if here else {}
        records.append(
            tube(
                key, changed, (moved or {}).get(name, 0.0) if here else 0.0, 5_000 if here and name == beads else 10_000
            )
        )
    found = findings_between(Results(SUBJECTS, VISITS, "D1", tuple(records), SOURCES))
    checks = ("two_tube_sum", "cd3_between_tubes")
    return [one for one in found if one.finding.check in checks and (one.subject, one.visit) == PLACE]


def seen(found: list[TubeFinding], check: str) -> dict[str, tuple[Severity, str]]:
    return {one.tube: (one.finding.severity, one.finding.message) for one in found if one.finding.check == check}


def test_a_tube_whose_own_cells_do_not_add_up_is_named_and_the_confirmed_one_needs_no_review() -> None:
    found = seen(study({"NK": {"NK": 100, "NK bright": 10, "NK dim": 90}}), "two_tube_sum")
    assert {name: severity for name, (severity, _) in found.items()} == {"T": Severity.INFO, "NK": Severity.WARN}
    for _, message in found.values():
        assert "Tube NK is probably wrong (its own events add up to" in message
        assert "one of" not in message


@pytest.mark.parametrize("wrong", ["T", "NK"])
def test_the_tube_whose_gate_is_an_outlier_is_named(wrong: str) -> None:
    found = study({wrong: {"CD3+": 10_500}}, moved={wrong: 0.1})
    shared = seen(found, "cd3_between_tubes")
    assert any(f"Tube {wrong} is probably wrong (its CD3+ gate" in message for _, message in shared.values())
    assert {severity for severity, _ in shared.values()} == {Severity.WARN}, "the other tube is not confirmed"


def test_without_evidence_either_tube_may_be_wrong() -> None:
    for moved in ({}, {"T": 0.1, "NK": 0.1}):
        found = study({"T": {"CD3+": 11_400}, "NK": {"CD3+": 12_400, "CD3-": 2600}}, moved=moved)
        messages = [message for _, message in seen(found, "cd3_between_tubes").values() if " of lymphocytes" in message]
        assert messages
        assert all("one of T and NK is gated wrongly or is other blood" in message for message in messages)


def test_half_the_beads_of_a_tube_blame_neither() -> None:
    found = seen(study({}, beads="T"), "two_tube_sum")
    assert {name: severity for name, (severity, _) in found.items()} == {"T": Severity.WARN, "NK": Severity.WARN}
    assert all("a gate or a volume of one of T and NK is wrong" in message for _, message in found.values())


def test_messages_are_short_enough_to_be_read_at_once() -> None:
    for found in (
        study({"NK": {"NK": 100, "NK bright": 10, "NK dim": 90}}),
        study({"T": {"CD3+": 10_500}}, moved={"T": 0.1}),
        study({}, beads="T"),
    ):
        assert found
        assert all(len(one.finding.message) <= 240 for one in found)
