"""Intraclass correlation and variance components of readers, against independent calculations and known truth."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from tregate.pipelines.statistics.compared_groups import groups_table
from tregate.pipelines.statistics.compared_methods import comparison_table, pairs_of
from tregate.pipelines.statistics.compared_readers import readers_table
from tregate.pipelines.statistics.manual_values import Key, Manual, RunValues
from tregate.pipelines.statistics.mean_squares import sd_limits_of_difference
from tregate.pipelines.statistics.reader_agreement import icc, spread
from tregate.pipelines.statistics.variance_components import log_sd

SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)


def test_icc_is_that_of_the_published_example() -> None:
    """Shrout & Fleiss 1979, Psychol Bull 86:420, table 4: ICC(2,1) = 0.29, 95 % interval 0.02 to 0.76."""
    found = icc(SHROUT_FLEISS)
    assert found is not None
    assert round(found.icc, 2) == 0.29
    assert [round(one, 2) for one in found.limits] == [0.02, 0.76]


def test_components_are_those_of_an_analysis_of_variance_by_statsmodels() -> None:
    rng = np.random.default_rng(3)
    n, k, r = 12, 3, 2
    values = rng.normal(0, 2, (n, 1, 1)) + rng.normal(0, 1, (1, k, 1)) + rng.normal(0, 0.7, (n, k, 1))
    values = values + rng.normal(0, 0.5, (n, k, r))
    index = pd.MultiIndex.from_product([range(n), range(k), range(r)], names=["sample", "reader", "repeat"])
    frame = pd.Series(values.ravel(), index=index, name="value").reset_index()
    table = anova_lm(ols("value ~ C(sample) * C(reader)", frame).fit())
    squares = table["sum_sq"] / table["df"]
    found = spread(values)
    assert found is not None
    assert found.reader_by_sample is not None
    assert found.repeat[0] == pytest.approx(np.sqrt(squares["Residual"]))
    both = squares["C(sample):C(reader)"]
    assert found.reader_by_sample[0] == pytest.approx(np.sqrt((both - squares["Residual"]) / r))
    assert found.reader[0] == pytest.approx(np.sqrt(max(squares["C(reader)"] - both, 0) / (n * r)))


def test_limits_of_a_component_cover_it() -> None:
    """Simulated mean squares: 95 % limits hold the true component in about 95 % of 2,000 draws."""
    rng = np.random.default_rng(5)
    df_above, df_below, count, component, below = 9, 40, 3, 2.0, 1.5
    above = (below + count * component) * rng.chisquare(df_above, 2_000) / df_above
    under = below * rng.chisquare(df_below, 2_000) / df_below
    limits = [sd_limits_of_difference(a, df_above, b, df_below, count) for a, b in zip(above, under, strict=True)]
    held = [low <= np.sqrt(component) <= high for low, high in limits]
    assert 0.935 < np.mean(held) < 0.965


BIAS, READERS, REPEAT = 1.12, {"A": 1.10, "B": 0.95, "C": 1 / (1.10 * 0.95)}, 0.06
VISITS = ("D1", "D8", "D29")


def trial(seed: int, subjects: int = 40) -> tuple[list[Manual], RunValues]:
    """Manual counts of three readers, two repeats, of a run that reads 12 % more; readers differ by known factors."""
    rng = np.random.default_rng(seed)
    manual: list[Manual] = []
    values: dict[Key, float | None] = {}
    for subject in range(subjects):
        own = np.exp(rng.normal(np.log(40), 0.5))
        for visit, fold in zip(VISITS, (1.0, 1.8, 1.2), strict=True):
            key = (f"S{subject:02}", visit, "treg_per_ul")
            truth = own * fold * np.exp(rng.normal(0, 0.1))
            values[key] = float(BIAS * truth * np.exp(rng.normal(0, 0.05)))
            for reader, factor in READERS.items():
                noise = np.exp(rng.normal(0, REPEAT, 2))
                manual += [Manual(key, reader, float(truth * factor * one)) for one in noise]
    return manual, RunValues(values, ("treg_per_ul",))


def test_on_trials_with_known_bias_and_readers_the_truth_lies_in_the_intervals() -> None:
    """95 % intervals of 30 trials: each figure's hold the truth in at least 80 % of them, all together in 90 %."""
    between = float(np.std(np.log(list(READERS.values())), ddof=1))
    biases = {"mean of readers": BIAS, **{reader: BIAS / factor for reader, factor in READERS.items()}}
    held: dict[str, list[bool]] = {}
    for seed in range(30):
        manual, run = trial(seed)
        for row in comparison_table(pairs_of(manual, run)).records():
            bias = biases[row["reader"]]
            for name, truth in (("bias", bias), ("slope", bias), ("intercept", 0.0)):
                inside = row[f"{name}_low"] < truth < row[f"{name}_high"]
                held.setdefault(f"{name} of {row['reader']}", []).append(inside)
        (row,) = readers_table(manual, run).records()
        assert (row["readers"], row["samples"], row["repeats"], row["left_out"]) == (3, 120, 2, 0)
        held.setdefault("repeat", []).append(log_sd(row["repeat_low"]) < REPEAT < log_sd(row["repeat_high"]))
        limits = log_sd(row["between_readers_low"]), log_sd(row["between_readers_high"])
        held.setdefault("between readers", []).append(limits[0] < between < limits[1])
        assert row["reader_by_sample"] < 3
        assert 0.9 < row["icc"] < 1
    shares = {name: float(np.mean(inside)) for name, inside in held.items()}
    assert min(shares.values()) >= 0.8, shares
    assert np.mean(list(shares.values())) >= 0.9, shares


def test_parts_and_folds_have_their_rows_and_the_truth_in_them() -> None:
    sites = {f"S{i:02}": ("North", "South")[i % 2] for i in range(40)}
    held = []
    for seed in range(30):
        manual, run = trial(seed)
        table = groups_table(pairs_of(manual, run), "D1", sites)
        rows = {(row["by"], row["group"]): row for row in table.records()}
        assert set(rows) == {
            *(("level", one) for one in ("low", "middle", "high")), *(("visit", one) for one in VISITS),
            ("site", "North"), ("site", "South"), ("fold", "D8 / D1"), ("fold", "D29 / D1"),
        }  # fmt: skip
        wanted = {place: 1.0 if place[0] == "fold" else BIAS for place in rows}
        held += [row["bias_low"] < wanted[place] < row["bias_high"] for place, row in rows.items()]
    assert 0.9 <= np.mean(held) <= 0.99


def test_samples_that_not_every_reader_read_are_left_out_and_counted() -> None:
    manual, run = trial(3, subjects=4)
    kept = [one for one in manual if not (one.reader == "B" and one.key[0] == "S01")]
    (row,) = readers_table(kept, run).records()
    assert (row["samples"], row["left_out"]) == (9, 3)


def test_one_reader_has_no_row() -> None:
    manual, run = trial(4, subjects=3)
    assert readers_table([one for one in manual if one.reader == "A"], run).rows == ()


@pytest.mark.parametrize("values", [SHROUT_FLEISS[:2], SHROUT_FLEISS[:, :1], np.ones((5, 3))])
def test_what_cannot_be_reported_is_none(values: np.ndarray) -> None:
    assert icc(values) is None
