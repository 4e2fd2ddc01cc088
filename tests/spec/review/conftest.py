"""A run to be reviewed, and the page as a reader with a name opens it, for each file of tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Browser, chromium
from review_page import give_name, open_page
from review_server import Server, serving


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as page:
        page.size(1440, 900)
        yield page


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
def page(browser: Browser, server: Server) -> Iterator[Browser]:
    """The page with the name of its reader; afterwards: nothing was refused."""
    open_page(browser, server.link)
    give_name(browser, "A. Reader")
    yield browser
    assert browser.console() == []
    browser.open("about:blank")
