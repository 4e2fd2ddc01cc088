"""Learned gates (Treg, NK, NK bright) on the review page: they grow or shrink, in one tube and over all tubes."""

from pathlib import Path
from typing import Any

import pytest
from chromium import CHROMIUM, MISSING, Browser
from review_page import answer, focus, pull, show
from review_server import Server

from tregate.pipelines.review.audit_log import read_log

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)

ON_EDGE = """
const canvas = document.querySelector(arguments[0]);
canvas.scrollIntoView({ block: "center" });
const { plot } = canvas;
const box = canvas.getBoundingClientRect();
const seen = plot.edges().flat().filter(([x, y]) => x > 60 && x < plot.width - 30 && y > 20 && y < plot.side - 10);
const [x, y] = seen[Math.floor(seen.length / 2)];
return [box.x + x, box.y + y];
"""
"""A pixel of the edge of a gate that is in view."""
EDGES = "return [...document.querySelectorAll('#sheet canvas')].map(({ plot }) => JSON.stringify(plot.edges()))"
BOTH = "[...document.querySelectorAll('#sheet .card b')]"


@pytest.fixture(scope="module")
def n_events() -> int:
    return 12_000


def show_sheet(page: Browser, kind: str, population: str) -> None:
    """One gate over both tubes of a kind."""
    page.press("2")
    page.until("return document.querySelectorAll('#sheet .card canvas').length === 2")
    for choice, value in (("kind", kind), ("gate", population)):
        page.page.select_option(f"#sheet-{choice}", value)
        page.page.wait_for_timeout(300)


def on_edge(page: Browser, canvas: str) -> tuple[float, float]:
    x, y = page.run(ON_EDGE, canvas)
    return x, y


def test_all_selected_learned_gates_take_the_same_change_of_their_cut(page: Browser, out: Path) -> None:
    show_sheet(page, "TREG", "Treg")
    page.click("#sheet-all")
    before = page.run(EDGES)
    x, y = on_edge(page, "#sheet .card canvas")
    pull(page, (x, y), (x + 9, y))
    page.until(f"return {BOTH}.every((one) => one.innerText.includes(' % → '))")
    shown = page.run(f"return {BOTH}.map((one) => one.innerText.split(' → ')[1])")
    assert [now != was for now, was in zip(page.run(EDGES), before, strict=True)] == [True, True]
    assert page.text("#sheet-what") == "Treg: the same step on 2 tubes"
    assert page.text("#sheet-chosen") == "2 of 2 selected"
    page.press("Escape")
    assert page.run(EDGES) == before
    assert "→" not in page.run(f"return {BOTH}.map((one) => one.innerText).join()")

    pull(page, (x, y), (x + 9, y))
    page.until(f"return {BOTH}.every((one) => one.innerText.includes(' % → '))")
    page.page.keyboard.type("too many dim cells")
    page.press("Enter")
    page.until("return document.querySelector('#toast').innerText.includes('2 gates moved and kept')")
    page.until(f"return !{BOTH}.some((one) => one.innerText.includes('→'))")
    assert page.run(f"return {BOTH}.map((one) => one.innerText)") == shown
    decisions = read_log(out / "audit.jsonl").decisions
    assert [(one.wish.action, one.wish.population) for one in decisions] == [("move", "Treg")] * 2
    cuts = [cut_of(one.wish.after) - cut_of(one.wish.before) for one in decisions]
    assert cuts[0] == pytest.approx(cuts[1])
    assert cuts[0] != 0


def cut_of(state: Any) -> float:
    return float(state["gate"]["geometry"]["cut"])


def test_a_tube_without_a_learned_gate_of_its_own_is_named_and_stays(page: Browser) -> None:
    """NK of D1 are the events of another population: there is no gate to move."""
    show_sheet(page, "NK", "NK")
    page.click("#sheet-all")
    x, y = on_edge(page, "#sheet .card canvas")
    pull(page, (x, y), (x + 9, y))
    page.until("return !document.querySelector('#sheet-draft').hidden")
    assert page.text("#sheet-what") == (
        "NK: the same step on 1 tube; without it, as their gate is of another form or has no place: S01 · D1 · NK"
    )
    page.press("Escape")


def test_gates_of_another_form_stay(page: Browser, server: Server) -> None:
    sheet = answer(page, "/api/sheet?kind=TREG&population=Treg")
    form = {"vertices": [[0.3, 0.3], [0.9, 0.3], [0.9, 0.9]]}
    sheet["cards"][1]["gate"] |= {"edit": form, "score": None}
    page.page.route("**/api/sheet?*", lambda route: route.fulfill(json=sheet))
    show_sheet(page, "TREG", "Treg")
    page.click("#sheet-all")
    learned, polygon = (one["i"] for one in sheet["cards"])
    x, y = on_edge(page, f"#sheet .card[data-i='{learned}'] canvas")
    pull(page, (x, y), (x + 9, y))
    page.until("return document.querySelector('#sheet-what').innerText.includes('same step on 1 tube; without it')")
    edit = f"return document.querySelector('#sheet .card[data-i=\"{polygon}\"] canvas').plot.edit"
    assert page.run(edit) == form
    page.press("Escape")
    page.page.unroute_all()


def test_a_drag_that_moves_nothing_says_so_and_leaves_the_selection(page: Browser) -> None:
    show_sheet(page, "T", "lymphocytes")
    x, y, _, height = page.run(
        "const box = document.querySelector('#sheet .card canvas').getBoundingClientRect();"
        "return [box.x, box.y, box.width, box.height]"
    )
    corner = (x + 55, y + height - 45)
    for chosen, words in ((0, "this plot is not selected"), (2, "Drag an edge or the inside of a selected gate")):
        if chosen:
            page.click("#sheet-all")
        pull(page, corner, (corner[0] + 9, corner[1]))
        page.press(*"R")
        assert words in page.text("#toast")
        assert not page.run("return document.querySelector('#ask').open")
        assert page.text("#sheet-chosen") == f"{chosen} of 2 selected"
        assert page.page.is_hidden("#sheet-draft")
    page.run("document.querySelector('#sheet .card canvas').click()")
    assert page.text("#sheet-chosen") == "1 of 2 selected", "a click is still one"


def test_arrows_change_a_learned_gate_as_a_drag_of_its_edge_that_way_does(page: Browser) -> None:
    """The edge of Treg that is in view is the lower one."""
    show(page, "S01 · D8 · T")  # so that the next one is not the tube that the page opens with, still under way
    show(page, "S01 · D1 · TREG")
    canvas = '.gate[data-population="Treg"] canvas'
    cut = f"return document.querySelector({canvas!r}).plot.edit.cut"
    for key, dy in (("ArrowUp", -9), ("ArrowDown", 9)):
        x, y = on_edge(page, canvas)
        pull(page, (x, y), (x, y + dy))
        dragged = page.run(cut)
        page.press("Escape")
        assert page.run(cut) == 0
        assert pressed(page, key) * dragged > 0, key
    assert pressed(page, "ArrowRight") < 0, "it has a left and a right side: right makes it larger"
    assert pressed(page, "ArrowLeft") > 0


def pressed(page: Browser, key: str) -> float:
    """What the key does to the cut of Treg; put back again."""
    focus(page, "Treg")
    for _ in range(3):
        page.press(f"Shift+{key}")
    cut = page.run("""return document.querySelector('.gate[data-population="Treg"] canvas').plot.edit.cut""")
    page.run("document.querySelector('#draft-discard').click()")
    return float(cut)
