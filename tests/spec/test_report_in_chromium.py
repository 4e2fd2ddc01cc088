"""The page in a real browser: what a reader does with it, and what it must never do."""

import base64
import csv
import io
import time
import zlib
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from chromium import CHROMIUM, MISSING, Browser
from report_study import HOSTILE, context
from report_window import index_of, show_tube

from tregate.pipelines.report.page import write_report
from tregate.pipelines.review.review_file import exclusions, read_review

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)

SHOWN = "[...document.querySelectorAll('#tube-list tbody tr:not([hidden])')]"
CURRENT = "document.querySelector('article.current')?.id"


def subjects(page: Browser) -> list[str]:
    return page.run(f"return {SHOWN}.map((row) => row.cells[1].textContent.trim())")


def downloaded(page: Browser) -> str:
    end = time.monotonic() + 30
    file = page.downloads / "review.csv"
    while not file.exists():
        assert time.monotonic() < end, "review.csv never came"
        page.page.wait_for_timeout(50)  # lets the browser's events in, as sleeping would not
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
    for view in ("2", "3", "4", "5", "6", "1"):
        page.press(view)
    page.run("document.querySelectorAll('.strip').forEach((strip) => strip.scrollIntoView())")
    assert page.run("return document.title").startswith(f"trial {HOSTILE}"), "no script of the file has run"
    assert page.run("return document.querySelectorAll('img, script:not([type])').length") == 1
    assert HOSTILE in page.run("return document.querySelector('.bar strong').textContent")
    failed = page.run(f"return document.querySelector('#tube-{len(context().records) - 2} .failure').textContent")
    assert "CD3" in failed


def test_the_policy_refuses_what_was_not_written_with_the_page(page: Browser) -> None:
    page.run(
        "const s = document.createElement('script'); s.textContent = \"document.title = 'run'\";"
        "document.body.append(s); const i = document.createElement('img'); i.src = 'http://127.0.0.1:9/x.png';"
        "document.body.append(i);"
    )
    refused = page.until("return performance.now() > 300") and page.console()
    assert page.run("return document.title") != "run"
    assert sum("Content Security Policy" in message for message in refused) == 2


def test_the_figure_has_lines_of_subjects_under_the_mean_with_its_interval_and_stars(page: Browser) -> None:
    panels = page.run("""
        return [...document.querySelectorAll('.figure [role=img] svg')].map((svg) => ({
            words: [...svg.querySelectorAll('text')].map((one) => one.textContent),
            courses: [...svg.querySelectorAll('.course')].map((one) => [one.className.baseVal, one.textContent]),
            limits: [...svg.querySelectorAll('.limits')].map((one) => one.querySelector('title').textContent),
        }));
    """)
    assert page.run("return document.querySelector('.figure [role=img]').getAttribute('aria-label')") == (
        "Fold change by visit"
    )
    folds, ratios, _ = panels
    assert folds["courses"] == [
        ["course pooled subject", f"{HOSTILE}: D1: 1, D8: 2"],
        ["course pooled subject", "S2: D1: 1"],
        ["course pooled mean", "geometric mean ratio: D1: 1, D8: 1.5"],
    ]
    assert folds["limits"] == ["1", "1.5 (95 % interval 1.2 to more than 2.2)"]
    assert {"Treg (% of CD4+)", "D8", "n=2", "**", "2.5", "fold change from D1"} <= set(folds["words"])
    assert ratios["limits"] == ["1.3 (95 % interval 0.9 to 1.8)", "Paris: 1.2 (95 % interval 0.8 to 1.9)"]


def test_the_legend_of_arms_has_the_colours_of_their_lines(page: Browser) -> None:
    for _ in ("light", "dark"):
        marks, lines, names = page.run("""
            const figure = document.querySelectorAll('.figure')[1];
            const styles = (place, key) =>
                [...figure.querySelectorAll(place)].map((one) => getComputedStyle(one)[key]);
            return [styles('.legend .swatch', 'backgroundColor'), styles('.course.mean path', 'stroke'),
                styles('.legend > span', 'color')];
        """)
        assert marks == lines
        assert len(set(marks)) == 3
        assert set(names) == {page.run("return getComputedStyle(document.body).color")}
        page.click("#theme")


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


@pytest.mark.parametrize("level", [0, 1, 4, 9])
def test_the_page_unpacks_what_zlib_packed(page: Browser, level: int) -> None:
    rng = np.random.default_rng(level)
    parts = [b"", b"a" * 70_000, rng.integers(0, 256, 70_000, dtype=np.uint8).tobytes(), bytes(rng.poisson(2, 99_000))]
    script = (files("tregate.pipelines.report") / "page" / "inflate.js").read_text(encoding="utf-8")
    for data in [*parts, b"".join(parts), "größer µL".encode()]:
        packed = base64.b64encode(zlib.compress(data, level)).decode()
        found = page.run(
            script + "let t = ''; const b = inflated(arguments[0]);"
            "for (let k = 0; k < b.length; k += 8192) t += String.fromCharCode(...b.subarray(k, k + 8192));"
            "return btoa(t);",
            packed,
        )
        assert base64.b64decode(found) == data


def test_r_alone_confirms_every_tube_and_goes_on(page: Browser) -> None:
    page.type("#who", "A")
    page.press("Tab")
    page.press("2", "n")
    started = time.monotonic()
    for _ in range(26):
        page.press("r")
    assert time.monotonic() - started < 10
    assert page.text("#progress") == "26 of 26 marked on this page"
    assert page.run("return document.querySelectorAll('#tube-list .mark-right').length") == 26


def test_r_marks_the_tube_also_from_a_gate_and_nothing_without_a_name(page: Browser) -> None:
    place = show_tube(page, "S1", "D1", "T")
    page.run(f"document.querySelector('{place} .gate[data-population=\"CD4+\"]').focus()")
    page.press("r")
    assert page.text("#progress") == "0 of 26 marked on this page"
    assert "Enter your name first" in page.text("#notice")
    page.type("#who", "A")
    page.press("Tab")
    page.run(f"document.querySelector('{place} .gate[data-population=\"CD4+\"]').focus()")
    page.press("r")
    assert page.text("#progress") == "1 of 26 marked on this page"


def test_a_tube_without_long_findings_fits_one_screen(page: Browser) -> None:
    page.size(1440, 900)
    high = {}
    for kind in ("T", "NK", "TREG"):
        place = show_tube(page, "S1", "D8", kind)
        page.run(f"document.querySelectorAll('{place} .findings').forEach((one) => one.remove())")
        high[kind] = page.run(f"return document.querySelector('{place}').offsetHeight")
    page.size(1400, 900)
    assert all(height <= 856 for height in high.values()), high


def test_marks_are_kept_and_exported(page: Browser, tmp_path: Path) -> None:
    again, out = index_of("S1", "D1", "T"), index_of("S3", "D8", "T")
    page.click("#export")
    assert "Enter your name above" in page.text("#notice")
    page.type("#who", "=Dr. M, lab")
    page.press("Tab")
    page.run(f"location.hash = '#tube-{again}'")
    page.until(f"return document.querySelector('#tube-{again} .gate')")
    page.press("r")
    page.click(f'#tube-{again} .gate[data-population="CD4+"] .again')
    page.type(f'#tube-{again} .gate[data-population="CD4+"] input', 'cut too high, "see D8"')
    page.press("Tab")
    page.run(f"location.hash = '#tube-{out}'")
    page.until(f"return document.querySelector('#tube-{out}.current')")
    page.click(f"#tube-{out} > header .out")
    page.click("#export")
    assert "Enter the reason" in page.text("#notice")
    page.type(f"#tube-{out} > header input", "clogged")
    page.press("Tab")
    page.run("location.reload()")
    page.until("return document.readyState === 'complete'")
    assert page.text("#progress") == "2 of 26 marked on this page"
    page.press("e")
    text = downloaded(page)
    rows = list(csv.DictReader(io.StringIO(text)))
    reported = [(r["who"], r["subject"], r["tube"], r["population"], r["mark"], r["reason"]) for r in rows]
    who = "'=Dr. M, lab"
    assert reported == [
        (who, "S1", "T", "", "confirmed", ""),
        (who, "S1", "T", "CD4+", "to review again", 'cut too high, "see D8"'),
        (who, "S3", "T", "", "exclude", "clogged"),
    ]
    file = tmp_path / "review.csv"
    file.write_text(text, encoding="utf-8")
    (taken,) = exclusions(read_review(file, {(r.subject, r.visit, r.tube) for r in context().records}))
    assert taken.key == ("S3", "D8", "T")
    assert taken.reason.startswith("clogged (review by =Dr. M, lab, 20")


@pytest.mark.parametrize(("button", "mark"), [("header .out", "exclude"), ("header .again", "to review again")])
def test_a_reason_that_is_typed_after_its_button_is_complete(page: Browser, button: str, mark: str) -> None:
    """Letters that are keys of the page among them: r confirms, n goes on."""
    at, after = index_of("S3", "D8", "T"), index_of("S3", "D8", "NK")
    page.type("#who", "A")
    page.press("Tab")
    page.run(f"location.hash = '#tube-{at}'")
    page.until(f"return document.querySelector('#tube-{at}.current')")
    page.click(f"#tube-{at} > {button}")
    page.page.keyboard.type("near error in tube")
    page.press("Enter")
    page.run(f"location.hash = '#tube-{after}'")
    page.until(f"return document.querySelector('#tube-{after}.current')")
    page.press("r")
    page.press("e")
    rows = [(row["tube"], row["mark"], row["reason"]) for row in csv.DictReader(io.StringIO(downloaded(page)))]
    assert rows == [("T", mark, "near error in tube"), ("NK", "confirmed", "")]


def test_marks_on_a_blinded_run_say_which_codes_they_have(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "blinded.html"
    write_report(file, replace(context(), run_id="blinded", codes="0123456789abcdef"))
    browser.open(file.as_uri())
    browser.type("#who", "Dr. M")
    browser.press("Tab")
    browser.run(f"location.hash = '#tube-{index_of('S1', 'D1', 'T')}'")
    browser.press("r", "e")
    (row,) = csv.DictReader(io.StringIO(downloaded(browser)))
    assert (row["subject"], row["codes"]) == ("S1", "0123456789abcdef")
    assert browser.console() == []
    browser.requests()


def test_the_measure_is_chosen(page: Browser) -> None:
    assert "* p < 0.05, unadjusted." in page.text("#view-overview")
    assert page.text("table.visits:not([hidden]) caption").startswith("Treg, % of CD4+")
    cells = page.run(
        "return [...document.querySelectorAll('table.visits tbody tr:first-child td')].map((c) => c.title)"
    )
    assert cells == [
        "6.12346, 95 % confidence limits 5.5 to 6.9", "7.12346, 95 % confidence limits 5.5 to 6.9; flags: below_loq",
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
    for key in "123456":
        page.press(key)
        if page.run("return document.documentElement.scrollWidth > 391"):
            wide.append(key)
    page.size(1400, 900)
    assert wide == []
