"""`tregate app` in a real browser: from a folder of an instrument to signed tables that are the command line's."""

import csv
import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_person import cell, opened
from app_server import app_serving
from chromium import CHROMIUM, MISSING, Browser, chromium
from cli_running import rows, tregate
from instrument_folder import instrument_folder
from review_server import Server

pytestmark = [pytest.mark.skipif(not CHROMIUM, reason=MISSING), pytest.mark.timeout(600)]

MOST_INTERACTIONS = 60


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("instrument") / "IL-2 pilot"
    return folder, instrument_folder(folder)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as page:
        page.size(1440, 900)
        yield page


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with app_serving(None, tmp_path_factory.mktemp("app")) as running:
        yield running


def lots_and_volumes(written: dict[str, str], files: list[str], wrong: str) -> str:
    """Lot and volumes for the rows of the grid as a laboratory's sheet has them, the lot of one file mistyped."""
    trial = {
        f"{row['subject']} {row['visit']} {row['tube']}": row
        for row in csv.DictReader(io.StringIO(written["samples.csv"]))
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
    folder, written = tmp_path / made[0].name, made[1]
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
    lots = "\n".join("\t".join(row[:3]) for row in list(csv.reader(io.StringIO(written["bead_lots.csv"])))[1:])
    person.paste(lots)
    browser.until("return document.querySelectorAll('.grid .body .row').length === 2")
    person.wait("saved", "All changes are written")
    person.choose("#sheet", "samples")
    browser.until("return document.querySelector('.grid').getAttribute('aria-label') === 'Files'")
    assert "bead_lots: bead_lots.csv" in (folder / "study.yaml").read_text(encoding="utf-8")

    person.click(cell(browser, 0, "bead_lot"))
    files = [row["file"] for row in rows(folder / "samples.csv")]
    person.paste(lots_and_volumes(written, files, wrong="S02 D8 NK"))
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
        browser.until(
            f"return document.querySelector('#progress').textContent.includes('· {number} decision')"
            " && document.querySelector('#tubes li.current').dataset.i === document.body.dataset.tube"
        )
    person.click("#back")
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


def test_axe_finds_no_serious_fault(
    browser: Browser, server: Server, made: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    axe = pytest.importorskip("axe_playwright_python.base", reason="needs axe-playwright-python (make setup)")
    folder = tmp_path / "study"
    shutil.copytree(made[0], folder)
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    person = opened(browser, server)
    person.fill("#path", str(folder))
    person.press("Enter")
    browser.until("return !document.querySelector('#reading').hidden")
    serious = {"begin": faults(browser, script)}
    person.click("#make")
    person.wait("problems", "0")
    for view in ("files", "setup", "strategy", "run", "results"):
        person.click(f"nav [data-view={view}]")
        person.wait("shown", view)
        serious[view] = faults(browser, script)
    assert serious == {view: [] for view in serious}
    browser.size(720, 450)  # 200 % of 1440 x 900
    try:
        for view in ("begin", "files", "setup", "strategy", "run", "results"):
            person.click(f"nav [data-view={view}]")
            person.wait("shown", view)
            assert browser.run("return document.documentElement.scrollWidth <= innerWidth"), view
    finally:
        browser.size(1440, 900)


def faults(browser: Browser, script: str) -> list[str]:
    """Rules of axe that the page breaks in a serious or critical way, with the first place of each."""
    browser.run(script)
    found = browser.run("return axe.run(document).then((found) => found.violations)")
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in ("serious", "critical")
    ]


def test_a_gate_is_changed_drawn_and_saved_by_eye(
    browser: Browser, server: Server, made: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder = tmp_path / "eye"
    shutil.copytree(made[0], folder)
    assert tregate("init", folder).code == 0
    person = opened(browser, server)
    person.fill("#path", str(folder))
    person.press("Enter")
    person.wait("shown", "files")
    person.click("nav [data-view=strategy]")
    person.wait("shown", "strategy")
    person.choose("#kind", "TREG")
    browser.until("return document.querySelector('#population option[value=\"CD25hi CD127lo\"]')")
    person.choose("#population", "singlets")
    browser.until("return document.querySelector('#method').textContent.startsWith('singlets')")
    person.fill("#gate-spread", "1,5")
    person.leave()
    person.click("#try")
    person.wait("tried", "3")
    assert browser.run("return document.querySelectorAll('#tried tr.changed').length") > 0
    person.choose("#population", "CD25hi CD127lo")
    browser.until("return document.querySelector('#method').textContent.startsWith('diagonal')")
    person.click("#draw")
    browser.until("return document.querySelectorAll('#tried canvas').length === 6")
    browser.until("return document.querySelector('#drawn').textContent.startsWith('Click')")
    box = browser.page.locator("#tried article:first-child figure:nth-child(2) canvas").bounding_box()
    assert box
    for x, y in ((0.6, 0.5), (0.95, 0.5), (0.95, 0.85), (0.6, 0.85)):
        browser.page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["width"] * 0.75)
    person.click("#draw")
    browser.until("return document.querySelector('#drawn').textContent.startsWith('gate: {kind: polygon')")
    assert browser.run("return document.querySelectorAll('#draft-list li').length") == 2
    person.fill("#version-who", "A. Reader")
    person.fill("#version-reason", "fixed for this panel")
    person.press("Enter")
    browser.until("return document.querySelector('#toast').textContent.includes('treg-2.yaml')")
    text = (folder / "treg-2.yaml").read_text(encoding="utf-8")
    assert "# Version 1.1, from treg.yaml: fixed for this panel" in text
    assert "gate: {kind: polygon, vertices: [[" in text
    assert "TREG: treg-2.yaml" in (folder / "study.yaml").read_text(encoding="utf-8")
    assert tregate("check", folder).code == 0
    assert not browser.run("return document.querySelector('#toast').textContent.includes('on the disk')")
    assert browser.console() == []


def test_a_folder_whose_names_say_nothing_is_set_up_by_hand(
    browser: Browser, server: Server, made: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    files = sorted(made[0].glob("*TREG*.fcs"))[:2]
    for name, path in zip("ab", files, strict=True):
        shutil.copyfile(path, folder / f"{name}.fcs")
    person = opened(browser, server)
    person.fill("#path", str(folder))
    person.press("Enter")
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
