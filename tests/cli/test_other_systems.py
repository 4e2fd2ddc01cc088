"""The core of a run where what POSIX alone has is taken away, and studies that were written on another system."""

import os
import subprocess
import time
from pathlib import Path, PureWindowsPath

import pytest
from app_server import app_serving
from cli_running import command, rows, run_study, tregate

from tregate.pipelines.files.near_file import LONGEST, foreign_parts, within_limit
from tregate.pipelines.review.audit_log import read_log

TAKEN_AWAY = """
import asyncio, builtins, multiprocessing, os, pathlib, signal, sys, tempfile

for module, names in (
    (os, (
        "fork", "forkpty", "sched_getaffinity", "link", "symlink", "getuid", "geteuid", "getgid", "getpgid", "setsid",
        "killpg", "O_NONBLOCK", "O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "pread", "preadv", "pwrite", "pwritev",
        "readv", "writev", "fchmod", "chown", "fchown", "mkfifo", "fdatasync", "posix_fadvise",
        "getloadavg", "wait3", "wait4", "waitid", "nice",
    )),
    (signal, ("SIGHUP", "pthread_sigmask", "pthread_kill", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGQUIT")),
):
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
multiprocessing.get_all_start_methods = lambda: ["spawn"]
multiprocessing.context._default_context._default_context = multiprocessing.get_context("spawn")
multiprocessing.context._concrete_contexts.pop("fork", None)
multiprocessing.context._concrete_contexts.pop("forkserver", None)


def no_link(self, *arguments, **named):
    raise NotImplementedError("no links on this system")


pathlib.Path.symlink_to = pathlib.Path.hardlink_to = no_link
opened = os.open


def without_proc(path, *arguments, **named):
    if str(path).startswith("/proc"):
        raise FileNotFoundError(2, "no /proc here", str(path))
    return opened(path, *arguments, **named)


os.open = without_proc
"""


def renamed(samples: Path, file: str, written: str) -> None:
    """Write the path of one file in another way."""
    text = samples.read_text(encoding="utf-8")
    assert file in text
    samples.write_text(text.replace(file, written), encoding="utf-8")


def elsewhere(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A command, and its workers, on a system without all that."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(TAKEN_AWAY, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(command(*arguments), capture_output=True, text=True, check=False, env=environment)


def run_elsewhere(trial: Path, tables: Path, folder: Path, workers: str) -> tuple[Path, tuple[str | Path, ...]]:
    """A run whose tables are those of the session; its folder and its command."""
    out = folder / "out"
    run = ("run", trial, "--out", out, "--workers", workers, "--report", "none")
    first = elsewhere(folder / "site", *run)
    assert first.returncode == 0, first.stderr
    for name in ("counts.csv", "gates.csv", "findings.csv", "treg.csv", "nk.csv", "summary.csv"):
        assert not (out / name).is_symlink()
        assert (out / name).read_bytes() == (tables / name).read_bytes()
    assert not (out / ".lock").exists()
    return out, run


def test_a_run_needs_nothing_that_posix_alone_has(trial: Path, tables: Path, tmp_path: Path) -> None:
    run_elsewhere(trial, tables, tmp_path, "1")


def test_processes_and_what_comes_after_a_run_need_nothing_that_posix_alone_has(
    trial: Path, tables: Path, tmp_path: Path
) -> None:
    out, run = run_elsewhere(trial, tables, tmp_path, "2")
    again = elsewhere(tmp_path / "site", *run)
    assert "Nothing changed" in again.stderr, again.stderr
    verified = elsewhere(tmp_path / "site", "verify", out, "--inputs", trial)
    assert verified.returncode == 0, verified.stdout
    rebuilt = elsewhere(tmp_path / "site", "tables", out, "--baseline", "D8")
    assert rebuilt.returncode == 0, rebuilt.stderr
    signing = ("sign", out, "--name", "A. Reader", "--statement", "all seen", "--incomplete")
    signed = elsewhere(tmp_path / "site", *signing)
    assert signed.returncode == 0, signed.stderr
    assert b"\r" not in (out / "audit.jsonl").read_bytes()
    again = elsewhere(tmp_path / "site", *signing[:-1], "--reopen", "--reason", "a tube came late")
    assert len(read_log(out / "audit.jsonl").decisions) == 2, again.stderr


def test_the_application_needs_nothing_that_posix_alone_has(
    spoiled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cell is changed, the study is run, and a tube is confirmed."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(TAKEN_AWAY, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(site))
    with app_serving(spoiled, tmp_path) as server:
        server.enter()
        folder = {"folder": str(spoiled)}
        sheet = server.get(f"/api/sheet?folder={spoiled}&sheet=samples")[1]
        change = {**folder, "sheet": "samples", "seen": sheet["sha256"], "changes": [[0, "bead_volume_ul", "99,5"]]}
        assert server.post("/api/cells", change)[0] == 200
        assert rows(spoiled / "samples.csv")[0]["bead_volume_ul"] in ("99.5", "99,5")
        checked = server.get(f"/api/check?folder={spoiled}")[1]
        assert checked["problems"] == 0
        assert server.post("/api/start-run", {**folder, "out": "R", "workers": 1})[0] == 200
        while (state := server.get(f"/api/run?folder={spoiled}&out=R")[1])["running"]:
            time.sleep(0.05)
        assert state["outcome"]["status"] == "completed", state
        place = server.post("/api/review", {**folder, "out": "R"})[1]["at"].removeprefix(".")
        mark = {"tubes": [0], "population": "", "mark": "confirmed", "who": "A", "reason": ""}
        assert server.post(f"{place}api/mark", mark)[0] == 200
        assert len(read_log(spoiled / "R" / "audit.jsonl").decisions) == 1


@pytest.mark.parametrize(
    "written",
    [r"fcs\{}", r".\fcs\{}", r"C:\Users\lab\trial\fcs\{}", r"d:/trial/fcs/{}", r"\\server\share\trial\fcs\{}",
     r"\\?\C:\trial\fcs\{}"],
)  # fmt: skip
def test_paths_of_windows_are_read_here(spoiled: Path, tmp_path: Path, written: str) -> None:
    first = rows(spoiled / "samples.csv")[0]["file"]
    renamed(spoiled / "samples.csv", first, written.format(Path(first).name))
    done = run_study(spoiled, tmp_path / "out", "--only", "*S01_D1_*")
    assert done.code == 0, done.err
    assert f'is read as "{first}"' in done.err or first in done.err
    assert len({row["file"] for row in rows(tmp_path / "out" / "counts.csv")}) == 3


def test_a_path_of_windows_that_is_not_here_is_a_missing_file(spoiled: Path, tmp_path: Path) -> None:
    first = rows(spoiled / "samples.csv")[0]["file"]
    for written in (r"C:\trial\fcs\none.fcs", r"C:\..\fcs\a.fcs", r"..\..\etc\passwd"):
        renamed(spoiled / "samples.csv", first, written)
        assert tregate("check", spoiled).code == 1
        first = written


def test_paths_read_on_windows() -> None:
    assert next(foreign_parts("/data/trial/a.fcs", windows=True)) == ("data", "trial", "a.fcs")
    assert list(foreign_parts(r"C:\trial\a.fcs", windows=True)) == []
    assert list(foreign_parts("/data/a.fcs", windows=False)) == []
    assert list(foreign_parts(r"fcs\a.fcs", windows=True)) == []


def test_long_paths_take_the_form_that_windows_opens() -> None:
    short, deep = PureWindowsPath(r"C:\a.fcs"), PureWindowsPath("C:\\" + "d" * 100 + "\\" + "e" * LONGEST + ".fcs")
    share = PureWindowsPath(r"\\server\share") / ("f" * LONGEST)
    assert str(within_limit(Path(str(short)), windows=True)) == str(short)
    assert str(within_limit(Path(str(deep)), windows=True)) == "\\\\?\\" + str(deep)
    assert str(within_limit(Path(str(share)), windows=True)) == "\\\\?\\UNC\\server\\share\\" + "f" * LONGEST
    assert within_limit(Path(str(deep)), windows=False) == Path(str(deep))
    extended = within_limit(Path(str(deep)), windows=True)
    assert within_limit(extended, windows=True) == extended


def test_a_file_with_a_long_path_is_gated(spoiled: Path, tmp_path: Path) -> None:
    first = rows(spoiled / "samples.csv")[0]["file"]
    long = Path("fcs", *["a" * 60] * 5, Path(first).name)
    (spoiled / long).parent.mkdir(parents=True)
    (spoiled / first).rename(spoiled / long)
    renamed(spoiled / "samples.csv", first, str(long).replace("/", "\\"))
    done = run_study(spoiled, tmp_path / "out", "--only", "*S01_D1_*")
    assert done.code == 0, done.err
