"""Intensities of a study: folds against the activation that the fixtures put in, drift, settings, tables again."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from cli_running import rows, run_study, tregate

from tregate.fixtures.trial import make_trial

FACTOR = 1.6


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("activation") / "study"
    made = make_trial(
        folder,
        subjects=3,
        events=(18_000, 22_000),
        visits=["D1", "D8"],
        formats=("float_little",),
        withdrawn=0,
        gain_drift=0.0,
        activation={"D8": FACTOR},
    )
    text = made.study.read_text(encoding="utf-8").replace("tables: treg_nk", "tables: treg_extended")
    made.study.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def out(study: Path) -> Path:
    out = study.parent / "out"
    done = run_study(study, out)
    assert done.code == 0, done.err
    return out


@pytest.mark.parametrize("measure", ["treg_cd25_median", "treg_cd25_standardised", "treg_foxp3_standardised"])
def test_folds_lie_about_the_activation_that_was_put_in(study: Path, out: Path, measure: str) -> None:
    """Limits are those of two medians; those of truth.csv have the antibody staining of each tube in them."""
    treg = {(r["subject"], r["visit"]): r for r in rows(study / "truth.csv") if r["population"] == "Treg"}
    marker = measure.split("_")[1]
    for row in rows(out / "activation.csv"):
        if row["visit"] == "D8":
            truth = treg[row["subject"], "D8"]
            assert float(truth[f"{marker}_fold"]) == FACTOR
            low, high = float(row[f"fold_{measure}_low"]), float(row[f"fold_{measure}_high"])
            assert low <= float(truth[f"{marker}_fold_high"]), row["subject"]
            assert high >= float(truth[f"{marker}_fold_low"]), row["subject"]


def test_the_table_of_intensities_has_the_columns_of_the_contract(out: Path) -> None:
    listed = rows(out / "intensities.csv")
    first = ("subject", "visit", "tube", "file", "population", "marker", "events", "median", "robust_cv",
             "percent_positive", "standard")  # fmt: skip
    assert tuple(listed[0])[: len(first)] == first
    assert tuple(listed[0])[-1] == "flags"
    counts = {(r["file"], r["population"]): r["events"] for r in rows(out / "counts.csv")}
    assert len(listed) == 3 * 2 * 5
    assert all(row["events"] == counts[row["file"], row["population"]] for row in listed)


def test_tables_made_again_have_the_same_bytes(out: Path, tmp_path: Path) -> None:
    again = Path(shutil.copytree(out, tmp_path / "again"))
    done = tregate("tables", again)
    assert done.code == 0, done.err
    for name in ("activation.csv", "summary.csv", "intensities.csv"):
        assert (again / name).read_bytes() == (out / name).read_bytes(), name


# ---------------------------------------------------------------- what makes medians incomparable


def test_another_voltage_leaves_the_fold_of_the_median_empty_and_not_the_standardised_one(
    study: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(study, tmp_path / "study"))
    path = next((copy / "fcs").glob("S01_D8_TREG*"))
    data = path.read_bytes()
    # a keyword of the same length: the voltage that a file states, and not what is in it
    assert data.count(b"/$CYT/synthetic/") == 1
    path.write_bytes(data.replace(b"/$CYT/synthetic/", b"/$CYT/synthetik/"))
    done = run_study(copy, tmp_path / "out", "--only", "*TREG*")
    assert done.code in (0, 1), done.err
    (row,) = [r for r in rows(tmp_path / "out" / "activation.csv") if (r["subject"], r["visit"]) == ("S01", "D8")]
    assert row["treg_cd25_median"]
    assert row["fold_treg_cd25_median"] == ""
    assert "settings_changed:fold_treg_cd25_median" in row["flags"]
    assert row["fold_treg_cd25_standardised"]
    # summary and tests follow the table: the other two subjects alone
    summary = {r["measure"]: r for r in rows(tmp_path / "out" / "summary.csv") if r["visit"] == "D8"}
    numbers = [summary["treg_cd25_median"][column] for column in ("n", "fold_n", "pairs", "gmr_n")]
    assert numbers == ["2"] * 4
    assert summary["treg_cd25_standardised"]["fold_n"] == "3"
    notes = (tmp_path / "out" / "table1.md").read_text(encoding="utf-8")
    assert "measured with other settings than the subject's baseline" in notes
    found = [r for r in rows(tmp_path / "out" / "findings.csv") if r["check"] == "intensity_settings"]
    assert {r["file"] for r in found} == {f"fcs/{path.name}"}
    counts = [r for r in rows(tmp_path / "out" / "counts.csv") if r["population"] == "Treg"]
    assert not [r for r in counts if "intensity" in r["flags"]]


def test_a_drift_of_the_standard_is_a_finding_on_the_intensity_alone(tmp_path: Path) -> None:
    made = make_trial(
        tmp_path / "study", subjects=4, events=(18_000, 22_000), visits=["D1", "D8"], formats=("float_little",),
        withdrawn=0, gain_drift=0.0,
    )  # fmt: skip
    text = made.study.read_text(encoding="utf-8").replace("tables: treg_nk", "tables: treg_extended")
    made.study.write_text(text, encoding="utf-8")
    from tregate.fixtures.conditions import CONDITIONS
    from tregate.fixtures.tube import make_tube

    tube = next(one for one in made.tubes if one.tube == "TREG" and (one.subject, one.visit) == ("S02", "D8"))
    make_tube("treg", CONDITIONS["gain_plus_30"], seed=9, events=20_000, blood=made.bloods["S02", "D8"]).write(
        tmp_path / "study" / tube.file
    )
    out = tmp_path / "out"
    run_study(tmp_path / "study", out, "--only", "*TREG*")
    found = [r for r in rows(out / "findings.csv") if r["check"] == "intensity_drift"]
    assert {r["file"] for r in found} == {tube.file}
    listed = [r for r in rows(out / "activation.csv") if "intensity_drift" in r["flags"]]
    assert [(r["subject"], r["visit"]) for r in listed] == [("S02", "D8")]
    assert not [r for r in rows(out / "counts.csv") if "intensity" in r["flags"]]


def test_naive_and_effector_treg_add_up_and_lie_about_the_truth(study: Path, out: Path) -> None:
    """The blood of the trial has 28 % naive Treg at all visits."""
    listed = rows(out / "activation.csv")
    assert np.mean([float(row["treg_cd45ra_percent"]) for row in listed]) == pytest.approx(28, abs=4)
    for row in listed:
        naive, effector = float(row["treg_cd45ra_percent"]), float(row["treg_cd45ra_negative_percent"])
        assert naive + effector == pytest.approx(100, abs=1e-3)
        assert float(row["treg_cd45ra_percent_low"]) < naive < float(row["treg_cd45ra_percent_high"])
        assert float(row["treg_cd45ra_negative_percent_low"]) == pytest.approx(
            100 - float(row["treg_cd45ra_percent_high"]), abs=1e-3
        )
    thresholds = {row["threshold"] for row in rows(out / "intensities.csv") if row["marker"] == "CD45RA"}
    assert all(float(one) > 1_000 for one in thresholds)
