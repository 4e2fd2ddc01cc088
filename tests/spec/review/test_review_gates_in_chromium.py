"""What the review page says of each gate: which side counts, what checks warn of, and what is reviewed."""

from pathlib import Path

import pytest
from chromium import CHROMIUM, MISSING, Browser
from cli_running import tregate
from review_page import answer, focus, give_name, leave_field, open_page, reload, show
from review_server import Server, serving

from tregate.pipelines.review.audit_log import read_log

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)

SIDES = """
const { plot } = document.querySelector(arguments[0]);
const area = new Path2D();
for (const path of plot.edges()) {
  path.forEach(([x, y], k) => (k ? area.lineTo(x, y) : area.moveTo(x, y)));
  area.closePath();
}
const { width, height } = plot.canvas;
const { data } = plot.canvas.getContext("2d").getImageData(0, 0, width, height);
const blank = new OffscreenCanvas(1, 1).getContext("2d");
const found = { inside: {}, outside: {} };
for (let x = plot.left + 4; x < plot.left + plot.side - 4; x += 3) for (let y = 8; y < plot.side; y += 3) {
  const colours = found[blank.isPointInPath(area, x, y) ? "inside" : "outside"];
  const at = 4 * (Math.round(y * devicePixelRatio) * width + Math.round(x * devicePixelRatio));
  const colour = data.slice(at, at + 3).join();
  colours[colour] = (colours[colour] || 0) + 1;
}
const most = (colours) => Object.keys(colours).sort((a, b) => colours[b] - colours[a])[0];
return [most(found.inside), most(found.outside)];
"""
"""The colour that most pixels have on the side that counts, and on the other."""


@pytest.fixture(scope="module")
def n_events() -> int:
    """So many that most gates have no warning."""
    return 12_000


@pytest.mark.parametrize(
    ("i", "tube", "population"),
    [(2, "TREG", "Treg"), (1, "NK", "CD3+"), (1, "NK", "singlets"), (0, "T", "lymphocytes")],
)
def test_the_side_of_a_gate_that_counts_is_shaded(
    page: Browser, study: Path, i: int, tube: str, population: str
) -> None:
    """Also of a learned boundary, whose line ends at the edges of the plot."""
    show(page, f"S01 · D1 · {tube}")
    card = f'.gate[data-population="{population}"] canvas'
    inside, outside = page.run(SIDES, card)
    assert inside != outside == "255,255,255"
    page.page.dblclick(f'.gate[data-population="{population}"] b')
    page.until("return document.querySelector('#large').open")
    assert page.run(SIDES, "#large canvas") == [inside, outside]
    page.press("Escape")
    page.open((study / "out" / "report.html").as_uri() + f"#tube-{i}")
    page.until(f"return document.querySelector({f'#tube-{i} {card}'!r})?.plot.width")
    inside, outside = page.run(SIDES, f"#tube-{i} {card}")
    assert inside != outside == "255,255,255"


def test_a_warning_is_marked_on_the_plot_of_its_gate_and_on_no_other(page: Browser) -> None:
    """The population of a finding; of one without a population the gate of the marker that it names."""
    marked = (
        "return ['.gate:has(figcaption .sign)', '#logic .sign']"
        ".map((one) => [...document.querySelectorAll(one)].map((each) => each.dataset.population || each.textContent))"
    )
    show(page, "S01 · D1 · T")
    assert page.run(marked) == [["CD3+"], []]
    show(page, "S01 · D8 · NK")
    assert "CD3+ is 86.4 % of lymphocytes in tube T" in page.text("#warned")
    plots, without_plot = page.run(marked)
    assert plots == ["CD3+"]
    assert all("fold change of D8 against D1" in words for words in without_plot), "NK bright has no plot of its own"
    show(page, "S01 · D1 · NK")
    plots, without_plot = page.run(marked)
    assert plots == []
    assert "▲The gate of NK bright was placed by a fallback method" in "".join(without_plot)
    show(page, "S01 · D1 · TREG")
    assert page.run(marked) == [[], []]
    page.press("2")
    page.until("return document.querySelector('#sheet canvas')")
    page.page.select_option("#sheet-kind", "T")
    page.until("return document.querySelector('.card[data-i=\"0\"]')")
    page.page.select_option("#sheet-gate", "CD3+")
    page.until(
        "return document.querySelectorAll('.card').length === document.querySelectorAll('.card .warn').length + 1"
    )


def test_one_confirmed_gate_is_not_the_tube(page: Browser, study: Path) -> None:
    page.press("2")
    page.until("return document.querySelector('#sheet canvas')")
    page.page.select_option("#sheet-kind", "TREG")
    page.until("return document.querySelector('.card[data-i=\"2\"]')")
    kind, gate = page.run("return ['#sheet-kind', '#sheet-gate'].map((one) => document.querySelector(one).value)")
    page.press("R")
    page.until("return document.querySelector('#ask').open")
    page.press("Enter")
    page.until("return document.querySelector('.card .state')?.textContent === '✓'")
    assert page.text("#progress").startswith("0 of 6 reviewed")
    line = page.run(
        "return [...document.querySelectorAll('#tubes li')].find((one) => one.textContent.includes(`· ${arguments[0]}`)"
        " && one.querySelector('small').textContent.includes('gates reviewed')).textContent",
        kind,
    )
    assert "1 of " in line
    assert "✓" not in line
    marked = next(one for one in read_log(study / "out" / "audit.jsonl").decisions)
    show(page, f"{marked.wish.subject} · {marked.wish.visit} · {marked.wish.tube}")
    page.until("return document.querySelector('#tube-marks').textContent.includes('1 of ')")
    assert page.run(
        "return [...document.querySelectorAll('.gate')].filter((one) => one.querySelector('.mark-confirmed'))"
        ".map((one) => one.dataset.population)"
    ) == [gate]
    page.press("r")
    page.until("return document.querySelector('#progress').textContent.startsWith('1 of 6 reviewed')")


def test_undo_gives_a_warning_back_and_asks_for_no_tables(page: Browser, server: Server) -> None:
    tubes = answer(page, "/api/run")["tubes"]
    tube = next(one for one in tubes if one["warnings"] and one["gated"])
    show(page, f"{tube['subject']} · {tube['visit']} · {tube['tube']}")
    before = page.text("#warned")
    focus(page, "CD3+")
    page.press("Shift+ArrowRight")
    page.until("return !document.querySelector('#draft').hidden")
    page.type("#draft-reason", "dim cells")
    page.press("Enter")
    page.until("return document.querySelector('#warned').textContent.startsWith('△')")
    leave_field(page)
    page.press("u")
    page.type("#ask-input", "was right")
    page.press("Enter")
    page.until("return document.querySelector('#warned').textContent.startsWith('▲')")
    assert page.text("#warned") == before
    page.press("3")
    page.until("return document.querySelector('#end-waiting').textContent.includes('contain every decision')")
    assert page.page.is_hidden("#end-tables")


def test_a_second_reader_types_another_name_and_a_signed_page_offers_no_decision(
    page: Browser, browser: Browser, study: Path, tmp_path: Path
) -> None:
    page.press("r")
    page.until("return document.querySelector('#progress').textContent.startsWith('1 of 6 reviewed')")
    page.run("localStorage.setItem('tregate-who', 'A. Reader')")
    with serving(study / "out", tmp_path, "--second") as second:
        open_page(browser, second.link)
        browser.run("localStorage.setItem('tregate-who', 'A. Reader')")
        reload(browser)
        assert browser.run("return document.querySelector('#who').value") == ""
        browser.press("r")
        browser.type("#ask-input", "a.  reader")
        browser.press("Enter")
        browser.until("return document.querySelector('#toast').textContent.includes('is the first reader of this run')")
        give_name(browser, "B. Reader")
        browser.press("r")
        browser.until("return document.querySelector('#progress').textContent.startsWith('1 of 6 reviewed')")
        reload(browser)
        assert browser.run("return document.querySelector('#who').value") == "B. Reader"
        browser.press("3")
        browser.until("return document.querySelector('#end-order').innerText.includes('by either reader')")
        assert "a second reading" not in browser.text("#ending")
        browser.press("1")
        assert [line for line in browser.console() if "422" not in line] == []
        assert tregate("sign", study / "out", "--name", "A. Reader", "--statement", "read", "--incomplete").code == 0
        reload(browser)
        assert browser.run("return document.querySelector('#act-confirm').disabled")
        browser.press("r")
        browser.until("return document.querySelector('#toast').textContent.includes('The study is signed')")
        assert len(read_log(study / "out" / "audit.jsonl").decisions) == 3
