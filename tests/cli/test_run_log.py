"""run.log: every traceback is in it, also one of a worker process, and nothing else depends on it."""

import json
import logging
import shutil
from pathlib import Path

import drawing
import pytest

from tregate.fixtures.trial import make_trial
from tregate.pipelines import run as run_module
from tregate.pipelines.console import Console
from tregate.pipelines.run import run
from tregate.pipelines.runs.options import RunOptions
from tregate.pipelines.runs.run_folder import RUN_LOG
from tregate.pipelines.runs.run_log import UNFINISHED
from tregate.pipelines.study.load_study import load_study


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logged") / "trial"
    make_trial(folder, subjects=1, visits=["D1"], events=(2000, 2000), withdrawn=0)
    return folder


def run_into(trial: Path, out: Path, *, workers: int = 1, debug: bool = False) -> str:
    options = RunOptions(workers=workers, pages="none", debug=debug)
    run(load_study(trial), out, options, Console(quiet=True))
    return (out / RUN_LOG).read_text(encoding="utf-8")


def test_the_log_is_one_of_the_files_of_the_run_without_a_hash(trial: Path, tmp_path: Path) -> None:
    log = run_into(trial, tmp_path / "out")
    assert log.count("events gated") == 3
    assert "tables are complete" in log
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert RUN_LOG not in record["files"], "it has times in it"
    assert not (tmp_path / "out" / UNFINISHED).exists()
    assert "tables are complete" in run_into(trial, tmp_path / "out"), "the next run replaces it"


def test_a_log_that_no_run_wrote_is_not_overwritten(trial: Path, tmp_path: Path) -> None:
    (tmp_path / RUN_LOG).write_text("mine", encoding="utf-8")
    with pytest.raises(Exception, match=r"run\.log"):
        run_into(trial, tmp_path)
    assert (tmp_path / RUN_LOG).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("workers", [1, 2])
def test_the_traceback_of_a_worker_is_in_the_log(
    trial: Path, tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "drawing", lambda pages: drawing.stumbling)
    log = run_into(trial, tmp_path / "out", workers=workers)
    assert "Traceback (most recent call last)" in log
    assert 'drawing.py", line ' in log
    assert "in stumbling" in log
    assert "ZeroDivisionError: float division by zero" in log
    failures = (tmp_path / "out" / "failures.csv").read_text(encoding="utf-8")
    assert "ZeroDivisionError" in failures
    assert "run.log" in failures
    assert "Traceback" not in failures


def test_a_file_that_cannot_be_read_has_its_traceback_too(trial: Path, tmp_path: Path) -> None:
    shutil.copytree(trial, tmp_path / "trial")
    broken = next((tmp_path / "trial" / "fcs").iterdir())
    broken.write_bytes(broken.read_bytes()[:3000])
    log = run_into(tmp_path / "trial", tmp_path / "out")
    assert f"{broken.name}: read: " in log
    assert log.count("Traceback (most recent call last)") == 1


def test_a_run_that_breaks_leaves_its_log_and_earlier_tables(
    trial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run_into(trial, tmp_path)

    def breaks(*_: object) -> None:
        raise KeyError("a bug in a table")

    monkeypatch.setattr(run_module, "tabulate", breaks)
    with pytest.raises(KeyError):
        run_into(trial, tmp_path)
    left = (tmp_path / UNFINISHED).read_text(encoding="utf-8")
    assert "KeyError: 'a bug in a table'" in left
    assert "in breaks" in left
    assert (tmp_path / RUN_LOG).read_text(encoding="utf-8") == first


def test_debug_shows_tracebacks_and_leaves_logging_as_it_was(
    trial: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "drawing", lambda pages: drawing.stumbling)
    before = list(logging.getLogger("tregate").handlers)
    run_into(trial, tmp_path / "quiet")
    assert "Traceback" not in capsys.readouterr().err
    run_into(trial, tmp_path / "debug", debug=True)
    assert "ZeroDivisionError: float division by zero" in capsys.readouterr().err
    assert logging.getLogger("tregate").handlers == before
