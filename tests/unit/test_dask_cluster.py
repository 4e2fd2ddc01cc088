"""Tubes over a real Dask cluster of this machine: the same outcomes, and lost or unfit workers are borne."""

import hashlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import drawing
import pytest
from cli_running import run_study
from test_executors import orders  # noqa: F401 - a fixture

from tregate.fixtures.trial import make_trial
from tregate.gating.errors import ConfigurationError
from tregate.gating.tube import TubeTask
from tregate.pipelines.tubes.executors import outcomes
from tregate.pipelines.tubes.executors.dask_cluster import Place, unfit

distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed")
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    made = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    )
    yield made
    made.close()


def processes(cluster: Any) -> list[int]:
    with distributed.Client(cluster, set_as_default=False) as client:
        return [int(number) for number in client.run(os.getpid).values()]


def test_it_finds_the_same(cluster: Any, orders: list[TubeTask]) -> None:  # noqa: F811
    here = dict(outcomes(orders, 1))
    there = dict(outcomes(orders, 1, executor=f"dask {cluster.scheduler_address}"))
    assert {at: (one.fault, one.source, one.result) for at, one in there.items()} == {
        at: (one.fault, one.source, one.result) for at, one in here.items()
    }


def test_a_tube_that_kills_its_workers_costs_itself_alone(cluster: Any, orders: list[TubeTask]) -> None:  # noqa: F811
    found = dict(outcomes(orders, 1, drawing.killed, executor=f"dask {cluster.scheduler_address}"))
    assert [found[at].result is not None for at in range(len(orders))] == [True, False, True, True, False]
    fault = found[1].fault
    assert fault is not None
    assert (fault.stage, fault.error) == ("gate", "ProcessKilled")


def test_a_study_with_a_worker_killed_has_the_bytes_of_one_process(cluster: Any, tmp_path: Path) -> None:
    study = tmp_path / "trial"
    make_trial(study, subjects=3, visits=("D1", "D8"), events=(20_000, 20_000), withdrawn=0)
    killed: list[int] = []

    def kill_one() -> None:
        while not list((tmp_path / "dask").glob(".tubes/*/*.json")):
            time.sleep(0.01)
        killed.append(processes(cluster)[0])
        os.kill(killed[0], signal.SIGKILL)

    killing = threading.Thread(target=kill_one)
    killing.start()
    done = run_study(study, tmp_path / "dask", "--dask", cluster.scheduler_address)
    killing.join()
    assert done.code == 0, done.err
    assert killed
    assert run_study(study, tmp_path / "one").code == 0
    digests = [
        {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (tmp_path / name).glob("*.csv")}
        for name in ("dask", "one")
    ]
    assert len(digests[0]) > 8
    assert digests[0] == digests[1]


def test_no_cluster_is_a_problem_of_the_option(orders: list[TubeTask], monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr("tregate.pipelines.tubes.executors.dask_cluster.CONNECTING", 0.5)
    for address, words in (("tcp://127.0.0.1:9", "no Dask scheduler answers"), ("none.json", "no scheduler file")):
        with pytest.raises(ConfigurationError, match=words):
            list(outcomes(orders, 1, executor=f"dask {address}"))


def test_workers_with_several_threads_are_refused(orders: list[TubeTask]) -> None:  # noqa: F811
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=3, dashboard_address=None, silence_logs=50) as made,
        pytest.raises(ConfigurationError, match="has 3 threads"),
    ):
        list(outcomes(orders, 1, executor=f"dask {made.scheduler_address}"))


def test_an_unfit_worker_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.fcs").write_bytes(b"four")
    from tregate.pipelines.tubes.executors import dask_cluster

    program, here = dask_cluster._program(), str(tmp_path)
    assert unfit(Place(program, here, "a.fcs", 4)) == ""
    assert "another version" in unfit(Place("other", here, "a.fcs", 4))
    assert "another file" in unfit(Place(program, here, "a.fcs", 5))
    assert "does not see b.fcs" in unfit(Place(program, here, "b.fcs", 5))
    assert "does not see" in unfit(Place(program, str(tmp_path / "gone"), "a.fcs", 4))
