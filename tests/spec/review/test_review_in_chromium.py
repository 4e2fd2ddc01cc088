"""`tregate review` in a real browser: what a reviewer does with it, and that what it shows is what a run gives."""

import os
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import CHROMIUM, MISSING, Browser
from cli_running import rows, run_study, tregate
from review_page import (
    answer,
    current,
    drag,
    edge_of,
    events,
    figures,
    focus,
    give_name,
    grip,
    leave_field,
    open_page,
    overlay,
    pull,
    reload,
    show,
)
from review_server import Server

from tregate.fixtures.trial import make_trial
from tregate.fixtures.tube import make_tube, stained_for
from tregate.pipelines.review.audit_log import read_log

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)

FASTEST = 0.2
"""Seconds within which figures follow a drag at 100,000 events (median of 20)."""
LATEST = 1.5
"""The same while other programs keep every processor busy."""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trial of 100,000 events a tube, and its run in `out`."""
    folder = tmp_path_factory.mktemp("browsed")
    make_trial(folder / "trial", seed=7, subjects=1, visits=("D1", "D8"), events=(100_000, 100_000), withdrawn=0)
    with_controls(folder / "trial")
    assert run_study(folder / "trial", folder / "out", "--report", "all").code == 0
    return folder


def with_controls(trial: Path) -> None:
    """Add an FMO and an unstained tube to a trial."""
    for lacks, without in (("CD25", "CD25"), ("unstained", stained_for("treg"))):
        make_tube("treg", seed=8, events=20_000, without=without).write(trial / f"{lacks}.fcs")
    samples = trial / "samples.csv"
    head, *lines = samples.read_text(encoding="utf-8").splitlines()
    cells = [{"file": f"{name}.fcs", "tube": "TREG", "control": name} for name in ("CD25", "unstained")]
    more = [",".join([*(one.get(column, "") for column in head.split(",")), one["control"]]) for one in cells]
    text = "\n".join([f"{head},control", *(f"{line}," for line in lines), *more]) + "\n"
    samples.write_text(text, encoding="utf-8")


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Browser]:
    """The page as a new reviewer sees it; afterwards: nothing was refused, nothing was asked of another machine."""
    open_page(browser, server.link)
    browser.run("localStorage.clear(); document.querySelector('#who').value = ''")
    yield browser
    assert [line for line in browser.console() if "409" not in line] == []
    assert [url for url in browser.requests() if not url.startswith(server.origin)] == []
    browser.open("about:blank")


def is_idle() -> bool:
    """Whether a processor is free for the server and one for the browser."""
    return os.getloadavg()[0] <= (os.cpu_count() or 1)


def test_a_drag_is_followed_and_equals_a_run_with_that_gate(
    page: Browser, server: Server, study: Path, tmp_path: Path
) -> None:
    show(page, "S01 · D1 · TREG")
    before = figures(page)
    start = edge_of(page, server, "CD4+")
    took = drag(page, server, "CD4+", [start + 0.02 * k for k in (*range(1, 11), *range(9, 0, -1), 6)])
    dragged = events(page)
    print(f"figures follow within {1000 * statistics.median(took):.0f} ms (median of {len(took)})")
    assert statistics.median(took) <= (FASTEST if is_idle() else LATEST)
    assert figures(page) != before

    page.press("Enter")
    assert "A reason is required" in page.text("#toast")
    assert not (study / "out" / "audit.jsonl").exists()
    page.type("#draft-reason", "too many dim cells")
    page.press("Enter")
    page.type("#ask-input", "A. Reader")
    page.press("Enter")
    page.until("return document.querySelector('#toast').innerText.includes('Kept as entry 1')")
    kept = figures(page), events(page)
    assert kept[1] == dragged

    reload(page)
    assert (figures(page), events(page)) == kept, "reload keeps everything"
    assert page.run("return document.querySelector('#who').value") == "A. Reader"
    assert "A. Reader: too many dim cells" in page.text('.gate[data-population="CD4+"]')

    (decision,) = read_log(study / "out" / "audit.jsonl").decisions
    assert (decision.wish.who, decision.wish.reason) == ("A. Reader", "too many dim cells")
    assert run_study(study / "trial", tmp_path / "new", "--review", study / "out").code == 0
    run = {
        row["population"]: row["events"]
        for row in rows(tmp_path / "new" / "counts.csv")
        if (row["visit"], row["tube"]) == ("D1", "TREG")
    }
    for population, numbers in kept[1].items():
        assert f" {run[population]} events" in numbers, population


def test_tables_follow_what_was_kept_in_the_browser(page: Browser, server: Server, study: Path) -> None:
    show(page, "S01 · D8 · TREG")
    share = edge_of(page, server, "CD4+")
    drag(page, server, "CD4+", [share + 0.08])
    page.type("#draft-reason", "dim cells")
    page.press("Enter")
    page.type("#ask-input", "B")
    page.press("Enter")
    page.until("return document.querySelector('#toast').innerText.includes('Kept as entry')")
    shown = figures(page)["treg_percent_of_cd4"]
    assert tregate("tables", study / "out").code == 0
    (row,) = [row for row in rows(study / "out" / "treg.csv") if row["visit"] == "D8"]
    assert float(shown.replace("\u202f", "")) == pytest.approx(float(row["treg_percent_of_cd4"]), rel=5e-3)
    assert "gate_by_hand:treg" in row["flags"]


def test_keys_confirm_and_go_on_and_ask_for_reasons(page: Browser, study: Path) -> None:
    give_name(page, "A")
    first = page.text("#tube-name")
    page.press("r")
    page.until(f"return document.querySelector('#tube-name').textContent !== {first!r}")
    second = page.text("#tube-name")
    page.press("x")
    page.until("return document.querySelector('#ask').open")
    page.press("Enter")
    assert "Reason is required" in page.text("#ask-text")
    page.press("Escape")
    page.until("return !document.querySelector('#ask').open")
    assert page.text("#tube-name") == second
    page.press("a")
    page.type("#ask-input", "shoulder")
    page.press("Enter")
    page.until(f"return document.querySelector('#tube-name').textContent !== {second!r}")
    page.press("p")
    page.until(f"return document.querySelector('#tube-name').textContent === {second!r}")
    page.press("u")
    page.type("#ask-input", "none after all")
    page.press("Enter")
    page.until("return !document.querySelector('#tube-marks').innerText.includes('again')")
    decisions = read_log(study / "out" / "audit.jsonl").decisions
    assert [(one.wish.action, one.wish.reason) for one in decisions] == [
        ("confirmed", ""), ("to review again", "shoulder"), ("undo", "none after all"),
    ]  # fmt: skip
    page.press("g")
    page.until(f"return document.querySelector('#tube-name').textContent !== {second!r}")


def test_a_gate_is_moved_by_keys_and_discarded(page: Browser) -> None:
    show(page, "S01 · D1 · T")
    before = events(page)
    focus(page, "CD3+")
    for _ in range(30):
        page.press("Shift+ArrowRight")
    page.until("return !document.querySelector('#draft').hidden && Number(document.body.dataset.followed) > 0")
    page.until(
        f"return document.querySelector('.gate[data-population=\"CD3+\"] .numbers').innerText !== {before['CD3+']!r}"
    )
    page.press("Escape")
    assert page.run("return document.querySelector('#draft').hidden")
    assert events(page) == before


def test_one_step_for_selected_tubes_and_one_key_for_all(page: Browser, server: Server, study: Path) -> None:
    give_name(page, "A")
    page.press("2")
    page.until("return document.querySelectorAll('#sheet .card canvas').length === 2")
    for choice, value in (("kind", "T"), ("gate", "CD3+")):
        page.page.select_option(f"#sheet-{choice}", value)
        page.page.wait_for_timeout(300)
    page.click("#sheet-all")
    box = page.page.locator("#sheet .card canvas").first.bounding_box()
    sheet = answer(page, "/api/sheet?kind=T&population=CD3%2B")
    gates = {card["i"]: card["gate"] for card in sheet["cards"]}
    i = int(page.run("return document.querySelector('#sheet .card').dataset.i"))
    low, high = gates[i]["x"][2:]
    (at,) = [end for end in gates[i]["edit"]["range"] if end is not None]
    low, high = page.run("return document.querySelector('#sheet .card canvas').plot.limits().slice(0, 2)")
    x = box["x"] + 48 + (at - low) / (high - low) * (box["width"] - 52)
    pull(page, (x, box["y"] + 60), (x + 10, box["y"] + 60))
    both = "[...document.querySelectorAll('#sheet .card b')]"
    page.until(f"return {both}.every((one) => one.innerText.includes(' % → '))")
    drawn = page.run(
        "return [...document.querySelectorAll('#sheet canvas')].map(({ plot: { edit, gate, view } }) => [view,"
        "edit.range.find((end) => end !== null) - gate.edit.range.find((end) => end !== null)])"
    )
    assert drawn[0][0] == drawn[1][0], "one range for all plots"
    shown = page.run(f"return {both}.map((one) => one.innerText.split(' → ')[1])")
    leave_field(page)
    page.press("3")
    assert "CD3+ of 2 tubes was moved and not kept" in page.text("#toast")
    page.type("#sheet-reason", "same shift of the lot")
    page.press("Enter")
    page.until("return document.querySelector('#toast').innerText.includes('2 gates moved and kept')")
    page.until(f"return !{both}.some((one) => one.innerText.includes('→'))")
    after = answer(page, "/api/sheet?kind=T&population=CD3%2B")
    steps = [
        after_end - end
        for card in after["cards"]
        for after_end, end in zip(card["gate"]["edit"]["range"], gates[card["i"]]["edit"]["range"], strict=True)
        if end is not None
    ]
    assert steps[0] == pytest.approx(10 / (box["width"] - 52) * (high - low), rel=0.02)
    assert [step for _, step in drawn] == pytest.approx(steps, rel=1e-3)
    assert page.run(f"return {both}.map((one) => one.innerText)") == shown
    assert steps[1] == pytest.approx(steps[0], rel=1e-3)
    page.press("R")
    page.type("#ask-input", "both lie in the gap")
    page.press("Enter")
    page.until("return [...document.querySelectorAll('#sheet .state')].map((one) => one.innerText).join() === '✓,✓'")
    decisions = read_log(study / "out" / "audit.jsonl").decisions
    assert [one.wish.action for one in decisions] == ["move", "move", "confirmed", "confirmed"]
    assert [one.wish.reason for one in decisions[2:]] == ["both lie in the gap"] * 2


def test_events_of_a_gate_lie_inside_all_gates_above_and_other_visits_are_overlaid(page: Browser) -> None:
    show(page, "S01 · D8 · T")
    focus(page, "CD4+")
    page.press("b")
    page.until("return document.querySelector('#toast').innerText.includes('events of CD4+')")
    i = current(page)
    dots = answer(page, f"/api/back/{i}?population=CD4%2B")
    tube = answer(page, f"/api/tube/{i}")
    assert {"CD3+", "CD4+"} <= dots.keys()
    gates = {gate["population"]: gate for gate in tube["gates"]}
    for population in ("CD3+", "CD4+"):
        (outline,) = gates[population]["outlines"]
        low, high = min(x for x, _ in outline), max(x for x, _ in outline)
        assert 100 < len(dots[population]) <= 500
        assert all(low - 1 <= x <= high + 1 for x, _ in dots[population])
    assert "baseline" in gates["CD3+"]["overlays"]
    page.press("o")
    page.until("return document.querySelector('#toast').innerText.includes('the gates of baseline')")


def test_control_tubes_are_laid_over_the_plots(page: Browser) -> None:
    show(page, "S01 · D8 · T")  # so that the next one is not the tube that the page opens with, still under way
    show(page, "S01 · D1 · TREG")
    focus(page, "CD4+ CD25-")
    canvas = """document.querySelector('.gate[data-population="CD4+ CD25-"] canvas')"""
    overlay(page, "FMO CD25")
    assert "% of them inside this gate" in page.text("#toast")
    dots = page.run(f"return {canvas}.plot.others")
    threshold = page.run(f"return Math.max(...{canvas}.plot.gate.outlines[0].map(([x]) => x))")
    assert len(dots) == 500
    assert sum(x <= threshold for x, _ in dots) >= 485, "without the stain, cells lie below the threshold"
    assert page.run(f"return {canvas}.plot.overlay") is None
    on_cd4 = """document.querySelector('.gate[data-population="CD4+"] canvas').plot.others"""
    assert page.run(f"return {on_cd4}") is None, "an FMO is on the plots of its marker"
    overlay(page, "unstained")
    assert page.run(f"return {on_cd4}.length") == 500
    page.press("Enter")
    page.until("return document.querySelector('#large').open")
    assert page.run("return document.querySelector('#large canvas').plot.others.length") == 500
    page.press("Escape")


def test_an_ellipse_is_turned_and_stretched_by_handles_that_are_seen_first(page: Browser, study: Path) -> None:
    show(page, "S01 · D1 · TREG")
    place = '.gate[data-population="lymphocytes"] canvas'
    i = current(page)
    assert page.run(f"return document.querySelector({place!r}).plot.handles") is None
    page.page.hover(place)
    assert len(page.run(f"return document.querySelector({place!r}).plot.handles")) == 3
    before = answer(page, f"/api/tube/{i}")
    was = next(gate["edit"] for gate in before["gates"] if gate["population"] == "lymphocytes")
    for name, step in (("long", (8, 0)), ("turn", (0, 12))):
        start = grip(page, place, name)
        pull(page, start, (start[0] + step[0], start[1] + step[1]), steps=4)
        page.until("return !document.querySelector('#draft').hidden && document.body.dataset.followed")
    page.type("#draft-reason", "tilted cloud")
    page.type("#who", "A")
    page.run("document.querySelector('#draft-keep').click()")
    page.until("return document.querySelector('#toast').innerText.includes('Kept as entry')")
    (decision,) = read_log(study / "out" / "audit.jsonl").decisions
    after = answer(page, f"/api/tube/{i}")
    now = next(gate["edit"] for gate in after["gates"] if gate["population"] == "lymphocytes")
    assert now["center"] == pytest.approx(was["center"])
    spread = [sum(edit["covariance"][k][k] for k in (0, 1)) for edit in (was, now)]
    assert spread[1] > spread[0], "the long axis was stretched"
    assert now["covariance"][0][1] != pytest.approx(was["covariance"][0][1], rel=0.01), "and turned"
    assert decision.wish.before["events"] != decision.wish.after["events"]


def test_an_enlarged_gate_is_moved_again_and_again_and_asks_for_its_reason_when_closed(page: Browser) -> None:
    show(page, "S01 · D1 · TREG")
    focus(page, "CD4+")
    page.press("Enter")
    page.until("return document.querySelector('#large canvas')?.width > 500")
    shown = set()
    for step in (10, 20):
        x, y = page.run(
            "const c = document.querySelector('#large canvas'); const box = c.getBoundingClientRect();"
            "const at = c.plot.edit.range.find((end) => end !== null); return [box.x + c.plot.x(at), box.y + 200];"
        )
        pull(page, (x, y), (x + step, y))
        page.until(f"return !{[*shown]!r}.includes(document.querySelector('#large-what').innerText)")
        page.until("return document.querySelector('#large-what').innerText.includes('→')")
        shown.add(page.text("#large-what"))
        assert page.run("return document.querySelector('#large').open")
    assert len(shown) == 2
    page.press("Escape")
    page.until("return document.activeElement.id === 'draft-reason'")
    page.press("Escape")
    assert page.run("return document.querySelector('#draft').hidden")
