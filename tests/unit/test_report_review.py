"""review.csv as the page exports it, read back."""

from pathlib import Path

import pytest

from tregate.gating.errors import ConfigurationError
from tregate.pipelines.review.review_file import COLUMNS, exclusions, read_review

HEADER = ",".join(COLUMNS)
KNOWN = {("S1", "D1", "T"), ("S1", "D8", "T")}


def written(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "review.csv"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        read_review(path, KNOWN)
    return [str(problem) for problem in raised.value.problems]


def test_only_take_out_excludes(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "Mo,2025-01-02T10:00:00Z,S1,D1,T,a.fcs,,looks right,",
        "Mo,2025-01-02T10:01:00Z,S1,D1,T,a.fcs,CD4+,look again,too high",
        'Mo,2025-01-02T10:02:00Z,S1,D8,T,b.fcs,,take out,"clogged, see ""beads"""',
        "Mo,2025-01-02T10:03:00Z,S1,D8,T,b.fcs,NK,note,fine",
    )
    marks = read_review(path, KNOWN)
    assert [mark.mark for mark in marks] == ["confirmed", "to review again", "exclude", "note"]
    (taken,) = exclusions(marks)
    assert (taken.key, taken.file) == (("S1", "D8", "T"), "b.fcs")
    assert taken.reason == 'clogged, see "beads" (review by Mo, 2025-01-02T10:02:00Z)'


def test_exports_of_several_readers_one_beneath_the_other(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "Mo,2025-01-02T10:00:00Z,S1,D1,T,a.fcs,,take out,clog",
        HEADER,
        "Li,2025-01-03T10:00:00Z,S1,D1,T,a.fcs,,looks right,",
        "'=Li,2025-01-03T10:01:00Z,S1,D1,T,a.fcs,,take out,'-5 beads",
    )
    (taken,) = exclusions(read_review(path, KNOWN))
    assert taken.reason == (
        "clog (review by Mo, 2025-01-02T10:00:00Z); -5 beads (review by =Li, 2025-01-03T10:01:00Z)"
    ), "one reader's approval does not bring back what another took out"


def test_all_problems_at_once_with_their_line(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "Mo,x,S1,D1,T,a.fcs,,take out,",
        "Mo,x,S1,D1,T,a.fcs,CD4+,take out,dim",
        "Mo,x,S9,D1,T,z.fcs,,looks right,",
        "Mo,x,S1,D1,T,a.fcs,,looks fine,",
        ",x,S1,D1,T,a.fcs,,take out,clog",
    )
    reported = problems(path)
    assert [line.split(" ", 1)[0] for line in reported] == [f"review.csv:{n}:" for n in (2, 3, 4, 5, 6)]
    for line, words in zip(reported, ("`reason` is empty", "a single population (CD4+)", "not a tube of this run",
                                  '"looks fine" is not one of', "`who` is empty"), strict=True):  # fmt: skip
        assert words in line


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    assert any("reason" in line for line in problems(written(tmp_path, header="file,subject")))
    assert "the file does not exist" in problems(tmp_path / "none.csv")[0]
