"""What grows with a study grows with it, not with its square."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from shipped_tables import cp_table

from tregate.fixtures.tube import make_tube
from tregate.gating.event_prints import EventPrints
from tregate.gating.events import PlacedGate
from tregate.gating.findings import Finding, Severity
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeTask, analyse
from tregate.gating.units import PopulationName
from tregate.pipelines.crosschecks.duplicate_files import duplicate_files
from tregate.pipelines.crosschecks.same_events import same_events
from tregate.pipelines.files.table import Table
from tregate.pipelines.findings.review import FindingsOfTubes
from tregate.pipelines.interchange.gates_file import gates_table
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord
from tregate.pipelines.tubes.shared_parts import SharedParts


def reads_for(subjects: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often cp.csv reads its table."""
    reads = []
    true_records = Table.records

    def counting(self: Table):
        reads.append(self.name)
        return true_records(self)

    rows = [(f"S{number}", "D1", 50.0, "") for number in range(subjects)]
    table = Table("treg", ("subject", "visit", "treg_per_ul", "flags"), tuple(rows))
    monkeypatch.setattr(Table, "records", counting)
    assert len(cp_table([table], ("D1",), "D1", study="X").rows) == subjects
    monkeypatch.undo()
    return len(reads)


def test_cp_reads_its_tables_as_often_for_many_subjects(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reads_for(40, monkeypatch) == reads_for(2, monkeypatch)


def test_the_message_on_equal_files_does_not_grow_with_their_number() -> None:
    done = [
        (
            SimpleNamespace(entry=SimpleNamespace(file=f"{n:03d}.fcs", subject=f"S{n}", visit="D1", tube="T")),
            SimpleNamespace(source=SimpleNamespace(size=1, sha256="same")),
        )
        for n in range(500)
    ]
    found = list(duplicate_files(SimpleNamespace(done=done)))
    assert len(found) == 500
    assert all(len(one.finding.message) < 240 for one in found)
    assert "is identical to 001.fcs, 002.fcs, 003.fcs and 496 more, so" in found[0].finding.message


def test_each_tube_looks_at_its_own_findings_alone() -> None:
    """As `is_of` says, and in the order of the findings."""
    places = [(f"S{n % 7}", f"D{n % 3}", "T", f"{n % 21}.fcs") for n in range(60)]
    finding = Finding("check", Severity.WARN, "message")
    findings = [TubeFinding(*place, replace(finding, value=float(n))) for n, place in enumerate(places)]
    findings += [TubeFinding("S1", "D1", "T", "", finding), TubeFinding("", "D1", "T", "", finding)]
    findings += [TubeFinding("S1", "", "", "", finding, files=("3.fcs", "8.fcs")), TubeFinding("", "", "", "", finding)]
    of_tubes = FindingsOfTubes(findings)
    for subject, visit, tube, file in dict.fromkeys(places):
        record = TubeRecord(subject, visit, tube, file, "strategy", False, None)
        expected = [found for found in findings if found.is_of(record)]
        assert expected
        assert of_tubes.of(record) == expected


def test_copies_are_found_without_comparing_each_with_each() -> None:
    """600 tubes, 6 different ones among them: each names the first three copies, as it would of few."""
    random = np.random.default_rng(5)
    different = [np.sort(random.integers(0, 2**63, 400, dtype=np.uint64)) for _ in range(6)]
    different[5][:100] = different[0][:100]
    records = [
        TubeRecord(
            f"S{n}", "D1", "T", f"{n:03d}.fcs", "s", False,
            SimpleNamespace(prints=EventPrints(np.sort(different[n % 6]).tobytes())),
        )
        for n in range(600)
    ]  # fmt: skip
    by_subject = {record.subject: record for record in records}
    results = SimpleNamespace(records=tuple(records), usable=lambda subject, *_: (by_subject[subject], ""), prints={})
    found = {one.file: one.finding for one in same_events(results, StudyLimits())}
    assert len(found) == 600
    assert "100 % of this tube's events are also in 007.fcs, 013.fcs, 019.fcs and 96 more." in found["001.fcs"].message
    assert "also in 006.fcs, 012.fcs, 018.fcs and 196 more." in found["000.fcs"].message


def test_prints_of_a_large_study_are_compared_apart_from_its_results() -> None:
    """As where each result has its own."""
    random = np.random.default_rng(7)
    hashes = [np.sort(random.integers(0, 2**63, 300, dtype=np.uint64)) for _ in range(4)]
    hashes[3][:90] = hashes[1][:90]
    prints = [EventPrints(np.sort(one).tobytes()) for one in hashes]

    def found(in_results: bool) -> list[TubeFinding]:
        own = prints if in_results else [EventPrints()] * 4
        records = {
            f"S{n}": TubeRecord(f"S{n}", "D1", "T", f"{n}.fcs", "s", False, SimpleNamespace(prints=one))
            for n, one in enumerate(own)
        }
        apart = {} if in_results else {(subject, "D1", "T"): prints[n] for n, subject in enumerate(records)}
        results = SimpleNamespace(
            records=tuple(records.values()), usable=lambda subject, *_: (records[subject], ""), prints=apart
        )
        return list(same_events(results, StudyLimits()))

    assert {one.file for one in found(in_results=False)} == {"1.fcs", "3.fcs"}
    assert found(in_results=False) == found(in_results=True)


def test_results_share_what_they_have_alike(tmp_path: Path) -> None:
    """Equal to what they were, type by type, and equal parts are one object."""
    made = []
    for name in ("a.fcs", "b.fcs"):
        make_tube("tetrachrome_t", seed=3, events=3_000).write(tmp_path / name)
        made.append(analyse(TubeTask(tmp_path / name, load_strategy("tetrachrome_t"))))
    parts, strategy = SharedParts(), load_strategy("tetrachrome_t")
    one, other = (parts.within(result, strategy) for result in made)
    for kept, result in zip((one, other), made, strict=True):
        parts_of = {"counts": tuple(kept.counts), "gates": tuple(kept.gates)}
        assert repr(replace(kept, prints=result.prints, **parts_of)) == repr(result)
    assert one.data_set.parameters is other.data_set.parameters
    assert one.grounds is other.grounds
    assert parts.one((1,)) == parts.one((1.0,))
    assert repr(parts.one((1.0,))) == "(1.0,)"


def test_rows_of_gates_are_made_when_asked_for() -> None:
    gate = PlacedGate(PopulationName("CD4+"), PopulationName("CD3+"), "logic", None, {"n": 1})
    table = gates_table([(("S1", "D1", "T", "a.fcs"), [gate, gate]), (("S1", "D8", "T", "b.fcs"), [gate])])
    assert len(table) == 3
    assert [row[3] for row in table.rows] == ["a.fcs", "a.fcs", "b.fcs"]
    assert table.rows[2] == (*next(iter(table.rows))[:1], "D8", "T", "b.fcs", *table.rows[0][4:-1], table.rows[2][-1])
    assert len({row[-1] for row in table.rows}) == 2, "equal rows have equal seals"
