"""A gate planted wrong in one of two tubes of the same blood: no finding blames the other tube."""

import re
from dataclasses import replace

import pytest
from cli_running import run_study

from tregate.fixtures.trial import make_trial
from tregate.gating.findings import Severity
from tregate.pipelines.console import Console
from tregate.pipelines.crosschecks import findings_between
from tregate.pipelines.reviewing.desk import Desk, open_desk
from tregate.pipelines.reviewing.moving import Move, tried
from tregate.pipelines.tubes.records import TubeFinding

BETWEEN = ("two_tube_sum", "cd3_between_tubes")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("blamed")
    make_trial(folder / "trial", seed=11, subjects=4, visits=("D1", "D8"), events=(10_000, 12_000), withdrawn=0)
    assert run_study(folder / "trial", folder / "out", "--report", "none").code == 0
    return open_desk(folder / "out", Console(quiet=True))


def findings_with(desk: Desk, i: int, population: str, step: float) -> list[TubeFinding]:
    """What is found between the tubes of a visit when the gate of one was placed elsewhere."""
    record = desk.records[i]
    assert record.result is not None
    moved = tried(desk, i, Move(population, {"step": [step, 0.0]}), "A", "planted", pictures=False)
    records = (*desk.records[:i], replace(record, result=moved.result), *desk.records[i + 1 :])
    results = replace(desk.results, records=records, findings=(), kept=None)
    found = findings_between(results, desk.study.study_limits)
    place = (record.subject, record.visit)
    return [one for one in found if one.finding.check in BETWEEN and (one.subject, one.visit) == place]


@pytest.mark.parametrize(
    ("tube", "population", "step"), [("T", "lymphocytes", -0.1), ("NK", "lymphocytes", -0.1), ("NK", "B", 0.25)]
)
def test_only_the_tube_with_the_planted_gate_is_ever_named(desk: Desk, tube: str, population: str, step: float) -> None:
    named, reported = [], 0
    for i, record in enumerate(desk.records):
        if record.tube != tube:
            continue
        found = findings_with(desk, i, population, step)
        reported += bool(found)
        named += [name for one in found for name in re.findall(r"Tube (\w+) is probably", one.finding.message)]
        for one in found:
            if one.tube == tube:
                assert one.finding.severity is not Severity.INFO, "the wrong one always needs review"
            assert "is probably wrong" in one.finding.message or re.search(
                r"one of T and NK|cells/µL are uncertain", one.finding.message
            )
    assert reported >= 4, "the planted gate is seen"
    assert set(named) == {tube}
