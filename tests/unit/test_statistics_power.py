"""Power against statsmodels and known designs; components against what repeats were drawn with."""

from pathlib import Path

import numpy as np
import pytest
from cli_running import rows, tregate
from scipy import stats
from statsmodels.stats.power import TTestIndPower, TTestPower

from tregate.gating.errors import ConfigurationError
from tregate.pipelines.files.table import Table
from tregate.pipelines.statistics.power import arms_power, detectable, needed, t_power, wilcoxon_power
from tregate.pipelines.statistics.variance_components import cv_percent, log_sd, of_repeats, of_run


@pytest.mark.parametrize("n", [3, 8, 20])
@pytest.mark.parametrize("effect", [0.0, 0.4, 1.0, 1.5])
def test_power_of_students_tests_is_statsmodels(n: int, effect: float) -> None:
    assert t_power(n, effect) == pytest.approx(TTestPower().power(effect, n, 0.05), abs=1e-9)
    assert arms_power(n, effect) == pytest.approx(TTestIndPower().power(effect, n, 0.05), abs=1e-9)


def test_power_of_the_signed_rank_test_is_that_of_scipys_exact_one() -> None:
    rng = np.random.default_rng(1)
    p = [stats.wilcoxon(rng.normal(1.0, 1.0, 8), method="exact").pvalue for _ in range(1500)]
    assert wilcoxon_power(8, 1.0) == pytest.approx(np.mean(np.array(p) <= 0.05), abs=0.04)
    assert wilcoxon_power(8, 0.0) == pytest.approx(0.039, abs=0.005), "its attainable size"
    assert wilcoxon_power(5, 9.0) == 0.0, "five pairs cannot reach 5 %"


@pytest.mark.parametrize("power_of", [t_power, wilcoxon_power, arms_power])
def test_what_n_detect_needs_n(power_of: object) -> None:
    effect = detectable(power_of, 12, 0.8)  # type: ignore[arg-type]
    assert effect is not None
    assert power_of(12, effect) >= 0.8 > power_of(12, 0.99 * effect)  # type: ignore[operator]
    assert needed(power_of, effect, 0.8) == 12  # type: ignore[arg-type]


def test_five_pairs_detect_nothing_by_the_exact_test_and_tiny_effects_need_too_many() -> None:
    assert detectable(wilcoxon_power, 5, 0.8) is None
    assert needed(t_power, 0.01, 0.8) is None
    assert needed(wilcoxon_power, 0.2, 0.8) == int(np.ceil(199 / 0.955)), "199 by t"


def test_cv_and_log_sd_are_each_others_inverse() -> None:
    for percent in (1.0, 10.0, 60.0):
        assert cv_percent(log_sd(percent)) == pytest.approx(percent)
    assert log_sd(30.0) == pytest.approx(np.sqrt(np.log(1.09)))


def repeats(path: Path, *, day: float, repeat: float) -> Path:
    """40 specimens, 5 days, 3 repeats a day."""
    rng = np.random.default_rng(7)
    lines = ["specimen,measure,day,repeat,value"]
    for specimen in range(40):
        level = rng.normal(4.0, 1.0)
        for d in range(5):
            of_day = level + rng.normal(0.0, day)
            lines += [f"S{specimen},m,{d},{r},{np.exp(of_day + rng.normal(0.0, repeat)):.9g}" for r in range(3)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_components_of_repeats_are_those_they_were_drawn_with(tmp_path: Path) -> None:
    (found,) = of_repeats(repeats(tmp_path / "r.csv", day=0.12, repeat=0.05))
    assert found.repeat == pytest.approx(0.05, rel=0.08)
    assert found.day == pytest.approx(0.12, rel=0.12)
    assert found.freedom == 40 * 5 * 2
    assert found.assay == pytest.approx(np.hypot(found.repeat, found.day))
    (none,) = of_repeats(repeats(tmp_path / "n.csv", day=0.0, repeat=0.05))
    assert (none.day or 0.0) < 0.015


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("specimen,measure,value\nA,m,0\nA,m,2\n", "has no logarithm"),
        ("specimen,measure\nA,m\n", "value"),
        ("specimen,measure,value\nA,m,2\nB,m,3\n", "no specimen has a repeat"),
    ],
)
def test_what_is_wrong_with_repeats_is_said(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        of_repeats(tmp_path / "r.csv")
    assert says in str(caught.value.problems[0].message)


def test_a_run_gives_the_spread_of_changes_and_of_its_limits() -> None:
    rng = np.random.default_rng(3)
    records = []
    for subject in range(30):
        own = rng.normal(3.0, 0.5)
        for visit, rise in (("D1", 0.0), ("D8", 0.7), ("M1", 0.2)):
            value = float(np.exp(own + rise + rng.normal(0.0, 0.2)))
            limits = [value * float(np.exp(sign * 1.959963984540054 * 0.1)) for sign in (-1, 1)]
            records.append((f"S{subject}", visit, value, *limits))
    (found,) = of_run([Table("t", ("subject", "visit", "m", "m_low", "m_high"), tuple(records))], "D1", ["m"])
    assert found.repeat == pytest.approx(0.1)
    assert found.of_change == pytest.approx(0.2 * np.sqrt(2.0), rel=0.15)
    assert found.biological == pytest.approx(np.sqrt((found.of_change or 0) ** 2 / 2 - 0.01))


def test_changes_that_vary_less_than_the_assay_alone_makes_them_are_planned_with_the_assay() -> None:
    """Three subjects may happen to change alike; a plan rests on sqrt(2 (assay² + biological²)) all the same."""
    rows = tuple(
        (f"S{subject}", visit, value, value / 1.2, value * 1.2)
        for subject, own in enumerate((50.0, 80.0, 120.0))
        for visit, value in (("D1", own), ("D8", 1.5 * own * (1.0 + 0.01 * subject)))
    )
    (found,) = of_run([Table("t", ("subject", "visit", "m", "m_low", "m_high"), rows)], "D1", ["m"])
    assay = np.log(1.2) / 1.959963984540054
    assert (found.biological, found.freedom) == (0.0, 2)
    assert found.change == pytest.approx(0.01, abs=0.002)
    assert found.of_change == pytest.approx(np.sqrt(2.0) * assay)


def test_the_command_prints_folds_and_subjects_and_writes_a_table(tmp_path: Path) -> None:
    done = tregate("power", "--cv", 10, "--biological", 15, "--fold", 1.35, "--n", "8,12", "--out", tmp_path / "p.csv")
    assert done.code == 0, done.err
    assert "1.35-fold with 80 % power: 9 subjects (exact signed-rank), 8 (paired t on logs), 13 in each" in done.out
    table = rows(tmp_path / "p.csv")
    assert [row["subjects"] for row in table] == ["8", "12"]
    assert {row["subjects_per_arm"] for row in table} == {"13"}
    for wrong in (("power",), ("power", "--cv", 10, "--n", "x"), ("power", "--cv", 10, "--measure", "nk")):
        assert tregate(*wrong).code == 2


@pytest.mark.parametrize(
    "options",
    [
        ("--cv", "1e160"), ("--cv", "nan"), ("--cv", "inf"), ("--cv", "10", "--biological", "1e160"),
        ("--cv", "10", "--fold", "1e300"), ("--cv", "10", "--fold", "nan"), ("--cv", "10", "--power", "nan"),
    ],
)  # fmt: skip
def test_numbers_that_no_study_has_are_refused_in_words(options: tuple[str, ...]) -> None:
    done = tregate("power", *options)
    assert done.code == 2
    assert f"Invalid value for '{options[-2]}'" in done.err
    assert "Traceback" not in done.err


def test_repeats_that_differ_beyond_reason_are_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "repeats.csv"
    path.write_text("specimen,measure,value\nA,x,1e-20\nA,x,1e20\nB,x,1\nB,x,2\n", encoding="utf-8")
    done = tregate("power", path)
    assert done.code == 2
    assert "the values of x differ by more than any assay can" in done.err


def test_a_wide_assay_is_no_error() -> None:
    assert tregate("power", "--cv", "1000", "--biological", "1000", "--fold", "1000", "--power", "99.9").code == 0
