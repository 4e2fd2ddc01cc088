"""`tregate app` in a real browser: from a folder of an instrument to signed tables that are the command line's."""

import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from accessibility import serious_faults
from app_person import ask_for, cell, opened
from app_script import Script
from chromium import CHROMIUM, MISSING, Browser
from cli_running import rows, tregate
from review_server import Server

pytestmark = [pytest.mark.skipif(not CHROMIUM, reason=MISSING), pytest.mark.timeout(600)]

MOST_INTERACTIONS = 60


def test_from_a_folder_of_an_instrument_to_signed_tables(
    browser: Browser, server: Server, instrument: Any, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(instrument.folder, tmp_path / instrument.folder.name))
    person = opened(browser, server)
    script = Script(person, folder, instrument.written, tmp_path / "all.zip")
    for step in script.steps():
        script.arrive(step.view)
        step.do()
        assert step.is_kept is None or step.is_kept(), step.name
    assert person.done <= MOST_INTERACTIONS

    # what it made is what the command line makes of the files that it wrote
    out = script.out
    assert tregate("run", folder, "--out", tmp_path / "cli").code == 0
    ours = {path.name: path.read_bytes() for path in out.iterdir() if path.suffix in (".csv", ".xlsx", ".md", ".svg")}
    theirs = {path.name: path.read_bytes() for path in (tmp_path / "cli").iterdir() if path.name in ours}
    assert len(ours) > 8
    assert ours == theirs
    assert any(float(row["treg_per_ul"] or 0) > 0 for row in rows(out / "treg.csv"))
    with zipfile.ZipFile(script.archive) as archive:
        archive.extractall(tmp_path / "elsewhere")
    (again,) = (tmp_path / "elsewhere").rglob("RESULTS")
    assert tregate("verify", again).code == 0
    assert browser.console() == []
    assert [url for url in browser.requests() if not url.startswith(server.origin)] == []
    print(f"interactions: {person.done}")


def test_axe_finds_no_serious_fault(browser: Browser, server: Server, instrument: Any, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(instrument.folder, folder)
    person = opened(browser, server)
    ask_for(person, folder)
    browser.until("return !document.querySelector('#reading').hidden")
    serious = {"begin": serious_faults(browser)}
    person.click("#make")
    person.wait("problems", "0")
    for view in ("files", "setup", "strategy", "run", "results"):
        person.click(f"nav [data-view={view}]")
        person.wait("shown", view)
        serious[view] = serious_faults(browser)
    assert serious == {view: [] for view in serious}
    browser.size(720, 450)  # 200 % of 1440 x 900
    try:
        for view in ("begin", "files", "setup", "strategy", "run", "results"):
            person.click(f"nav [data-view={view}]")
            person.wait("shown", view)
            assert browser.run("return document.documentElement.scrollWidth <= innerWidth"), view
    finally:
        browser.size(1440, 900)


def test_a_folder_whose_names_say_nothing_is_set_up_by_hand(
    browser: Browser, server: Server, instrument: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    files = sorted(instrument.folder.glob("*TREG*.fcs"))[:2]
    for name, path in zip("ab", files, strict=True):
        shutil.copyfile(path, folder / f"{name}.fcs")
    person = opened(browser, server)
    ask_for(person, folder)
    browser.until("return !document.querySelector('#reading').hidden")
    person.click("#make")
    person.wait("shown", "files")
    person.click(cell(browser, 0, "subject"))
    person.paste("S1\tbefore\nS1\tafter")
    person.wait("saved", "All changes are written")
    person.click(cell(browser, 0, "tube"))
    person.paste("T\nT")
    person.wait("saved", "All changes are written")
    person.click("[data-next=setup]")
    person.wait("shown", "setup")
    person.click("#visits-of-files")
    browser.until("return document.querySelector('#key-visits-1-0')?.value === 'after'")
    study = folder / "study.yaml"
    assert "visits: [before, after]   # in order" in study.read_text(encoding="utf-8")
    person.fill("#key-absent", "")
    person.fill("[aria-label='tube, new row']", "T")
    person.choose("[aria-label='strategy, new row']", "treg")
    browser.until("return document.querySelector('[aria-label=\"strategy of T\"]')")
    person.choose("[aria-label='strategy of TREG']", "")
    browser.until("return !document.querySelector('[aria-label=\"strategy of TREG\"]')")
    person.wait("saved", "All changes are written")
    browser.until("return document.querySelector('#setup-problems .note')")
    assert tregate("check", folder).code == 0
    assert not browser.run("return document.querySelector('#toast').textContent.includes('on the disk')")
    assert browser.console() == []
