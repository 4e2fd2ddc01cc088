"""One run per folder, whoever and wherever the other is."""

import json
import multiprocessing
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tregate.gating.errors import ConfigurationError
from tregate.pipelines.runs.run_lock import LOCK, Holder, is_locked, locked, this_process


def held_by(out: Path, holder: Holder) -> None:
    (out / LOCK).write_text(json.dumps(asdict(holder)), encoding="utf-8")


def gone() -> int:
    """The number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_the_lock_is_there_while_the_run_is(tmp_path: Path) -> None:
    with locked(tmp_path):
        answer = json.loads((tmp_path / LOCK).read_text(encoding="utf-8"))
        assert answer["process"] == os.getpid()
        with (
            pytest.raises(ConfigurationError, match=rf"process {os.getpid()}, since .* uses this folder"),
            locked(tmp_path),
        ):
            pass
        assert (tmp_path / LOCK).exists()
        assert is_locked(tmp_path)
    assert not is_locked(tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_lock_of_a_process_that_is_gone_is_taken_over(tmp_path: Path) -> None:
    for stale in (
        replace(this_process(), process=gone()),
        replace(this_process(), started="1"),  # the number was given to another process
        replace(this_process(), boot="before the restart"),
    ):
        held_by(tmp_path, stale)
        assert not is_locked(tmp_path)
        with locked(tmp_path):
            assert json.loads((tmp_path / LOCK).read_text(encoding="utf-8"))["process"] == os.getpid()
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("other", [{"host": "elsewhere"}, {"processes": "pid:[1]"}])
def test_another_host_or_container_is_never_taken_over(tmp_path: Path, other: dict[str, str]) -> None:
    held_by(tmp_path, replace(this_process(), process=gone(), **other))  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="--unlock"), locked(tmp_path):
        pass
    with locked(tmp_path, unlock=True):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"host": 1}'])
def test_an_unreadable_lock_is_held(tmp_path: Path, text: str) -> None:
    (tmp_path / LOCK).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="another run"), locked(tmp_path):
        pass


def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "link")
    with locked(tmp_path), pytest.raises(ConfigurationError), locked(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def _enter(out: str, start: object, winners: object) -> None:
    start.wait()  # type: ignore[attr-defined]
    try:
        with locked(Path(out)):
            winners.put(os.getpid())  # type: ignore[attr-defined]
            start.wait()  # type: ignore[attr-defined]
    except ConfigurationError:
        start.wait()  # type: ignore[attr-defined]


def test_of_many_that_take_a_stale_lock_over_one_wins(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    held_by(tmp_path, replace(this_process(), process=gone()))
    start, winners = context.Barrier(4), context.Queue()
    runs = [context.Process(target=_enter, args=(str(tmp_path), start, winners)) for _ in range(4)]
    for one in runs:
        one.start()
    for one in runs:
        one.join(60)
    assert winners.get(timeout=10)
    assert winners.empty()
    winners.close()
    winners.join_thread()
