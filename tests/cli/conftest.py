"""A small trial, made once, and copies of it to spoil."""

import shutil
from pathlib import Path

import pytest
from cli_running import run_study, tregate

from tregate.fixtures.arms_trial import make_arms_trial
from tregate.fixtures.trial import make_trial


@pytest.fixture(scope="session")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a trial of 2 subjects and 2 visits; not to be changed."""
    folder = tmp_path_factory.mktemp("trial")
    make_trial(
        folder, seed=4, subjects=2, visits=("D1", "D8"), events=(9_000, 11_000), formats=("float_little", "lmd"),
        withdrawn=0,
    )  # fmt: skip
    return folder


@pytest.fixture(scope="session")
def tables(trial: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the trial's tables."""
    out = tmp_path_factory.mktemp("tables")
    done = run_study(trial, out)
    assert done.code == 0, done.err
    return out


@pytest.fixture
def spoiled(trial: Path, tmp_path: Path) -> Path:
    """A copy of the trial for one test."""
    return Path(shutil.copytree(trial, tmp_path / "spoiled"))


@pytest.fixture(scope="session")
def arms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a trial of placebo and two doses, 4 subjects each; not to be changed."""
    folder = tmp_path_factory.mktemp("arms")
    make_arms_trial(folder, seed=2, per_arm=4, events=(7_000, 9_000))
    return folder


@pytest.fixture(scope="session")
def arms_tables(arms: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of its tables; not to be changed."""
    out = tmp_path_factory.mktemp("arms_tables")
    done = tregate("run", arms, "--out", out, "--workers", "2", "--report", "none")
    assert done.code == 0, done.err
    return out
