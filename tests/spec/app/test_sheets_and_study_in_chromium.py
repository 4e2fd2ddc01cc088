"""Sheets and the form of the study as a new user meets them: arms, messages above the grid, parts of the form."""

from pathlib import Path

import pytest
from accessibility import serious_faults
from app_person import Person, cell, open_study, opened
from chromium import CHROMIUM, MISSING, Browser
from cli_running import rows
from review_server import Server

from tregate.fixtures.trial import make_trial

pytestmark = [pytest.mark.skipif(not CHROMIUM, reason=MISSING), pytest.mark.timeout(300)]

LONG = "Month " * 90


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    make_trial(folder, seed=7, subjects=2, visits=("D1",), events=(2_000, 2_000), withdrawn=0)
    return folder


@pytest.fixture
def person(browser: Browser, server: Server, study: Path) -> Person:
    person = opened(browser, server)
    open_study(person, study)
    return person


def test_the_sheet_of_arms_has_its_column_before_an_arm_is_entered(
    person: Person, browser: Browser, study: Path
) -> None:
    heads = "return [...document.querySelectorAll('.grid .head button')].map((one) => one.textContent)"
    person.choose("#sheet", "subjects")
    browser.until("return document.querySelector('.grid').getAttribute('aria-label') === 'Subjects and arms'")
    assert browser.run(heads) == ["subject", "arm"]
    assert "arm" not in browser.run(
        "return [...document.querySelectorAll('#add-column option')].map((one) => one.value)"
    )
    person.click("#all-subjects")
    browser.until("return document.querySelectorAll('.grid .row').length === 2")
    person.wait("saved", "All changes are written")
    assert browser.run(heads) == ["subject", "arm"]
    person.click(cell(browser, 0, "arm"))
    person.paste("placebo\nactive")
    person.wait("saved", "All changes are written")
    assert [row["arm"] for row in rows(study / "subjects.csv")] == ["placebo", "active"]
    person.click("#undo")
    person.wait("saved", "All changes are written")
    browser.until("return document.querySelector('#cell-0-1').textContent === ''")
    assert [row["arm"] for row in rows(study / "subjects.csv")] == ["", ""]
    assert browser.console() == []


def test_no_cell_moves_when_a_message_above_the_grid_gets_shorter(
    person: Person, browser: Browser, study: Path
) -> None:
    top = "return document.querySelector('.grid').getBoundingClientRect().top"
    person.click(cell(browser, 0, "visit"))
    person.paste(LONG)
    browser.until("return document.querySelector('#checked').textContent.includes('Month')")
    tall, high = browser.run(top), browser.run("return document.querySelector('#checked').offsetHeight")
    person.click("#undo")
    browser.until("return document.querySelector('#checked').textContent.includes('have no problems')")
    assert browser.run("return document.querySelector('#checked').offsetHeight") < high, "or nothing was tried"
    assert browser.run(top) == tall
    assert browser.console() == []


def test_parts_of_the_study_are_reached_from_a_list_by_keys(person: Person, browser: Browser) -> None:
    person.click("nav [data-view=setup]")
    person.wait("shown", "setup")
    links = browser.run("return [...document.querySelectorAll('#sections a')].map((one) => one.firstChild.textContent)")
    legends = browser.run("return [...document.querySelectorAll('#forms legend')].map((one) => one.textContent)")
    assert links == legends
    assert len(links) > 5
    assert browser.text("#to-part-1 small") == "1 of 3 filled in"
    browser.run("document.querySelector('#to-part-6').focus()")
    person.press("Enter")
    assert browser.run("return document.activeElement.textContent") == links[6]
    ends = "return ['#part-6', '.bar', '#to-part-0'].map((one) => document.querySelector(one).getBoundingClientRect())"
    part, bar, link = browser.run(f"{ends}.map((one) => [one.top, one.bottom])")
    assert bar[1] <= part[0] < 300
    assert bar[1] <= link[0], "the list stays in sight"
    assert "view=setup" in browser.run("return location.hash"), "the address stays that of the step"
    assert serious_faults(browser) == []
    browser.size(720, 450)
    try:
        assert serious_faults(browser) == []
        assert browser.run("return document.documentElement.scrollWidth <= innerWidth")
    finally:
        browser.size(1440, 900)
    assert browser.console() == []
