"""What became of decisions: warnings of before a change, values before and after, undo, tables, signature."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import CHROMIUM, MISSING, Browser
from cli_running import rows, tregate
from review_page import reload
from review_server import Server, entered

from tregate.pipelines.review.audit_log import read_log

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)


@pytest.fixture
def out(study: Path, tmp_path: Path) -> Path:
    """A copy of the run for each test, beside its trial: some rebuild the tables, and one signs."""
    return Path(shutil.copytree(study / "out", study / tmp_path.name))


@pytest.fixture
def server(out: Path, tmp_path: Path) -> Iterator[Server]:
    with entered(out, tmp_path) as running:
        yield running


@pytest.fixture
def refusals() -> tuple[str, ...]:
    return "409", "422"


def lift(server: Server, i: int, population: str) -> None:
    """Move a threshold as another browser would."""
    tube = server.get(f"/api/tube/{i}")[1]
    gate = next(one for one in tube["gates"] if one["population"] == population)
    edit = {"range": [None if end is None else end + 0.05 for end in gate["edit"]["range"]]}
    asked = {"i": i, "population": population, "edit": edit, "who": "A. Reader", "reason": "cuts the cloud"}
    status, answer = server.post("/api/move", asked)
    assert status == 200, answer


def tubes(server: Server) -> list[dict[str, Any]]:
    return list(server.get("/api/run")[1]["tubes"])


def place(server: Server, visit: str, tube: str) -> int:
    return next(one["i"] for one in tubes(server) if (one["visit"], one["tube"]) == (visit, tube))


def reopened(page: Browser, server: Server, i: int) -> None:
    """The page as it is after a decision in another browser."""
    page.page.goto(f"{server.origin}/#{i}")
    reload(page)


def marks(page: Browser) -> dict[int, str]:
    """What a screen reader says of each tube's warnings, by tube."""
    found = page.run(
        "return [...document.querySelectorAll('#tubes li')].map((one) => "
        "[Number(one.dataset.i), one.querySelector('.warn')?.textContent || ''])"
    )
    return dict(found)


def test_a_page_without_decisions_says_how_one_is_made(page: Browser, out: Path) -> None:
    assert not (out / "audit.jsonl").exists(), "the first test of this server"
    page.press("3")
    page.until("return !document.querySelector('#log-none').hidden")
    assert "Confirm a tube with r" in page.text("#log-none")


def test_a_tube_is_marked_where_findings_csv_warns_of_it_and_nowhere_else(server: Server, out: Path) -> None:
    """A doubt about a gate on which no figure rests is a note in the tables, and no mark here."""
    listed = rows(out / "findings.csv")
    warned = {row["file"] for row in listed if row["file"] and row["severity"] in ("warn", "fail")}
    notes = [row for row in listed if row["severity"] == "info" and "No value in the tables depends" in row["message"]]
    assert notes, "a doubt about a gate on which no figure rests"
    shown = [one for i in range(len(tubes(server))) for one in server.get(f"/api/tube/{i}")[1]["findings"]]
    assert {row["message"] for row in notes} <= {one["message"] for one in shown if one["severity"] == "info"}
    assert {one["file"] for one in tubes(server) if one["warnings"]} == warned


def test_warnings_of_a_visit_are_those_of_before_the_change_until_the_tables_are_rebuilt(
    page: Browser, server: Server
) -> None:
    before = tubes(server)
    warned = [one for one in before if one["warnings"]]
    assert warned, "the small tubes have warnings"
    visit = warned[0]["visit"]
    lift(server, place(server, visit, "T"), "CD3+")
    reopened(page, server, warned[0]["i"])
    shown = marks(page)
    for one in warned:
        old = one["visit"] == visit
        assert ("△" in shown[one["i"]]) == old
        assert ("before your changes to this visit" in shown[one["i"]]) == old
    assert "before your changes to this visit" in page.text("#findings summary")
    # why the tube is marked is above its plots, and says the same of the change
    above = page.text("#warned")
    assert above.startswith("△ ")
    assert above.count("(before your changes to this visit)") == warned[0]["warnings"]
    places = "return ['#warned', '#gates'].map((one) => document.querySelector(one).getBoundingClientRect().top)"
    assert sorted(page.run(places)) == page.run(places)
    page.press("2")
    for choice, value in (("kind", "TREG"), ("gate", "CD4+")):
        page.page.select_option(f"#sheet-{choice}", value)
    page.until("return document.querySelector('#sheet .warn')")
    signs = page.run(
        "return [...document.querySelectorAll('#sheet .card .warn')].map((sign) => "
        "[Number(sign.closest('.card').dataset.i), sign.innerText])"
    )
    assert visit in {tubes(server)[i]["visit"] for i, _ in signs}
    for i, words in signs:
        old = tubes(server)[i]["visit"] == visit
        assert words.startswith("△" if old else "▲")
        assert words.strip().endswith("(before your changes to this visit)") == old
    page.press("3")
    page.until(
        "return document.querySelector('#end-waiting').textContent.includes('1 decision is not in the tables yet')"
    )
    page.click("#end-tables")
    page.until("return document.querySelector('#end-waiting').textContent.includes('contain every decision')", 60)
    assert not any("before your changes" in words for words in marks(page).values())
    page.press("1")
    page.until("return !document.querySelector('#findings summary').textContent.includes('before your changes')")


COVERED = """
const wide = document.documentElement.scrollWidth - innerWidth;
const controls = [...document.querySelectorAll('button, select, input, summary, a[href], canvas')].filter((one) =>
  one.checkVisibility({ visibilityProperty: true }) && !one.disabled && !one.closest('dialog:not([open]), .skip'));
if (arguments[0]) controls.reverse();
const covered = controls.filter((one) => {
  one.scrollIntoView({ block: 'nearest' });
  const box = one.getBoundingClientRect();
  if (!box.width) return false;
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 10));
  return !top || !(one.contains(top) || top.contains(one));
}).map((one) => one.id || one.textContent.slice(0, 40) || one.tagName);
return [wide, covered];
"""
"""How much wider than the window the page is, and every control that is covered when it is scrolled to."""


@pytest.mark.parametrize(("width", "height"), [(683, 384), (1366, 768)], ids=["zoom of 200 %", "small laptop"])
def test_every_control_is_reached_on_a_small_screen(page: Browser, out: Path, width: int, height: int) -> None:
    page.size(width, height)
    for key, there in (("1", "#gates canvas"), ("2", "#sheet canvas"), ("3", "#end-next")):
        page.press(key)
        page.until(f"return document.querySelector({there!r})?.checkVisibility()")
        for backwards in (False, True):
            assert page.run(COVERED, backwards) == [0, []], key
    page.open((out / "report.html").as_uri())
    for view in range(page.run("return document.querySelectorAll('nav [data-view]').length")):
        page.run("document.querySelectorAll('nav [data-view]')[arguments[0]].click()", view)
        for backwards in (False, True):
            assert page.run(COVERED, backwards) == [0, []], view
    page.size(1440, 900)


def test_a_decision_is_read_with_its_values_and_undone_where_it_is_listed(
    page: Browser, server: Server, out: Path
) -> None:
    i = place(server, "D8", "TREG")
    lift(server, i, "CD4+")
    made = read_log(out / "audit.jsonl").decisions[-1]
    reopened(page, server, i)
    by_hand = """document.querySelector('.gate[data-population="CD4+"]').className.includes('by-hand')"""
    assert page.run(f"return {by_hand}")
    page.press("3")
    entry = f'#log li[data-n="{made.n}"]'
    page.until(f"return document.querySelector({entry!r})")
    words = page.text(entry)
    for events in (made.wish.before["events"], made.wish.after["events"]):
        assert str(events) in words
    assert "moved CD4+" in words
    assert "cuts the cloud" in words
    assert "Treg, % of CD4+: " in words
    page.click(f"{entry} .undo")
    page.type("#ask-input", "was right")
    page.press("Enter")
    page.until(f"return document.querySelector('#log li[data-n=\"{made.n + 1}\"]')")
    assert "(undone)" in page.text(entry)
    assert page.run("return document.activeElement.closest('#log li')?.dataset.n") == str(made.n), "the focus stays"
    assert read_log(out / "audit.jsonl").decisions[-1].wish.action == "undo"
    page.press("1")
    page.until(f"return !{by_hand}")


def test_who_goes_on_typing_after_a_refused_move_decides_nothing(page: Browser, server: Server, out: Path) -> None:
    i = place(server, "D1", "NK")
    reopened(page, server, i)
    page.page.select_option('.gate[data-population="CD3+"] select', index=1)
    page.until("return document.activeElement.id === 'draft-reason'")
    lift(server, i, "CD3+")
    number = len(read_log(out / "audit.jsonl").decisions)
    page.page.keyboard.type("dim cells")
    page.press("Enter")
    page.until("return document.querySelector('#toast').innerText.includes('decided about this tube meanwhile')")
    page.until("return document.querySelector('#draft').hidden")
    page.page.keyboard.type("xar")
    assert not page.run("return document.querySelector('#ask').open")
    assert len(read_log(out / "audit.jsonl").decisions) == number


def test_after_the_last_tube_the_page_leads_to_tables_and_signature(page: Browser, server: Server, out: Path) -> None:
    lift(server, place(server, "D1", "TREG"), "CD4+")
    everything = [one["i"] for one in tubes(server) if one["gated"]]
    last = server.get("/api/run")[1]["order"][-1]
    others = [i for i in everything if i != last]
    asked = {"tubes": others, "population": "", "mark": "confirmed", "who": "A. Reader", "reason": ""}
    assert server.post("/api/mark", asked)[0] == 200
    reopened(page, server, last)
    page.press("r")
    page.until("return !document.querySelector('#view-log').hidden")
    assert f"All {len(everything)} tubes are reviewed" in page.text("#toast")
    page.until("return document.querySelector('#end-waiting').textContent")
    assert page.run("return document.querySelector('#end-sign').disabled"), "tables come first"
    assert "Rebuild the tables first" in page.text("#end-signed")
    page.click("#end-tables")
    page.until("return document.querySelector('#end-waiting').textContent.includes('contain every decision')", 60)
    page.until("return document.activeElement.id === 'end-sign'")
    warned = [one for one in tubes(server) if one["moved"] and one["warnings"]]
    assert warned, "the gate was moved far"
    assert f"The rebuilt tables warn of {len(warned)} tube" in page.text("#end-signed"), "new ones, seen by no reader"
    page.press("Enter")
    page.until("return document.querySelector('#ask').open")
    assert page.run("return document.querySelector('#ask-input').value") == f"I reviewed all {len(everything)} tubes."
    page.press("Enter")
    page.until("return document.querySelector('#end-signed').textContent.includes('The study is signed')")
    assert page.run("return document.querySelectorAll('#log .undo').length") == 0
    verified = tregate("verify", out)
    assert verified.code == 0, verified.out
    assert f"{len(everything)} of {len(everything)} tubes reviewed" in verified.out
