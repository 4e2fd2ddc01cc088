"""`tregate app` as a new user meets it: what is typed wrong stays in sight, and each message names the cure."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from accessibility import serious_faults
from app_person import Person, opened
from chromium import CHROMIUM, MISSING, Browser
from review_server import Server

pytestmark = [pytest.mark.skipif(not CHROMIUM, reason=MISSING), pytest.mark.timeout(600)]


def folder_of(instrument: Any, folder: Path, *names: str) -> Path:
    """A folder of washed tubes under other names."""
    folder.mkdir()
    for name, path in zip(names, sorted(instrument.folder.glob("*TREG*.fcs")), strict=False):
        shutil.copyfile(path, folder / name)
    return folder


def asked_for(person: Person, folder: Path) -> None:
    person.fill("#path", str(folder))
    person.press("Enter")


def test_an_invalid_pattern_stays_in_sight_and_is_not_applied_to_another_folder(
    browser: Browser, server: Server, instrument: Any, tmp_path: Path
) -> None:
    first = folder_of(instrument, tmp_path / "first", "S01_D1_TREG.fcs", "S01_D8_TREG.fcs")
    other = folder_of(instrument, tmp_path / "other", "S07 V1 TREG.fcs", "S07 V2 TREG.fcs")
    person = opened(browser, server)
    asked_for(person, first)
    browser.until("return document.querySelector('#reading-lines').textContent.includes('2 of 2 FCS files')")
    assert browser.run("return document.querySelector('#make').disabled") is False
    person.fill("#pattern", "garbage {foo}")
    person.press("Enter")
    browser.until("return document.querySelector('#pattern-fault').textContent.includes('is not valid (foo)')")
    assert browser.page.is_visible("#pattern")
    assert browser.run("return document.querySelector('#make').disabled") is True
    assert browser.run("return document.querySelectorAll('#reading-rows tbody tr').length") == 0
    assert serious_faults(browser) == []
    asked_for(person, other)
    browser.until("return document.querySelector('#reading-rows').textContent.includes('S07 V2 TREG.fcs')")
    assert browser.run("return document.querySelector('#pattern').value") == ""
    assert browser.text("#pattern-fault") == ""
    assert str(other) in browser.text("#here")
    person.fill("#pattern", "garbage {foo}")
    person.press("Enter")
    browser.until("return document.querySelector('#pattern-fault').textContent.includes('is not valid (foo)')")
    person.fill("#pattern", "")
    person.press("Enter")
    browser.until("return !document.querySelector('#make').disabled")
    assert [line for line in browser.console() if "422" not in line] == []
