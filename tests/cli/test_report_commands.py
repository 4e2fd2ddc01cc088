"""The page, its PDF and single pictures, as commands make them."""

from pathlib import Path

from cli_running import rows, tregate
from page_data import data_of


def test_a_run_draws_every_tube_with_the_numbers_of_its_counts(trial: Path, tmp_path: Path) -> None:
    done = tregate("run", trial, "--out", tmp_path / "out", "--workers", "1", "--pdf")
    assert done.code == 0, done.err
    html = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    tubes = data_of(html, "data")["tubes"]
    assert html.count('id="strip-') == len(tubes)
    reported = {
        (tube["subject"], tube["visit"], tube["tube"], count["population"]): count["exact"]
        for tube in tubes
        for count in tube["counts"]  # type: ignore[attr-defined]
    }
    for row in rows(tmp_path / "out" / "counts.csv"):
        exact = str(reported.pop((row["subject"], row["visit"], row["tube"], row["population"])))
        assert exact.startswith(f"events {row['events']} of {row['parent_events']}")
        for column in ("percent_of_parent", "cells_per_ul"):
            assert (f"{column} {row[column]}" in exact) == bool(row[column])
    assert reported == {}, "no number on the page that is not in counts.csv"
    assert data_of(html, "data")["figures"][0]["title"].startswith("Figure 1")
    pdf = (tmp_path / "out" / "strips.pdf").read_bytes()
    assert pdf.count(b"/Type /Page ") >= len(tubes), "a tube of many gates takes two pages"


def test_none_and_flagged_draw_less(trial: Path, tables: Path, tmp_path: Path) -> None:
    done = tregate("run", trial, "--out", tmp_path / "flagged", "--workers", "1", "--report", "flagged")
    assert done.code == 0, done.err
    assert not (tables / "report.html").exists(), "a run with --report none"
    html = (tmp_path / "flagged" / "report.html").read_text(encoding="utf-8")
    flagged = {
        (row["subject"], row["visit"], row["tube"])
        for row in rows(tmp_path / "flagged" / "findings.csv")
        if row["severity"] != "info" and row["tube"]
    }
    drawn = {(t["subject"], t["visit"], t["tube"]) for t in data_of(html, "data")["tubes"] if t["drawn"]}
    assert drawn == flagged
    for table in ("counts", "treg", "findings"):
        first, second = (out / f"{table}.csv" for out in (tables, tmp_path / "flagged"))
        assert first.read_bytes() == second.read_bytes(), "pictures change no figure"


def test_plot_makes_one_picture(trial: Path, tmp_path: Path) -> None:
    file = next(trial.glob("fcs/*_TREG*"))
    done = tregate("plot", file, "--strategy", "treg", "--out", tmp_path / "gates.png")
    assert (done.code, done.out.strip()) == (0, str(tmp_path / "gates.png"))
    assert (tmp_path / "gates.png").read_bytes().startswith(b"\x89PNG")


def test_plot_says_what_is_wrong(trial: Path, tmp_path: Path) -> None:
    (tmp_path / "note.fcs").write_text("no such thing")
    refused = tregate("plot", tmp_path / "note.fcs", "--strategy", "treg", "--out", tmp_path / "x.png")
    assert refused.code == 1
    assert "Not an FCS file" in refused.err
    unknown = tregate("plot", tmp_path / "note.fcs", "--strategy", "tregg", "--out", tmp_path / "x.png")
    assert unknown.code == 2
    assert "Use a shipped one" in unknown.err
    absent = tregate("plot", tmp_path / "none.fcs", "--strategy", "treg", "--out", tmp_path / "x.png")
    assert absent.code == 1
    assert not (tmp_path / "x.png").exists()
