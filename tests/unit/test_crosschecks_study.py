"""Checks over a whole study: each is silent on a nominal one and speaks up about its fault alone."""

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from counted_tubes import TETRA_NK, TETRA_T, prepared, record

from tregate.gating.event_prints import EventPrints, event_prints
from tregate.gating.findings import Severity
from tregate.gating.strategy.load import load_strategy
from tregate.gating.traits import Traits
from tregate.gating.units import PopulationName
from tregate.pipelines.crosschecks import CHECKS
from tregate.pipelines.study.crosscheck_limits import DEFAULT
from tregate.pipelines.study.tables_definition import load_tables
from tregate.pipelines.tabulate import Results, resolve
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

SUBJECTS, VISITS = tuple(f"S{i:02d}" for i in range(1, 7)), ("D1", "D8", "M1")
SOURCES = resolve(load_tables("treg_nk"), {"T": load_strategy("tetrachrome_t"), "NK": load_strategy("tetrachrome_nk")})
MARKERS = {"CD4+": "CD4", "CD8+": "CD8", "NK": "CD56"}
NEW = (
    "plausible_blood", "one_factor", "odd_volume", "odd_lot", "lot_concentration", "same_events", "tube_labels",
    "acquisition_days", "exchanged_stains", "whose_blood",
)  # fmt: skip


def noise(subject: str, visit: str, name: str, sd: float) -> float:
    seed = [ord(letter) for letter in subject + visit + name]
    return math.exp(sd * np.random.default_rng(seed).standard_normal())


def tube(subject: str, visit: str, name: str, factor: float = 1.0, of: str = "") -> TubeRecord:
    """A tube with its person's own shares: `of` is whose blood it holds."""
    person = of or subject
    events = dict(TETRA_T if name == "T" else TETRA_NK)
    cd4 = 0.55 + 0.05 * SUBJECTS.index(person)
    if name == "T":
        events["CD4+"] = int(events["CD3+"] * cd4 * noise(person, visit, "4", 0.02))
        events["CD8+"] = events["CD3+"] - events["CD4+"]
    else:
        events["B"] = int(events["CD3-"] * (0.3 + 0.07 * SUBJECTS.index(person)) * noise(person, visit, "B", 0.05))
        events["NK"] = events["CD3-"] - events["B"]
        events["NK bright"] = int(0.08 * events["NK"])
        events["NK dim"] = events["NK"] - events["NK bright"]
    made = record(subject, visit, name, events, beads=int(10_000 / factor))
    assert made.result is not None
    level = 0.6 + 0.02 * SUBJECTS.index(person)
    levels = {"T": {"CD4+": level, "CD8+": 0.8 - level / 4}, "NK": {"NK": level}}[name]
    shaken = {key: value + 0.003 * math.log(noise(person, visit, key, 1.0)) for key, value in levels.items()}
    tails = {"CD4+": 0.0, "CD8+": 1.0} if name == "T" else {}
    return replace(made, result=replace(made.result, traits=Traits(MARKERS, shaken, tails)))


def study(changed: dict[tuple[str, str, str], TubeRecord] | None = None) -> Results:
    keys = [(s, v, t) for s in SUBJECTS for v in VISITS for t in ("T", "NK")]
    records = tuple((changed or {}).get(key) or tube(*key) for key in keys)
    return Results(SUBJECTS, VISITS, "D1", records, SOURCES)


def found(check: str, results: Results) -> list[TubeFinding]:
    return list(CHECKS[check](results, DEFAULT))


@pytest.fixture(scope="module")
def nominal() -> Results:
    return study()


@pytest.mark.parametrize("check", NEW)
def test_a_nominal_study_raises_nothing(check: str, nominal: Results) -> None:
    assert found(check, nominal) == []


NO_BEADS: dict[str, float | None] = {"beads_per_ul": None, "bead_volume_ul": None}


@pytest.mark.parametrize(
    ("load", "column"),
    [
        ({}, "beads/µL, volumes"),
        (
            {"beads_per_ul": None, "bead_volume_ul": None, "haematology_per_ul": 1.6},
            "`lymphocytes_per_ul` (cells/µL, not",
        ),
        (
            {"beads_per_ul": None, "bead_volume_ul": None, "acquired_ul": 30.0},
            "`volume_ul` (or $VOL), `total_volume_ul`",
        ),
        ({"beads_per_ul": None, "bead_volume_ul": None}, "`volume_ul` (or $VOL), `total_volume_ul`"),
    ],
)
def test_blood_that_cannot_be_names_what_the_tube_is_counted_by(load: dict[str, float | None], column: str) -> None:
    wrong = tube("S01", "D8", "T", factor=20.0)
    assert wrong.counted_by is not None
    wrong = replace(wrong, counted_by=replace(wrong.counted_by, **load))
    findings = found("plausible_blood", study({("S01", "D8", "T"): wrong}))
    assert findings
    assert all(f"Check {column}" in one.finding.message for one in findings)
    every = {(s, v, t): tube(s, v, t, factor=20.0) for s in SUBJECTS for v in VISITS for t in ("T", "NK")}
    every = {key: replace(one, counted_by=wrong.counted_by) for key, one in every.items()}
    assert all(f"Check {column}" in one.finding.message for one in found("plausible_blood", study(every)))


@pytest.mark.parametrize("factor", [10.0, 0.001])
def test_a_study_that_cannot_be_blood_fails_in_every_row(factor: float) -> None:
    keys = [(s, v, t) for s in SUBJECTS for v in VISITS for t in ("T", "NK")]
    findings = found("plausible_blood", study({key: tube(*key, factor=factor) for key in keys}))
    assert {one.tube for one in findings} == {"T", "NK"}
    assert all(one.finding.severity is Severity.FAIL and not one.subject for one in findings)


def test_one_person_beyond_blood_is_flagged_on_the_figure() -> None:
    findings = found("plausible_blood", study({("S01", "D8", "T"): tube("S01", "D8", "T", factor=20.0)}))
    assert {(one.subject, one.visit, one.tube) for one in findings} == {("S01", "D8", "T")}
    assert {one.finding.population for one in findings} >= {"CD4+"}


@pytest.mark.parametrize("factor", [2.0, 0.5])
def test_one_factor_on_all_subsets_of_a_visit(factor: float) -> None:
    wrong = {("S02", "M1", t): tube("S02", "M1", t, factor=factor) for t in ("T", "NK")}
    findings = found("one_factor", study(wrong))
    assert {(one.subject, one.visit) for one in findings} == {("S02", "M1")}
    assert findings[0].finding.value == pytest.approx(factor, rel=0.15)


def test_a_volume_that_differs_from_the_rest(nominal: Results) -> None:
    right = tube("S01", "D8", "T")
    assert right.counted_by is not None
    wrong = replace(right, counted_by=replace(right.counted_by, blood_volume_ul=50.0))
    (one,) = found("odd_volume", study({("S01", "D8", "T"): wrong}))
    assert "`blood_volume_ul` is 50; 35 of 36 tubes have 100" in one.finding.message


def test_a_lot_that_the_visits_other_tube_does_not_have() -> None:
    wrong = replace(tube("S01", "D8", "T"), bead_lot="FC-9")
    assert {one.tube for one in found("odd_lot", study({("S01", "D8", "T"): wrong}))} == {"T", "NK"}


@pytest.mark.parametrize(("per_ul", "words"), [(2000.0, "differ by 100 %"), (1200.0, "differ by 20 %")])
def test_lots_that_are_too_far_apart(per_ul: float, words: str) -> None:
    right = tube("S01", "D8", "T")
    assert right.counted_by is not None
    wrong = replace(right, bead_lot="FC-9", counted_by=replace(right.counted_by, beads_per_ul=per_ul))
    findings = found("lot_concentration", study({("S01", "D8", "T"): wrong}))
    assert words in findings[0].finding.message


def test_events_that_are_in_two_files() -> None:
    prints = EventPrints(np.arange(100, dtype=np.uint64).tobytes())
    changed = {}
    for key in (("S01", "D8", "T"), ("S02", "D1", "T")):
        one = tube(*key)
        assert one.result is not None
        changed[key] = replace(one, result=replace(one.result, prints=prints))
    findings = found("same_events", study(changed))
    assert [(one.subject, one.visit) for one in findings] == [("S01", "D8"), ("S02", "D1")]
    assert "100 % of this tube's events are also in S02_D1_T.fcs" in findings[0].finding.message


@pytest.mark.parametrize(
    ("label", "number"),
    [
        ("S01_D8_T.fcs", 0), ("00012345.fcs", 0), ("S02_D8_T.fcs", 1), ("Specimen_001_S02 D8 T_001.fcs", 1),
        ("S01_M1_T.fcs", 1), ("", 0),
    ],
)  # fmt: skip
def test_keywords_that_name_another_tube_of_the_study(label: str, number: int) -> None:
    one = tube("S01", "D8", "T")
    assert one.result is not None
    data_set = replace(one.result.data_set, labels=(label,) if label else ())
    changed = replace(one, result=replace(one.result, data_set=data_set))
    findings = found("tube_labels", study({("S01", "D8", "T"): changed}))
    assert len(findings) == number
    assert not any(label in one.finding.message for one in findings if label)


def test_days_against_the_order_of_visits() -> None:
    days = {"D1": date(2030, 3, 8), "D8": date(2030, 3, 1)}
    changed = {("S01", v, "T"): replace(tube("S01", v, "T"), acquired=day) for v, day in days.items()}
    (one,) = found("acquisition_days", study(changed))
    assert "acquired 7 days before D1" in one.finding.message


def exchanged(one: TubeRecord, *, names: bool) -> TubeRecord:
    """A tube with the dim cells of exchanged stains; `names`: with the counts too."""
    assert one.result is not None
    other = {"CD4+": "CD8+", "CD8+": "CD4+"} if names else {}
    counts = tuple(
        replace(count, population=PopulationName(other.get(count.population, count.population)))
        for count in one.result.counts
    )
    traits = replace(one.result.traits, tails={"CD4+": 1.0, "CD8+": 0.0})
    return replace(one, result=replace(one.result, counts=counts, traits=traits))


@pytest.mark.parametrize(("names", "severity"), [(True, Severity.FAIL), (False, Severity.INFO)])
def test_stains_that_are_exchanged_in_every_tube(names: bool, severity: Severity) -> None:
    """Few NK cells and some monocytes leave the same dim cells, with a ratio as in blood: a note."""
    every = {(s, v, "T"): exchanged(tube(s, v, "T"), names=names) for s in SUBJECTS for v in VISITS}
    (one,) = (one for one in found("exchanged_stains", study(every)) if one.finding.check == "stains_exchanged")
    assert (one.tube, one.finding.severity) == ("T", severity)


def test_stains_that_are_exchanged_in_one_tube() -> None:
    changed = exchanged(tube("S06", "D8", "T"), names=True)
    (one,) = found("exchanged_stains", study({("S06", "D8", "T"): changed}))
    assert (one.subject, one.visit, one.tube, one.finding.severity) == ("S06", "D8", "T", Severity.FAIL)


def carried(subject: str, visit: str, b: float, nk: float) -> TubeRecord:
    """An NK tube in which so large a share of T cells lies beyond the gates of B and NK cells."""
    one = tube(subject, visit, "NK")
    assert one.result is not None
    markers = {"B": "CD19", "NK by valley": "CD56"}
    traits = replace(one.result.traits, markers=markers, beyond={"B": b, "NK by valley": nk})
    return replace(one, result=replace(one.result, traits=traits))


def test_cd19_and_cd56_that_are_exchanged_in_every_tube() -> None:
    every = {(s, v, "NK"): carried(s, v, 0.02, 0.001) for s in SUBJECTS for v in VISITS}
    (one,) = found("carried_stains", study(every))
    assert (one.tube, one.finding.check, one.finding.severity) == ("NK", "stains_exchanged", Severity.FAIL)
    assert "CD19 is on 2 % of CD3+ and CD56 on 0.1 %" in one.finding.message


def test_cd19_and_cd56_that_are_exchanged_in_one_tube() -> None:
    every = {(s, v, "NK"): carried(s, v, 0.001, 0.02) for s in SUBJECTS for v in VISITS}
    every["S02", "D8", "NK"] = carried("S02", "D8", 0.02, 0.001)
    (one,) = found("carried_stains", study(every))
    assert (one.subject, one.visit, one.tube, one.finding.severity) == ("S02", "D8", "NK", Severity.FAIL)


@pytest.mark.parametrize(
    ("b", "nk"),
    [(0.0, 0.04), (0.005, 0.001), (0.02, 0.01), (0.009, 0.004), (0.0, 0.0)],
    ids=["NKT cells", "few NKT cells", "many B cells in pairs", "pairs and few NKT cells", "neither"],
)
def test_stains_on_t_cells_that_blood_can_have(b: float, nk: float) -> None:
    every = {(s, v, "NK"): carried(s, v, b, nk) for s in SUBJECTS for v in VISITS}
    assert found("carried_stains", study(every)) == []


@pytest.mark.parametrize("name", ["T", "NK"])
def test_samples_of_two_subjects_that_were_exchanged(name: str) -> None:
    changed = {
        ("S01", "D8", name): tube("S01", "D8", name, of="S06"),
        ("S06", "D8", name): tube("S06", "D8", name, of="S01"),
    }
    findings = found("whose_blood", study(changed))
    assert {(one.subject, one.visit, one.tube) for one in findings} == {("S01", "D8", name), ("S06", "D8", name)}


def test_prints_do_not_depend_on_time() -> None:
    rng = np.random.default_rng(1)
    names = ("FSC-A", "SSC-A", "A", "B", "C", "D", "E")
    columns = {name: np.floor(rng.lognormal(8, 1, 5000)) for name in names}
    one = event_prints(prepared({**columns, "Time": np.arange(5000.0)}).sample)
    other = event_prints(prepared({**columns, "Time": np.arange(5000.0)[::-1].copy()}).sample)
    assert one == other
    assert one.repeated == 0.0
    assert 40 < len(one.hashes) < 120
    twice = {name: np.r_[values[:2500], values[:2500]] for name, values in columns.items()}
    assert event_prints(prepared(twice).sample).repeated == pytest.approx(0.5, abs=0.01)


def fine_columns(n: int = 20_000, seed: int = 1) -> dict[str, np.ndarray]:
    """Scatter as a modern instrument writes it, and four stains."""
    rng = np.random.default_rng(seed)
    forward = rng.normal(90_000, 20_000, n)
    scatter = {"FSC-A": forward, "FSC-H": forward * rng.normal(0.8, 0.02, n), "SSC-A": rng.lognormal(10, 0.5, n)}
    return {**scatter, **{name: rng.lognormal(6, 1.5, n) for name in ("A", "B", "C", "D")}}


def shared(one: EventPrints, other: EventPrints) -> float:
    return len(np.intersect1d(one.hashes, other.hashes)) / len(one.hashes)


def test_a_copy_by_another_program_has_the_prints_of_its_original() -> None:
    """Values rounded, stains compensated, a channel added, others left out and all in another order."""
    columns = fine_columns()
    original = event_prints(prepared(columns).sample)
    rounded = event_prints(prepared({name: np.round(values, 1) for name, values in columns.items()}).sample)
    assert shared(original, rounded) > 0.6
    exported = {
        "EventID": np.arange(20_000.0), "D": columns["D"], "A": columns["A"] - 0.2 * columns["B"],
        "SSC-A": columns["SSC-A"], "FSC-H": columns["FSC-H"], "FSC-A": columns["FSC-A"],
    }  # fmt: skip
    assert event_prints(prepared(exported).sample) == original


def test_coarse_scatter_alone_makes_no_two_tubes_alike() -> None:
    """Of 10-bit scatter two tubes have the same values by chance; the stains tell their events apart."""
    scatter = ("FSC-A", "FSC-H", "SSC-A")
    tubes = []
    for seed in (1, 2):
        columns = fine_columns(seed=seed)
        columns |= {name: np.floor(columns[name] / 512) for name in scatter}
        tubes.append(event_prints(prepared(columns).sample))
    assert all(len(tube.hashes) > 100 for tube in tubes)
    assert shared(*tubes) == 0.0
