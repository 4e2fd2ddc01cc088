"""`tregate app` as a new user meets it: what is typed wrong stays in sight, and each message names the cure."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from accessibility import serious_faults
from app_person import ask_for, cell, open_study, opened
from chromium import CHROMIUM, MISSING, Browser
from cli_running import rows, tregate
from review_server import Server

pytestmark = [pytest.mark.skipif(not CHROMIUM, reason=MISSING), pytest.mark.timeout(600)]


def folder_of(instrument: Any, folder: Path, *names: str) -> Path:
    """A folder of washed tubes under other names."""
    folder.mkdir()
    for name, path in zip(names, sorted(instrument.folder.glob("*TREG*.fcs")), strict=False):
        shutil.copyfile(path, folder / name)
    return folder


@pytest.fixture(scope="module")
def percentages(instrument: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of one subject at two visits, run without bead loads."""
    folder = tmp_path_factory.mktemp("first use") / "percentages"
    folder.mkdir()
    for path in instrument.folder.glob("*S01 D[18] *"):
        if "NK" in path.name or "TREG" in path.name:
            shutil.copyfile(path, folder / path.name)
    assert tregate("init", folder).code == 0
    assert tregate("run", folder, "--out", folder / "RESULTS").code == 0
    return folder


def test_an_invalid_pattern_stays_in_sight_and_is_not_applied_to_another_folder(
    browser: Browser, server: Server, instrument: Any, tmp_path: Path
) -> None:
    first = folder_of(instrument, tmp_path / "first", "S01_D1_TREG.fcs", "S01_D8_TREG.fcs")
    other = folder_of(instrument, tmp_path / "other", "S07 V1 TREG.fcs", "S07 V2 TREG.fcs")
    person = opened(browser, server)
    ask_for(person, first)
    browser.until("return document.querySelector('#reading-lines').textContent.includes('2 of 2 FCS files')")
    assert browser.run("return document.querySelector('#make').disabled") is False
    person.fill("#pattern", "garbage {foo}")
    person.press("Enter")
    browser.until("return document.querySelector('#pattern-fault').textContent.includes('is not valid (foo)')")
    assert browser.page.is_visible("#pattern")
    assert browser.run("return document.querySelector('#make').disabled") is True
    assert browser.run("return document.querySelectorAll('#reading-rows tbody tr').length") == 0
    assert serious_faults(browser) == []
    ask_for(person, other)
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


def test_a_run_without_bead_loads_shows_its_percentages_first_and_says_why_the_rest_is_empty(
    browser: Browser, server: Server, percentages: Path
) -> None:
    person = opened(browser, server)
    open_study(person, percentages)
    person.click("nav [data-view=results]")
    person.wait("table", "treg.csv")
    heads = browser.run("return [...document.querySelectorAll('#readable-rows th')].map((one) => one.textContent)")
    assert heads == ["subject", "visit", "Treg, % of CD4+", "Treg, % of CD4+, fold change", "flags"]
    shown = browser.run(
        "return [...document.querySelectorAll('#readable-rows tbody tr')]"
        ".map((row) => [...row.children].slice(0, -1).map((one) => one.firstChild.textContent))"
    )
    made = rows(percentages / "RESULTS" / "treg.csv")
    assert shown == [
        [
            row["subject"],
            row["visit"],
            *(f"{float(row[name]):#.3g}" for name in ("treg_percent_of_cd4", "fold_treg_percent")),
        ]
        for row in made
    ]
    last = "[...document.querySelectorAll('#readable-rows td:last-child')].map((one) => one.textContent.trim())"
    assert browser.run(f"return {last}") == [row["flags"].replace(";", "; ") for row in made]
    why = browser.text("#table-why")
    assert "every value is empty: Treg /µL; Treg, % of Teff; CD4+ /µL; Treg /µL, fold change." in why
    assert "Why: no bead load is declared" in why
    assert "Enter bead lot and volumes in the step Study (beads) or Files, then run again." in why
    # the file as it is lies behind
    assert not browser.page.is_visible("#table-rows")
    person.click("#as-file summary")
    assert made[0]["treg_percent_of_cd4"] in browser.text("#table-rows")
    assert serious_faults(browser) == []
    person.choose("#table", "summary.csv")
    person.wait("table", "summary.csv")
    assert (
        browser.text("#table-why") == "Empty mean, SD and median: fewer than 3 subjects have the value at that visit."
    )
    assert browser.page.is_visible("#table-rows")
    assert browser.console() == []


def test_names_filled_in_by_hand_become_the_plans_visits_by_a_button(
    browser: Browser, server: Server, instrument: Any, tmp_path: Path
) -> None:
    folder = folder_of(instrument, tmp_path / "plain", "a.fcs", "b.fcs")
    person = opened(browser, server)
    ask_for(person, folder)
    browser.until("return !document.querySelector('#reading').hidden")
    person.click("#make")
    person.wait("shown", "files")
    person.click(cell(browser, 0, "subject"))
    person.paste("S1\tbefore\nS1\tafter")
    person.wait("problems", "1")
    assert "The plan has no visits. Take them from the list of files" in browser.text("#checked")
    person.click("#take-visits")
    person.wait("problems", "0")
    assert "visits: [before, after]" in (folder / "study.yaml").read_text(encoding="utf-8")
    assert browser.page.is_hidden("#take-visits")
    assert browser.console() == []


def test_a_bead_load_of_a_washed_tube_is_marked_where_it_is_and_named_above_the_grid(
    browser: Browser, server: Server, percentages: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(percentages, tmp_path / "study"))
    person = opened(browser, server)
    browser.size(1366, 768)
    open_study(person, folder)
    person.choose("#sheet", "bead_lots")
    browser.until("return document.querySelector('#grid-none').textContent.startsWith('No lot is listed.')")
    person.choose("#sheet", "samples")
    browser.until("return document.querySelector('.grid').getAttribute('aria-label') === 'Files'")
    person.fill("#filter", "tube:TREG")
    browser.until("return document.querySelectorAll('.grid .body .row').length === 2")
    person.click(cell(browser, 0, "bead_volume_ul"))
    person.press("Control+a")
    person.paste("100")
    person.wait("saved", "All changes are written")
    browser.until("return document.querySelector('#checked').textContent.includes('2 rows: The washed tube has')")
    column = cell(browser, 0, "bead_volume_ul").rpartition("-")[2]
    marked = browser.run("return [...document.querySelectorAll('.grid .problem')].map((one) => one.dataset.i)")
    assert set(marked) == {column}
    # what a problem says leads to its cell; the first columns and the names of all stay in sight
    box = "document.querySelector('.grid')"
    browser.run(f"{box}.scrollLeft = 2000; {box}.scrollTop = 40")
    places = browser.run(
        f"const box = {box}.getBoundingClientRect(); return ['.head .frozen', '.body .frozen'].map((name) => "
        f"[...{box}.querySelectorAll(name)].slice(0, 5)"
        ".map((one) => Math.round(one.getBoundingClientRect().left - box.left)))"
    )
    assert places[0] == places[1] == sorted(places[0])
    assert len(places[0]) == 5
    assert places[0][0] <= 1
    tops = browser.run(f"return [{box}.querySelector('.head'), {box}].map((one) => one.getBoundingClientRect().top)")
    assert 0 <= tops[0] - tops[1] < 3
    browser.run(f"{box}.scrollTop = 0")
    person.click(".grid .body .row:has(.problem) .says")
    assert "The washed tube has a bead load" in browser.text("#cell-words")
    active = browser.run(
        f"const one = {box}.querySelector('.active').getBoundingClientRect(), "
        f"last = {box}.querySelector('.body .frozen.last').getBoundingClientRect(); return one.left >= last.right - 1"
    )
    assert active
    assert serious_faults(browser) == []
    # the panel of stains closes by Escape, and with the step
    person.click("#stains")
    browser.until("return !document.querySelector('#side').hidden")
    person.press("Escape")
    assert browser.page.is_hidden("#side")
    person.click("#stains")
    browser.until("return !document.querySelector('#side').hidden")
    person.click("nav [data-view=setup]")
    person.wait("shown", "setup")
    assert browser.page.is_hidden("#side")
    browser.size(1440, 900)
    assert browser.console() == []


def test_a_run_says_before_that_it_replaces_tables_and_a_dialog_names_what_it_does(
    browser: Browser, server: Server, percentages: Path, tmp_path: Path
) -> None:
    person = opened(browser, server)
    open_study(person, percentages)
    person.click("nav [data-view=run]")
    person.wait("shown", "run")
    assert browser.text("#run-replaces").startswith("RESULTS has the tables of a run. A new run replaces them")
    person.fill("#out", "SECOND")
    assert browser.text("#run-replaces") == ""
    assert serious_faults(browser) == []
    person.click("nav [data-view=results]")
    person.wait("shown", "results")
    person.fill("#sign-who", "A. Reader")
    person.click("#sign")
    browser.until("return document.querySelector('#ask').open")
    assert browser.text("#ask-ok") == "Sign"
    person.press("Escape")
    # another study begins with its own sheet and table
    person.click("nav [data-view=files]")
    person.wait("shown", "files")
    person.choose("#sheet", "bead_lots")
    other = Path(shutil.copytree(percentages, tmp_path / "other"))
    person.click("nav [data-view=begin]")
    person.wait("shown", "begin")
    ask_for(person, other)
    browser.until("return document.querySelector('.grid').getAttribute('aria-label') === 'Files'")
    assert browser.run("return document.querySelector('#sheet').value") == "samples"
    assert browser.console() == []
