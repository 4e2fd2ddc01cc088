"""A synthetic trial with arms: whom it has, when they came, and what is true of it."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from cli_running import rows

from tregate.fixtures.arms import ARMS
from tregate.fixtures.arms_trial import make_arms_trial
from tregate.fixtures.trial import Trial


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return make_arms_trial(tmp_path_factory.mktemp("arms"), seed=5, events=(200, 300))


def test_arms_and_sites_are_balanced(trial: Trial) -> None:
    people = rows(trial.folder / "subjects.csv")
    counted = Counter((person["arm"], person["site"]) for person in people)
    assert len(people) == 24
    assert set(counted) == {(arm, site) for arm in ARMS for site in ("Lyon", "Paris")}
    assert set(counted.values()) == {4}


def test_two_withdraw_and_one_comes_outside_the_plan(trial: Trial) -> None:
    people = rows(trial.folder / "subjects.csv")
    gone = [person["subject"] for person in people if person["withdrawn"]]
    came = Counter(row["subject"] for row in rows(trial.samples) if not row["visit"].startswith("UNS"))
    assert sorted(came[subject] for subject in gone) == [3, 6]
    assert all(came[person["subject"]] == 9 for person in people if person["subject"] not in gone)
    assert len([row for row in rows(trial.samples) if row["visit"] == "UNS1"]) == 3


def test_the_true_effect_is_that_of_the_true_bloods(trial: Trial) -> None:
    people = {person["subject"]: person["arm"] for person in rows(trial.folder / "subjects.csv")}
    logs: dict[str, list[float]] = {}
    for subject, arm in people.items():
        if (subject, "D8") in trial.bloods:
            now, then = (trial.bloods[subject, visit].treg_percent_of_cd4 for visit in ("D8", "D1"))
            logs.setdefault(arm, []).append(float(np.log(now / then)))
    reported = {
        row["arm"]: float(row["ratio"])
        for row in rows(trial.folder / "truth_effects.csv")
        if (row["visit"], row["population"], row["quantity"]) == ("D8", "Treg", "percent_of_cd4")
    }
    for arm in ("0.5 MIU", "1 MIU"):
        assert reported[arm] == pytest.approx(np.exp(np.mean(logs[arm]) - np.mean(logs["placebo"])), rel=1e-5)
    assert 1.1 < reported["0.5 MIU"] < reported["1 MIU"] < 2.2


def test_same_arguments_make_the_same_bytes(trial: Trial, tmp_path: Path) -> None:
    again = make_arms_trial(tmp_path, seed=5, events=(200, 300))
    for name in ("samples.csv", "subjects.csv", "truth_effects.csv", trial.tubes[7].file):
        assert (again.folder / name).read_bytes() == (trial.folder / name).read_bytes()
