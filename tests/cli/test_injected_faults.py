"""Every call of a run that touches its files fails once: the run ends in words, and the next gives the same bytes."""

import errno
import itertools
from pathlib import Path

import pytest
from cli_running import run_study, tregate
from injected import Injector

from tregate.fixtures.trial import make_trial

TIMED = ("run.json", "run.log", "run-unfinished.log")
ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.ENOENT)


def tables_of(out: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for path in out.iterdir()
        if path.is_file() and not path.name.startswith(".") and path.name not in TIMED
    }


def every_call_fails_once(
    study: Path, folder: Path, step: int, monkeypatch: pytest.MonkeyPatch, *, earlier: bool
) -> list[str]:
    """What failed, one after the other; `earlier`: whether the folder holds a run of another study before."""
    folder.mkdir()
    assert run_study(study, folder / "reference").code == 0
    reference = tables_of(folder / "reference")
    other = folder / "other"
    if earlier:
        text = (study / "samples.csv").read_text(encoding="utf-8")
        other.mkdir()
        for path in study.iterdir():
            if path.name != "samples.csv":
                (other / path.name).symlink_to(path)
        (other / "samples.csv").write_text("\n".join(text.splitlines()[:-1]) + "\n", encoding="utf-8")
    injector = Injector(folder / "outs")
    failed: list[str] = []
    for at in itertools.count(0, step):
        out = folder / "outs" / str(at)
        before: dict[str, bytes] = {}
        if earlier:
            run_study(other, out)
            before = tables_of(out)
        with injector.failing(at, ERRORS[at // step % len(ERRORS)], monkeypatch):
            done = run_study(study, out)
        if not injector.failed:
            assert done.code == 0, done.err
            return failed
        failed.append(injector.failed)
        where = f"{injector.failed}: exit {done.code}: {done.err}"
        assert "Traceback" not in done.err, where
        found = tables_of(out) if out.is_dir() else {}
        if done.code == 0:
            assert found == reference, where
            assert tregate("verify", out).code == 0
        else:
            assert done.err.strip(), where
            if done.code == 2 or "failures.csv" not in found or "failed" not in done.err:
                assert found in (before, {}, reference), (where, sorted(found))
        again = run_study(study, out, "--unlock")
        assert again.code == 0, f"{where}\nthen: {again.err}"
        assert tables_of(out) == reference, where
        assert tregate("verify", out).code == 0
    raise AssertionError


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    make_trial(folder, seed=2, subjects=1, visits=("D1",), events=(5_000, 5_000), withdrawn=0)
    return folder


@pytest.mark.parametrize("earlier", [False, True], ids=["first run", "over another run"])
def test_a_run_ends_in_words_whatever_fails(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, earlier: bool
) -> None:
    failed = every_call_fails_once(small, tmp_path / "a", 31, monkeypatch, earlier=earlier)
    assert len(failed) > 5
    assert len({what.split()[0] for what in failed}) > 2


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_each_call_of_a_run_of_twelve_tubes_fails_once(
    trial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = every_call_fails_once(trial, tmp_path / "a", 1, monkeypatch, earlier=True)
    # Links stand already: the folder holds an earlier run.
    assert {what.split()[0] for what in failed} >= {"open", "write", "fsync", "os.rename", "os.mkdir"}
