"""A run to be reviewed, and the page as a reader with a name opens it, for each file of tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Browser, chromium
from cli_running import run_study
from review_page import give_name, open_page
from review_server import Server, serving

from tregate.fixtures.trial import make_trial


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as page:
        page.size(1440, 900)
        yield page


@pytest.fixture(scope="module")
def n_events() -> int:
    """Of each tube of the `study`: few, so that checks warn."""
    return 8_000


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, n_events: int) -> Path:
    """A trial of 6 small tubes, and its run in `out`."""
    folder = tmp_path_factory.mktemp("reviewed")
    make_trial(folder / "trial", seed=7, subjects=1, visits=("D1", "D8"), events=(n_events, n_events), withdrawn=0)
    assert run_study(folder / "trial", folder / "out", "--report", "all").code == 0
    return folder


@pytest.fixture(scope="module")
def out(study: Path) -> Path:
    """The run of the file's `study`."""
    return study / "out"


@pytest.fixture
def server(out: Path, tmp_path: Path) -> Iterator[Server]:
    """A server over the run, without decisions of earlier tests."""
    (out / "audit.jsonl").unlink(missing_ok=True)
    with serving(out, tmp_path) as running:
        yield running


@pytest.fixture
def refusals() -> tuple[str, ...]:
    """Status codes with which the server may refuse what the file's tests ask for."""
    return ()


@pytest.fixture
def page(browser: Browser, server: Server, refusals: tuple[str, ...]) -> Iterator[Browser]:
    """The page with the name of its reader; afterwards: nothing else was refused."""
    open_page(browser, server.link)
    give_name(browser, "A. Reader")
    yield browser
    assert [line for line in browser.console() if not any(code in line for code in refusals)] == []
    browser.open("about:blank")
