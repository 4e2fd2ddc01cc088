"""`tregate import` of workspaces made here: what is refused, and that the rest is taken over with right counts."""

import subprocess
import sys
from pathlib import Path

import pytest
from flowjo_made import LOW, box, dimension, imported, workspace

from tregate.gating.errors import ConfigurationError
from tregate.pipelines.interchange.programs import drawn_of

CORNER = (
    '<gating:vertex><gating:coordinate data-type:value="1"/><gating:coordinate data-type:value="2"/></gating:vertex>'
)


def test_ranges_are_half_open_and_children_lie_within(tmp_path: Path) -> None:
    child = box("child", 10, 'gating:min="30"')
    code, said, rows = imported(tmp_path, workspace(box("low", 30, LOW, child)))
    assert code == 0, said
    assert {name: row["count"] for name, row in rows.items()} == {"low": "30", "low/child": "10"}
    assert {row["why"] for row in rows.values()} == {"equal"}


def test_a_complement_is_what_lies_outside_within_the_parent(tmp_path: Path) -> None:
    code, said, rows = imported(tmp_path, workspace(box("out", 70, LOW, attributes='eventsInside="0"')))
    assert code == 0, said
    assert rows["out"]["count"] == "70"


def test_logic_refers_to_paths(tmp_path: Path) -> None:
    logic = '<NotNode name="rest" count="70"><Dependents><Dependent name="low"/></Dependents></NotNode>'
    parts = '<Dependents><Dependent name="low"/><Dependent name="rest"/></Dependents>'
    union = f'<OrNode name="both" count="100">{parts}</OrNode>'
    code, said, rows = imported(tmp_path, workspace(union + box("low", 30, LOW) + logic))
    assert code == 0, said
    assert {name: row["count"] for name, row in rows.items()} == {"both": "100", "low": "30", "rest": "70"}


def test_one_refused_gate_takes_only_what_depends_on_it(tmp_path: Path) -> None:
    curly = '<Population name="curly" count="5"><Gate><gating:CurlyQuad/></Gate><Subpopulations>' + box("in", 1, LOW)
    curly += "</Subpopulations></Population>"
    logic = '<NotNode name="not it" count="95"><Dependents><Dependent name="curly"/></Dependents></NotNode>'
    code, said, rows = imported(tmp_path, workspace(curly + logic + box("low", 30, LOW)))
    assert code == 1
    assert rows["low"]["why"] == "equal"
    assert rows["curly"]["why"].startswith("gate refused: ")
    assert rows["curly/in"]["why"] == "gate refused: its parent curly was refused"
    assert rows["not it"]["why"] == "gate refused: it is made of curly, which was refused"
    assert "1 agree, 0 differ, 0 without a stored count, 3 not taken over" in said


def test_a_missing_channel_is_named(tmp_path: Path) -> None:
    code, _, rows = imported(tmp_path, workspace(box("low", 30, LOW) + box("far", 3, LOW, channel="Z")))
    assert code == 1
    assert rows["far"]["why"] == "gate refused: the file has no channel Z"


def test_a_count_that_differs_is_reported_with_exit_code_1(tmp_path: Path) -> None:
    code, said, rows = imported(tmp_path, workspace(box("low", 35, LOW)))
    assert code == 1
    assert rows["low"]["difference"] == "-5"
    assert "low: 35 stored, 30 counted; not explained" in said


def test_a_count_that_was_never_computed_is_no_difference(tmp_path: Path) -> None:
    code, _, rows = imported(tmp_path, workspace(box("low", -1, LOW)))
    assert code == 0
    assert rows["low"]["why"] == "the program had not computed this count (-1)"
    assert rows["low"]["difference"] == ""


def test_a_file_with_another_number_of_events_is_not_the_sample(tmp_path: Path) -> None:
    code, said, rows = imported(tmp_path, workspace(box("low", 30, LOW), total=101))
    assert code == 2
    assert "line.fcs has 100 events and the workspace says 101 ($TOT)" in said
    assert not rows


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('<!DOCTYPE a [<!ENTITY b "c">]><Workspace flowJoVersion="10.1">&b;</Workspace>', "document type"),
        ('<!DOCTYPE a SYSTEM "file:///etc/hostname"><Workspace flowJoVersion="10.1"/>', "document type"),
        ("<Workspace", "not well-formed"),
        ("<a>" * 252 + "</a>" * 252, "nested deeper than 250"),
        ("<Something/>", 'its root is "Something"'),
        ("<Workspace>&b;</Workspace>", "Entity 'b' not defined"),
        ("<Workspace>\n<SampleList>\n<Sample name='&b;'/>", "gates.wsp:3: the file is not well-formed XML: Entity"),
        (workspace(box("low", 30, LOW), version="7.6"), "the workspace is of FlowJo 7.6"),
        ("<Workspace/>", "states no version of FlowJo"),
        ("", "the file is empty"),
        ('<!-- <!DOCTYPE a> --><!DOCTYPE a [<!ENTITY b "c">]><Workspace flowJoVersion="8.7"/>', "document type"),
    ],
)
def test_files_that_are_refused_whole(text: str, reason: str, tmp_path: Path) -> None:
    code, said, rows = imported(tmp_path, text)
    assert code == 2
    assert reason in said
    assert not rows


def test_an_import_replaces_no_strategy(tmp_path: Path) -> None:
    assert imported(tmp_path, workspace(box("low", 30, LOW)))[0] == 0
    code, said, _ = imported(tmp_path, workspace(box("low", 30, LOW)))
    assert code == 2
    assert "which an import does not replace" in said


def test_a_matrix_whose_numbers_cannot_be_read_is_refused_with_the_gates_that_use_it(tmp_path: Path) -> None:
    matrix = (
        '<transforms:spilloverMatrix prefix="Comp-" suffix="" name="m"><data-type:parameters>'
        '<data-type:parameter data-type:name="A"/></data-type:parameters><transforms:spillover data-type:parameter="A">'
        '<transforms:coefficient data-type:parameter="A" transforms:value="one"/></transforms:spillover>'
        "</transforms:spilloverMatrix>"
    )
    text = workspace(box("low", 30, LOW) + box("mixed", 30, LOW, channel="Comp-A")).replace(
        "<Keywords>", matrix + "<Keywords>"
    )
    code, _, rows = imported(tmp_path, text)
    assert code == 1
    assert rows["low"]["why"] == "equal"
    assert "the numbers of its spillover matrix cannot be read" in rows["mixed"]["why"]


@pytest.mark.parametrize(
    "scale",
    [
        'logicle transforms:T="1e4" transforms:M="2" transforms:W="9" transforms:A="0"',
        'linear transforms:maxRange="-5"',
        'log transforms:offset="1" transforms:decades="nan"',
        'biex transforms:length="4096"',
        "hyperlog",
    ],
)
def test_a_scale_that_cannot_be_used_is_no_matter_for_a_range(scale: str, tmp_path: Path) -> None:
    end = scale.partition(" ")[0]
    scales = f'<transforms:{scale}><data-type:parameter data-type:name="A"/></transforms:{end}>'
    triangle = f"<gating:PolygonGate>{dimension('A')}{dimension('B')}{CORNER * 3}</gating:PolygonGate>"
    polygon = f'<Population name="triangle" count="3"><Gate>{triangle}</Gate></Population>'
    code, _, rows = imported(tmp_path, workspace(box("low", 30, LOW) + polygon, scales=scales))
    assert code == 1
    assert rows["low"]["why"] == "equal"
    assert rows["triangle"]["why"].startswith("gate refused: ")
    assert "scale" in rows["triangle"]["why"]


def test_a_linear_scale_that_begins_elsewhere_refuses_the_ellipse_alone(tmp_path: Path) -> None:
    """Its edge is stated on the display, whose bins are not known then; corners are in linear intensity."""

    def point(x: float, y: float) -> str:
        values = "".join(f'<gating:coordinate data-type:value="{at}"/>' for at in (x, y))
        return f"<gating:vertex>{values}</gating:vertex>"

    def population(name: str, count: int, gate: str) -> str:
        return f'<Population name="{name}" count="{count}"><Gate>{gate}</Gate></Population>'

    linear = '<transforms:linear transforms:minRange="-200" transforms:maxRange="1000">'
    scales = f'{linear}<data-type:parameter data-type:name="A"/></transforms:linear>'
    axes = dimension("A") + dimension("B")
    foci, edge = point(20, 20) + point(30, 20), point(10, 20) + point(40, 20) + point(25, 30) + point(25, 10)
    round_gate = f"<gating:foci>{foci}</gating:foci><gating:edge>{edge}</gating:edge>"
    box_of_corners = "".join(point(*corner) for corner in ((9.5, -1), (39.5, -1), (39.5, 200), (9.5, 200)))
    gates = population("corners", 30, f"<gating:PolygonGate>{axes}{box_of_corners}</gating:PolygonGate>")
    gates += population("round", 30, f"<gating:EllipsoidGate>{axes}{round_gate}</gating:EllipsoidGate>")
    _, _, rows = imported(tmp_path, workspace(gates, scales=scales))
    assert rows["corners"]["why"] == "equal"
    assert rows["round"]["why"] == "gate refused: A lies on a linear scale that begins at -200"


def test_a_compensated_channel_without_a_matrix_says_so(tmp_path: Path) -> None:
    gates = box("low", 30, LOW) + box("mixed", 30, LOW, channel="Comp-A") + box("far", 1, LOW, channel="Comp-Z")
    _, _, rows = imported(tmp_path, workspace(gates))
    assert rows["mixed"]["why"].endswith("the file has no channel Comp-A, and the sample has no compensation matrix")
    assert rows["far"]["why"].endswith("the file has no channel Comp-Z")


MEASURED = """
import resource, sys
from tregate.pipelines.commands.cli import app
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    app(["import", sys.argv[1], "--fcs", sys.argv[2], "--out", sys.argv[3], "--quiet"])
except SystemExit as end:
    print("code", end.code)
print("MB", (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
PADDED = "".join(f'<Keyword name="K{i}" value="{"x" * 60}"/>' for i in range(3_000))
DRAWN = "<Graph>" + '<Axis dimension="x" name="FSC-A"/>' * 2_000 + "</Graph>"


def large(kind: str) -> str:
    """A workspace of about 12 MB: of keywords and drawings, of elements that FlowJo does not have, or of corners."""
    one = workspace(box("low", 30, LOW), total=100)
    head, _, rest = one.partition("<Sample>")
    sample, _, tail = rest.partition("</Sample>")
    if kind == "keywords":
        sample = sample.replace("</Keywords>", PADDED + "</Keywords>").replace(
            "<Subpopulations>", DRAWN + "<Subpopulations>", 1
        )
    elif kind == "unknown":
        sample = sample.replace("<Subpopulations>", "<Subpopulations>" + '<Odd a="1"/>' * 40_000, 1)
    else:
        gate = f"<Gate><gating:PolygonGate>{dimension('A')}{dimension('B')}{CORNER * 4_000}</gating:PolygonGate></Gate>"
        sample = sample.replace(
            "<Subpopulations>", f'<Subpopulations><Population name="p" count="3">{gate}</Population>', 1
        )
    whole = f"<Sample>{sample}</Sample>"
    return head + whole * (12_000_000 // len(whole)) + tail


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["keywords", "unknown", "corners"])
def test_a_large_workspace_takes_the_memory_of_its_largest_sample(kind: str, tmp_path: Path) -> None:
    assert imported(tmp_path, workspace(box("low", 30, LOW)))[0] == 0
    (tmp_path / "gates.wsp").write_text(large(kind), encoding="utf-8")
    command = [sys.executable, "-c", MEASURED, tmp_path / "gates.wsp", tmp_path / "fcs", tmp_path / "large"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "code 0" in done.stdout or "code 1" in done.stdout, done.stderr
    assert int(done.stdout.rpartition("MB ")[2]) < 40


def test_unknown_elements_cost_next_to_nothing(tmp_path: Path) -> None:
    """libxml2 alone meets them: no Python object each, whose 200 MB took minutes."""
    text = workspace('<Odd a="1"><B/></Odd>' * 20_000 + box("low", 30, LOW)).encode()
    (tmp_path / "odd.wsp").write_bytes(text)
    made: list[object] = []
    sys.setprofile(lambda frame, event, arg: made.append(event) if event == "call" else None)
    try:
        drawn = drawn_of(tmp_path / "odd.wsp")
    finally:
        sys.setprofile(None)
    assert [gate.path for gate in drawn.samples[0].gates] == ["low"]
    assert len(made) < 2_000


def test_a_workspace_of_too_many_samples_is_refused(tmp_path: Path) -> None:
    samples = "<Sample/>" * 20_001
    (tmp_path / "many.wsp").write_text(
        f'<Workspace flowJoVersion="10.8"><SampleList>{samples}</SampleList></Workspace>'
    )
    with pytest.raises(ConfigurationError, match="more than 20,000 samples"):
        drawn_of(tmp_path / "many.wsp")


@pytest.mark.slow
def test_a_part_that_holds_too_many_elements_is_refused(tmp_path: Path) -> None:
    code, said, _ = imported(tmp_path, workspace("<Odd/>" * 1_000_001 + box("low", 30, LOW)))
    assert code == 2
    assert "holds more than 1,000,000 elements" in said
