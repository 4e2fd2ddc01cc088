"""`tregate plausible`: printed tables that can be, that cannot be, and that are none."""

from pathlib import Path

import pytest
from cli_running import tregate

HEAD = "measure,unit,visit,mean,sd,stars\n"
SOUND = (
    "Treg cells,cells/mm3,D1,50,15,\n"
    "CD3+ T cells,cells/mm3,D1,1000,200,\nCD4+ T cells,cells/mm3,D1,700,150,\nCD8+ T cells,cells/mm3,D1,300,80,\n"
)
PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "barde2024_table1.csv"


def checked(tmp_path: Path, text: str, *options: str) -> tuple[int, str, str]:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    done = tregate("plausible", path, *options)
    return done.code, done.out, done.err


@pytest.mark.skipif(not PUBLISHED.exists(), reason="needs ../shared/data/barde2024_table1.csv")
def test_the_published_table() -> None:
    done = tregate("plausible", PUBLISHED, "--pairs", "8")
    assert done.code == 1
    assert done.out.splitlines()[-1] == "54 cells checked; 6 findings"
    assert "D8: fail: The SD of Treg /µL (7.4) is impossible" in done.out


def test_a_part_above_its_whole_cannot_be(tmp_path: Path) -> None:
    code, out, _ = checked(tmp_path, HEAD + SOUND.replace("D1,50,", "D1,750,"))
    assert code == 1
    assert "D1: fail: Mean Treg /µL (750) is larger than mean CD4+ /µL (700)" in out


def test_stars_need_the_pairs_for_them(tmp_path: Path) -> None:
    text = HEAD + SOUND.replace("50,15,", "50,15,**")
    assert checked(tmp_path, text, "--pairs", "8")[0] == 0
    code, out, _ = checked(tmp_path, text, "--pairs", "7")
    assert code == 1
    assert "Treg /µL has the stars ** (p < 0.01)" in out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("measure,visit,mean\nCD3,D1,1\n", "unit"),
        (HEAD + "CD3+ T cells,cells/mm3,D1,many,2,\n", "`mean`"),
        (HEAD + "CD3+ T cells,cells/mm3,D1,,2,\n", "`mean` is empty"),
        (HEAD + "Zebras,cells/mm3,D1,3,2,\n", "no row is a measure of the table definition"),
    ],
)
def test_what_is_no_such_table_is_refused(text: str, says: str, tmp_path: Path) -> None:
    code, _, err = checked(tmp_path, text)
    assert code == 2
    assert says in err
