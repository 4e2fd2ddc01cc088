"""Strips on paper: `--pdf` and `tregate plot`."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from report_study import context, strategies

from tregate.fixtures.tube import make_tube
from tregate.gating.errors import PanelError
from tregate.pipelines.console import Console
from tregate.pipelines.report.context import ReportContext
from tregate.pipelines.report.plot import plot_tube
from tregate.pipelines.report.sheet import sheet_figures
from tregate.pipelines.report.strip_pdf import sheets, write_strips


def few(n: int) -> ReportContext:
    whole = context()
    return replace(whole, records=whole.records[:n], drawn=whole.drawn[:n], findings=())


def test_a_page_or_two_a_tube_and_the_same_bytes_again(tmp_path: Path) -> None:
    first, second = tmp_path / "a.pdf", tmp_path / "b.pdf"
    write_strips(first, few(3), Console(quiet=True))
    write_strips(second, few(3), Console(quiet=True))
    pdf = first.read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/Type /Page ") == 4, "the NK tube has more gates than one page shows"
    assert second.read_bytes() == pdf


def test_nothing_drawn_is_said(tmp_path: Path) -> None:
    none = replace(few(2), drawn=(None, None))
    write_strips(tmp_path / "none.pdf", none, Console(quiet=True))
    assert (tmp_path / "none.pdf").read_bytes().count(b"/Type /Page ") == 1


def test_the_sheet_has_the_numbers_of_the_counts() -> None:
    sheet = sheets(few(3))[0]
    (figure,) = sheet_figures(sheet)
    said = " ".join(text.get_text() for text in figure.axes[0].texts)
    for count in sheet.counts:
        assert count.population in said
        assert f"{count.events:,} events".replace(",", "\N{NARROW NO-BREAK SPACE}") in said


def test_more_gates_than_fit_go_on_the_next_page() -> None:
    sheet = sheets(few(2))[0]
    pages = sheet_figures(sheet, a_page=4)
    assert len(pages) == -(-len(sheet.gates) // 4)
    assert {tuple(page.get_size_inches()) for page in pages} == {tuple(pages[0].get_size_inches())}


def test_plot_writes_one_tubes_gates(tmp_path: Path) -> None:
    file = make_tube("treg", seed=2, events=6_000).write(tmp_path / "t.fcs")
    sheet = plot_tube(file, strategies()["TREG"], tmp_path / "t.png")
    assert [gate.population for gate in sheet.gates][-1] == "CD4+ non-Treg"
    with Image.open(tmp_path / "t.png") as image:
        assert abs(image.width - 297 / 25.4 * 150) <= 1
        pixels = np.asarray(image.convert("L"))
    assert 0.01 < (pixels < 128).mean() < 0.5, "neither empty nor black"


def test_plot_refuses_a_tube_of_another_kind(tmp_path: Path) -> None:
    file = make_tube("tetrachrome_nk", seed=2, events=2_000).write(tmp_path / "nk.fcs")
    with pytest.raises(PanelError):
        plot_tube(file, strategies()["T"], tmp_path / "nk.png")
    assert not (tmp_path / "nk.png").exists()
