"""A run to be reviewed, without decisions, and servers over it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_running import run_study
from review_server import Server, entered


@pytest.fixture(scope="session")
def made(trial: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reviewed") / "out"
    assert run_study(trial, out, "--report", "all").code == 0
    return out


@pytest.fixture
def out(made: Path) -> Iterator[Path]:
    """The run without decisions; it stays beside its study."""
    yield made
    for name in ("audit.jsonl", "readers.csv"):
        (made / name).unlink(missing_ok=True)


@pytest.fixture
def server(out: Path, tmp_path: Path) -> Iterator[Server]:
    with entered(out, tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def standing(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all requests that decide nothing, over a copy beside the run."""
    folder = tmp_path_factory.mktemp("standing")
    with entered(Path(shutil.copytree(made, folder / "out")), folder) as running:
        yield running
