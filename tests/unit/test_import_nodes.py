"""`tregate import`: every node of a tree of gates has a row, also one without a name or of a kind that is not known."""

from pathlib import Path

import pytest
from flowjo_made import LOW, box, imported, workspace
from test_import_early_flowjo import early, gate, logic
from test_import_names import negation

from tregate.pipelines.interchange.programs import drawn_of

LOWER = 'gating:max="10"'


def node(kind: str, inside: str, attributes: str = "") -> str:
    return f"<{kind} {attributes}>{inside}</{kind}>"


@pytest.mark.parametrize(
    ("inside", "rows_of_node"),
    [
        (node("ExternalPopNode", "", 'name="odd" count="9"'), {"odd"}),
        (node("XorNode", '<Dependents><Dependent name="low"/></Dependents>', 'name="odd"'), {"odd"}),
        (
            node("PluginNode", node("Subpopulations", box("in", 1, LOW, box("deep", 1, LOW))), 'name="odd" count="9"'),
            {"odd", "odd/in", "odd/in/deep"},
        ),
        (node("Folder", node("Subpopulations", box("in", 1, LOW))), {"(Folder)", "(Folder)/in"}),
        (node("Folder", box("in", 1, LOW)), {"(Folder)", "(Folder)/(Folder) in"}),
        (node("Folder", node("Shelf", negation("in", 1, "low"))), {"(Folder)", "(Folder)/(Shelf) in"}),
        (box("", 9, LOW, box("in", 1, LOW)), {"(no name)", "(no name)/in"}),
        (negation("&#10;", 9, "low"), {"(no name)"}),
    ],
)
def test_a_node_of_no_known_kind_or_name_has_a_row_with_all_below_it(
    inside: str, rows_of_node: set[str], tmp_path: Path
) -> None:
    code, said, rows = imported(tmp_path, workspace(box("low", 30, LOW) + inside + box("lower", 10, LOWER)))
    assert code == 1, said
    assert set(rows) == {"low", "lower", *rows_of_node}
    assert all(rows[path]["why"].startswith("gate refused: ") and path in said for path in rows_of_node)
    assert {rows[path]["why"] for path in ("low", "lower")} == {"equal"}


def test_gates_that_stand_outside_of_subpopulations_are_named_and_leave_those_of_the_same_name(tmp_path: Path) -> None:
    text = workspace(box("low", 30, LOW)).replace("</SampleNode>", f"{box('low', 30, LOW)}</SampleNode>")
    text = text.replace("<Keywords>", f"<Preview>{box('far', 30, LOW)}</Preview><Keywords>")
    code, _, rows = imported(tmp_path, text)
    assert code == 1
    assert rows["low"]["why"] == "equal"
    assert set(rows) == {"low", "(SampleNode) low", "(Preview) far"}
    assert "outside of SampleNode, and what that means is not known" in rows["(Preview) far"]["why"]


def test_statistics_beside_gates_are_no_gates(tmp_path: Path) -> None:
    statistic = '<Statistic name="Median" ancestor="low" value="3"/>'
    code, _, rows = imported(tmp_path, workspace(statistic + box("low", 30, LOW, statistic)))
    assert code == 0
    assert set(rows) == {"low"}


@pytest.mark.parametrize("name", ["T&#10;x", "T&#9;x", "T&#13;&#10;x"])
def test_control_characters_in_names_are_spaces_for_gates_and_for_those_that_refer_to_them(
    name: str, tmp_path: Path
) -> None:
    code, said, rows = imported(tmp_path, workspace(box(name, 30, LOW) + negation("rest", 70, name)))
    assert code == 0, said
    assert rows["rest"]["count"] == "70"


def test_a_boolean_gate_of_nothing_by_name_is_refused(tmp_path: Path) -> None:
    code, _, rows = imported(tmp_path, workspace(box("low", 30, LOW) + negation("rest", 70, "low", "")))
    assert code == 1
    assert "made of a population without a name" in rows["rest"]["why"]


def test_names_of_flowjo_8_with_spaces_at_their_ends_are_found_and_gates_without_a_name_refused(tmp_path: Path) -> None:
    ranges = gate("low ", "Range", "10,0 40,0", 30) + gate(
        "", "Range", "10,0 40,0", 30, gate("in", "Range", "1,0 9,0", 1)
    )
    ends = gate("twice", "Range", "10,0 40,0", 30) + gate("twice ", "Range", "10,0 50,0", 40)
    logics = logic("of", "G0 & !G1", "low twice", 0)
    code, said, rows = imported(tmp_path, early(ranges + ends + logics))
    assert code == 1, said
    assert rows["of"]["count"] == "0"
    assert "has no name" in rows["(no name)"]["why"]
    assert "its parent (no name) was refused" in rows["(no name)/in"]["why"]


def test_a_named_node_of_flowjo_8_that_is_no_population_has_a_row(tmp_path: Path) -> None:
    odd = '<ExclusiveGate name="odd" count="3"/><Statistic name="Median" value="3"/>'
    code, _, rows = imported(tmp_path, early(gate("low", "Range", "10,0 40,0", 30, odd)))
    assert code == 1
    assert set(rows) == {"low", "low/odd"}
    assert "it is a node of the kind ExclusiveGate" in rows["low/odd"]["why"]


def test_a_sample_outside_of_the_list_of_samples_is_named_with_its_gates(tmp_path: Path) -> None:
    other = f'<Deleted><Sample><SampleNode name="x">{node("Subpopulations", box("gone", 3, LOW))}</SampleNode></Sample>'
    text = workspace(box("low", 30, LOW)).replace("</Workspace>", f"{other}</Deleted></Workspace>")
    code, said, rows = imported(tmp_path, text)
    assert code == 1
    assert rows["low"]["why"] == "equal"
    assert "outside of the samples of SampleList, and what that means is not known" in rows["gone"]["why"]
    assert "a sample within Deleted: a gate that no sample of the file has; not taken over: gone." in said


def test_gates_beside_the_samples_are_named(tmp_path: Path) -> None:
    text = workspace(box("low", 30, LOW)).replace("</SampleList>", f"<Odd>{box('gone', 3, LOW)}</Odd></SampleList>")
    code, said, rows = imported(tmp_path, text)
    assert code == 1
    assert set(rows) == {"low", "gone"}
    assert "SampleList: a gate that no sample of the file has; not taken over: gone." in said


def test_each_of_two_gates_of_one_path_has_rows_with_its_children(tmp_path: Path) -> None:
    twice = gate("twice", "Range", "10,0 40,0", 30, gate("in", "Range", "20,0 90,0", 20))
    stated = drawn_of(written(tmp_path, early(twice + twice))).samples[0].gates
    assert [one.path for one in stated] == ["twice", "twice/in"] * 2
    boxes = box("twice", 30, LOW, box("in", 10, LOW))
    stated = drawn_of(written(tmp_path, workspace(boxes + boxes))).samples[0].gates
    assert [one.path for one in stated] == ["twice", "twice/in"] * 2


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "gates.wsp").write_text(text, encoding="utf-8")
    return tmp_path / "gates.wsp"
