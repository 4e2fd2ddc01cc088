"""The step Results: possible readings and signatures, what flags mean, and manual counts beside the run."""

from pathlib import Path

import pytest
from accessibility import serious_faults
from app_person import Person, open_study, opened
from chromium import CHROMIUM, MISSING, Browser
from cli_running import rows, run_study, tregate
from review_server import Server, entered

from tregate.fixtures.trial import make_trial

pytestmark = [pytest.mark.skipif(not CHROMIUM, reason=MISSING), pytest.mark.timeout(300)]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study of three tubes, and its run in RESULTS."""
    folder = tmp_path / "study"
    make_trial(folder, seed=7, subjects=1, visits=("D1",), events=(8_000, 8_000), withdrawn=0)
    assert run_study(folder, folder / "RESULTS").code == 0
    return folder


def results(browser: Browser, server: Server, study: Path) -> Person:
    person = opened(browser, server)
    open_study(person, study, "results")
    return person


def signs(person: Person, name: str) -> None:
    person.fill("#sign-who", name)
    person.click("#sign")
    person.page.until("return document.querySelector('#ask').open")
    person.page.page.fill("#ask-input", "a pilot")
    person.press("Enter")


def offered(browser: Browser) -> list[str]:
    """Which of the buttons and fields of reading and signing are there and can be used."""
    return [
        name
        for name in ("second-review", "sign", "sign-second", "reopen")
        if browser.page.is_visible(f"#{name}") and browser.page.is_enabled(f"#{name}")
    ]


def test_only_what_is_possible_is_offered_and_every_signature_is_shown(
    browser: Browser, server: Server, study: Path, tmp_path: Path
) -> None:
    person = results(browser, server, study)
    assert offered(browser) == ["second-review", "sign"]
    assert "There is no second reading to sign" in browser.text("#sign-why")
    with entered(study / "RESULTS", tmp_path, "--second") as second:
        body = {"tubes": [0], "population": "", "mark": "confirmed", "who": "B. Reader", "reason": ""}
        assert second.post("/api/mark", body)[0] == 200
    person = results(browser, server, study)
    assert offered(browser) == ["second-review", "sign", "sign-second"]
    signs(person, "A. Reader")
    browser.until("return document.querySelectorAll('#signatures .ok').length === 1")
    assert offered(browser) == ["sign", "reopen"], "the study is locked: no second reading"
    assert browser.run("return document.querySelector('#sign-second').checked")
    assert browser.run("return document.querySelector('#sign-who').value") == "", "no name is taken over"
    signs(person, "a.  READER")
    browser.until("return document.querySelector('#toast').textContent.includes('is the first reader of this run')")
    signs(person, "B. Reader")
    browser.until("return document.querySelectorAll('#signatures .ok').length === 2")
    assert offered(browser) == ["reopen"]
    assert browser.text("#sign-why") == "Both readers have signed."
    both = browser.text("#signatures")
    assert "First reader: signed by A. Reader" in both
    assert "Second reader: signed by B. Reader" in both
    assert serious_faults(browser) == []

    person.fill("#sign-who", "A. Reader")
    person.click("#reopen")
    browser.until("return document.querySelector('#ask').open")
    browser.page.fill("#ask-input", "a lot was wrong")
    person.press("Enter")
    browser.until("return document.querySelectorAll('#signatures .note').length === 2")
    again = browser.text("#signatures")
    assert "First reader: signed by A. Reader" in again
    assert "no longer valid: A. Reader opened the study again" in again
    assert offered(browser) == ["second-review", "sign", "sign-second"]
    assert tregate("verify", study / "RESULTS").code == 0
    assert [line for line in browser.console() if "422" not in line] == []


def test_a_signed_study_without_second_reading_says_why_none_is_offered(
    browser: Browser, server: Server, study: Path
) -> None:
    person = results(browser, server, study)
    signs(person, "A. Reader")
    browser.until("return document.querySelectorAll('#signatures .ok').length === 1")
    assert offered(browser) == ["reopen"]
    assert "A second reading comes before the first signature: open the study again" in browser.text("#sign-why")
    assert browser.console() == []


def test_flags_have_a_legend_and_a_sheet_for_manual_counts_is_filled_in_and_compared(
    browser: Browser, server: Server, study: Path, tmp_path: Path
) -> None:
    person = results(browser, server, study)
    person.choose("#table", "nk.csv")
    person.wait("table", "nk.csv")
    made = rows(study / "RESULTS" / "nk.csv")
    shown = browser.run("return [...document.querySelectorAll('#flags dt')].map((one) => one.textContent)")
    assert set(shown) == {flag.partition(":")[0] for row in made for flag in row["flags"].split(";") if flag}
    assert browser.page.is_visible("#flags dd")
    assert "fewer than 20 events" in browser.text("#flags")
    last = "#readable-rows tbody tr:first-child td:last-child"
    assert "fewer than 20 events" in str(browser.page.get_attribute(last, "title"))
    assert serious_faults(browser) == []

    with browser.page.expect_download() as download:
        person.click("#to-manual")
    sheet = tmp_path / "manual counts.csv"
    download.value.save_as(sheet)
    head, *lines = sheet.read_text(encoding="utf-8").splitlines()
    assert head == "subject,visit,measure,value,reader"
    filled = [f"{line.removesuffix(',,')},100," if ",NK /µL," in line else line for line in lines]
    assert filled != lines
    sheet.write_text("\n".join([head, *filled]) + "\n", encoding="utf-8")
    browser.page.set_input_files("#manual", sheet)
    browser.until("return document.querySelector('#compared-rows td')")
    assert browser.text("#compared-rows tbody tr td:first-child") == "nk_per_ul"
    assert f"{len(lines) - 1} rows without a value were omitted." in browser.text("#compared")
    assert browser.console() == []
