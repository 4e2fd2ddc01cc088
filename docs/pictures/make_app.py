"""Make the pictures of docs/first-study.md: a folder of an instrument goes through the application in Chromium.

    .venv/bin/python docs/pictures/make_app.py

Needs the Chromium of the system.
"""

import csv
import io
import os
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[1] / "tests")]

from app_server import app_serving  # noqa: E402
from chromium import Browser, chromium  # noqa: E402
from instrument_folder import instrument_folder  # noqa: E402

PASTE = """
const data = new DataTransfer();
data.setData("text/plain", arguments[0]);
const pasted = { clipboardData: data, bubbles: true, cancelable: true };
document.activeElement.dispatchEvent(new ClipboardEvent("paste", pasted));
"""


def main() -> int:
    """Write app_folder, app_files, app_study, app_strategy, app_draw, app_run and app_results.png beside this file."""
    home = Path(tempfile.gettempdir()) / "laboratory"  # a name that may be seen on the pictures
    home.mkdir()
    os.environ["HOME"] = str(home)  # the page lists the home folder
    try:
        folder = home / "IL-2 pilot"
        written = instrument_folder(folder)
        with app_serving(None, home) as server, chromium() as page:
            page.size(1280, 800)
            page.open(server.link)
            page.until("return document.body.dataset.ready === 'yes'")
            lead(page, folder, written)
    finally:
        shutil.rmtree(home)
    return 0


def lead(page: Browser, folder: Path, written: dict[str, str]) -> None:
    """Go through the steps, and take a picture of each."""
    page.page.fill("#path", str(folder))
    page.press("Enter")
    page.until("return !document.querySelector('#reading').hidden")
    save(page, "app_folder")
    page.click("#make")
    page.until("return document.body.dataset.shown === 'files'")
    page.page.select_option("#sheet", "bead_lots")
    page.until("return document.querySelector('.grid').getAttribute('aria-label') === 'Bead lots'")
    page.click(".grid")
    lots = list(csv.reader(io.StringIO(written["bead_lots.csv"])))[1:]
    page.run(PASTE, "\n".join("\t".join(row[:3]) for row in lots))
    page.until("return document.querySelectorAll('.grid .body .row').length === 2")
    page.page.select_option("#sheet", "samples")
    page.until("return document.querySelector('.grid').getAttribute('aria-label') === 'Files'")
    heads = "[...document.querySelectorAll('.grid .head button')]"
    column = page.run(f"return {heads}.findIndex((one) => one.textContent.startsWith('bead_lot'))")
    page.click(f"#cell-0-{column}")
    lot = lots[0][0]
    rows = list(csv.DictReader(io.StringIO((folder / "samples.csv").read_text(encoding="utf-8"))))
    by_beads = [row["tube"] in ("T", "NK") and not row["exclude"] for row in rows]
    page.run(PASTE, "\n".join(f"{lot}\t100\t100" if counted else "\t\t" for counted in by_beads))
    page.until("return document.body.dataset.saved === 'All changes are written'")
    page.click(f"#cell-{by_beads.index(True)}-{column}")
    page.press("F2")
    page.page.fill(".grid input.edit", lot.replace("7", "1"))
    page.press("Enter", "ArrowUp")
    page.until("return document.body.dataset.problems === '1'")
    save(page, "app_files")
    page.click("#undo")
    page.until("return document.body.dataset.problems === '0'")
    page.click("[data-next=setup]")
    page.until("return document.body.dataset.shown === 'setup'")
    save(page, "app_study")
    page.click("nav [data-view=strategy]")
    page.until("return document.body.dataset.shown === 'strategy'")
    page.page.select_option("#population", "singlets")
    page.until("return document.querySelector('#gate-spread')")
    page.page.fill("#gate-spread", "1,5")
    page.press("Tab")
    page.click("#try")
    page.until("return document.body.dataset.tried")
    save(page, "app_strategy")
    draw_template(page)
    save(page, "app_draw")
    page.click("nav [data-view=run]")
    page.until("return document.body.dataset.shown === 'run'")
    page.click("#start")
    page.until("return document.querySelector('#progress').value > 8", 120)
    save(page, "app_run")
    page.until("return document.body.dataset.run === 'ended'", 120)
    page.click("[data-next=results]")
    page.until("return document.body.dataset.table")
    page.page.wait_for_timeout(500)
    save(page, "app_results")


def draw_template(page: Browser) -> None:
    """An ellipse around the Treg of the first tube, as a template that moves with the CD4+ cells."""
    page.page.select_option("#kind", "TREG")
    page.until("return document.querySelector('#population option[value=\"CD25hi CD127lo\"]')")
    page.page.select_option("#population", "CD25hi CD127lo")
    page.until("return document.querySelector('#method').textContent.startsWith('diagonal')")
    page.page.select_option("#draw-use", "template")
    page.page.select_option("#draw-shape", "ellipse")
    page.click("#draw")
    page.until("return !document.querySelector('#draw-stop').hidden")
    plot = page.page.locator("#tried article:first-child figure:nth-child(2) canvas")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    mouse = page.page.mouse
    mouse.move(box["x"] + 0.44 * box["width"], box["y"] + 0.6 * box["height"])
    mouse.down()
    mouse.move(box["x"] + 0.72 * box["width"], box["y"] + 0.86 * box["height"])
    mouse.up()
    page.click("#draw-keep")
    page.until("return document.querySelector('#drawn-yaml').textContent.startsWith('gate: {kind: template')")
    page.until("return !document.querySelector('#tried').hasAttribute('aria-busy')")
    page.run("document.querySelector('#draw-shape').closest('fieldset').scrollIntoView(); scrollBy(0, -50)")


def save(page: Browser, name: str) -> None:
    (HERE / f"{name}.png").write_bytes(page.screenshot())


if __name__ == "__main__":
    sys.exit(main())
