"""report.html as text: whole, closed, with the numbers of counts.csv. What a browser makes of it is tested apart."""

import base64
import hashlib
import re
import zlib
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from page_data import data_of
from report_study import HOSTILE, context

from tregate.gating.findings import Finding, Severity
from tregate.pipelines.files.csv_file import field_of
from tregate.pipelines.report.drawn_tube import DrawnTube
from tregate.pipelines.report.page import report_html, write_report
from tregate.pipelines.report.strip import kept_strip, packed, strip_of
from tregate.pipelines.runs.page_context import run_id
from tregate.pipelines.store.plain import NotPlainError
from tregate.pipelines.tabulate.flag_sentences import legend
from tregate.pipelines.tubes.records import TubeFinding


@pytest.fixture(scope="module")
def html() -> str:
    return report_html(context())


class _Elements(HTMLParser):
    """Every element with its attributes, and the text of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[str] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.inside.append(tag)
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.texts[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.inside.pop()


def packed_strip(html: str, index: int) -> str:
    (text,) = re.findall(rf'<script type="text/plain" id="strip-{index}">(.*?)</script>', html, re.S)
    return text


def test_nothing_refers_to_another_place(html: str) -> None:
    for tag, attributes in _Elements(html).found:
        for name in ("src", "href", "action", "data", "srcset", "poster"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:image/")), f"<{tag} {name}={value!r:.60}>"
        assert not any(name.startswith("on") or name == "style" for name in attributes), f"<{tag} {attributes}>"
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    assert policy[1].startswith("default-src &#39;none&#39;; img-src data:; ")
    assert "unsafe" not in policy[1]


def test_the_policy_names_the_page_s_own_script_and_style(html: str) -> None:
    elements = _Elements(html)
    kinds = [(tag, attributes.get("type")) for tag, attributes in elements.found if tag in ("script", "style")]
    for (tag, kind), text in zip(kinds, elements.texts, strict=True):
        if kind is None:
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            assert f"{tag}-src &#39;sha256-{digest}&#39;" in html
    assert kinds.count(("script", None)) == 1
    assert kinds.count(("style", None)) == 1


def test_what_came_from_files_is_escaped(html: str) -> None:
    assert HOSTILE not in html
    assert "<img src=x" not in html
    assert data_of(html, "data")["study"] == f"trial {HOSTILE}", "and comes back as it was"


def test_numbers_are_those_of_the_counts(html: str) -> None:
    tubes = data_of(html, "data")["tubes"]
    compared = 0
    for record, tube in zip(context().records, tubes, strict=True):
        if record.result is None:
            assert tube["counts"] == []
            continue
        for count, shown in zip(record.result.counts, tube["counts"], strict=True):
            assert shown["population"] == count.population
            assert shown["exact"].startswith(f"events {field_of(count.events)} of {field_of(count.parent_events)}")
            if count.percent_of_parent is not None:
                assert f"percent_of_parent {field_of(count.percent_of_parent.value)}" in shown["exact"]
                assert float(shown["percent"]) == pytest.approx(count.percent_of_parent.value, rel=5.1e-3)
            if count.cells_per_ul is not None:
                assert f"cells_per_ul {field_of(count.cells_per_ul.value)} (" in shown["exact"]
                compared += 1
    assert compared > 50


def test_every_flag_of_its_tables_and_counts_has_a_sentence(html: str) -> None:
    tables = [table for table in context().tables if "flags" in table.columns]
    expected = legend(str(flags or "") for table in tables for flags in table.column("flags"))
    shown = re.findall(r"<dt>(\w+)</dt><dd>(.*?)</dd>", html.partition("What the flags mean")[2].partition("</dl>")[0])
    assert [(flag, unescape(sentence)) for flag, sentence in shown] == expected != []
    data = data_of(html, "data")
    of_counts = [flag for tube in data["tubes"] for count in tube["counts"] for flag in count["flags"]]
    assert data["flags"] == dict(legend(of_counts))


def test_it_says_where_its_signatures_are(html: str) -> None:
    """Its own bytes cannot name them: a signature is of the hash of this file."""
    assert "<code>tregate verify OUT</code> says by whom and when the run was signed" in html


def test_the_map_keeps_the_place_of_a_tube_that_is_not_there() -> None:
    """A visit that has the washed tube alone shows it third, not first."""
    whole = context()
    kept = [i for i, r in enumerate(whole.records) if (r.subject, r.visit) != ("S2", "D1") or r.tube == "TREG"]
    html = report_html(replace(whole, records=[whole.records[i] for i in kept], drawn=[whole.drawn[i] for i in kept]))
    row = re.search(r'<th scope="row">S2</th>\s*<td>(.*?)</td>', html, re.S)
    assert row is not None
    assert re.findall(r'class="(absent|dot)', row[1]) == ["absent", "absent", "dot"]


def test_the_same_population_has_the_same_colour_on_every_tube(html: str) -> None:
    colours = data_of(html, "data")["colours"]
    assert colours["CD3+"] == [0, 0]
    assert colours["Treg"] != colours["CD4+ non-Treg"]
    pairs = [tuple(pair) for pair in colours.values()]
    assert len(set(pairs)) == len(pairs), "no two populations look alike"


def test_every_gate_of_a_drawn_tube_is_in_its_strip(html: str) -> None:
    for index, (record, drawn) in enumerate(zip(context().records, context().drawn, strict=True)):
        assert (f'id="strip-{index}"' in html) == (drawn is not None)
        if drawn is not None and record.result is not None:
            strip = data_of(html, f"strip-{index}")["gates"]
            assert [gate["population"] for gate in strip] == [gate.population for gate in record.result.gates]
            for gate, placed in zip(strip, record.result.gates, strict=True):
                assert ("picture" in gate or "profile" in gate) == (placed.shape is not None)
                assert bool(gate.get("outlines")) == (placed.shape is not None)


def test_sampled_events_lie_where_the_tube_s_events_lie(html: str) -> None:
    """Positions come back to a 4095th of the axis, and members are inside the gates that they passed."""
    index = next(i for i, record in enumerate(context().records) if record.tube == "T")
    strip = data_of(html, f"strip-{index}")
    gates = {gate["population"]: gate for gate in strip["gates"]}
    events = strip["events"]
    n = events["number"]
    data = zlib.decompress(base64.b64decode(events["positions"]))
    half = -(-n // 2)
    at = {}
    for k, (marker, _, low, high) in enumerate(events["axes"]):
        coarse = np.frombuffer(data, np.uint8, n, k * n).astype(int)
        pairs = np.frombuffer(data, np.uint8, half, n * len(events["axes"]) + k * half)
        fine = np.stack([pairs >> 4, pairs & 15], axis=1).reshape(-1)[:n]
        at[marker] = low + (coarse << 4 | fine) / 4095 * (high - low)
    inside = np.unpackbits(np.frombuffer(base64.b64decode(events["members"]["CD4+"]), np.uint8))[:n].astype(bool)
    marker, _, low, high = gates["CD4+"]["x"]
    edge = low + min(x for x, _ in gates["CD4+"]["outlines"][0]) / 1000 * (high - low)
    parents = np.unpackbits(np.frombuffer(base64.b64decode(events["members"]["CD3+"]), np.uint8))[:n].astype(bool)
    assert inside.sum() >= events["most"]
    assert (at[marker][inside] > edge - 2e-3 * (high - low)).all()
    assert (at[marker][parents & ~inside] < edge + 2e-3 * (high - low)).all()


def test_the_same_run_gives_the_same_bytes(html: str) -> None:
    assert report_html(context()) == html


def test_marks_outlive_a_repeated_run_and_no_changed_one(tmp_path: Path) -> None:
    for name in ("counts.csv", "gates.csv", "failures.csv"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    first = run_id("trial", tmp_path)
    (tmp_path / "findings.csv").write_text("later", encoding="utf-8")
    assert run_id("trial", tmp_path) == first
    assert run_id("another", tmp_path) != first
    (tmp_path / "gates.csv").write_text("moved", encoding="utf-8")
    assert run_id("trial", tmp_path) != first


def test_a_study_of_failures_alone_has_a_page() -> None:
    only = replace(
        context(), records=context().records[-2:], drawn=(None, None), findings=(), tables=(), figures=()
    )  # fmt: skip
    html = report_html(only)
    assert "0 of 2 tubes gated" in html
    assert data_of(html, "data")["charts"] == []


def test_an_interrupted_writing_leaves_the_old_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    write_report(path, context())
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        write_report(path, context())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_162_tubes_stay_under_6_megabytes(html: str) -> None:
    drawn = [index for index, one in enumerate(context().drawn) if one is not None]
    strips = sum(len(packed_strip(html, index)) for index in drawn)
    assert 162 / len(drawn) * strips + len(html) - strips < 6e6, "with four control tubes for every tube of Treg"
    data = {index: data_of(html, f"strip-{index}") for index in drawn}
    without = {index for index, one in data.items() if "controls" not in one}
    assert without == {i for i in drawn if context().records[i].tube != "TREG"}, "nothing where there is no control"
    plain = [{name: value for name, value in one.items() if name != "controls"} for one in data.values()]
    assert sum(len(packed(one)) for one in plain) < 0.97 * strips


def test_a_strip_gives_its_gates_again_to_four_decimals() -> None:
    strip = next(one for one in context().drawn if one is not None)
    gates = strip.gates
    again = strip_of(DrawnTube(gates))
    assert again.gates == gates
    assert {gate.population for gate in gates} >= {"beads", "CD3+", "CD4+"}
    assert any(gate.picture for gate in gates)
    assert all(gate.outlines for gate in gates if gate.x is not None and gate.fallback == "" and gate.picture)
    assert kept_strip(strip.packed) == strip
    for other in ("", "{}", strip.packed[:-1] + "<"):
        with pytest.raises(NotPlainError):
            kept_strip(other)


def test_a_finding_names_its_population_once() -> None:
    doubts = (
        Finding("gate_doubtful", Severity.WARN, "CD4+: much denser neighbours.", "CD4+"),
        Finding("percent_low", Severity.WARN, "The gate lies elsewhere.", "CD8+"),
    )
    shown = replace(context(), findings=tuple(TubeFinding("S2", "D1", "T", "S2_D1_T.fcs", one) for one in doubts))
    html = report_html(shown)
    assert "<b>CD4+</b>: much denser neighbours." in html
    assert "<b>CD8+</b> The gate lies elsewhere." in html
