"""The report of the hostile study in a real browser, for the files that look at it."""

from collections.abc import Iterator

import pytest
from chromium import Browser, chromium
from report_study import context

from tregate.pipelines.report.page import write_report


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as page:
        page.size(1400, 900)
        yield page


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_report(path, context())
    return path.as_uri()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Browser]:
    """The page as a new reader sees it; afterwards: nothing was refused, nothing was asked for."""
    browser.open(address)
    browser.run("localStorage.clear()")
    browser.console(), browser.requests()
    browser.open("about:blank")
    browser.open(address)
    yield browser
    assert browser.console() == []
    assert [url for url in browser.requests() if url.partition("#")[0] not in (address, "about:blank")] == []
