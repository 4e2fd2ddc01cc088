"""The shipped strategies on tubes of another maker: other distributions, instruments, beads and dirt than `fixtures`.

What gates learn from our own fixtures alone would not show there. Thresholds are what an expert calls a good tube.
"""

import csv
from pathlib import Path

import numpy as np
import pytest
from cli_running import tregate
from other_generator.styles import STYLES
from other_generator.trial import FIELDS, Visit, make_trial
from other_generator.tubes import Tube, make

from tregate.gating.count.estimates import CountingInput
from tregate.gating.findings import Severity
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeTask, analyse_gated

LEAST = {
    "beads": 0.995,
    "lymphocytes": 0.97,
    "CD3+": 0.975,
    "CD4+": 0.98,
    "CD8+": 0.97,
    "B": 0.95,
    "Treg": 0.95,
    "NK": 0.93,
    "NK dim": 0.93,
    "NK bright": 0.93,
}
FEW = {
    "tetrachrome_t": ("canto", "fc500", "lyric, small beads", "lymphopenia"),
    "tetrachrome_nk": ("canto", "navios", "fc500", "beads saturate", "cytoflex"),
    "treg": ("canto", "navios", "lsr, area only, no time", "after IL-2"),
    "treg_nk": ("aurora", "navios", "beads dim in one", "after IL-2"),
}
KNOWN_WEAK = {("treg", "dirty", "Treg"), ("treg", "dirty, no CD45", "Treg"), ("treg", "dirty, no CD45", "lymphocytes")}
"""Where the bar is not reached: dead cells without a viability gate, in a tube whose lymphocytes rest on scatter."""
OFF = 0.15
"""Relative error of a figure that must not pass unflagged."""


def scores(tube: Tube, folder: Path) -> tuple[dict[str, float], dict[str, float], bool]:
    """F1 and relative count error by population, and whether anything but counting statistics is flagged."""
    strategy = load_strategy(tube.kind)
    path = folder / "tube.fcs"
    tube.write(path)
    load = None if tube.washed else CountingInput("lot", tube.blood_volume_ul, tube.beads_per_ul, tube.bead_volume_ul)
    order = TubeTask(path, strategy, counted_by=load, no_beads="washed" if tube.washed else "")
    result, gated = analyse_gated(order)
    f1, error = {}, {}
    for name, truth in tube.members.items():
        if name in gated.members:
            found = gated.mask(name)
            both = int(found.sum()) + int(truth.sum())
            f1[name] = 2 * int((found & truth).sum()) / both
            error[name] = int(found.sum()) / max(int(truth.sum()), 1) - 1
    flagged = any(f.severity is not Severity.INFO for f in result.findings)
    return f1, error, flagged or any(gate.fallback for gate in result.gates)


@pytest.mark.parametrize(("kind", "style"), [(kind, style) for kind, styles in FEW.items() for style in styles])
def test_a_tube_of_every_make_is_gated_as_an_expert_would(kind: str, style: str, tmp_path: Path) -> None:
    f1, _, _ = scores(make(kind, style, seed=1, events=40_000), tmp_path)
    wanted = {name: least for name, least in LEAST.items() if name in f1 and (kind, style, name) not in KNOWN_WEAK}
    assert "CD3+" in wanted
    assert {name: round(f1[name], 3) for name, least in wanted.items() if f1[name] < least} == {}


@pytest.mark.slow
@pytest.mark.parametrize("kind", FEW)
@pytest.mark.parametrize("style", [name for name, style in STYLES.items() if not style.hard])
def test_every_ordinary_style_over_seeds(kind: str, style: str, tmp_path: Path) -> None:
    found = [scores(make(kind, style, seed=seed, events=60_000), tmp_path)[0] for seed in range(1, 6)]
    median = {name: float(np.median([f1[name] for f1 in found if name in f1])) for name in found[0]}
    wanted = {name: least for name, least in LEAST.items() if name in median and (kind, style, name) not in KNOWN_WEAK}
    assert {name: round(median[name], 3) for name, least in wanted.items() if median[name] < least} == {}


@pytest.mark.slow
@pytest.mark.parametrize("kind", FEW)
def test_what_is_far_off_is_flagged(kind: str, tmp_path: Path) -> None:
    """Over all styles, hard ones too: at most one tube in fifty is off by 15 % without a word."""
    silent, tubes = [], 0
    for style in STYLES:
        for seed in range(1, 4):
            tube = make(kind, style, seed=seed, events=60_000)
            _, error, flagged = scores(tube, tmp_path)
            tubes += 1
            figures = ("CD4+", "Treg", "NK", "NK bright")
            off = {
                n: round(error[n], 3)
                for n in figures
                if n in error and abs(error[n]) > OFF and tube.members[n].sum() > 50
            }
            if off and not flagged:
                silent.append((style, seed, off))
    assert len(silent) <= tubes // 50, silent


BARS = dict(zip(FIELDS, (2.0, 4.0, 4.0, 3.0, 8.0), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 3])
def test_a_trial_of_another_generator_meets_the_bars(seed: int, tmp_path: Path) -> None:
    """Median absolute error, coverage of the 95 % intervals, and nothing five times off without a flag."""
    truths = make_trial(tmp_path / "trial", seed)
    done = tregate(
        "run", tmp_path / "trial", "--out", tmp_path / "out", "--report", "none", "--quiet", "--workers", "2"
    )
    assert done.code == 0, done.err
    table = _table(tmp_path / "out")
    held = cells = 0
    for measure, bar in BARS.items():
        errors = []
        for truth in truths:
            row = table[truth.subject, truth.visit]
            error = 100 * (float(row[measure]) / truth.truth[measure] - 1)
            errors.append(abs(error))
            held += float(row[f"{measure}_low"]) <= truth.truth[measure] <= float(row[f"{measure}_high"])
            cells += 1
            assert abs(error) <= 5 * bar or row["flags"], (truth.subject, truth.visit, measure, error)
        assert np.median(errors) <= bar, (measure, np.median(errors))
    assert 0.90 <= held / cells <= 0.99


def _table(out: Path) -> dict[tuple[str, str], dict[str, str]]:
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for name in ("treg.csv", "nk.csv"):
        with (out / name).open(newline="") as file:
            for row in csv.DictReader(file):
                kept = rows.setdefault((row["subject"], row["visit"]), {"flags": ""})
                flags = ";".join(f for f in row.pop("flags").split(";") if f and not f.startswith("no_preparation_cv"))
                kept |= row | {"flags": kept["flags"] + flags}
    return rows


def test_the_trial_on_disk_is_what_a_user_would_write(tmp_path: Path) -> None:
    truths = make_trial(tmp_path, seed=1, subjects=1, visits=("D1", "D8"), events=(4_000, 5_000))
    assert [type(t) for t in truths] == [Visit, Visit]
    assert len(list(tmp_path.glob("*.fcs"))) == 6
    done = tregate("check", tmp_path)
    assert done.code == 0, done.err
