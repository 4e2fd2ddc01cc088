"""Make the pictures of the README: a trial with a few bad tubes is generated, run and looked at in Chromium.

    .venv/bin/python docs/pictures/make.py

All together stay below LARGEST bytes: each has few colours, as the pages have.

Needs the Chromium of the system.
"""

import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[1] / "tests")]

from chromium import Browser, chromium  # noqa: E402
from review_server import serving  # noqa: E402

from tregate.fixtures.faults import FAULTS  # noqa: E402
from tregate.fixtures.trial import make_trial  # noqa: E402

BAD = ("bead_clog", "gain_jump", "few_beads", "truncated", "two_bloods", "lot_unlisted", "identity_spillover")
"""Faults of the generator that are put into the trial."""


NAMES = ("overview", "strip", "by_gate", "one_gate", "by_subject", "review_tube", "review_sheet")
COLOURS = 24
LARGEST = 300_000
"""Bytes of all pictures."""


def main() -> int:
    """Write the pictures beside this file."""
    with tempfile.TemporaryDirectory() as folder:
        page_file = run_trial(Path(folder))
        with chromium() as page:
            page.size(1120, 700)
            page.open(page_file.as_uri())
            save(page, "overview")
            show_strip(page)
            save(page, "strip")
            show_gate(page)
            save(page, "by_gate")
            show_one_gate(page)
            save(page, "one_gate")
            page.press("Escape")
            show_subject(page)
            save(page, "by_subject")
        save_review(page_file.parent, Path(folder))
    size = sum((HERE / f"{name}.png").stat().st_size for name in NAMES)
    print(f"{size:,} bytes together")
    return 0 if size < LARGEST else 1


def save_review(out: Path, folder: Path) -> None:
    """The page of `tregate review`: a gate that is being moved, and one gate over all tubes."""
    with serving(out, folder) as server, chromium() as page:
        page.size(1120, 700)
        page.open(server.link)
        page.until("return document.body.dataset.ready === 'yes'")
        page.page.emulate_media(reduced_motion="reduce")
        page.run("""document.querySelector('.gate[data-population="CD4+"]').focus()""")
        for _ in range(24):
            page.press("Shift+ArrowRight")
        page.until("return Number(document.body.dataset.followed) > 0")
        page.type("#draft-reason", "shoulder of dim cells")
        save(page, "review_tube")
        page.press("Escape")
        page.run("document.activeElement.blur()")
        page.press("2")
        page.until("return document.querySelectorAll('#sheet .card').length > 3")
        page.page.select_option("#sheet-kind", "TREG")
        page.page.wait_for_timeout(500)
        page.click("#sheet-all")
        save(page, "review_sheet")


def run_trial(folder: Path) -> Path:
    """report.html of a generated trial of 6 subjects."""
    from tregate.pipelines.console import Console
    from tregate.pipelines.run import run
    from tregate.pipelines.runs.options import RunOptions
    from tregate.pipelines.study.load_study import load_study

    make_trial(folder / "trial", seed=11, subjects=5, visits=("D1", "D8", "D15", "M3"), events=(40_000, 60_000))
    for name in BAD:
        FAULTS[name].apply(folder / "trial")
    run(load_study(folder / "trial" / "study.yaml"), folder / "out", RunOptions(), Console(quiet=True))
    return folder / "out" / "report.html"


def show_strip(page: Browser) -> None:
    """The Treg tube of a subject at day 8."""
    page.run("location.hash = '#tubes'")
    tube = page.run(
        "return [...document.querySelectorAll('article.tube')]"
        ".find((a) => a.querySelector('h2').textContent.includes('S02 · D8 · TREG')).id"
    )
    page.run(f"location.hash = '#{tube}'")
    page.until(f"return document.querySelectorAll('#{tube} .gate canvas').length > 5")


def show_one_gate(page: Browser) -> None:
    """The Treg gate of that tube in the whole window, with the gate and Treg of another visit over it."""
    show_strip(page)
    page.run("""document.querySelector('article.current .gate[data-population="Treg"]').focus()""")
    page.press("Enter")
    page.until("return document.querySelector('#large canvas')?.width > 400")
    page.press("o")


def show_subject(page: Browser) -> None:
    """Visits of a subject side by side, tube TREG."""
    page.press("4")
    page.run("const k = document.querySelector('#subject-kind'); k.value = 'TREG'; k.dispatchEvent(new Event('input'))")
    page.until("return [...document.querySelectorAll('#subject-visits canvas')].every((one) => one.width > 60)")


def show_gate(page: Browser) -> None:
    """CD4+ over all tubes T, the odd one first."""
    page.press("3")
    page.run("const g = document.querySelector('#gate-name'); g.value = 'CD4+'; g.dispatchEvent(new Event('input'))")
    page.until("return document.querySelectorAll('#gate-grid .thumb > canvas').length > 10")


def save(page: Browser, name: str) -> None:
    """The window as PNG."""
    import io
    import time

    from PIL import Image

    time.sleep(0.5)
    with Image.open(io.BytesIO(page.screenshot())) as image:
        few = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(HERE / f"{name}.png", optimize=True)
    print(HERE / f"{name}.png")


if __name__ == "__main__":
    sys.exit(main())
