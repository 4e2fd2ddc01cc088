"""A trial on disk is what docs/study.md says a user writes, and its truth lies beside it."""

from pathlib import Path

import numpy as np
import pytest
from cli_running import rows

from tregate.fixtures.trial import FORMATS, TUBES, Trial, append_row, make_trial, visits_of

VISITS = ("D1", "D8", "D15", "M1", "M3", "M6")


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return make_trial(tmp_path_factory.mktemp("trial"), seed=3, events=(1_500, 2_500))


def test_nine_subjects_six_visits_three_tubes_one_withdrawn(trial: Trial) -> None:
    assert len(trial.tubes) == 8 * 6 * 3 + 3
    assert [t.visit for t in trial.tubes if t.subject == "S09"] == ["D1"] * 3
    assert {t.tube for t in trial.tubes} == set(TUBES)
    assert all((trial.folder / t.file).stat().st_size > 10_000 for t in trial.tubes)


def test_a_trial_without_withdrawals_makes_162_tubes(tmp_path: Path) -> None:
    assert len(make_trial(tmp_path, events=(200, 300), withdrawn=0).tubes) == 162


def test_samples_say_beads_for_bead_tubes_only(trial: Trial) -> None:
    lots = {row["bead_lot"] for row in rows(trial.folder / "bead_lots.csv")}
    for row in rows(trial.samples):
        assert (trial.folder / row["file"]).is_file()
        if row["tube"] == "TREG":
            assert (row["bead_lot"], row["bead_volume_ul"], row["blood_volume_ul"]) == ("", "", "")
        else:
            assert row["bead_lot"] in lots
            assert (row["bead_volume_ul"], row["blood_volume_ul"]) == ("100", "100")
        assert row["include_in_primary"] == ("no" if row["subject"] == "S09" else "yes")


def test_both_lots_are_used_and_not_expired(trial: Trial) -> None:
    assert len({row["bead_lot"] for row in rows(trial.samples)} - {""}) == 2
    assert all(row["expires"] > "2030" for row in rows(trial.folder / "bead_lots.csv"))


def test_files_come_in_every_format(trial: Trial) -> None:
    assert {t.encoding for t in trial.tubes} == set(FORMATS)
    for tube in trial.tubes:
        start = (trial.folder / tube.file).read_bytes()[:6]
        assert start == (b"FCS2.0" if tube.encoding in ("lmd", "double") else start)
        assert tube.file.endswith(".LMD") == (tube.encoding == "lmd")


def test_study_names_visits_in_order(trial: Trial) -> None:
    assert visits_of(trial.study) == VISITS


def test_truth_has_every_population_of_every_visit_that_took_place(trial: Trial) -> None:
    truth = rows(trial.truth)
    drawn = {(row["subject"], row["visit"]) for row in truth}
    assert drawn == {(t.subject, t.visit) for t in trial.tubes} == set(trial.bloods)
    for row in truth:
        blood = trial.bloods[row["subject"], row["visit"]]
        assert float(row["cells_per_ul"]) == pytest.approx(blood.cells_per_ul()[row["population"]], rel=1e-5)
        if row["population"] == "Treg":
            assert float(row["percent_of_cd4"]) == pytest.approx(blood.treg_percent_of_cd4, rel=1e-5)
        if row["population"] == "NK bright":
            assert float(row["percent_of_nk"]) == pytest.approx(blood.nk_bright_percent_of_nk, rel=1e-5)


def test_treg_percent_follows_the_published_course(trial: Trial) -> None:
    fold = [
        trial.bloods[f"S{s:02d}", "D8"].treg_percent_of_cd4 / trial.bloods[f"S{s:02d}", "D1"].treg_percent_of_cd4
        for s in range(1, 9)
    ]
    assert np.mean(fold) == pytest.approx(1.75, abs=0.25)
    assert min(fold) > 1


def test_truth_of_tubes_counts_events(trial: Trial) -> None:
    tubes = rows(trial.folder / "truth_tubes.csv")
    cd4 = {row["file"]: int(row["events"]) for row in tubes if row["population"] == "CD4+"}
    assert set(cd4) == {t.file for t in trial.tubes if t.tube in ("T", "TREG")}
    assert all(events > 0 for events in cd4.values())


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    how = {"seed": 5, "subjects": 3, "visits": ("D1", "D8"), "events": (300, 500)}
    one, two = (make_trial(tmp_path / name, **how).folder for name in ("a", "b"))  # type: ignore[arg-type]
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert len(files) == 15 + 5
    assert all((one / file).read_bytes() == (two / file).read_bytes() for file in files)
    other = make_trial(tmp_path / "c", **{**how, "seed": 6})  # type: ignore[arg-type]
    assert other.truth.read_bytes() != (one / "truth.csv").read_bytes()


def test_no_file_tells_the_path_it_was_written_to(trial: Trial) -> None:
    for tube in trial.tubes[:18]:
        assert str(trial.folder).encode() not in (trial.folder / tube.file).read_bytes()


def test_append_row_refuses_an_unknown_column(trial: Trial) -> None:
    with pytest.raises(ValueError, match="colour"):
        append_row(trial.samples, {"colour": "blue"})
