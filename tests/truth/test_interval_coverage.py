"""How often the 95 % limits hold the truth, over many tubes that chance made."""

from dataclasses import replace

import numpy as np
import pytest
from counted_tubes import FLOW_COUNT

from tregate.gating.count.beads import BeadCount
from tregate.gating.count.bridge import bridged
from tregate.gating.count.estimates import Estimate
from tregate.gating.count.intervals import clopper_pearson
from tregate.gating.count.populations import concentration

TUBES = 600


def held(limits: list[Estimate], truth: float) -> float:
    return float(np.mean([one.low <= truth <= one.high for one in limits]))


@pytest.mark.parametrize(
    ("per_ul", "microlitres"), [(2.0, 1.0), (12.0, 1.0), (150.0, 2.0), (900.0, 8.0)], ids="{0}".format
)
def test_concentration_by_counting_alone(per_ul: float, microlitres: float) -> None:
    """Cells and beads arrive as they will; exact limits hold at least 95 %, and little more where events are many."""
    rng = np.random.default_rng(int(per_ul * 10))
    cells = rng.poisson(per_ul * microlitres, TUBES)
    beads = rng.poisson(1000.0 * microlitres, TUBES)
    limits = [
        concentration(int(c), BeadCount(int(b), 0, int(b)), FLOW_COUNT) for c, b in zip(cells, beads, strict=True)
    ]
    assert held(limits, per_ul) >= 0.93
    if per_ul >= 100:
        assert held(limits, per_ul) <= 0.98


def test_concentration_with_the_uncertainties_that_were_declared() -> None:
    """A lot and a pipette that are off by what their CVs say."""
    rng = np.random.default_rng(5)
    load = replace(FLOW_COUNT, lot_cv_percent=3.0, preparation_cv_percent=4.0)
    ratio = np.exp(rng.normal(0.0, 0.05, TUBES))
    cells = rng.poisson(400.0 * 8 * ratio)
    beads = rng.poisson(8000.0, TUBES)
    pairs = list(zip(cells, beads, strict=True))
    declared = [concentration(int(c), BeadCount(int(b), 0, int(b)), load) for c, b in pairs]
    silent = [concentration(int(c), BeadCount(int(b), 0, int(b)), FLOW_COUNT) for c, b in pairs]
    assert 0.92 <= held(declared, 400.0) <= 0.98
    assert held(silent, 400.0) < 0.75, "limits of counting alone do not cover variation that is not declared"


def test_beads_that_come_in_pairs() -> None:
    """A third of all beads in doublets: limits that took each bead for an arrival of its own would be too narrow."""
    rng = np.random.default_rng(6)
    cells = rng.poisson(5000.0, TUBES)
    single, double = rng.poisson(200.0, TUBES), rng.poisson(400.0, TUBES)
    made = [
        concentration(int(c), BeadCount(int(s + d), int(d), int(s + 2 * d)), FLOW_COUNT)
        for c, s, d in zip(cells, single, double, strict=True)
    ]
    naive = [
        concentration(int(c), BeadCount(int(s + 2 * d), 0, int(s + 2 * d)), FLOW_COUNT)
        for c, s, d in zip(cells, single, double, strict=True)
    ]
    assert 0.92 <= held(made, 5000.0) <= 0.98
    assert held(naive, 5000.0) < 0.90


@pytest.mark.parametrize(("share", "of"), [(0.005, 1000), (0.06, 1000), (0.06, 20_000), (0.25, 5000)])
def test_share_of_the_parent(share: float, of: int) -> None:
    rng = np.random.default_rng(int(share * 1000) + of)
    limits = [clopper_pearson(int(k), of) for k in rng.binomial(of, share, TUBES)]
    assert np.mean([low <= share <= high for low, high in limits]) >= 0.92


@pytest.mark.parametrize(("share", "of", "cells"), [(0.01, 1000, 1500), (0.06, 1000, 3000), (0.06, 20_000, 6000)])
def test_bridged_treg(share: float, of: int, cells: int) -> None:
    """Treg by chance in one tube, CD4+ and beads by chance in the other."""
    rng = np.random.default_rng(of + cells)
    truth = share * 800.0
    made = []
    for treg, cd4, beads in zip(
        rng.binomial(of, share, TUBES), rng.poisson(cells, TUBES), rng.poisson(cells / 0.8, TUBES), strict=True
    ):
        per_ul = concentration(int(cd4), BeadCount(int(beads), 0, int(beads)), FLOW_COUNT)
        estimate = bridged(int(treg), of, per_ul)
        assert estimate is not None
        made.append(estimate)
    assert 0.92 <= held(made, truth) <= 0.99
