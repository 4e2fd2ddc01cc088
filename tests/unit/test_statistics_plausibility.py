"""Tables that cannot be, beginning with the published one."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from shipped_tables import implausible, printed_cells

from tregate.gating.findings import Severity
from tregate.pipelines.plausible.mean_cell import MeanCell, MeanCells
from tregate.pipelines.statistics.plausibility import p_beyond_floor

PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "barde2024_table1.csv"


def checks(table: MeanCells) -> set[tuple[str, str]]:
    return {(found.finding.check, found.finding.severity.value) for found in implausible(table)}


def consistent(seed: int = 0, subjects: int = 8) -> dict[tuple[str, str], MeanCell]:
    """Means and SDs of subjects whose parts make up their wholes."""
    rng = np.random.default_rng(seed)
    cd4, cd8 = rng.normal(1108, 369, subjects).clip(200), rng.normal(358, 150, subjects).clip(80)
    b, bright, dim = (rng.normal(m, s, subjects).clip(3) for m, s in ((140, 71), (15, 8), (160, 60)))
    percent = rng.normal(10.7, 1.8, subjects)
    columns = {
        "treg_per_ul": cd4 * percent / 100,
        "treg_percent_of_cd4": percent,
        "cd4_per_ul": cd4,
        "cd8_per_ul": cd8,
        "cd3_per_ul": cd4 + cd8,
        "b_per_ul": b,
        "nk_per_ul": bright + dim,
        "nk_bright_per_ul": bright,
        "nk_dim_per_ul": dim,
        "lymphocytes_per_ul": cd4 + cd8 + b + bright + dim,
    }
    return {
        (name, "D8"): MeanCell(float(values.mean()), float(values.std(ddof=1)), n=subjects)
        for name, values in columns.items()
    }


@pytest.mark.skipif(not PUBLISHED.exists(), reason="needs ../shared/data/barde2024_table1.csv")
def test_the_published_table_is_flagged_where_it_cannot_be_and_only_there() -> None:
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        table = printed_cells(csv.DictReader(file), pairs=8)
    assert len(table) == 54
    found = {(f.visit, f.finding.check, f.finding.severity.value, f.finding.value) for f in implausible(table)}
    assert found == {
        ("D8", "sd_of_sum", "fail", 14.0),
        ("D15", "sd_of_sum", "fail", 25.0),
        ("D8", "sd_of_product", "fail", 7.4),
        ("D15", "sd_of_product", "fail", 0.9),
        ("M3", "sd_of_product", "warn", 9.4),
        ("D8", "stars_below_floor", "fail", 0.001),
    }


@pytest.mark.parametrize(("p", "flagged"), [(0.0015, True), (0.0007, True), (0.0033, True), (0.008, False)])
def test_printed_p_values_that_eight_pairs_cannot_give(p: float, flagged: bool) -> None:
    assert (p_beyond_floor("Treg % at D8", p, 8) is not None) == flagged


@pytest.mark.parametrize("seed", range(40))
def test_a_table_that_is_true_passes(seed: int) -> None:
    assert not [check for check in checks(consistent(seed)) if check[1] == "fail"]


def test_a_part_larger_than_its_whole() -> None:
    table = consistent()
    whole = table["nk_per_ul", "D8"]
    table["nk_bright_per_ul", "D8"] = replace(whole, mean=whole.mean * 1.1)
    assert ("part_within_whole", "fail") in checks(table)


@pytest.mark.parametrize(("factor", "severity"), [(1.12, "warn"), (1.2, "fail"), (0.84, "fail")])
def test_lymphosum(factor: float, severity: str) -> None:
    table = consistent()
    whole = table["lymphocytes_per_ul", "D8"]
    table["lymphocytes_per_ul", "D8"] = replace(whole, mean=whole.mean / factor)
    assert ("lymphosum", severity) in checks(table)


def test_two_limits_of_one_sum_give_one_finding_in_printed_names() -> None:
    """T, B and NK cells are compared with lymphocytes within one tube and between two; means know no tubes."""
    table = consistent()
    whole = table["lymphocytes_per_ul", "D8"]
    table["lymphocytes_per_ul", "D8"] = replace(whole, mean=whole.mean / 1.2, sd=10.0 * (whole.sd or 0.0))
    sums = [one.finding for one in implausible(table) if one.finding.check in ("lymphosum", "two_tube_sum")]
    spreads = [one.finding for one in implausible(table) if one.finding.check == "sd_of_sum"]
    assert (len(sums), len(spreads)) == (1, 1)
    assert sums[0].message.startswith("The means of CD3+ /µL, B (CD19+) /µL, NK /µL add up to ")
    assert spreads[0].message.startswith("The SD of lymphocytes /µL (")
    assert "_per_ul" not in sums[0].message + spreads[0].message


def test_the_worst_of_two_limits_of_one_sum_is_reported() -> None:
    table = consistent()
    whole = table["lymphocytes_per_ul", "D8"]
    table["lymphocytes_per_ul", "D8"] = replace(whole, mean=whole.mean * 1.1)
    (one,) = [name for name, _ in checks(table) if name in ("lymphosum", "two_tube_sum")]
    assert one == "two_tube_sum", "its limit is 8 %, that of lymphosum 10 %"


def test_a_total_that_varies_more_than_its_parts_can() -> None:
    table = consistent()
    table["cd3_per_ul", "D8"] = replace(table["cd3_per_ul", "D8"], sd=2500.0)
    assert ("sd_of_sum", "fail") in checks(table)


def test_a_mean_product_out_of_reach_of_its_factors() -> None:
    table = consistent()
    treg = table["treg_per_ul", "D8"]
    table["treg_per_ul", "D8"] = replace(treg, mean=treg.mean * 1.5)
    assert ("mean_of_product", "fail") in checks(table)


def test_spreads_of_different_subjects_are_not_compared() -> None:
    table = consistent()
    table["lymphocytes_per_ul", "D8"] = replace(table["lymphocytes_per_ul", "D8"], sd=1.0, n=5)
    assert not {name for name, _ in checks(table)} & {"sd_of_sum", "lymphosum"}


def test_unusual_means_are_for_review() -> None:
    table = {
        ("treg_percent_of_cd4", "D1"): MeanCell(31.0),
        ("cd4_per_ul", "D1"): MeanCell(60.0),
        ("cd8_per_ul", "D1"): MeanCell(900.0),
    }
    assert [f.finding.severity for f in implausible(table)] == [Severity.WARN, Severity.WARN]
