"""Figures of folds: what they draw, and that their files are of print size and the same every time."""

import hashlib
from pathlib import Path

import pytest
from PIL import Image
from shipped_tables import FIGURES, summarise
from visit_tables import SUBJECTS, VISITS

from tregate.pipelines.files.table import Table
from tregate.pipelines.report.figure_files import draw, write_figure
from tregate.pipelines.report.trial_figures import figures_of
from tregate.pipelines.statistics.summarise import Summary
from tregate.pipelines.study.analysis import Analysis


def test_the_figure_draws_every_subject_and_the_geometric_mean_ratio_with_its_interval(summary: Summary) -> None:
    shown = [series for series in summary.series if str(series.measure) in FIGURES["figure1"]]
    figure = draw(figures_of(summary, FIGURES["figure1"], "figure1")[0])
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["Treg (% of CD4+)", "Treg (cells/µL)", "Treg/Teff (% of Teff)"]
    for axes, series in zip(figure.axes, shown, strict=True):
        courses = [line.get_ydata() for line in axes.get_lines() if len(line.get_ydata()) == len(VISITS)]
        assert len(courses) == len(SUBJECTS) + 1
        rows = {r["visit"]: r for r in summary.table.records() if r["measure"] == series.measure.name}
        assert list(courses[-1]) == pytest.approx([1.0, *(rows[visit]["gmr"] for visit in VISITS[1:])])
        upright = [line.get_ydata() for line in axes.get_lines() if len(set(line.get_xdata())) == 1]
        drawn = [tuple(ends) for ends in upright if ends[0] != ends[1]]
        assert drawn == [(rows[visit]["gmr_low"], rows[visit]["gmr_high"]) for visit in VISITS[1:]]
        stars = {annotation.xy[0]: annotation.get_text() for annotation in axes.texts}
        assert stars == {i: rows[v]["stars"] for i, v in enumerate(VISITS) if rows[v]["stars"]}
        assert [tick.get_text() for tick in axes.get_xticklabels()][:2] == ["D1\nn=9", "D8\nn=8"]


def test_figures_are_opaque_of_print_size_and_the_same_every_time(summary: Summary, tmp_path: Path) -> None:
    digests = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        files = write_figure(figures_of(summary, FIGURES["figure1"], "figure1")[0], tmp_path / folder)
        assert [path.name for path in files] == ["figure1.png", "figure1.svg", "figure1.pdf"]
        digests.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in files])
    assert digests[0] == digests[1]
    with Image.open(tmp_path / "a" / "figure1.png") as picture:
        assert round(picture.info["dpi"][0]) == 300
        assert 165 < picture.width / 300 * 25.4 < 185
        assert picture.convert("RGBA").getchannel("A").getextrema() == (255, 255)
        assert picture.convert("RGB").getpixel((1, 1)) == (255, 255, 255)
    drawn = (tmp_path / "a" / "figure1.svg").read_text(encoding="utf-8")
    assert "<dc:date>" not in drawn
    assert "fill: #ffffff" in drawn
    assert b"CreationDate" not in (tmp_path / "a" / "figure1.pdf").read_bytes()


@pytest.mark.parametrize(("rule", "dashed", "n"), [("as_is", 1, 3), ("exclude", 0, 2)])
def test_a_fold_change_that_the_visit_table_lacks_is_dashed_and_counted_as_such(rule: str, dashed: int, n: int) -> None:
    """The tests use every pair; so do figure and summary, and they say which baseline was below its limit."""
    base = "below_loq:nk_bright"
    lines = [("A", "D1", 2.0, None, f"{base};baseline_below_loq:fold_nk_bright_per_ul")]
    lines += [("A", "D8", 6.0, None, "baseline_below_loq:fold_nk_bright_per_ul")]
    lines += [(s, v, x, x / 8.0, "") for s in "BC" for v, x in (("D1", 8.0), ("D8", 24.0))]
    table = Table("nk", ("subject", "visit", "nk_bright_per_ul", "fold_nk_bright_per_ul", "flags"), tuple(lines))
    found = summarise([table], ("D1", "D8"), "D1", Analysis.model_validate({"below_loq": rule}))
    (row,) = (r for r in found.table.records() if r["visit"] == "D8")
    in_table = sum(r["fold_nk_bright_per_ul"] is not None for r in table.records() if r["visit"] == "D8")
    assert (row["fold_n"], row["n_baseline_below_loq"]) == (n, dashed)
    assert row["fold_n"] - row["n_baseline_below_loq"] == in_table == 2
    (shown,) = figures_of(found, FIGURES["figure_nk"], "figure_nk")
    assert [course.name for course in shown.panels[0].courses if course.low] == ["A"] * dashed
    assert ("Dashed: baseline below its limit" in shown.caption) == bool(dashed)
    styles = [line.get_linestyle() for line in draw(shown).axes[0].get_lines() if len(line.get_ydata()) == 2]
    assert styles.count("--") - 1 == dashed  # and the line at 1
    assert any("the visit tables have no such fold change" in note for note in found.notes) == bool(dashed)


def test_an_intensity_about_zero_has_a_difference_and_no_ratio() -> None:
    lines = [(s, v, x, "") for s in "ABCD" for v, x in (("D1", 10.0), ("D8", 20.0))]
    table = Table("nk", ("subject", "visit", "nk_per_ul", "flags"), tuple(lines))
    key = ("nk", "nk_per_ul", "A", "D8")
    found = summarise([table], ("D1", "D8"), "D1", Analysis(), incomparable={key: "intensity_near_zero"})
    (row,) = (r for r in found.table.records() if r["visit"] == "D8")
    assert (row["n"], row["pairs"], row["fold_n"], row["gmr_n"]) == (4, 4, 3, 3)


def test_a_study_without_nk_has_no_nk_figure(tables: tuple[Table, ...]) -> None:
    only = summarise(tables[:1], VISITS, "D1", Analysis())
    assert figures_of(only, FIGURES["figure_nk"], "figure_nk") == ()
