"""The page in a real browser: what a reader does with it, and what it must never do."""

import base64
import csv
import io
import time
import zlib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from chromium import CHROMIUM, MISSING, Browser, chromium
from report_study import HOSTILE, context

from tregate.gating.geometry.scales import AsinhScale, LinearScale, LogicleScale, LogScale, Scale, to_linear
from tregate.pipelines.report.density import ink, levels_of_picture
from tregate.pipelines.report.page import write_report
from tregate.pipelines.report.ticks import plain_scale
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
    end = time.monotonic() + 30
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
    for view in ("2", "3", "4", "5", "6", "1"):
        page.press(view)
    page.run("document.querySelectorAll('.strip').forEach((strip) => strip.scrollIntoView())")
    assert page.run("return document.title").startswith(f"trial {HOSTILE}"), "no script of the file has run"
    assert page.run("return document.querySelectorAll('img:not(.figure img), script:not([type])').length") == 1
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
    page.until(f"return [...document.querySelectorAll('{place} canvas')].every((one) => one.width > 150)")
    labels = page.run(
        f"return [...document.querySelectorAll('{place} .gate > canvas')].map((one) => [one.ariaLabel, one.role])"
    )
    assert len(labels) >= 6
    assert all(words and role == "img" for words, role in labels), "every plot has words"
    assert page.run(f"return document.querySelector('{place} .beads svg rect') !== null"), "beads over time"


def test_pictures_are_built_when_they_come_into_view(page: Browser) -> None:
    page.press("2", "n")
    built = page.run("return document.querySelectorAll('.strip[data-done]').length")
    assert built < 26
    page.run("document.querySelectorAll('article.tube')[20].scrollIntoView()")
    page.until("return document.querySelectorAll('article.tube')[20].querySelector('.gate')")


def test_plots_show_the_density_that_was_binned_in_the_ink_of_the_theme(page: Browser) -> None:
    index = index_of("S1", "D1", "T")
    drawn = context().drawn[index]
    assert drawn is not None
    picture = next(gate.picture for gate in drawn.gates if gate.population == "CD4+")
    assert picture is not None
    place = f"#tube-{index}"
    page.run(f"location.hash = '{place}'")
    canvas = f"document.querySelector('{place} .gate[data-population=\"CD4+\"] canvas')"
    page.until(f"return {canvas} && {canvas}.width > 150")
    read = f"""
        const {{ plot }} = {canvas};
        const density = plot.density.picture;
        const {{ data }} = density.getContext("2d").getImageData(0, 0, density.width, density.height);
        return [density.width, density.height, [...data]];
    """
    shown = {}
    for theme in ("light", "dark"):
        if page.run("return document.documentElement.dataset.theme") != theme:
            page.click("#theme")
        width, height, data = page.run(read)
        colours = np.array(data).reshape(height, width, 4)
        wanted = np.array(ink(theme))[levels_of_picture(picture)]
        seen = colours[..., 3] > 0
        assert (seen == (levels_of_picture(picture) > 0)).all()
        assert np.abs(colours[seen][:, :3] - wanted[seen]).max() <= 1
        shown[theme] = page.run(f"return {canvas}.toDataURL()")
    page.click("#theme")
    assert shown["light"] != shown["dark"], "the canvas was drawn again"


@pytest.mark.parametrize(
    "scale",
    [
        LinearScale(262144.0), LogScale(1e6, 5.0), AsinhScale(262144.0, 4.0, 1.0),
        LogicleScale(262144.0, 4.5, 0.5, 0.0), LogicleScale(1048576.0, 4.5, 1.2, 0.3), LogicleScale(1e4, 4.0, 0.0, 0.0),
    ],
)  # fmt: skip
def test_the_page_s_scales_are_those_of_the_program(page: Browser, scale: Scale) -> None:
    folder = files("tregate.pipelines.report") / "page"
    plain = [*plain_scale(scale)]
    positions = [0.05, 0.2, 0.33, 0.5, 0.75, 1.0, 1.1]
    linear, back = page.run(
        (folder / "scales.js").read_text(encoding="utf-8")
        + "const [scale, at] = arguments; const linear = at.map((one) => toLinear(scale, one));"
        "return [linear, linear.map((one) => toScaled(scale, one))];",
        plain,
        positions,
    )
    assert linear == pytest.approx(to_linear(scale, np.array(positions)), rel=1e-6, abs=1e-6 * plain[1] / 1e3)
    assert back == pytest.approx(positions, abs=1e-9)


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


def show_tube(page: Browser, *key: str) -> str:
    place = f"#tube-{index_of(*key)}"
    page.run(f"location.hash = '{place}'")
    page.until(f"return [...document.querySelectorAll('{place} canvas')].some((one) => one.width > 140)")
    return place


def test_dots_of_a_population_lie_inside_all_gates_above_it(page: Browser) -> None:
    place = show_tube(page, "S1", "D1", "TREG")
    page.run(f"document.querySelector('{place} .gate[data-population=\"Treg\"]').focus()")
    page.press("b")
    assert "events of Treg" in page.text("#notice")
    above = ("singlets", "lymphocytes", "CD3+", "CD4+")
    counts = []
    for population in above:
        inside = page.run(
            f"""
            const {{ plot }} = document.querySelector(`{place} .gate[data-population="${{arguments[0]}}"] canvas`);
            const to = plot.canvas.getContext("2d");
            const paths = plot.told().map((path) => {{
              const shape = new Path2D();
              path.forEach(([x, y], k) => (k ? shape.lineTo(x, y) : shape.moveTo(x, y)));
              shape.closePath();
              return shape;
            }});
            to.save(); to.resetTransform(); to.lineWidth = 3;
            const found = plot.pixels(plot.dots).map(([x, y]) =>
              paths.some((shape) => to.isPointInPath(shape, x, y) || to.isPointInStroke(shape, x, y)));
            to.restore();
            return found;
            """,
            population,
        )
        counts.append(len(inside))
        assert all(inside), f"{inside.count(False)} of {len(inside)} dots outside {population}"
    assert counts[0] == counts[-1] > 50
    page.press("b")
    assert page.run(f"return document.querySelector('{place} .gate canvas').plot.dots.length") == 0


def test_one_gate_fills_the_window_with_other_axes_events_and_visits(page: Browser) -> None:
    place = show_tube(page, "S2", "D8", "T")
    page.run(f"document.querySelector('{place} .gate[data-population=\"CD4+\"]').focus()")
    page.press("Enter")
    page.until("return document.querySelector('#large').open && document.querySelector('#large canvas').width >= 600")
    plot = "document.querySelector('#large canvas').plot"
    assert page.text("#large-title") == "S2 · D8 · T · CD4+"
    page.press("o")
    assert "D1: dashed gate" in page.text("#large-about")
    assert page.run(f"return {plot}.overlay.length") == 1
    page.press("b")
    assert page.run(f"return {plot}.dots.length") > 0
    own = page.run(f"return {plot}.gate.x[0]")
    page.press("x")
    assert page.run(f"return {plot}.gate.x[0]") != own
    assert page.run(f"return {plot}.grey.length") >= 100
    page.run("const b = document.querySelector('#large-behind'); b.value = ''; b.dispatchEvent(new Event('input'))")
    assert 0 < page.run(f"return {plot}.dots.length") <= 100, "events of the gate are told apart from the parent's"
    page.press("ArrowRight")
    assert page.text("#large-title") != "S2 · D8 · T · CD4+"
    page.press("n")
    assert not page.text("#large-title").startswith("S2 · D8 · T ·")
    page.press("Escape")
    assert not page.run("return document.querySelector('#large').open")


def test_control_tubes_are_laid_over_the_plots_of_their_marker(page: Browser) -> None:
    place = show_tube(page, "S2", "D8", "TREG")
    page.run(f"document.querySelector('{place} .gate[data-population=\"CD4+ CD25-\"]').focus()")
    page.press("Enter")
    page.until("return document.querySelector('#large').open && document.querySelector('#large canvas').width >= 600")
    plot = "document.querySelector('#large canvas').plot"
    offered = page.run("return [...document.querySelector('#large-other').options].map((one) => one.text)")
    assert offered == ["none", "D1 (baseline)", "FMO CD25", "unstained", "FMO CD127"]
    seen = {}
    for name in offered[2:]:
        page.run(
            "const o = document.querySelector('#large-other'); o.value = `control ${arguments[0]}`;"
            "o.dispatchEvent(new Event('input'))",
            name,
        )
        seen[name] = page.run(f"return {plot}.others || []"), page.text("#large-about")
    dots, words = seen["FMO CD25"]
    assert "% of them inside this gate" in words
    assert "events of CD4+" in words
    bright = page.run(f"return {plot}.gate.outlines[0].map(([x]) => x)")
    assert len(dots) == 100
    assert sum(x <= max(bright) for x, _ in dots) >= 97, "without the stain, cells lie below the threshold"
    assert len(seen["unstained"][0]) == 100
    assert "events of lymphocytes" in seen["unstained"][1]
    assert seen["FMO CD127"][0] == []
    assert "FMO CD127 cannot be shown" in seen["FMO CD127"][1]
    colour = page.run(
        f"const p = {plot}; const k = p.canvas.width / p.width; p.others = arguments[0]; p.draw();"
        "const all = p.canvas.getContext('2d').getImageData(0, 0, p.canvas.width, p.canvas.height);"
        "const probe = document.createElement('i'); document.body.append(probe);"
        "probe.style.color = getComputedStyle(p.canvas).getPropertyValue('--other');"
        "const want = getComputedStyle(probe).color.match(/\\d+/g).slice(0, 3).map(Number); probe.remove();"
        "return p.pixels(arguments[0]).filter(([x, y]) => want.every((c, i) => Math.abs(c - "
        "all.data[4 * (Math.floor(y * k) * all.width + Math.floor(x * k)) + i]) < 3)).length",
        dots,
    )
    assert colour >= 60, "dots are drawn in the colour of what is laid over"
    page.run("const x = document.querySelector('#large-x'); x.value = 'CD3'; x.dispatchEvent(new Event('input'))")
    assert page.run(f"return {plot}.others || []") == []
    page.press("Escape")


def test_the_visits_of_a_subject_stand_side_by_side(page: Browser) -> None:
    page.press("4")
    page.run("const k = document.querySelector('#subject-kind'); k.value = 'TREG'; k.dispatchEvent(new Event('input'))")
    page.until("return [...document.querySelectorAll('#subject-visits canvas')].every((one) => one.width > 60)")
    row = "[...document.querySelectorAll('#subject-visits tr')].find((r) => r.cells[0].innerText === 'Treg')"
    assert page.run(f"return {row}.querySelectorAll('canvas').length") == 2
    assert page.run(f"const [a, b] = {row}.querySelectorAll('canvas'); return a.plot.view + '' === b.plot.view + ''")
    shares = [
        count.percent_of_parent.value
        for visit in ("D1", "D8")
        for count in context().records[index_of("S1", visit, "TREG")].result.counts
        if count.population == "Treg"
    ]
    text = page.run(f"return {row}.cells[2].innerText")
    assert float(text.split("×")[1].split()[0]) == pytest.approx(shares[1] / shares[0], rel=0.01)
    page.run(f"{row}.querySelector('.visit-plot').focus()")
    page.press("ArrowRight")
    assert page.run("return document.activeElement.dataset.i") == str(index_of("S1", "D8", "TREG"))
    page.press("ArrowDown")
    assert page.run("return document.querySelector('#subject-name').value") == "S2"
    assert page.run("return document.activeElement.dataset.population") == "Treg", "the same gate stays in focus"


def test_r_alone_confirms_every_tube_and_goes_on(page: Browser) -> None:
    page.type("#who", "A")
    page.press("Tab")
    page.press("2", "n")
    started = time.monotonic()
    for _ in range(26):
        page.press("r")
    assert time.monotonic() - started < 10
    assert page.text("#progress") == "26 of 26 reviewed"
    assert page.run("return document.querySelectorAll('#tube-list .mark-right').length") == 26


def test_a_tube_without_long_findings_fits_one_screen(page: Browser) -> None:
    page.size(1440, 900)
    high = {}
    for kind in ("T", "NK", "TREG"):
        place = show_tube(page, "S1", "D8", kind)
        page.run(f"document.querySelectorAll('{place} .findings').forEach((one) => one.remove())")
        high[kind] = page.run(f"return document.querySelector('{place}').offsetHeight")
    page.size(1400, 900)
    assert all(height <= 856 for height in high.values()), high


def test_a_tube_that_was_not_drawn_keeps_its_numbers(page: Browser) -> None:
    place = f"#tube-{index_of('S4', 'D8', 'TREG')}"
    page.run(f"location.hash = '{place}'")
    page.until(f"return document.querySelector('{place} .gate')")
    assert "--report all" in page.text(place)
    assert page.run(f"return document.querySelectorAll('{place} canvas').length") == 0


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
    assert "Enter the reason" in page.text("#notice")
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
    page.until("return document.querySelectorAll('#gate-grid .thumb > canvas').length === 8")
    assert page.run("return document.querySelectorAll('#gate-places .chart').length") >= 2
    z = page.run("return [...document.querySelectorAll('#gate-grid .thumb')].map((t) => t.classList.contains('odd'))")
    assert z == sorted(z, reverse=True), "outliers first"
    page.click("#gate-grid .thumb")
    page.until("return !document.querySelector('#view-tubes').hidden")


def test_control_charts_and_thresholds_over_visits(page: Browser) -> None:
    page.press("5")
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
