"""Tubes over processes: the same outcomes, and no tube takes another down."""

import hashlib
import signal
from concurrent.futures import wait
from pathlib import Path
from typing import Any

import drawing
import pytest

from tregate.fixtures.tube import make_tube
from tregate.gating.strategy.load import strategy_from
from tregate.gating.strategy.yaml_source import parse_yaml
from tregate.gating.tube import TubeTask
from tregate.pipelines.files.input_file import fingerprint
from tregate.pipelines.tubes.executors import local_processes, outcomes
from tregate.pipelines.tubes.outcomes import TubeOutcome
from tregate.pipelines.tubes.workers import default_workers

STRATEGY = """
strategy: small
panel: {markers: {CD3: [CD3]}}
populations:
  CD3+: {parent: all, axes: [CD3], gate: {kind: range, low: 3000}}
"""
KINDS = ("tetrachrome_t", "tetrachrome_nk", "tetrachrome_t", "tetrachrome_t")


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> list[TubeTask]:
    """Four small tubes, the second of them fatal to the drawings above, and one that is no file."""
    folder = tmp_path_factory.mktemp("tubes")
    strategy = strategy_from(parse_yaml(STRATEGY, "small.yaml"), folder)
    made = []
    for seed, kind in enumerate(KINDS):
        path = folder / f"{seed}.fcs"
        make_tube(kind, seed=seed, events=500).write(path)
        made.append(TubeTask(path, strategy))
    return [*made, TubeTask(folder / "none.fcs", strategy)]


def in_order(orders: list[TubeTask], workers: int, draw: object = None) -> list[TubeOutcome]:
    found = dict(outcomes(orders, workers, draw))
    return [found[position] for position in range(len(orders))]


def test_one_process_and_several_find_the_same(orders: list[TubeTask]) -> None:
    alone, together = in_order(orders, 1), in_order(orders, 3)
    for one, other in zip(alone, together, strict=True):
        assert (one.fault, one.source) == (other.fault, other.source)
        if one.result is not None:
            assert other.result is not None
            assert one.result.counts == other.result.counts
            assert one.result.gates == other.result.gates
    assert [outcome.result is None for outcome in alone] == [False, False, False, False, True]


def test_a_missing_file_is_its_own_failure(orders: list[TubeTask]) -> None:
    fault = in_order(orders, 1)[-1].fault
    assert fault is not None
    assert (fault.stage, fault.error) == ("read", "FileNotFoundError")
    assert "Correct `file` in samples.csv" in fault.message


@pytest.mark.parametrize("workers", [1, 2])
def test_a_bug_is_the_fault_of_one_tube(orders: list[TubeTask], workers: int) -> None:
    found = in_order(orders, workers, drawing.stumbling)
    fault = found[1].fault
    assert fault is not None
    assert (fault.stage, fault.error) == ("gate", "ZeroDivisionError")
    assert "report it with run.log" in fault.message
    assert 'drawing.py", line ' in fault.trace
    assert fault.trace.rstrip().endswith("ZeroDivisionError: float division by zero")
    assert [outcome.drawn is not None for outcome in found] == [True, False, True, True, False]


def test_a_killed_worker_costs_one_tube(orders: list[TubeTask]) -> None:
    found = in_order(orders, 2, drawing.killed)
    fault = found[1].fault
    assert fault is not None
    assert (fault.stage, fault.error) == ("gate", "ProcessKilled")
    assert "--workers" in fault.message
    assert [outcome.result is not None for outcome in found] == [True, False, True, True, False]


def test_the_fingerprint_is_of_the_whole_file(tmp_path: Path) -> None:
    data = bytes(range(256)) * 5000
    (tmp_path / "a").write_bytes(data)
    (tmp_path / "empty").write_bytes(b"")
    assert fingerprint(tmp_path / "a").sha256 == hashlib.sha256(data).hexdigest()
    assert fingerprint(tmp_path / "a").size == len(data)
    assert fingerprint(tmp_path / "empty").sha256 == hashlib.sha256(b"").hexdigest()


def test_no_more_workers_than_there_is_work_for() -> None:
    assert default_workers(0) == default_workers(3) == 1
    assert default_workers(10_000) >= 1


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="no signals are held back here")
def test_ctrl_c_is_not_taken_while_the_futures_are_locked(
    orders: list[TubeTask], monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[set[signal.Signals]] = []

    def waiting(*given: Any) -> Any:
        held.append(set(signal.pthread_sigmask(signal.SIG_BLOCK, ())))
        return wait(*given)

    monkeypatch.setattr(local_processes, "wait", waiting)
    assert len(dict(outcomes(orders[:2], 2))) == 2
    assert held
    assert all(signal.SIGINT in signals for signals in held)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
