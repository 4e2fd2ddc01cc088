"""The step Study while earlier values are still being written: what is typed is kept and is what the file has."""

import shutil
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from accessibility import serious_faults
from app_person import open_study, opened
from chromium import CHROMIUM, MISSING, Browser
from cli_running import tregate
from review_server import Server

pytestmark = [pytest.mark.skipif(not CHROMIUM, reason=MISSING), pytest.mark.timeout(600)]
SLOW_DISK = 0.4
"""Seconds that each writing takes here."""


@pytest.fixture
def study(browser: Browser, server: Server, instrument: Any, tmp_path: Path) -> Any:
    """The step Study of a folder of tubes with beads, where writing takes its time."""
    folder = tmp_path / "beads"
    folder.mkdir()
    for path in instrument.folder.glob("*S01 D[18] *"):
        shutil.copyfile(path, folder / path.name)
    assert tregate("init", folder).code == 0
    person = opened(browser, server)
    open_study(person, folder, "setup")

    def slowly(route: Any) -> None:
        time.sleep(SLOW_DISK)
        route.continue_()

    browser.page.route("**/api/keys*", slowly)
    yield folder / "study.yaml"
    browser.page.unroute("**/api/keys*")


def names(visits: list[Any]) -> list[str]:
    return [visit["name"] if isinstance(visit, dict) else visit for visit in visits]


def written(browser: Browser, path: Path) -> Any:
    browser.until("return document.body.dataset.saved === 'All changes are written'")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def typed_over(browser: Browser, *texts: str, delay: float = 30) -> None:
    """Into the field that has the focus, and one after the other into those that follow, as fast as a person types."""
    for text in texts:
        browser.page.keyboard.press("ControlOrMeta+a")
        browser.page.keyboard.type(text, delay=delay)
        browser.page.keyboard.press("Tab")


BEADS = "[id^='key-beads-0-']"


def test_numbers_typed_one_after_the_other_are_all_written(browser: Browser, study: Path) -> None:
    cells = browser.page.locator(BEADS)
    cells.nth(0).select_option("T")
    for first in (101, 202, 303):
        cells.nth(1).focus()
        typed_over(browser, *(str(first + i) for i in range(3)))
    there = written(browser, study)["beads"]["T"]
    assert [cells.nth(i).input_value() for i in (0, 1, 2, 3)] == ["T", "303", "304", "305"]
    assert [str(value) for value in there.values()] == ["303", "304", "305"]


def test_a_redraw_keeps_the_selection_that_is_typed_over(browser: Browser, study: Path) -> None:
    cells = browser.page.locator(BEADS)
    cells.nth(0).select_option("T")
    cells.nth(1).focus()
    typed_over(browser, "581")
    browser.page.keyboard.press("Shift+Tab")
    browser.page.keyboard.press("ControlOrMeta+a")
    written(browser, study)
    browser.page.keyboard.type("305")
    browser.page.keyboard.press("Tab")
    written(browser, study)
    assert cells.nth(1).input_value() == "305"


def test_visits_renamed_and_added_at_once_are_those_of_the_file(browser: Browser, study: Path) -> None:
    before = names(yaml.safe_load(study.read_text())["visits"])
    assert before == ["D1", "D8"]
    browser.page.locator("#key-visits-0-0").focus()
    browser.page.keyboard.press("ControlOrMeta+a")
    browser.page.keyboard.type("V1", delay=30)
    browser.page.locator("#key-visits-1-0").focus()
    browser.page.keyboard.press("ControlOrMeta+a")
    browser.page.keyboard.type("V2", delay=30)
    browser.page.locator("#key-visits-2-0").focus()
    browser.page.keyboard.type("V3", delay=30)
    browser.page.keyboard.press("Tab")
    there = written(browser, study)["visits"]
    assert names(there) == ["V1", "V2", "V3"]
    browser.until("return Boolean(document.querySelector('#key-visits-up-2'))")
    browser.page.click("#key-visits-up-2")
    browser.until("return document.querySelector('#key-visits-1-0').value === 'V3'")
    assert names(written(browser, study)["visits"]) == ["V1", "V3", "V2"]
    assert serious_faults(browser) == []


def test_visits_that_no_file_has_give_way_to_those_of_the_files(browser: Browser, study: Path) -> None:
    for row, name in ((0, "first"), (1, "second")):
        browser.page.locator(f"#key-visits-{row}-0").focus()
        typed_over(browser, name)
    assert names(written(browser, study)["visits"]) == ["first", "second"]
    browser.page.click("#visits-of-files")
    browser.until("return document.querySelector('#key-visits-0-0').value === 'D1'")
    assert names(written(browser, study)["visits"]) == ["D1", "D8"]
