"""The plots of the page in a real browser: what they show is what was gated and counted."""

from importlib.resources import files

import numpy as np
import pytest
from chromium import CHROMIUM, MISSING, Browser
from report_study import context
from report_window import index_of, show_tube

from tregate.gating.geometry.scaled import to_linear
from tregate.gating.geometry.scales import AsinhScale, LinearScale, LogicleScale, LogScale, Scale
from tregate.pipelines.report.density import ink, levels_of_picture
from tregate.pipelines.report.ticks import plain_scale

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=MISSING)


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
            const paths = plot.recorded().map((path) => {{
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
    assert 0 < page.run(f"return {plot}.dots.length") <= 100, "events of the gate differ from the parent's"
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


def test_plots_by_subject_and_by_gate_name_their_axes(page: Browser) -> None:
    views = {"4": ("subject-kind", "TREG", ".visit-plot canvas"), "3": ("gate-name", "CD4+", ".thumb > canvas")}
    for view, (choice, value, place) in views.items():
        page.press(view)
        page.run(
            "const one = document.getElementById(arguments[0]); one.value = arguments[1];"
            "one.dispatchEvent(new Event('input'))",
            choice,
            value,
        )
        page.until(f"return document.querySelector({place!r})?.plot.width")
        written, axes = page.run(
            f"const {{ plot }} = document.querySelector({place!r}); const written = [];"
            "const { fillText } = CanvasRenderingContext2D.prototype;"
            "CanvasRenderingContext2D.prototype.fillText = function (text) { written.push(text); };"
            "plot.draw(); CanvasRenderingContext2D.prototype.fillText = fillText; plot.draw();"
            "return [written, [plot.gate.x[0], plot.gate.y ? plot.gate.y[0] : 'events (√)']];"
        )
        assert written == axes, view
