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
        (HEAD + "CD3+ T cells,banana,D1,3,2,\n", '"banana" is not known for CD3+ T cells.'),
        (HEAD + "CD3+ T cells,banana,D1,3,2,\n", "Known: cells/\u00b5L, cells/mm3, 10^9/L"),
        (HEAD + "CD3+ T cells,,D1,3,2,\n", '"" is not known for CD3+ T cells.'),
        (HEAD + "CD3+ T cells,cells/mm3,D1,-900,2,\n", "`mean` is -900"),
        (HEAD + "CD3+ T cells,cells/mm3,D1,900,-300,\n", "`sd` is -300"),
        (HEAD + "CD3+ T cells,cells/mm3,D1,0,300,\n", "`sd` 300 cannot be that of values that are 0 or more"),
        (HEAD + "Treg cells,% among CD4+,D1,163,3,\n", "`mean` is 163 %, more than the whole"),
        (HEAD + "Treg cells,% among CD4+,D1,6,300,\n", "`sd` is 300 %, more than the whole"),
        (HEAD + SOUND + "cd4+ T cells,cells/\u00b5L,D1,800,300,\n", "cd4+ T cells at D1 is already given in line 4."),
    ],
)
def test_what_is_no_such_table_is_refused(text: str, says: str, tmp_path: Path) -> None:
    code, _, err = checked(tmp_path, text)
    assert code == 2
    assert says in err


def test_other_units_of_a_concentration_are_converted(tmp_path: Path) -> None:
    sound = checked(tmp_path, HEAD + SOUND)
    mixed = SOUND.replace("CD3+ T cells,cells/mm3,D1,1000,200", "CD3+ T cells,10^9/L,D1,1,0.2")
    mixed = mixed.replace("CD4+ T cells,cells/mm3,D1,700,150", "CD4+ T cells,\u00d710\u2076 cells/L,D1,700,150")
    assert checked(tmp_path, HEAD + mixed) == sound
    assert sound[0] == 0


def test_rows_that_are_no_known_measure_are_named(tmp_path: Path) -> None:
    more = "Tregs,cells/mm3,D1,4900,20,\nAge,years,D1,55,12,\nCD4+ T cells,%,D1,45,5,\n"
    code, out, _ = checked(tmp_path, HEAD + SOUND + more)
    assert code == 0
    assert "no measures of the table definition: Tregs (cells/mm3), Age (years), CD4+ T cells (%). Known:" in out
    assert out.splitlines()[-1] == "4 cells checked; 0 findings"


@pytest.mark.parametrize("written", ["p<0.01", "P < 0.01", "p = 0.002", "< 0,001", "****", "**\u2020"])
def test_a_p_beside_a_mean_needs_the_pairs_for_it(written: str, tmp_path: Path) -> None:
    text = HEAD + SOUND.replace("50,15,", f'50,15,"{written}"')
    code, out, _ = checked(tmp_path, text, "--pairs", "7")
    assert code == 1
    assert "an exact test of these pairs cannot give so small a p" in out


@pytest.mark.parametrize("written", ["p<0.01", "p=0.0078", "ns", "n.s.", "-", ""])
def test_what_the_pairs_allow_is_no_finding(written: str, tmp_path: Path) -> None:
    text = HEAD + SOUND.replace("50,15,", f"50,15,{written}")
    assert checked(tmp_path, text, "--pairs", "8")[1].splitlines() == ["4 cells checked; 0 findings"]


def test_a_remark_that_is_neither_stars_nor_a_p_is_named(tmp_path: Path) -> None:
    code, out, _ = checked(tmp_path, HEAD + SOUND.replace("50,15,", "50,15,highly significant"), "--pairs", "8")
    assert code == 0
    assert 'line 2: Treg cells at D1: "highly significant" is neither stars nor a p' in out
