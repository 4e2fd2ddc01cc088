"""Who, where and when, as study.yaml, subjects.csv and samples.csv say it."""

from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from tregate.gating.errors import ConfigurationError
from tregate.pipelines.study.load_study import load_study
from tregate.pipelines.study.moments import Moment, moment_words, study_day
from tregate.pipelines.study.planned_visits import PlannedVisit, is_unscheduled

STUDY = "study: s\nvisits: [D1, {name: D8, day: 8, window: [-1, 2]}]\ntubes: {TREG: treg}\ntables: treg_nk\n"


def load(folder: Path, samples: str, study: str = STUDY) -> object:
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    (folder / "samples.csv").write_text(samples, encoding="utf-8")
    for name in "abc":
        (folder / f"{name}.fcs").write_bytes(b"")
    return load_study(folder)


def problems(folder: Path, samples: str, study: str = STUDY) -> str:
    with pytest.raises(ConfigurationError) as raised:
        load(folder, samples, study)
    return "\n".join(map(str, raised.value.problems))


@pytest.mark.parametrize(
    ("day", "first", "is_day"), [("2024-01-15", "2024-01-15", 1), ("2024-01-14", "2024-01-15", -1),
                                 ("2024-03-01", "2024-02-28", 3)],
)  # fmt: skip
def test_study_days_have_no_day_0(day: str, first: str, is_day: int) -> None:
    assert study_day(date.fromisoformat(day), date.fromisoformat(first)) == is_day


@pytest.mark.parametrize(
    ("text", "iso"),
    [("2024-01-15", "2024-01-15"), ("2024-01-15 09:30", "2024-01-15T09:30"),
     ("2024-01-15T09:30:07", "2024-01-15T09:30:07"),
     ("15/01/2024", None), ("2024-02-30", None), ("2024-01-15T09:30+01:00", None), ("2024-01-15T25:00", None)],
)  # fmt: skip
def test_a_moment_is_an_iso_date_or_date_and_time(text: str, iso: str | None) -> None:
    found = Moment.read(text)
    assert (None if found is None else found.text) == iso


@pytest.mark.parametrize(
    ("text", "words"),
    [("2024-01-15 9:30 AM", "2024-01-15T09:30"), ("2024-01-15 12:05 am", "2024-01-15T00:05"),
     ("2024-01-15 12:05 p.m.", "2024-01-15T12:05"), ("2024-01-15 9:30:07 PM", "2024-01-15T21:30:07"),
     ("2024-01-15 9:30", "2024-01-15T09:30"), ("2024-1-5", "2024-01-05, or with the time as 2024-01-05T09:30"),
     ("2024-01-15TAM", "2026-12-31, or with the time as 2026-12-31T09:30"),
     ("2024-01-15 morning", "2024-01-15, or with the time as 2024-01-15T09:30"),
     ("15.01.2024 09.30", "2024-01-15T09:30"), ("03/04/2024 09:30", "2024-04-03T09:30 or 2024-03-04T09:30"),
     ("2024-01-15T09:30+01:00", "2024-01-15T09:30, in local time without a time zone"),
     ("2024-01-15T25:00", "2024-01-15, or with the time as 2024-01-15T09:30"),
     ("15 Jan 2024 9:30", "2026-12-31, or with the time as 2026-12-31T09:30"),
     ("Jan-15 9:30", "year, month and day, such as 2026-12-31T09:30"),
     ("2024-02-30", "2026-12-31, or with the time as 2026-12-31T09:30")],
)  # fmt: skip
def test_the_moment_that_was_probably_meant(text: str, words: str) -> None:
    assert moment_words(text) == words


@pytest.mark.parametrize("text", ["2024-01-15 9:30 AM", "2024-01-15 9:30:07 pm", "15.01.2024 09:30", "2024-01-15 9:30"])
def test_a_suggested_moment_can_be_read(text: str) -> None:
    assert Moment.read(moment_words(text)) is not None


@pytest.mark.parametrize(
    ("day", "window", "seen", "outside"),
    [(8, (-1, 2), 8, 0), (8, (-1, 2), 7, 0), (8, (-1, 2), 10, 0), (8, (-1, 2), 12, 2), (8, (-1, 2), 5, -2),
     (1, (-3, 0), -3, 0), (1, (-3, 0), -4, -1), (1, (-3, 0), 2, 1), (-7, (-2, 2), -4, 1)],
)  # fmt: skip
def test_a_window_is_counted_over_the_missing_day_0(day: int, window: tuple[int, int], seen: int, outside: int) -> None:
    assert PlannedVisit(name="V", day=day, window=window).outside(seen) == outside


@pytest.mark.parametrize(
    "wrong", [{"name": "V", "day": 0}, {"name": "V", "window": [-1, 1]}, {"name": "V", "day": 8, "window": [1, 2]}]
)
def test_a_visit_that_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PlannedVisit.model_validate(wrong)


@pytest.mark.parametrize(
    ("visit", "yes"),
    [("UNS", True), ("uns2", True), ("Unscheduled 2", True), ("UNSCH 1.1", True), ("EOT", True), ("D9", False),
     ("UNSURE", False), ("", False)],
)  # fmt: skip
def test_visits_outside_the_plan_are_known_by_name(visit: str, yes: bool) -> None:
    assert is_unscheduled(visit, ("EOT",)) is yes


def test_unscheduled_visits_and_repeats_are_kept_and_not_planned(tmp_path: Path) -> None:
    rows = "file,subject,visit,tube,replicate\na.fcs,S1,D1,TREG,\nb.fcs,S1,D1,TREG,2\nc.fcs,S1,UNS1,TREG,\n"
    study = load(tmp_path, rows)
    assert study.visits == ("D1", "D8")
    assert [(e.visit, e.planned_visit, e.replicate) for e in study.used] == [
        ("D1", "D1", 1), ("D1 repeat 2", "D1", 2), ("UNS1", "UNS1", 1),
    ]  # fmt: skip
    assert study.plan[1].day == 8


def test_a_misspelt_visit_is_no_unscheduled_one(tmp_path: Path) -> None:
    assert 'the visit "D9" is not in `visits`' in problems(tmp_path, "file,subject,visit,tube\na.fcs,S1,D9,TREG\n")


def test_a_visit_is_planned_or_unscheduled(tmp_path: Path) -> None:
    reported = problems(tmp_path, "file,subject,visit,tube\na.fcs,S1,D1,TREG\n", STUDY + "unscheduled: [D8]\n")
    assert "unscheduled: D8 is a planned visit too" in reported


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [("collected", "15/01/2024", "Write it as 2024-01-15"), ("collected", "15.01.2024 09:30", "2024-01-15T09:30"),
     ("replicate", "0", "from 1 to 99"), ("replicate", "two", "from 1 to 99")],
)  # fmt: skip
def test_a_cell_that_cannot_be_read_is_reported(tmp_path: Path, column: str, cell: str, says: str) -> None:
    assert says in problems(tmp_path, f"file,subject,visit,tube,{column}\na.fcs,S1,D1,TREG,{cell}\n")
