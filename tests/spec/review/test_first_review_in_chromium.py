"""The review page in the hands of a new reader: with mouse and finger, on tubes with and without gates."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import CHROMIUM, MISSING, Browser
from cli_running import run_study
from playwright.sync_api import Route
from review_page import choose, current, is_shown, open_page, pull
from review_server import Server, serving

from tregate.fixtures.trial import make_trial
from tregate.pipelines.review.audit_log import read_log

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)

WHY_OUT = "clogged during acquisition"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small trial of which the tube list excludes one tube, and its run in `out`."""
    folder = tmp_path_factory.mktemp("first")
    make_trial(folder / "trial", seed=7, subjects=1, visits=("D1", "D8"), events=(8_000, 8_000), withdrawn=0)
    samples = folder / "trial" / "samples.csv"
    head, *lines = samples.read_text(encoding="utf-8").splitlines()
    more = [f"{line},{WHY_OUT if 'S01_D8_NK' in line else ''}" for line in lines]
    samples.write_text("\n".join([f"{head},exclude", *more]) + "\n", encoding="utf-8")
    assert run_study(folder / "trial", folder / "out").code == 0
    return folder


@pytest.fixture(scope="module")
def running(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(study / "out", tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def page(browser: Browser, running: Server) -> Iterator[Browser]:
    browser.size(1440, 900)
    open_page(browser, running.link)
    yield browser
    assert [line for line in browser.console() if "422" not in line] == []
    browser.open("about:blank")


def show(page: Browser, name: str) -> None:
    """Go to a tube by its name in the list."""
    page.run("for (const gate of document.querySelectorAll('.gate')) gate.dataset.old = 'yes'")
    choose(page, name)
    is_shown(page, name)
    page.until("return !document.querySelector('.gate[data-old]')")


def place(population: str) -> str:
    return f'.gate[data-population="{population}"] canvas'


def spot(page: Browser, population: str, where: str) -> tuple[float, float]:
    """The screen's pixel of a place on a plot; `where` gives [x, y] on the canvas from `plot` and its `edit`."""
    x, y = page.run(
        f"const c = document.querySelector({place(population)!r}); const plot = c.plot; const edit = plot.edit;"
        "c.scrollIntoView({ block: 'center' }); const box = c.getBoundingClientRect();"
        f"const at = (() => {{ {where} }})(); return [box.x + at[0], box.y + at[1]];"
    )
    return x, y


def edit_of(page: Browser, population: str) -> Any:
    return page.run(f"return document.querySelector({place(population)!r}).plot.edit")


def pixels(page: Browser, population: str, before: list[float], after: list[float]) -> tuple[float, float]:
    """How many pixels lie between two positions on the scaled axes of a plot."""
    x, y = page.run(
        f"const plot = document.querySelector({place(population)!r}).plot; const [a, b] = arguments;"
        "return [plot.x(b[0]) - plot.x(a[0]), plot.y(b[1]) - plot.y(a[1])];",
        before, after,
    )  # fmt: skip
    return x, y


@pytest.mark.parametrize("height", [900, 500])
def test_a_move_of_three_pixels_moves_the_gate_by_three(page: Browser, height: int) -> None:
    page.size(1000, height)
    show(page, "S01 · D1 · TREG")
    before = edit_of(page, "lymphocytes")["center"]
    x, y = spot(page, "lymphocytes", "return [plot.x(edit.center[0]) + 4, plot.y(edit.center[1]) + 4]")
    top = page.run(f"return document.querySelector({place('lymphocytes')!r}).getBoundingClientRect().y")
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x + 3, y - 3, steps=3)
    page.until("return !document.querySelector('#draft').hidden && document.body.dataset.followed")
    assert page.run(f"return document.querySelector({place('lymphocytes')!r}).getBoundingClientRect().y") == top
    page.page.mouse.up()
    after = edit_of(page, "lymphocytes")["center"]
    assert pixels(page, "lymphocytes", before, after) == pytest.approx((3.0, -3.0), abs=0.05)
    page.press("Escape")


def test_a_finger_moves_a_gate_as_a_mouse_does(page: Browser) -> None:
    show(page, "S01 · D1 · TREG")
    before = edit_of(page, "CD3+")["range"][0]
    x, y = spot(page, "CD3+", "return [plot.x(edit.range[0]) + 15, 60]")
    finger = page.page.context.new_cdp_session(page.page)
    finger.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    for kind, points in (
        ("touchStart", [(x, y)]),
        ("touchMove", [(x + 10, y)]),
        ("touchMove", [(x + 20, y)]),
        ("touchEnd", []),
    ):
        sent = {"type": kind, "touchPoints": [{"x": at, "y": up} for at, up in points]}
        finger.send("Input.dispatchTouchEvent", sent)
    page.until("return !document.querySelector('#draft').hidden")
    after = edit_of(page, "CD3+")["range"][0]
    finger.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    assert pixels(page, "CD3+", [before, 0], [after, 0])[0] == pytest.approx(20.0, abs=1.0)
    page.click("#draft-discard")


def test_what_is_taken_hold_of_beside_its_line_does_not_jump_to_the_pointer(page: Browser) -> None:
    show(page, "S01 · D1 · TREG")
    before = edit_of(page, "CD3+")["range"][0]
    x, y = spot(page, "CD3+", "return [plot.x(edit.range[0]) + 6, 60]")
    pull(page, (x, y), (x + 3, y), steps=2)
    after = edit_of(page, "CD3+")["range"][0]
    assert pixels(page, "CD3+", [before, 0], [after, 0])[0] == pytest.approx(3.0, abs=0.05)
    page.press("Escape")


def test_a_drag_that_changes_nothing_opens_no_decision(page: Browser) -> None:
    show(page, "S01 · D1 · TREG")
    x, y = spot(page, "CD3+", "return [plot.x(edit.range[0]), 60]")
    for way in ([(x, y + 30)], [(x + 12, y), (x, y)]):
        pull(page, (x, y), *way)
        assert page.run("return document.querySelector('#draft').hidden"), way


def test_a_learned_boundary_follows_the_pointer_on_both_axes(page: Browser) -> None:
    show(page, "S01 · D1 · TREG")
    # A point of the visible edge, in the picture, and where the edge runs after a drag across it.
    on_edge = (
        "const [path] = plot.recorded(); const near = path.map(([x, y]) => [x, y]).filter(([x, y]) => x > 60 &&"
        " x < plot.width - 30 && y > 20 && y < plot.side - 10); return near[Math.floor(near.length / 2)];"
    )
    x, y = spot(page, "Treg", on_edge)
    pull(page, (x, y), (x + 12, y), steps=4)
    page.until(
        f"const c = document.querySelector({place('Treg')!r}); const box = c.getBoundingClientRect();"
        f"const [px, py] = [{x + 12} - box.x, {y} - box.y]; let least = 1e9;"
        "for (const path of c.plot.recorded()) path.forEach(([u, v], k) => {"
        "const [a, b] = path[(k + 1) % path.length];"
        "for (let t = 0; t <= 1; t += 0.05)"
        " least = Math.min(least, Math.hypot(u + t * (a - u) - px, v + t * (b - v) - py)); });"
        "return c.plot.edit.cut && least < 1.5;"
    )
    page.press("Escape")


def test_an_excluded_tube_is_shown_as_such_and_takes_no_mark(page: Browser, study: Path, running: Server) -> None:
    page.page.fill("#who", "A")
    page.page.locator("body").click(position={"x": 2, "y": 2})
    show(page, "S01 · D8 · TREG")
    assert "0 of 5 reviewed" in page.text("#progress"), "a tube without gates is none of those to review"
    choose(page, "S01 · D8 · NK")
    is_shown(page, "S01 · D8 · NK")
    assert not page.run("return document.querySelectorAll('.gate').length")
    assert WHY_OUT in page.text("#gates-none")
    for key in "rac":
        page.press(key)
        page.until("return document.querySelector('#toast').innerText.includes('has no gates to review')")
        assert not page.run("return document.querySelector('#ask').open")
    i = current(page)
    running.enter()
    sent = {"tubes": [i], "population": "", "mark": "confirmed", "who": "A", "reason": ""}
    assert running.post("/api/mark", sent)[0] == 422
    assert read_log(study / "out" / "audit.jsonl").decisions == ()


def test_no_mark_is_taken_for_a_tube_that_is_not_on_the_screen_yet(page: Browser, study: Path) -> None:
    show(page, "S01 · D1 · TREG")
    held: list[Route] = []
    page.page.route("**/api/tube/*", lambda route: held.append(route))
    choose(page, "S01 · D8 · T")
    page.press("r")
    page.until("return document.querySelector('#toast').innerText.includes('still being read')")
    for route in held:
        route.continue_()
    page.page.unroute("**/api/tube/*")
    is_shown(page, "S01 · D8 · T")
    assert read_log(study / "out" / "audit.jsonl").decisions == ()


def test_a_tube_is_confirmed_and_the_confirmation_undone_by_buttons(page: Browser, study: Path) -> None:
    page.page.fill("#who", "A")
    show(page, "S01 · D1 · TREG")
    page.click("#act-confirm")
    page.until("return !document.querySelector('#tube-name').textContent.startsWith('S01 · D1 · TREG')")
    show(page, "S01 · D1 · TREG")
    assert "1 of 5 reviewed · 1 decision" in page.text("#progress")
    page.click("#act-undo")
    page.type("#ask-input", "pressed by mistake")
    page.click("#ask-ok")
    page.until("return document.querySelector('#progress').textContent.includes('0 of 5 reviewed')")
    assert [one.wish.action for one in read_log(study / "out" / "audit.jsonl").decisions] == ["confirmed", "undo"]


def test_who_types_a_reason_where_no_decision_is_open_decides_nothing(page: Browser, study: Path) -> None:
    show(page, "S01 · D8 · T")
    before = (study / "out" / "audit.jsonl").read_bytes() if (study / "out" / "audit.jsonl").exists() else b""
    page.page.fill("#who", "A")
    x, y = spot(page, "CD3+", "return [plot.x(edit.range[0]), 60]")
    pull(page, (x, y), (x, y + 30))
    page.press(*"raxcu")
    assert "no decision is open" in page.text("#toast")
    assert not page.run("return document.querySelector('#ask').open")
    assert page.run("return document.activeElement === document.body")
    page.page.wait_for_timeout(300)
    assert page.text("#tube-name").startswith("S01 · D8 · T — ")
    now = (study / "out" / "audit.jsonl").read_bytes() if (study / "out" / "audit.jsonl").exists() else b""
    assert now == before
