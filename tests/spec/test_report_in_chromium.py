"""The page in a real browser: what a reader does with it, and what it must never do."""

import csv
import io
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import CHROMIUM, MISSING, Browser, chromium
from report_study import HOSTILE, context

from tregate.pipelines.report.page import write_report
from tregate.pipelines.review.review_file import exclusions, read_review

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)

SHOWN = "[...document.querySelectorAll('#tube-list tbody tr:not([hidden])')]"
CURRENT = "document.querySelector('article.current')?.id"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as page:
        page.size(1400, 900)
        yield page


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_report(path, context())
    return path.as_uri()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Browser]:
    """The page as a new reader sees it; afterwards: nothing was refused, nothing was asked for."""
    browser.open(address)
    browser.run("localStorage.clear()")
    browser.console(), browser.requests()
    browser.open("about:blank")
    browser.open(address)
    yield browser
    assert browser.console() == []
    assert [url for url in browser.requests() if url.partition("#")[0] not in (address, "about:blank")] == []


def subjects(page: Browser) -> list[str]:
    return page.run(f"return {SHOWN}.map((row) => row.cells[1].textContent.trim())")


def index_of(subject: str, visit: str, tube: str) -> int:
    keys = [(record.subject, record.visit, record.tube) for record in context().records]
    return keys.index((subject, visit, tube))


def downloaded(page: Browser) -> str:
    end = time.monotonic() + 10
    file = page.downloads / "review.csv"
    while not file.exists():
        assert time.monotonic() < end, "review.csv never came"
        time.sleep(0.05)
    text = file.read_text(encoding="utf-8")
    file.unlink()
    return text


def test_the_overview_says_what_to_look_at(page: Browser) -> None:
    assert page.text("h1").startswith("24 of 26 tubes gated")
    first = page.run("return [...document.querySelectorAll('.first li')].map((item) => item.innerText)")
    assert "X</script>" in first[0], "the failed tube comes first"
    assert any("S3 · D8 · T" in item for item in first), "the clogged tube is among the first"
    assert "All tubes of D8 lie apart." in page.text("#view-overview")


def test_markup_from_files_stays_text(page: Browser) -> None:
    for view in ("2", "3", "4", "5", "1"):
        page.press(view)
    page.run("document.querySelectorAll('.strip').forEach((strip) => strip.scrollIntoView())")
    assert page.run("return document.title").startswith(f"trial {HOSTILE}"), "no script of the file has run"
    assert page.run("return document.querySelectorAll('img:not(.figure img), script:not([type])').length") == 1
    assert HOSTILE in page.run("return document.querySelector('.bar strong').textContent")
    failed = page.run(f"return document.querySelector('#tube-{len(context().records) - 2} .failure').textContent")
    assert HOSTILE in failed, "the panel's message names the stain as the file wrote it"


def test_the_policy_refuses_what_was_not_written_with_the_page(page: Browser) -> None:
    page.run(
        "const s = document.createElement('script'); s.textContent = \"document.title = 'run'\";"
        "document.body.append(s); const i = document.createElement('img'); i.src = 'http://127.0.0.1:9/x.png';"
        "document.body.append(i);"
    )
    refused = page.until("return performance.now() > 300") and page.console()
    assert page.run("return document.title") != "run"
    assert sum("Content Security Policy" in message for message in refused) == 2


def test_the_figure_is_a_picture_with_words(page: Browser) -> None:
    assert page.run("const i = document.querySelector('.figure img'); return [i.alt, i.naturalWidth, i.complete]") == [
        "Fold change by visit", 120, True,
    ]  # fmt: skip


def test_tubes_come_worst_first_and_sort(page: Browser) -> None:
    page.press("2")
    ranks = page.run(f"return {SHOWN}.map((row) => row.className.split(' ')[0])")
    order = ["failed", "fail", "warn", "info", "ok", "excluded"]
    assert ranks == sorted(ranks, key=order.index)
    page.click("#tube-list th[data-key=subject] button")
    assert subjects(page) == sorted(subjects(page))
    articles = page.run("return [...document.querySelectorAll('article.tube')].map((a) => Number(a.dataset.i))")
    assert articles == page.run(f"return {SHOWN}.map((row) => Number(row.dataset.i))"), "the strips follow the list"
    page.click("#tube-list th[data-key=subject] button")
    assert subjects(page) == sorted(subjects(page), reverse=True)
    assert page.run("return document.querySelector('[data-key=subject]').ariaSort") == "descending"


def test_filters(page: Browser) -> None:
    page.press("2")
    page.type("#find", "s2 d8")
    assert subjects(page) == ["S2"] * 3
    assert page.text("#shown") == "3 of 26 tubes"
    page.type("#find", " nothing like it")
    assert subjects(page) == []
    page.click("#clear")
    assert len(subjects(page)) == 26
    page.run("const s = document.querySelector('#show'); s.value = 'failed'; s.dispatchEvent(new Event('input'))")
    assert len(subjects(page)) == 1
    page.press("1")
    page.click(".tiles a[data-filter=fail]")
    page.until("return !document.querySelector('#view-tubes').hidden")
    flagged = page.run(f"return {SHOWN}.map((row) => Number(row.dataset.i))")
    failing = {(f.subject, f.visit, f.tube) for f in context().findings if f.finding.severity == "fail"}
    assert set(flagged) == {index_of(*key) for key in failing}
    assert index_of("S2", "D1", "NK") in flagged


def test_keys_walk_through_the_tubes(page: Browser) -> None:
    page.press("2", "n")
    first = page.run(f"return {CURRENT}")
    page.press("n")
    second = page.run(f"return {CURRENT}")
    page.press("p")
    assert first != second
    assert page.run(f"return {CURRENT}") == first
    flagged = page.run(
        "return [...document.querySelectorAll('#tube-list tr.failed, #tube-list tr.fail, #tube-list tr.warn')].length"
    )
    seen = set()
    page.open(page.run("return location.href.split('#')[0]") + "#tubes")
    page.run("location.reload()")
    page.until("return document.readyState === 'complete'")
    for _ in range(flagged):
        page.press("f")
        seen.add(page.run(f"return {CURRENT}"))
    assert len(seen) == flagged, "f reaches every tube that needs a look, each once"
    page.press("f")
    assert page.text("#notice") == "This is the last tube."
    page.press("?")
    assert page.run("return document.querySelector('#help').open")
    page.press("Escape")


def test_a_strip_shows_every_gate_with_the_numbers_of_the_counts(page: Browser) -> None:
    record = context().records[index_of("S1", "D1", "T")]
    assert record.result is not None
    place = f"#tube-{index_of('S1', 'D1', 'T')}"
    page.run(f"location.hash = '{place}'")
    page.until(f"return document.querySelector('{place} .gate')")
    shown = page.run(
        f"return [...document.querySelectorAll('{place} .gate[data-population]')].map((card) => "
        "[card.dataset.population, card.querySelector('.events').textContent, card.querySelector('.numbers').title])"
    )
    for count in record.result.counts:
        (card,) = [one for one in shown if one[0] == count.population]
        assert card[1].replace("\N{NARROW NO-BREAK SPACE}", "") == f"{count.events} events"
        assert card[2].startswith(f"events {count.events} of {count.parent_events}")
    pictures = page.run(
        f"return Promise.all([...document.querySelectorAll('{place} image')].map((image) => {{ const i = new Image();"
        " i.src = image.getAttribute('href'); return i.decode().then(() => i.naturalWidth); }))"
    )
    assert len(pictures) >= 6
    assert all(width >= 64 for width in pictures), "every picture is a whole PNG"
    labels = page.run(f"return [...document.querySelectorAll('{place} .gate > svg')].map((s) => s.ariaLabel)")
    assert all(labels), "every picture has words"
    assert page.run(f"return document.querySelector('{place} .beads svg rect') !== null"), "beads over time"


def test_pictures_are_built_when_they_come_into_view(page: Browser) -> None:
    page.press("2", "n")
    built = page.run("return document.querySelectorAll('.strip[data-done]').length")
    assert built < 26
    page.run("document.querySelectorAll('article.tube')[20].scrollIntoView()")
    page.until("return document.querySelectorAll('article.tube')[20].querySelector('.gate')")


def test_a_dark_page_shows_the_same_pictures_in_another_ink(page: Browser) -> None:
    place = f"#tube-{index_of('S1', 'D1', 'T')}"
    page.run(f"location.hash = '{place}'")
    page.until(f"return document.querySelector('{place} image')")
    read = f"return document.querySelector('{place} image').getAttribute('href')"
    light = page.run(read)
    page.click("#theme")
    dark = page.run(read)
    page.click("#theme")
    assert page.run(read) == light
    assert dark != light
    assert dark[-400:] == light[-400:], "the same image data"


def test_a_tube_that_was_not_drawn_keeps_its_numbers(page: Browser) -> None:
    place = f"#tube-{index_of('S4', 'D8', 'TREG')}"
    page.run(f"location.hash = '{place}'")
    page.until(f"return document.querySelector('{place} .gate')")
    assert "--report all" in page.text(place)
    assert page.run(f"return document.querySelectorAll('{place} .gate > svg').length") == 0


def test_findings_stand_beside_their_plot(page: Browser) -> None:
    place = f"#tube-{index_of('S2', 'D1', 'T')}"
    page.run(f"location.hash = '{place}'")
    page.until(f"return document.querySelector('{place} .gate')")
    card = f'{place} .gate[data-population="CD4+"]'
    assert "The gate lies elsewhere" in page.text(card)
    assert "doubtful" in page.run("return document.querySelector(arguments[0]).className", card)


def test_marks_are_kept_and_exported(page: Browser, tmp_path: Path) -> None:
    again, out = index_of("S1", "D1", "T"), index_of("S3", "D8", "T")
    page.click("#export")
    assert "Enter your name above" in page.text("#notice")
    page.type("#who", "=Dr. M, lab")
    page.press("Tab")
    page.run(f"location.hash = '#tube-{again}'")
    page.until(f"return document.querySelector('#tube-{again} .gate')")
    page.press("r")
    page.run(f"document.querySelector('#tube-{again} .gate[data-population=\"CD4+\"]').focus()")
    page.press("a")
    page.type(f'#tube-{again} .gate[data-population="CD4+"] input', 'cut too high, "see D8"')
    page.press("Tab")
    page.run(f"location.hash = '#tube-{out}'")
    page.until(f"return document.querySelector('#tube-{out}.current')")
    page.click(f"#tube-{out} > header .out")
    page.click("#export")
    assert "give a reason" in page.text("#notice")
    page.type(f"#tube-{out} > header input", "clogged")
    page.press("Tab")
    page.run("location.reload()")
    page.until("return document.readyState === 'complete'")
    assert page.text("#progress") == "2 of 26 reviewed"
    page.press("e")
    text = downloaded(page)
    rows = list(csv.DictReader(io.StringIO(text)))
    told = [(r["who"], r["subject"], r["tube"], r["population"], r["mark"], r["reason"]) for r in rows]
    who = "'=Dr. M, lab"
    assert told == [
        (who, "S1", "T", "", "confirmed", ""),
        (who, "S1", "T", "CD4+", "to review again", 'cut too high, "see D8"'),
        (who, "S3", "T", "", "exclude", "clogged"),
    ]
    file = tmp_path / "review.csv"
    file.write_text(text, encoding="utf-8")
    (taken,) = exclusions(read_review(file, {(r.subject, r.visit, r.tube) for r in context().records}))
    assert taken.key == ("S3", "D8", "T")
    assert taken.reason.startswith("clogged (review by =Dr. M, lab, 20")


def test_by_gate_shows_one_gate_of_every_tube(page: Browser) -> None:
    page.press("3")
    page.run("const g = document.querySelector('#gate-name'); g.value = 'CD4+'; g.dispatchEvent(new Event('input'))")
    page.until("return document.querySelectorAll('#gate-grid .thumb > svg').length === 8")
    assert page.run("return document.querySelectorAll('#gate-places .chart').length") >= 2
    z = page.run("return [...document.querySelectorAll('#gate-grid .thumb')].map((t) => t.classList.contains('odd'))")
    assert z == sorted(z, reverse=True), "outliers first"
    page.click("#gate-grid .thumb")
    page.until("return !document.querySelector('#view-tubes').hidden")


def test_control_charts_and_thresholds_over_visits(page: Browser) -> None:
    page.press("4")
    titles = page.run("return [...document.querySelectorAll('#control figcaption b')].map((b) => b.textContent)")
    assert "Bead events, tube T" in titles
    assert "CD3+/µL between tubes" in titles
    assert "Bead fluorescence CV, tube NK" in titles
    assert "S3 D8" in page.run(
        "return [...document.querySelectorAll('#control .chart')].find((c) => c.textContent.includes('Bead CV over"
        " time, tube T')).textContent"
    ), "the clogged tube is named"
    assert page.run("return document.querySelectorAll('#drift .chart .trace').length") >= 8
    page.run("document.querySelector('#control .point').dispatchEvent(new MouseEvent('click'))")
    page.until("return document.querySelector('article.current')")


def test_the_measure_is_chosen(page: Browser) -> None:
    assert "* p < 0.05, unadjusted." in page.text("#view-overview")
    assert page.text("table.visits:not([hidden]) caption").startswith("Treg, % of CD4+")
    cells = page.run(
        "return [...document.querySelectorAll('table.visits tbody tr:first-child td')].map((c) => c.title)"
    )
    assert cells == [
        "6.12346, 95 % limits 5.5 to 6.9", "7.12346, 95 % limits 5.5 to 6.9; flags: below_loq",
    ]  # fmt: skip


def test_it_prints_light_and_whole(page: Browser) -> None:
    page.click("#theme")
    page.press("2")
    page.run("const s = document.querySelector('#show'); s.value = 'failed'; s.dispatchEvent(new Event('input'))")
    few = page.printed()
    page.press("/", "Escape")
    page.run("const s = document.querySelector('#show'); s.value = ''; s.dispatchEvent(new Event('input'))")
    whole = page.printed()
    assert few.count(b"/Type /Page\n") < 3
    assert whole.count(b"/Type /Page\n") >= 26, "a page or more for each tube"
    assert page.run("return document.querySelectorAll('.strip:not([data-done])').length") == 0
    page.click("#theme")


def test_nothing_is_wider_than_a_phone(page: Browser) -> None:
    page.size(390, 800)
    wide = []
    for key in "12345":
        page.press(key)
        if page.run("return document.documentElement.scrollWidth > 391"):
            wide.append(key)
    page.size(1400, 900)
    assert wide == []
