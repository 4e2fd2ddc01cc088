"""What grows with a study grows with it, not with its square."""

from types import SimpleNamespace

import pytest
from shipped_tables import cp_table

from tregate.pipelines.crosschecks.duplicate_files import duplicate_files
from tregate.pipelines.files.table import Table


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
