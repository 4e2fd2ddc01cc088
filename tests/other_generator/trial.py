"""A trial of 9 subjects x 6 visits x 3 tubes on disk, with its truth: blood that answers to low-dose IL-2."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from other_generator.blood import Patient
from other_generator.instruments import CANTO, FC500, LYRIC, NAVIOS
from other_generator.styles import Beads, Style
from other_generator.tubes import make

VISITS = ("D1", "D8", "D15", "M1", "M3", "M6")
COURSE: Mapping[str, Sequence[float]] = {
    "cd4": (1.0, 1.35, 1.2, 1.1, 1.05, 1.15),
    "treg": (1.0, 1.75, 1.3, 1.15, 1.0, 1.05),
    "nk": (1.0, 1.9, 1.6, 1.5, 1.3, 1.25),
    "bright": (1.0, 1.6, 1.3, 1.2, 1.1, 1.0),
    "eosinophils": (1.0, 3.0, 2.0, 1.5, 1.3, 1.2),
}
TUBES = {"T": "tetrachrome_t", "NK": "tetrachrome_nk", "TREG": "treg"}
FIELDS = ("cd4_per_ul", "treg_percent_of_cd4", "treg_per_ul", "nk_per_ul", "nk_bright_per_ul")


@dataclass(frozen=True)
class Visit:
    """What was truly in the blood."""

    subject: str
    visit: str
    truth: Mapping[str, float]


def styles_of(seed: int) -> Mapping[str, Style]:
    """Bead tubes and the washed tube run on different machines, as in the trial that the program is for."""
    count = (CANTO, NAVIOS, LYRIC, FC500)[seed % 4]
    beads = Beads(at=(4.9, 4.75, 5.1, 4.95)[seed % 4], cv=0.04, forward=(0.18,), side=(0.5,), doublets=0.03)
    bead_tube = Style(count, beads=beads, debris=0.1, dead=0.008, coincidence=0.001, extras=())
    return {"T": bead_tube, "NK": bead_tube, "TREG": Style(NAVIOS if seed % 2 else CANTO, debris=0.1, dead=0.008)}


def make_trial(
    folder: Path,
    seed: int,
    subjects: int = 9,
    visits: Sequence[str] = VISITS,
    events: tuple[int, int] = (50_000, 200_000),
) -> list[Visit]:
    """Write study.yaml, samples.csv, bead_lots.csv, truth.csv and the FCS files."""
    rng = np.random.default_rng([seed, 2])
    folder.mkdir(parents=True, exist_ok=True)
    styles = styles_of(seed)
    lots = {f"FC-{k}": round(float(rng.normal(1005, 15)), 1) for k in (1, 2)}
    rows, truths = [], []
    for s in range(1, subjects + 1):
        subject = f"P{s:02d}"
        base, own = _person(rng)
        for v, visit in enumerate(visits):
            patient = _at(base, own, VISITS.index(visit), rng)
            lot = f"FC-{1 if v < 3 else 2}"
            for tube, kind in TUBES.items():
                style = replace(styles[tube], beads=replace(styles[tube].beads, per_ul=lots[lot]))
                n = int(rng.integers(events[0], events[1] + 1))
                made = make(kind, style, int(rng.integers(2**31)), n, patient, gains=0.05)
                name = f"{subject}_{visit}_{tube}.fcs"
                made.write(folder / name)
                bead = {} if made.washed else {"bead_lot": lot, "bead_volume_ul": "100", "blood_volume_ul": "100"}
                rows.append({"file": name, "subject": subject, "visit": visit, "tube": tube, **bead})
            cells = made.cells_per_ul
            share = 100 * made.treg_share
            values = (cells["CD4+"], share, cells["Treg"], cells["NK"], cells["NK bright"])
            truths.append(Visit(subject, visit, dict(zip(FIELDS, values, strict=True))))
    _csv(
        folder / "samples.csv",
        ("file", "subject", "visit", "tube", "bead_lot", "bead_volume_ul", "blood_volume_ul"),
        rows,
    )
    _csv(
        folder / "bead_lots.csv",
        ("bead_lot", "beads_per_ul", "expires"),
        [{"bead_lot": lot, "beads_per_ul": str(value), "expires": "2099-12-31"} for lot, value in lots.items()],
    )
    _csv(
        folder / "truth.csv",
        ("subject", "visit", *FIELDS),
        [{"subject": t.subject, "visit": t.visit, **t.truth} for t in truths],
    )
    (folder / "study.yaml").write_text(
        "study: another generator's trial\nsamples: samples.csv\nbead_lots: bead_lots.csv\n"
        f"visits: [{', '.join(visits)}]\ntubes:\n"
        + "".join(f"  {tube}: {kind}\n" for tube, kind in TUBES.items())
        + "tables: treg_nk\npreparation_cv_percent: 0\n"
    )
    return truths


def _person(rng: np.random.Generator) -> tuple[Patient, dict[tuple[str, str], float]]:
    def around(value: float, cv: float) -> float:
        return float(value * np.exp(cv * rng.standard_normal()))

    base = Patient(
        cd4=around(780, 0.3),
        cd8=around(285, 0.35),
        treg=around(0.06, 0.2),
        treg_naive=float(rng.uniform(0.15, 0.45)),
        activated=around(0.03, 0.4),
        b=around(160, 0.4),
        nk=around(95, 0.3),
        bright=around(0.075, 0.25),
        monocytes=around(380, 0.25),
        neutrophils=around(2600, 0.25),
        eosinophils=around(130, 0.5),
    )
    own = {("", m): 0.05 * float(rng.standard_normal()) for m in ("CD25", "CD127", "Foxp3", "CD56")}
    return base, own


def _at(base: Patient, own: Mapping[tuple[str, str], float], v: int, rng: np.random.Generator) -> Patient:
    changed = {
        name: float(getattr(base, name) * course[v] * np.exp(0.05 * rng.standard_normal()))
        for name, course in COURSE.items()
    }
    shifts = dict(own)
    if v == 1:
        shifts |= {("NK dim", "CD56"): 0.06, ("Treg memory", "CD25"): 0.08}
    return replace(base, **changed, shifts=shifts)


def _csv(path: Path, header: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
