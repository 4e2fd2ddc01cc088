"""The step Strategy in a real browser: keys changed, gates drawn as fixed gates and as templates, versions saved."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from accessibility import serious_faults
from app_person import Person, open_study, opened
from chromium import CHROMIUM, MISSING, Browser
from cli_running import rows, tregate
from playwright.sync_api import Dialog
from review_server import Server

from tregate.gating.strategy.load import load_strategy
from tregate.gating.strategy.yaml_source import parse_yaml

pytestmark = [pytest.mark.skipif(not CHROMIUM, reason=MISSING), pytest.mark.timeout(600)]

SECOND = "#tried article:first-child figure:nth-child(2) canvas"
"""The plot of the first tube after the changes."""


@pytest.fixture(scope="module")
def original(instrument: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with one visit of each kind of tube; not to be changed."""
    folder = tmp_path_factory.mktemp("eye") / "eye"
    folder.mkdir()
    for path in sorted(instrument.folder.glob("*S0[12] D1 *.fcs")):
        shutil.copyfile(path, folder / path.name)
    assert tregate("init", folder).code == 0
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "eye"))


@pytest.fixture
def person(browser: Browser, server: Server, folder: Path) -> Person:
    """A person before the gate CD25hi CD127lo of the tube TREG."""
    person = opened(browser, server)
    open_study(person, folder, "strategy")
    person.choose("#kind", "TREG")
    browser.until("return document.querySelector('#population option[value=\"CD25hi CD127lo\"]')")
    choose(person, "CD25hi CD127lo", "diagonal")
    return person


def choose(person: Person, population: str, method: str) -> None:
    person.choose("#population", population)
    person.page.until(f"return document.querySelector('#method').textContent.startsWith('{method}')")


def places(browser: Browser, *shares: tuple[float, float]) -> list[tuple[float, float]]:
    """Positions on the screen, by shares of the plot from its left upper corner."""
    browser.page.locator(SECOND).scroll_into_view_if_needed()
    box = browser.page.locator(SECOND).bounding_box()
    assert box
    return [(box["x"] + x * box["width"], box["y"] + y * box["width"] * 0.75) for x, y in shares]


def drag(browser: Browser, start: tuple[float, float], end: tuple[float, float]) -> None:
    mouse = browser.page.mouse
    (x0, y0), (x1, y1) = places(browser, start, end)
    mouse.move(x0, y0)
    mouse.down()
    mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
    mouse.move(x1, y1)
    mouse.up()


def begin_drawing(person: Person, shape: str) -> None:
    person.choose("#draw-shape", shape)
    person.click("#draw")
    person.page.until("return document.querySelectorAll('#tried canvas').length > 1")
    person.page.until("return !document.querySelector('#draw-stop').hidden")


def kept(person: Person, begins: str) -> str:
    """Keep the shape; the YAML of the gate."""
    person.click("#draw-keep")
    return yaml(person, begins)


def yaml(person: Person, begins: str) -> str:
    person.page.until(f"return document.querySelector('#drawn-yaml').textContent.startsWith('gate: {{{begins}')")
    person.page.until("return !document.querySelector('#tried').hasAttribute('aria-busy')")
    return person.page.text("#drawn-yaml").removeprefix("gate: ")


def save(person: Person, reason: str) -> None:
    person.fill("#version-who", "A. Reader")
    person.fill("#version-reason", reason)
    person.press("Enter")
    person.page.until("return document.querySelector('#toast').textContent.includes('treg-2.yaml')")


def test_a_key_is_changed_and_a_polygon_drawn_and_saved(person: Person, browser: Browser, folder: Path) -> None:
    choose(person, "singlets", "singlets")
    person.fill("#gate-spread", "1,5")
    person.leave()
    person.click("#try")
    person.wait("tried", "2")
    assert browser.run("return document.querySelectorAll('#tried tr.changed').length") > 0
    choose(person, "CD25hi CD127lo", "diagonal")
    begin_drawing(person, "polygon")
    for x, y in places(browser, (0.6, 0.5), (0.95, 0.5), (0.95, 0.85), (0.6, 0.85)):
        browser.page.mouse.click(x, y)
    assert browser.text("#drawn").startswith("4 corners.")
    kept(person, "kind: polygon")
    assert browser.run("return document.querySelectorAll('#draft-list li').length") == 2
    assert serious_faults(browser) == []
    save(person, "fixed for this panel")
    text = (folder / "treg-2.yaml").read_text(encoding="utf-8")
    assert "# Version 1.1, from treg.yaml: fixed for this panel" in text
    assert "gate: {kind: polygon, vertices: [[" in text
    assert "TREG: treg-2.yaml" in (folder / "study.yaml").read_text(encoding="utf-8")
    assert tregate("check", folder).code == 0
    assert not browser.run("return document.querySelector('#toast').textContent.includes('on the disk')")
    assert browser.console() == []


def test_what_is_not_saved_stays_and_is_asked_for_before_it_is_lost(person: Person, browser: Browser) -> None:
    choose(person, "singlets", "singlets")
    person.fill("#gate-spread", "1.5")
    person.leave()
    assert browser.text("#drafted") == "1 change is not saved yet."
    person.click("nav [data-view=setup]")
    assert "Not saved yet, so no run uses it: 1 change of TREG." in browser.text("#toast")
    person.wait("shown", "setup")
    person.click("nav [data-view=strategy]")
    person.wait("shown", "strategy")
    assert browser.run("return document.querySelector('#gate-spread').value") == "1.5"
    person.choose("#kind", "T")
    browser.until("return document.querySelector('#drafted').innerText === 'Not saved either: 1 change of TREG.'")
    assert browser.run("return document.querySelectorAll('#draft-list li').length") == 0
    person.choose("#kind", "TREG")
    choose(person, "singlets", "singlets")
    browser.until("return document.querySelector('#gate-spread')?.value === '1.5'")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    browser.page.on("dialog", stay)
    browser.run("location.reload()")
    browser.page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    assert browser.text("#drafted") == "1 change is not saved yet."
    person.click("#drop-changes")
    browser.until("return document.querySelector('#drafted').innerText === ''")
    browser.run("location.reload()")
    browser.until("return document.body.dataset.ready === 'yes'")
    browser.page.remove_listener("dialog", stay)
    assert asked == ["beforeunload"]


def test_a_template_is_drawn_with_landmarks_and_gates_as_a_run_does(
    person: Person, browser: Browser, folder: Path, tmp_path: Path
) -> None:
    begin_drawing(person, "ellipse")
    drag(browser, (0.55, 0.45), (0.9, 0.8))
    fixed = parse_yaml(kept(person, "kind: ellipse"), "").data
    assert fixed["distance_square"] == 1
    person.choose("#draw-use", "template")  # the same shape, used in another way
    alone = parse_yaml(yaml(person, "kind: template"), "").data
    assert list(alone["landmarks"]) == ["parent"]
    assert len(alone["vertices"]) == 32
    person.click("#draw-landmarks input[value='CD3+']")
    browser.until("return document.querySelector('#drawn-yaml').textContent.includes('CD3+')")
    both = parse_yaml(yaml(person, "kind: template"), "").data
    assert list(both["landmarks"]) == ["parent", "CD3+"]
    assert both["vertices"] == alone["vertices"]
    listed = browser.run("return [...document.querySelectorAll('#draw-landmarks input')].map((one) => one.value)")
    assert "CD25hi CD127lo" not in listed
    tried = browser.run(
        "return [...document.querySelectorAll('#tried article')].map((one) =>"
        " [...one.querySelectorAll('tbody tr')].find((row) => row.cells[0].textContent === 'CD25hi CD127lo')"
        ".cells[2].textContent)"
    )
    save(person, "the boundary of this laboratory")
    gate = load_strategy(str(folder / "treg-2.yaml")).populations["CD25hi CD127lo"].gate
    assert gate is not None
    assert gate.kind == "template"
    assert tregate("run", folder, "--out", tmp_path / "out", "--report", "none").code in (0, 1)
    counted = [row for row in rows(tmp_path / "out" / "counts.csv") if row["population"] == "CD25hi CD127lo"]
    assert tried == [row["events"] for row in counted if row["tube"] == "TREG"]
    assert browser.console() == []


def test_a_rectangle_is_drawn_by_keys_alone(person: Person, browser: Browser) -> None:
    begin_drawing(person, "rectangle")
    browser.run("document.querySelector(arguments[0]).focus()", SECOND)
    person.press("ArrowRight")
    assert browser.run("return document.body.dataset.drawn") == "rectangle"
    before = browser.run("return document.querySelector(arguments[0]).plot.edit.sides", SECOND)
    person.press("ArrowRight")
    person.press("Shift+ArrowUp")
    after = browser.run("return document.querySelector(arguments[0]).plot.edit.sides", SECOND)
    assert after[0] == pytest.approx([at + 0.01 for at in before[0]])
    assert after[1][1] - after[1][0] == pytest.approx(1.1 * (before[1][1] - before[1][0]))
    person.press("Enter")
    assert parse_yaml(yaml(person, "kind: box"), "").data["sides"][0][0] is not None
    begin_drawing(person, "rectangle")
    drag(browser, (0.5, 0.4), (0.8, 0.7))
    assert not browser.run("return document.querySelector('#draw-keep').disabled")
    browser.page.keyboard.press("Escape")
    assert browser.run("return document.querySelector('#draw-keep').disabled")
    assert browser.console() == []
