"""audit.jsonl: what was acknowledged is there, what was changed is seen, what was torn was never acknowledged."""

import itertools
from pathlib import Path

import pytest

from tregate.gating.errors import ConfigurationError
from tregate.pipelines.review.audit_log import append, read_log, whole_log
from tregate.pipelines.review.decision import START, Wish
from tregate.pipelines.review.standing import standing

TICKS = itertools.count()


def clock() -> str:
    return f"2026-01-01T00:00:{next(TICKS) % 60:02d}+00:00"


def wish(action: str = "confirmed", who: str = "Zoë", reason: str = "", **more: object) -> Wish:
    return Wish(who=who, action=action, subject="S1", visit="D8", tube="T", file="a.fcs", reason=reason, **more)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "audit.jsonl"
    for number in range(4):
        append(path, [wish(reason=f'number {number}; µ, \u2028 and "quotes"')], clock)
    return path


def test_entries_are_a_chain(log: Path) -> None:
    decisions = whole_log(log).decisions
    assert [one.n for one in decisions] == [1, 2, 3, 4]
    assert [one.previous_sha256 for one in decisions] == [START, *(one.sha256 for one in decisions[:-1])]
    assert decisions[2].wish.reason == 'number 2; µ, \u2028 and "quotes"'
    assert decisions[2].wish.who == "Zoë"


def test_every_single_changed_byte_is_seen(log: Path) -> None:
    data = log.read_bytes()
    first = data.index(b"\n")
    for at in range(len(data)):
        spoiled = bytearray(data)
        spoiled[at] ^= 0x01
        log.write_bytes(bytes(spoiled))
        read = read_log(log)
        assert read.broken or read.torn, at
        assert len(read.decisions) <= (0 if at <= first else 4)


@pytest.mark.parametrize("lines", [[0, 2, 3], [1, 0, 2, 3], [1, 2, 3], [0, 0, 1, 2]])
def test_entries_that_are_removed_repeated_or_moved_are_seen(log: Path, lines: list[int]) -> None:
    kept = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(kept[line] for line in lines))
    assert "does not follow" in read_log(log).broken
    with pytest.raises(ConfigurationError, match="does not follow"):
        whole_log(log)
    with pytest.raises(ConfigurationError, match="nothing was kept"):
        append(log, [wish()], clock)


def test_a_torn_last_line_is_recognised_and_cut_off_by_the_next_writer(log: Path) -> None:
    data = log.read_bytes()
    last = data[:-1].rindex(b"\n") + 1
    for stop in range(last + 1, len(data)):
        log.write_bytes(data[:stop])
        read = read_log(log)
        assert (read.torn, read.broken, len(read.decisions)) == (True, "", 3)
    append(log, [wish(reason="after the crash")], clock)
    read = read_log(log)
    assert (read.torn, read.broken) == (False, "")
    assert [one.wish.reason for one in read.decisions][3] == "after the crash"


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (wish(who="  "), "the name of the reviewer is missing"),
        (wish("move"), "the reason is missing"),
        (wish("exclude", reason=" "), "the reason is missing"),
        (wish("applaud"), '"applaud" is not one of'),
    ],
)
def test_nothing_is_kept_without_name_and_reason(log: Path, made: Wish, message: str) -> None:
    before = log.read_bytes()
    with pytest.raises(ConfigurationError, match=message):
        append(log, [wish(), made], clock)
    assert log.read_bytes() == before


def test_undo_and_undo_of_undo(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    append(path, [wish("exclude", reason="clotted"), wish("note", reason="late")], clock)
    append(path, [wish("undo", reason="wrong tube", after={"undone": 1})], clock)
    assert [one.n for one in standing(read_log(path).decisions)] == [2]
    append(path, [wish("undo", reason="right tube after all", after={"undone": 3})], clock)
    assert [one.n for one in standing(read_log(path).decisions)] == [1, 2]


@pytest.mark.parametrize("text", ["a\nb", "a\x00b", "\ud800", "x" * 1001])
@pytest.mark.parametrize("field", ["who", "reason"])
def test_what_no_table_can_hold_is_not_kept(tmp_path: Path, field: str, text: str) -> None:
    path = tmp_path / "audit.jsonl"
    with pytest.raises(ConfigurationError, match=f"the {field.replace('who', 'name')} has"):
        append(path, [wish("note", **{"reason": "why", field: text})], clock)
    assert not path.exists()
