"""Tubes of a trial whose gate on CD4 lies wrong: the threshold is fixed, and the detector was set too low."""

from pathlib import Path

import numpy as np

from tregate.fixtures.trial import make_trial
from tregate.gating.read.survey import read
from tregate.gating.strategy.load import shipped

FIXED = 8_000.0
"""Where the laboratory's own strategy cuts CD4; right for all tubes but those whose detector was set too low."""


def dim(file: Path, share: float) -> None:
    """Write the tube again as if its CD4 detector had been set too low."""
    sample = read(file)
    names = [parameter.stain for parameter in sample.data_set.parameters]
    (k,) = [k for k, name in enumerate(names) if name.startswith("CD4") and not name.startswith("CD45")]
    data = bytearray(file.read_bytes())
    begin, end = int(data[26:34]), int(data[34:42])
    events = np.frombuffer(data, "<f4", (end + 1 - begin) // 4, begin).reshape(-1, len(names)).copy()
    events[:, k] *= share
    data[begin : end + 1] = events.astype("<f4").tobytes()
    file.write_bytes(data)


def fix_cd4(study: Path) -> None:
    """Give a trial's washed tube a strategy with a fixed threshold of CD4."""
    own = shipped("strategies", "treg").read_text(encoding="utf-8")
    before = "axes: [CD4], gate: {kind: valley, keep: above, otherwise: {kind: split, keep: above}}"
    assert before in own
    own = own.replace(before, f"axes: [CD4], gate: {{kind: range, low: {FIXED}}}")
    (study / "own.yaml").write_text(own, encoding="utf-8")
    plan = study / "study.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("TREG: treg\n", "TREG: own.yaml\n"), encoding="utf-8")


def trial_without_cd4(trial: Path) -> None:
    """Write a trial of 6 small tubes. CD4+ of S01 D8 TREG has no events, so its Treg are not measured."""
    make_trial(
        trial, seed=7, subjects=1, visits=("D1", "D8"), events=(8_000, 8_000), withdrawn=0, formats=("float_little",)
    )
    fix_cd4(trial)
    dim(trial / "fcs" / "S01_D8_TREG.fcs", 0.09)
