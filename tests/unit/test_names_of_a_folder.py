"""All names of a folder together: counters and projects are dropped; what is not read stays empty."""

from dataclasses import replace
from pathlib import Path

import pytest

from tregate.pipelines.study.draft import Draft, Seen
from tregate.pipelines.study.draft_words import summary_lines
from tregate.pipelines.study.names.controls import control
from tregate.pipelines.study.names.pattern import Named, by_pattern, pattern
from tregate.pipelines.study.names.reading import read_names
from tregate.pipelines.study.names.suggestion import noisy, suggested
from tregate.pipelines.study.names.visits import in_time_order, moment, uncertain_order

SUBJECTS, VISITS, TUBES = ("S01", "S02", "S03"), ("D1", "D8", "M1"), ("T", "NK", "TREG")


def folder(
    form: str, subjects: tuple[str, ...] = SUBJECTS, visits: tuple[str, ...] = VISITS
) -> tuple[list[Named], list[str], list[tuple[str, str, str]]]:
    """What the names of a whole trial are read as, the stems, and what they are."""
    truth = [(s, v, t) for s in subjects for v in visits for t in TUBES]
    paths = [
        form.format(s=s, v=v, t=t, n=n, k=TUBES.index(t) + 1) for n, (s, v, t) in enumerate(truth, 1)
    ]  # fmt: skip
    stems = [path.rpartition("/")[2] for path in paths]
    return read_names(stems, [path.rpartition("/")[0] for path in paths], [t for _, _, t in truth]), stems, truth


@pytest.mark.parametrize(
    "form",
    [
        "{s}_{v}_{t}", "{s}-{v}-{t}", "{s}.{v}.{t}", "{s}/{v}/{t}", "Project X/{s}/{s}_{v}_{t} (export)",
        "Specimen_001_{s} {v} {t}_{n:03d}", "Specimen_001_{s} {v} {t}_{k:03d}", "TRANSREG {s} {v} {t} {n:08d}",
        "{n:05d} {s} {v} {t} {n:08d}", "{k:03d}_{s}_{v}_{t}", "{s}_{v}_{t} copy", "B{k:02d} {s} {v} {t}",
        "2030-03-{n:02d} {s} {v} {t}", "{s}_2030-0{k}-11_{v}_{t}",
    ],
)  # fmt: skip
def test_subject_visit_and_tube_of_every_file(form: str) -> None:
    named, _, truth = folder(form)
    assert [(one.subject, one.visit, one.tube) for one in named] == truth


@pytest.mark.parametrize(
    "form",
    [
        "{v}_{s}_{t}",
        "{v}/{s}_{t}",
        "{s} {t} {v}",
        "{t}_{s}_{v}",
        "{t}/{s}_{v}",
        "{t} tube/{v}/{s}",
        "Trial/{v}/{s}_{t}",
    ],
)
def test_where_the_tube_is_reported_by_stains_alone(form: str) -> None:
    named, _, truth = folder(form)
    assert [(one.subject, one.visit) for one in named] == [(s, v) for s, v, _ in truth]


@pytest.mark.parametrize(
    "visits",
    [
        ("Baseline", "Day 8", "EOT"), ("Screening", "Woche 0", "Woche 4"), ("semaine 0", "semaine 12", "mois 6"),
        ("C1D1", "C1D8", "C2D1"), ("T0", "T1", "T2"), ("pre", "2h", "24h"), ("V1", "V2", "FU1"),
        ("2030-03-01", "2030-03-08", "2030-04-01"), ("alpha", "beta", "gamma"), ("D1", "D8", "Weird"),
        ("Avant", "Après", "ET"),
        ("uke 1", "uke 4", "uke 12"), ("第1周", "第4周", "第12周"), ("D0", "D+8", "D+30"),
        ("semana 1", "semana 2", "semana 3"), ("4wk", "8wk", "12wk"),
    ],
)  # fmt: skip
def test_visits_in_other_words(visits: tuple[str, ...]) -> None:
    named, _, truth = folder("{s}_{v}_{t}", visits=visits)
    assert [(one.subject, one.visit) for one in named] == [(s, v) for s, v, _ in truth]
    assert in_time_order(reversed(visits)) == visits or not moment(visits[0])


def test_folders_of_tubes_are_no_subjects_where_there_is_one_subject() -> None:
    named, _, truth = folder("{t}/{v}/{s}", subjects=("P01",))
    assert [(one.subject, one.visit) for one in named] == [(s, v) for s, v, _ in truth]


def test_a_word_with_one_subject_is_no_visit() -> None:
    stems = ["S01_D1_T", "S01_D8_T", "S02_D1_T", "S02_Odd_T"]
    named = read_names(stems, [""] * 4, ["T"] * 4)
    assert named[3] == Named("S02", "", "T", "Odd")


def test_names_without_structure_stay_unread() -> None:
    named = read_names(["Donor1", "Donor2", "100715"], [""] * 3, ["T"] * 3)
    assert all(not one.subject and not one.visit for one in named)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("S01_D1_FMO CD127", "FMO"), ("fmo-CD25", "FMO"), ("S01_D1_FMOCD127", "FMO"), ("CD127FMO", "FMO"),
        ("Unstained", "unstained"), ("P1 D1 isotype", "isotype"), ("IgG1 control", "isotype"),
        ("Compensation Controls_FITC Stained Control_001", "single stain"), ("CompBeads_PE", "compensation"),
        ("S1 single-stain CD4", "single stain"), ("beads only", "beads only"), ("Rainbow beads", "beads only"),
        ("Kontrollen/ungefärbt", "unstained"), ("neg ctrl", "negative control"),
    ],
)  # fmt: skip
def test_controls_by_whole_words(name: str, kind: str) -> None:
    assert control(name) == kind


@pytest.mark.parametrize(
    "name", ["S01_D1_TREG", "Isolde_D1_T", "S01_D1_T beads", "Compton_D8_NK", "Control 3_D1_T", "Fmolina_D1_T"]
)
def test_samples_are_no_controls(name: str) -> None:
    assert control(name) == ""


def test_order_that_names_do_not_tell() -> None:
    assert uncertain_order(["Baseline", "D8", "EOT"]) == ("EOT",)
    assert uncertain_order(["V1", "D8"]) == ("V1", "D8")
    assert uncertain_order(["Baseline", "EOT"]) == ()
    assert uncertain_order(["D1", "unscheduled"]) == ("unscheduled",)
    assert uncertain_order(["D-7", "D1"]) == ("D-7",)
    assert in_time_order(["D1", "D8", "D-7"]) == ("D-7", "D1", "D8")
    assert in_time_order(["D-1", "D-8"]) == ("D-1", "D-8")
    assert in_time_order(["postIL2", "preIL2"]) == ("preIL2", "postIL2")


def test_a_suggested_pattern_works_on_its_folder() -> None:
    stems = [f"run{n} x{s} tp_{v} {t} q{n}" for n, (s, v, t) in enumerate(folder("{s}_{v}_{t}")[2])]
    kinds = [t for _, _, t in folder("{s}_{v}_{t}")[2]]
    written = suggested(stems, kinds)
    named = [by_pattern(stem, pattern(written)) for stem in stems]
    assert all(named)
    assert len(set(zip(named, kinds, strict=True))) == len(stems)


@pytest.mark.parametrize(
    "form", ["Tube {n} {m:05d}", "Specimen_{n:03d}_{m}", "Sample {k} x{m:05d}", "röhrchen-{n} {m}", "{k} tube1 {m}"]
)
def test_running_numbers_and_words_for_tubes_are_no_suggested_visit_or_subject(form: str) -> None:
    stems = [form.format(n=n, m=7919 * n, k="abc"[n % 3]) for n in range(1, 7)]
    assert suggested(stems, ["nk", "t", "treg"] * 2) == ""
    assert suggested(stems, ["treg"] * 6) == ""


def test_a_pattern_by_which_every_file_is_a_subject_is_questioned(tmp_path: Path) -> None:
    names = [f"Tube {n} {7919 * n}" for n in range(1, 7)]
    wanted = pattern("{visit} {subject} *")
    read = [by_pattern(name, wanted) for name in names]
    seen = tuple(Seen(tmp_path / f"{n}.fcs", replace(one, tube="TREG"), "treg") for n, one in enumerate(read) if one)
    made = Draft(tmp_path, seen, ("Tube",), uncertain_order(["Tube"]))
    assert any(line.startswith("each of 6 subjects has one file; check") for line in summary_lines(made))
    known = replace(made, visits=("D1",), uncertain=())
    assert not any("has one file" in line for line in summary_lines(known))


def test_names_that_say_nothing_are_one_line_and_their_tubes_are_named(tmp_path: Path) -> None:
    notes = [f'no subject and no visit read in the name ("Tube {n}")' for n in range(1, 7)]
    seen = tuple(Seen(tmp_path / note, Named("", "", "TREG"), "treg", note=note) for note in notes)
    first, second = summary_lines(Draft(tmp_path, seen, ()))
    assert first == "0 of 6 FCS files recognised: 0 subjects, visits not read, tubes TREG (treg)"
    assert second.startswith(
        '6 files: no subject and no visit read in the name ("Tube 1", "Tube 2", "Tube 3" and 3 more).'
    )


def test_running_numbers_in_tubes_are_seen() -> None:
    numbered = [Named(s, v, f"{t} {n}") for n, (s, v, t) in enumerate(folder("{s}_{v}_{t}")[2])]
    kinds = [t for _, _, t in folder("{s}_{v}_{t}")[2]]
    assert noisy(numbered, kinds)
    assert not noisy(folder("{s}_{v}_{t}")[0], kinds)
