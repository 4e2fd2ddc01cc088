"""`tregate app` in a real browser: from a folder of an instrument to signed tables that are the command line's."""

import csv
import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_server import app_serving
from chromium import CHROMIUM, MISSING, Browser, chromium
from cli_running import rows, tregate
from instrument_folder import instrument_folder
from review_server import Server

pytestmark = [pytest.mark.skipif(not CHROMIUM, reason=MISSING), pytest.mark.timeout(600)]

MOST_INTERACTIONS = 60
ANSWER = 0.2
"""Seconds within which the grid of 2,000 rows follows (median of 5)."""
PASTE = """
const data = new DataTransfer();
data.setData("text/plain", arguments[0]);
const told = { clipboardData: data, bubbles: true, cancelable: true };
document.activeElement.dispatchEvent(new ClipboardEvent("paste", told));
"""


class Person:
    """What a person does, counted: a click, a key, a field filled, a choice, a paste."""

    def __init__(self, page: Browser) -> None:
        self.page, self.done = page, 0

    def click(self, selector: str) -> None:
        self.done += 1
        self.page.click(selector)

    def fill(self, selector: str, text: str) -> None:
        self.done += 1
        self.page.page.fill(selector, text)

    def leave(self) -> None:
        self.done += 1
        self.page.press("Tab")

    def press(self, key: str) -> None:
        self.done += 1
        self.page.press(key)

    def choose(self, selector: str, value: str) -> None:
        self.done += 1
        self.page.page.select_option(selector, value)

    def paste(self, text: str) -> None:
        self.done += 1
        self.page.run(PASTE, text)

    def wait(self, name: str, value: str) -> None:
        self.page.until(f"return document.body.dataset[{name!r}] === {value!r}", 60)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("instrument") / "IL-2 pilot"
    return folder, instrument_folder(folder)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as page:
        page.size(1440, 900)
        yield page


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with app_serving(None, tmp_path) as running:
        yield running


def opened(browser: Browser, server: Server) -> Person:
    browser.open(server.link)
    browser.until("return document.body.dataset.ready === 'yes'")
    return Person(browser)


def lots_and_volumes(told: dict[str, str], files: list[str], wrong: str) -> str:
    """Lot and volumes for the rows of the grid as a laboratory's sheet has them, the lot of one file mistyped."""
    trial = {
        f"{row['subject']} {row['visit']} {row['tube']}": row
        for row in csv.DictReader(io.StringIO(told["samples.csv"]))
    }
    lines = []
    for file in files:
        name = re.sub(r"^Specimen_001_|_\d+\.fcs$", "", file)
        row = trial.get(name, {})
        lot = row.get("bead_lot", "")
        lot = lot.replace("FC-71", "FC-7l") if name == wrong else lot
        lines.append(
            "\t".join(
                (lot, row.get("bead_volume_ul", "") if lot else "", row.get("blood_volume_ul", "") if lot else "")
            )
        )
    return "\n".join(lines)


def test_from_a_folder_of_an_instrument_to_signed_tables(
    browser: Browser, server: Server, made: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder, told = tmp_path / made[0].name, made[1]
    shutil.copytree(made[0], folder)
    person = opened(browser, server)

    person.fill("#path", str(folder))
    person.press("Enter")
    browser.until("return !document.querySelector('#reading').hidden")
    assert "27 of 29 FCS files recognised: 3 subjects" in browser.text("#reading-lines")
    assert not (folder / "study.yaml").exists()
    person.click("#make")
    person.wait("shown", "files")

    person.choose("#sheet", "bead_lots")
    browser.until("return document.querySelector('.grid').getAttribute('aria-label') === 'Bead lots'")
    person.click(".grid")
    lots = "\n".join("\t".join(row[:3]) for row in list(csv.reader(io.StringIO(told["bead_lots.csv"])))[1:])
    person.paste(lots)
    browser.until("return document.querySelectorAll('.grid .body .row').length === 2")
    person.wait("saved", "All changes are written")
    person.choose("#sheet", "samples")
    browser.until("return document.querySelector('.grid').getAttribute('aria-label') === 'Files'")
    assert "bead_lots: bead_lots.csv" in (folder / "study.yaml").read_text(encoding="utf-8")

    person.click(cell(browser, 0, "bead_lot"))
    files = [row["file"] for row in rows(folder / "samples.csv")]
    person.paste(lots_and_volumes(told, files, wrong="S02 D8 NK"))
    person.wait("saved", "All changes are written")
    person.wait("problems", "1")
    person.click("#faulty")
    browser.until("return document.querySelectorAll('.grid .body .row').length === 1")
    assert "FC-7l" in browser.text(".grid .problem")
    assert "is not in the list of bead lots" in browser.text(".grid .says")
    person.click(".grid .problem")
    assert "is not in the list of bead lots" in browser.text("#cell-words")
    right = browser.text(".grid .problem").replace("FC-7l", "FC-71")
    person.press("F2")
    person.fill(".grid input.edit", right)
    person.press("Enter")
    person.wait("problems", "0")
    person.click("#check")
    person.wait("checked", "0")

    person.click("[data-next=setup]")
    person.wait("shown", "setup")
    person.fill("#key-preparation_cv_percent", "1,0")
    person.leave()
    browser.until("return document.querySelector('#key-preparation_cv_percent').value === '1'")
    person.choose("#key-analysis-primary_visit", "D8")
    person.wait("saved", "All changes are written")
    assert "primary_visit: D8" in (folder / "study.yaml").read_text(encoding="utf-8")
    assert "# in order; the first is the baseline" in (folder / "study.yaml").read_text(encoding="utf-8")

    person.click("[data-next=run]")
    person.wait("shown", "run")
    person.click("#start")
    person.wait("run", "running")
    person.wait("run", "ended")
    assert "27 of 29 tubes gated" in browser.text("#run-end") or "27 of 27 tubes gated" in browser.text("#run-end")
    person.click("[data-next=results]")
    browser.until("return document.body.dataset.table === 'nk.csv'")

    person.click("#to-review")
    browser.until("return document.querySelector('#who') && document.body.dataset.ready === 'yes'", 120)
    person.fill("#who", "A. Reader")
    browser.run("document.activeElement.blur()")
    for number in range(1, 28):
        person.press("r")
        browser.until(f"return document.querySelector('#progress').textContent.includes('· {number} decisions')")
    browser.page.go_back()
    person.done += 1
    browser.until("return document.body.dataset.shown === 'results' && document.body.dataset.ready === 'yes'")
    browser.until("return document.querySelector('#results-state').textContent.includes('27 decisions')")
    person.fill("#sign-who", "A. Reader")
    person.click("#sign")
    browser.until("return document.querySelector('#signatures .ok')")
    with browser.page.expect_download() as download:
        person.click("#to-archive")
    zipped = tmp_path / "all.zip"
    download.value.save_as(zipped)
    assert person.done <= MOST_INTERACTIONS

    # what it made is what the command line makes of the files that it wrote
    out = folder / "RESULTS"
    assert tregate("run", folder, "--out", tmp_path / "cli").code == 0
    ours = {path.name: path.read_bytes() for path in out.iterdir() if path.suffix in (".csv", ".xlsx", ".md", ".svg")}
    theirs = {path.name: path.read_bytes() for path in (tmp_path / "cli").iterdir() if path.name in ours}
    assert len(ours) > 8
    assert ours == theirs
    assert any(float(row["treg_per_ul"] or 0) > 0 for row in rows(out / "treg.csv"))
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(tmp_path / "elsewhere")
    (again,) = (tmp_path / "elsewhere").rglob("RESULTS")
    assert tregate("verify", again).code == 0
    assert browser.console() == []
    assert [url for url in browser.requests() if not url.startswith(server.origin)] == []
    print(f"interactions: {person.done}")


def cell(browser: Browser, at: int, column: str) -> str:
    """The selector of a cell in view."""
    names = browser.run("return [...document.querySelectorAll('.grid .head button')].map((one) => one.title)")
    return f"#cell-{at}-{names.index(column)}"
