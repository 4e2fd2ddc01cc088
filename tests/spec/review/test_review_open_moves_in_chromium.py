"""What the page asks before it keeps a decision: over a move that is still open, without a value, without a name."""

from collections.abc import Callable
from pathlib import Path

import pytest
from chromium import CHROMIUM, MISSING, Browser
from cli_running import run_study
from dimmed_tubes import trial_without_cd4
from playwright.sync_api import Dialog
from review_page import answer, events, focus, give_name, leave_field, pull, reload, show
from review_server import Server

from tregate.pipelines.review.audit_log import read_log

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)

OPEN = "CD4+ of S01 D8 TREG was moved and not kept: give a reason and press Enter, or Esc to put it back."


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of 6 small tubes. CD4+ of S01 D8 TREG has no events, so its Treg were not measured."""
    folder = tmp_path_factory.mktemp("moved")
    trial_without_cd4(folder / "trial")
    done = run_study(folder / "trial", folder / "out", "--report", "none")
    assert "Treg was not measured" in done.err
    return folder / "out"


def drag(page: Browser, population: str, step: int) -> None:
    """Drag a threshold by pixels to the left."""
    x, y, at = page.run(
        'const c = document.querySelector(`.gate[data-population="${arguments[0]}"] canvas`);'
        "const box = c.getBoundingClientRect(); const { plot } = c;"
        "return [box.x, box.y, plot.x(plot.edit.range.find((end) => end !== null))];",
        population,
    )
    pull(page, (x + at, y + 60), (x + at - step, y + 60), steps=1)


def moved(page: Browser) -> dict[str, str]:
    """CD4+ of the tube in which it has no events is dragged towards its cells."""
    show(page, "S01 · D8 · T")  # so that the next one is not the tube that the page opens with, still under way
    show(page, "S01 · D8 · TREG")
    drag(page, "CD4+", 45)
    page.until(
        """return !/ 0 events/.test(document.querySelector('.gate[data-population="CD4+"] .numbers').innerText)"""
    )
    return events(page)


def is_still_open(page: Browser, before: dict[str, str]) -> None:
    page.until(f"return document.querySelector('#toast').innerText === {OPEN!r}")
    page.until("return document.activeElement.id === 'draft-reason'")
    assert page.text("#tube-name").startswith("S01 · D8 · TREG")
    assert page.run("return document.querySelector('#view-tube').checkVisibility()")
    assert not page.run("return document.querySelector('#ask').open")
    assert events(page) == before
    page.run("document.querySelector('#toast').innerText = ''; document.querySelector('#draft-reason').value = ''")
    leave_field(page)


OTHERS: dict[str, Callable[[Browser], None]] = {
    "another tube": lambda page: page.run("document.querySelector('#tubes li:not(.current) button').click()"),
    "view 2": lambda page: page.click('nav [data-view="sheet"]'),
    "view 3": lambda page: page.click('nav [data-view="log"]'),
    "another gate": lambda page: drag(page, "CD3+", 10),
    "other place": lambda page: page.page.select_option('.gate[data-population="CD3+"] select', index=1),
}


def test_no_key_and_no_click_discards_an_open_move_or_decides_over_it(page: Browser, out: Path) -> None:
    before = moved(page)
    page.until("return document.querySelector('.gate[data-population=\"Treg\"] canvas')?.plot.density")
    assert "no other place" not in page.text('.gate[data-population="Treg"]'), "its places are not known yet"
    how = """return document.querySelector('.gate[data-population="CD4+ CD25-"] .how').innerText"""
    assert "fallback" not in page.run(how), "what is said of a gate below is of the open move"
    page.run("document.querySelector('#draft-reason').focus()")
    page.press("Escape")
    assert not page.run("return document.querySelector('.gate[data-population=\"Treg\"]')")
    assert "fallback" in page.run(how)
    before = moved(page)
    leave_field(page)
    for key in (*"raxcunpgfR23", "r"):
        page.press(key)
        is_still_open(page, before)
    for act in OTHERS.values():
        act(page)
        is_still_open(page, before)
    focus(page, "CD3+")
    page.press("Shift+ArrowRight")
    is_still_open(page, before)
    assert not (out / "audit.jsonl").exists()
    page.page.keyboard.type("cuts the cells")
    page.press("Enter")
    page.until("return document.querySelector('#toast').innerText.includes('Kept as entry 1')")
    line = "return document.querySelector('#tubes li.current small').innerText"
    page.until(f"{line}.includes('effect 100 % before the move')")
    assert "failed" not in page.run(line)
    (decision,) = read_log(out / "audit.jsonl").decisions
    assert (decision.wish.action, decision.wish.population, decision.wish.reason) == ("move", "CD4+", "cuts the cells")
    leave_field(page)
    page.press("r")
    page.until("return !document.querySelector('#tube-name').innerText.startsWith('S01 · D8 · TREG')")


def test_a_step_by_keys_is_an_open_move_too(page: Browser, out: Path) -> None:
    show(page, "S01 · D8 · TREG")
    focus(page, "CD4+")
    page.press("Shift+ArrowLeft")
    page.until("return !document.querySelector('#draft').hidden")
    page.press("r")
    page.until(f"return document.querySelector('#toast').innerText === {OPEN!r}")
    page.until("return document.activeElement.id === 'draft-reason'")
    page.press("Escape")
    assert page.run("return document.querySelector('#toast').hidden"), "what was put back is not asked for any more"
    page.press("p")
    assert not (out / "audit.jsonl").exists()
    page.until("return document.querySelector('#draft').hidden")


@pytest.mark.parametrize("reason", ["outlier: too bright", "before 2 µL more", "3 % too many", "RBC are in it"])
def test_a_reason_that_is_typed_after_a_step_by_keys_is_complete(page: Browser, out: Path, reason: str) -> None:
    show(page, "S01 · D8 · T")  # so that the next one is not the tube that the page opens with, still under way
    show(page, "S01 · D8 · TREG")
    focus(page, "CD3+")
    page.press("Shift+ArrowLeft")
    page.press("Enter")
    assert "A reason is required" in page.text("#toast")
    assert not page.run("return document.querySelector('#large').open")
    leave_field(page)
    page.page.keyboard.type(reason)
    leave_field(page)
    focus(page, "CD3+")
    page.press("Enter")
    page.until("return document.querySelector('#toast').innerText.includes('Kept as entry 1')")
    (decision,) = read_log(out / "audit.jsonl").decisions
    assert (decision.wish.action, decision.wish.population, decision.wish.reason) == ("move", "CD3+", reason)
    focus(page, "CD3+")
    page.press("Enter")
    page.until("return document.querySelector('#large').open")
    page.press("Escape")


def test_leaving_the_page_asks_while_a_move_is_open_and_only_then(page: Browser) -> None:
    before = moved(page)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.page.on("dialog", stay)
    page.run("setTimeout(() => location.reload(), 0)")
    page.page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    assert events(page) == before
    page.run("document.querySelector('#draft-discard').click()")
    reload(page)
    assert asked == ["beforeunload"]
    page.page.remove_listener("dialog", stay)


def test_a_tube_without_its_value_is_confirmed_only_with_a_reason(page: Browser, out: Path) -> None:
    show(page, "S01 · D8 · TREG")
    page.press("r")
    page.until("return document.querySelector('#ask').open")
    assert page.text("#ask-title") == "Treg was not measured: confirm nevertheless?"
    assert "CD4+ contains 0 events" in page.text("#ask-text")
    page.press("Enter")
    assert page.text("#ask-text") == "Reason is required."
    page.press("Escape")
    page.until("return !document.querySelector('#ask').open")
    assert not (out / "audit.jsonl").exists()
    page.press("r")
    page.type("#ask-input", "the tube was spilled")
    page.press("Enter")
    page.until("return document.querySelector('#progress').innerText.startsWith('1 of 6 reviewed')")
    (decision,) = read_log(out / "audit.jsonl").decisions
    assert (decision.wish.action, decision.wish.reason) == ("confirmed", "the tube was spilled")


def test_confirm_all_shown_names_tubes_that_it_omits(page: Browser, out: Path) -> None:
    page.press("2")
    for choice, value in (("kind", "TREG"), ("gate", "Treg")):
        page.page.select_option(f"#sheet-{choice}", value)
    page.until("return document.querySelectorAll('#sheet .card').length === 2")
    page.until("return [...document.querySelectorAll('#sheet .card b')].some((one) => one.innerText === 'no %')")
    page.press("R")
    says(page, "without a value are omitted: S01 · D8 · TREG, S01 · D1 · TREG.")
    assert not (out / "audit.jsonl").exists()
    short = page.run("return import('./app.js').then((app) => app.listed([...'abcdefgh']))")
    assert short == "a, b, c, d, e, f, and 2 more"


def test_a_name_that_is_given_confirms_at_once_only_where_the_button_says_so(page: Browser, out: Path) -> None:
    give_name(page, "")
    show(page, "S01 · D8 · TREG")
    page.press("r")
    page.until("return document.querySelector('#ask').open")
    assert (page.text("#ask-title"), page.text("#ask-ok")) == ("Who reviews?", "Use this name")
    page.type("#ask-input", "A. Reader")
    page.press("Enter")
    page.until("return document.querySelector('#ask-title').innerText.startsWith('Treg was not measured')")
    page.press("Escape")
    give_name(page, "")
    assert not (out / "audit.jsonl").exists()
    show(page, "S01 · D1 · T")
    page.press("r")
    page.until("return document.querySelector('#ask').open")
    assert page.text("#ask-ok") == "Use this name and confirm"
    page.press("Escape")


def test_confirming_goes_on_to_the_next_tube_that_is_not_reviewed(page: Browser, server: Server) -> None:
    run = answer(page, "/api/run")
    at = next(k for k, i in enumerate(run["order"]) if not run["tubes"][i]["critical"])
    first, second, third = run["order"][at : at + 3]
    page.run(
        "fetch('/api/mark', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify("
        "{ tubes: [arguments[0]], population: '', mark: 'confirmed', who: 'A. Reader', reason: '' }) })",
        second,
    )
    page.page.wait_for_timeout(300)
    page.page.goto(f"{server.origin}/#{first}")
    page.page.reload()
    page.until(f"return document.body.dataset.tube === '{first}'")
    give_name(page, "A. Reader")
    page.press("r")
    page.until("return document.querySelector('#progress').innerText.startsWith('2 of 6 reviewed')")
    page.until(f"return location.hash === '#{third}'")


def says(page: Browser, words: str) -> None:
    """Wait until the page tells something."""
    page.until(f"return document.querySelector('#toast').innerText.includes({words!r})")


TWICE = """
for (let k = 0; k < 2; k += 1) document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "r", bubbles: true }));
"""


def test_a_key_that_is_held_or_pressed_too_fast_confirms_one_tube_once(page: Browser, out: Path) -> None:
    show(page, "S01 · D1 · T")
    for _ in range(12):
        page.page.keyboard.down("r")
        page.page.wait_for_timeout(40)
    page.page.keyboard.up("r")
    page.until("return !document.querySelector('#tube-name').innerText.startsWith('S01 · D1 · T ')")
    log = out / "audit.jsonl"
    assert [(one.wish.visit, one.wish.tube) for one in read_log(log).decisions] == [("D1", "T")]
    show(page, "S01 · D1 · T")
    page.press("r")
    says(page, "S01 · D1 · T was confirmed by you already")
    page.until("return !document.querySelector('#tube-name').innerText.startsWith('S01 · D1 · T ')")
    assert len(read_log(log).decisions) == 1
    show(page, "S01 · D8 · T")
    page.run(TWICE)
    says(page, "still being kept")
    page.until("return document.querySelector('#progress').innerText.startsWith('2 of 6 reviewed')")
    assert [(one.wish.visit, one.wish.tube) for one in read_log(log).decisions] == [("D1", "T"), ("D8", "T")]


def confirm_elsewhere(page: Browser, tubes: list[int]) -> None:
    """Confirm tubes as another browser would, with a reason, and open the page again."""
    page.run(
        "return fetch('/api/mark', { method: 'POST', headers: { 'content-type': 'application/json' }, body: "
        "JSON.stringify({ tubes: arguments[0], population: '', mark: 'confirmed', who: 'B', reason: 'seen' }) })"
        ".then((answer) => answer.status)",
        tubes,
    )
    reload(page)
    give_name(page, "A. Reader")


def test_after_the_last_tube_of_the_list_follow_those_before_that_are_not_reviewed(page: Browser, out: Path) -> None:
    run = answer(page, "/api/run")
    *order, last = run["order"]
    left = next(i for i in order if not run["tubes"][i]["missing"])
    confirm_elsewhere(page, [i for i in order if i != left])
    name = " · ".join(run["tubes"][last][one] for one in ("subject", "visit", "tube"))
    show(page, name)
    page.press("g")
    page.until(f"return location.hash === '#{left}' && document.body.dataset.tube === '{left}'")
    show(page, name)
    page.press("r")
    page.until(f"return location.hash === '#{left}' && document.body.dataset.tube === '{left}'")
    page.press("g")
    says(page, "only tube that is not reviewed")
    page.press("r")
    page.until("return !document.querySelector('#view-log').hidden")
    says(page, "All 6 tubes are reviewed")
    assert len(read_log(out / "audit.jsonl").decisions) == 6


def test_undo_goes_back_one_decision_after_the_other(page: Browser, out: Path) -> None:
    show(page, "S01 · D1 · T")
    for number, (key, what) in enumerate((("c", "first"), ("c", "second"), ("u", "2"), ("u", "1")), start=1):
        page.press(key)
        page.until("return document.querySelector('#ask').open")
        if key == "u":
            assert page.text("#ask-title") == f"Undo entry {what}: note"
        page.type("#ask-input", what)
        page.press("Enter")
        page.until(f"return document.querySelector('#progress').innerText.includes('{number} decision')")
        page.until(f"return document.querySelector('#history summary').textContent.startsWith('{number} decision')")
    page.press("u")
    says(page, "Nothing was decided about this tube that could be undone")
    assert not page.run("return document.querySelector('#ask').open")


def test_leaving_the_page_asks_while_words_of_a_dialog_are_not_kept(page: Browser) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    show(page, "S01 · D1 · T")
    page.page.on("dialog", stay)
    page.press("c")
    page.type("#ask-input", "dim CD3")
    page.run("setTimeout(() => location.reload(), 0)")
    page.page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    assert page.run("return document.querySelector('#ask-input').value") == "dim CD3"
    page.press("Escape")
    reload(page)
    assert asked == ["beforeunload"], "what was cancelled is not asked for"
    page.page.remove_listener("dialog", stay)


def test_a_statement_and_the_reason_why_it_is_incomplete_are_two_sentences(page: Browser, out: Path) -> None:
    page.press("3")
    page.until("return document.querySelector('#end-signed').innerText")
    page.click("#end-sign")
    page.page.fill("#ask-input", "blind")
    page.press("Enter")
    page.until("return document.querySelector('#ask-title').innerText.startsWith('Sign although')")
    page.type("#ask-input", "planned")
    page.press("Enter")
    page.until("return document.querySelector('#end-sha').innerText")
    (decision,) = read_log(out / "audit.jsonl").decisions
    assert (decision.wish.after or {})["statement"] == "blind. Incomplete: planned"


def test_the_sheet_opens_on_the_gate_of_the_primary_figure_and_keeps_what_is_chosen(page: Browser) -> None:
    chosen = "return ['kind', 'gate'].map((one) => document.querySelector(`#sheet-${one}`).value)"
    page.press("2")
    page.until("return document.querySelector('#sheet canvas')")
    assert page.run(chosen) == ["TREG", "Treg"]
    listed = page.run("return [...document.querySelectorAll('#sheet-gate option')].map((one) => one.value)")
    assert "CD4+" in listed
    assert not {"live", "CD4+ non-Treg"} & set(listed), "these have no plot"
    page.page.select_option("#sheet-gate", "CD4+")
    page.until("return document.querySelectorAll('#sheet canvas').length === 2")
    reload(page)
    page.press("2")
    page.until("return document.querySelector('#sheet canvas')")
    assert page.run(chosen) == ["TREG", "CD4+"]


def test_a_gate_is_offered_no_place_where_it_already_is(page: Browser) -> None:
    show(page, "S01 · D8 · TREG")
    assert page.page.locator('.gate[data-population="CD3+"] select').count() == 1
    assert page.page.locator('.gate[data-population="CD4+"] select').count() == 0, "the same fixed value in every tube"
    assert "\nOther tubes have no other place for this gate." in page.text('.gate[data-population="CD4+"]')


def test_the_list_says_how_tubes_without_an_effect_are_ordered(page: Browser) -> None:
    assert "does not depend on follow, by the effect on their own values" in page.text("#list-order")
