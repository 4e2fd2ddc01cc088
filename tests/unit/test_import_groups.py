"""`tregate import`: gates that no sample has, and files in which no sample has any."""

from pathlib import Path

import pytest
from cli_running import tregate
from flowjo_made import LOW, box, imported, workspace
from test_import_early_flowjo import early, gate

HERE, ELSEWHERE = '<SampleRef sampleID="1"/>', '<SampleRef sampleID="77"/>'


def group(gates: str, samples: str, name: str = "Day 7") -> str:
    drawn = f"<Subpopulations>{gates}</Subpopulations>"
    return f'<GroupNode name="{name}"><Group><SampleRefs>{samples}</SampleRefs></Group>{drawn}</GroupNode>'


def with_groups(text: str, *groups: str, first: bool = True) -> str:
    listed = f"<Groups>{''.join(groups)}</Groups>"
    return (
        text.replace("<SampleList>", f"{listed}<SampleList>")
        if first
        else text.replace("</Workspace>", f"{listed}</Workspace>")
    )


LOWS = box("low", -1, LOW, box("in", -1, LOW))


@pytest.mark.parametrize("first", [True, False])
def test_gates_that_samples_of_their_group_lack_are_named_and_make_the_exit_code_1(first: bool, tmp_path: Path) -> None:
    text = with_groups(workspace(box("low", 30, LOW)), group(LOWS + box("high", -1, LOW), HERE), first=first)
    code, said, rows = imported(tmp_path, text)
    assert code == 1
    assert {name for name, row in rows.items() if row["sample"] == 'group "Day 7"'} == {"low/in", "high"}
    assert "it stands at the group alone, and none of its samples has it" in rows["high"]["why"]
    assert 'group "Day 7": 2 gates that no sample of the file has; not taken over: low/in, high.' in said


def test_gates_that_one_sample_of_the_group_has_are_no_matter(tmp_path: Path) -> None:
    text = with_groups(workspace(box("low", 30, LOW)), group(box("low", -1, LOW), HERE))
    code, said, rows = imported(tmp_path, text)
    assert (code, set(rows)) == (0, {"low"})
    assert "group" not in said


@pytest.mark.parametrize("samples", ["", ELSEWHERE])
def test_a_group_without_samples_here_is_a_template_that_is_stated(samples: str, tmp_path: Path) -> None:
    text = with_groups(workspace(box("low", 30, LOW)), group(box("low", -1, LOW), samples))
    code, said, rows = imported(tmp_path, text)
    assert (code, set(rows)) == (0, {"low"})
    assert 'group "Day 7": a gate that no sample of the file has; not taken over: low.' in said


def test_gates_of_groups_of_flowjo_8_are_named(tmp_path: Path) -> None:
    low, high = gate("low", "Range", "10,0 40,0", 30), gate("high", "Range", "40,0 90,0", 50)
    node = f'<GroupNode name="Day 7"><Group><SampleRefs>{HERE}</SampleRefs></Group>{low}{high}</GroupNode>'
    text = with_groups(early(low), node).replace("<Sample>", '<Sample sampleID="1">')
    code, said, rows = imported(tmp_path, text)
    assert code == 1
    assert 'group "Day 7": a gate that no sample of the file has; not taken over: high.' in said
    assert rows["low"]["file"] == "line.fcs"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (workspace(""), "its one sample has no gates"),
        (early(""), "its one sample has no gates"),
        (workspace("").replace("</SampleList>", "<Sample/></SampleList>"), "none of its 2 samples has gates"),
        ('<Workspace flowJoVersion="10.8"><SampleList/></Workspace>', "the file contains no samples"),
        (with_groups(workspace(""), group(LOWS, HERE)), 'group "Day 7": 2 gates that no sample of the file has'),
        ('<bdfacs version="Version 8.0.2"><experiment/></bdfacs>', "the file contains no samples"),
    ],
)
def test_a_file_without_gates_says_so(text: str, words: str, tmp_path: Path) -> None:
    code, said, _ = imported(tmp_path, text)
    assert code == 2
    assert words in said
    assert not (tmp_path / "out").exists()


def test_a_sample_without_gates_beside_others_is_stated(tmp_path: Path) -> None:
    one = workspace("").partition("<SampleList>")[2].partition("</SampleList>")[0]
    other = one.replace("line.fcs", "bare.fcs")
    imported(tmp_path, workspace(box("low", 30, LOW)))
    (tmp_path / "fcs" / "bare.fcs").write_bytes((tmp_path / "fcs" / "line.fcs").read_bytes())
    (tmp_path / "two.wsp").write_text(workspace(box("low", 30, LOW)).replace("</SampleList>", f"{other}</SampleList>"))
    done = tregate("import", tmp_path / "two.wsp", "--fcs", tmp_path / "fcs", "--out", tmp_path / "second")
    assert done.code == 0
    assert "bare.fcs: bare.fcs, matched by file name. It has no gates." in done.out + done.err


@pytest.mark.parametrize(("folder", "words"), [("absent", "there is no such folder"), ("empty", "contain no FCS file")])
def test_an_absent_folder_and_an_empty_one_are_distinguished(folder: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "gates.wsp").write_text(workspace(box("low", 30, LOW)))
    done = tregate("import", tmp_path / "gates.wsp", "--fcs", tmp_path / folder, "--out", tmp_path / "out")
    assert done.code == 2
    assert words in done.out + done.err


def test_a_folder_whose_files_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "fcs").mkdir()
    (tmp_path / "fcs" / "line.fcs").write_bytes(b"no FCS")
    (tmp_path / "gates.wsp").write_text(workspace(box("low", 30, LOW)))
    done = tregate("import", tmp_path / "gates.wsp", "--fcs", tmp_path / "fcs", "--out", tmp_path / "out")
    assert done.code == 2
    assert "none of its 1 FCS files can be read; line.fcs: " in done.out + done.err
