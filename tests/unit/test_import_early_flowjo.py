"""`tregate import` of workspaces as FlowJo 8 and 9 wrote them: what gates mean, and what is refused in words."""

import re
from contextlib import suppress
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pytest
from flowjo_made import imported, workspace

from tregate.gating.errors import ConfigurationError
from tregate.pipelines.interchange.programs import drawn_of

TABLE = ",".join(f"{i},{i - 20 if i < 100 else 80 + (i - 100) * 10}" for i in range(200))
"""A table of 200 channels from -20 to 1,070."""


def gate(name: str, shape: str, corners: str, count: int, below: str = "", attributes: str = "") -> str:
    vertices = "".join(f'<Vertex x="{x}" y="{y}"/>' for x, y in (pair.split(",") for pair in corners.split()))
    axes = 'xAxisName="A"' if shape == "Range" else 'xAxisName="A" yAxisName="B"'
    drawn = f"<{shape} {axes}><Polygon>{vertices}</Polygon></{shape}>"
    names = "<ParameterNames><StringArray /></ParameterNames>"
    inside = f"<PolygonGate {attributes}>{names}{drawn}</PolygonGate>{below}"
    return f'<Population name="{name}" count="{count}">{inside}</Population>'


def logic(name: str, formula: str, paths: str, count: int) -> str:
    strings = "".join(f"<String>{path}</String>" for path in paths.split())
    inner = f"<GatePaths><StringArray>{strings}</StringArray></GatePaths>"
    stated = f'<BooleanGate specification="{escape(formula)}">{inner}</BooleanGate>'
    return f'<Population name="{name}" count="{count}">{stated}</Population>'


def early(gates: str, table: bool = False, gain: str = "1", shown: str = "1024", version: str = "8.7.3") -> str:
    """A workspace with line.fcs: A = 0, 1 ... 99, B = 99, 98 ... 0, both with a `$PnR` of 1,024."""
    keywords = "".join(
        f'<Keyword name="{name}" value="{value}"/>'
        for name, value in (("$TOT", "100  "), ("$P1N", "A"), ("$P1R", "1024"), ("$P2N", "B"), ("$P2R", "1024"))
    )
    scale = 'log="1" calibrationIndex="1"' if table else 'log="0"'
    parameters = "".join(f'<Parameter name="{n}" range="{shown}" gain="{gain}" {scale}/>' for n in "AB")
    sample = (
        f'<Sample><Keywords>{keywords}</Keywords>{parameters}<SampleNode name="line.fcs">{gates}</SampleNode></Sample>'
    )
    tables = f'<CalibrationTables><Table name="one">{TABLE}</Table></CalibrationTables>'
    return (
        f'<!DOCTYPE Workspace><Workspace flowJoVersion="{version}"><SampleList>{sample}</SampleList>'
        f"<CompensationMatrices/>{tables}</Workspace>"
    )


SQUARE = "10,-1 40,-1 40,200 10,200"


def test_gates_of_each_shape_hold_the_events_they_enclose(tmp_path: Path) -> None:
    gates = (
        gate("polygon", "Polygon", SQUARE, 30)
        + gate("rectangle", "PolyRect", SQUARE, 30, below=gate("range", "Range", "20,0 90,0", 20))
        + gate("ellipse", "Ellipse", "10,49.5 90,49.5 50,0 50,99", 62)
        + logic("both", "G0 & !G1", "polygon rectangle/range", 10)
        + logic("any", "G0 | G1", "polygon rectangle/range", 30)
    )
    code, _, rows = imported(tmp_path, early(gates))
    counts = {name: int(row["count"]) for name, row in rows.items()}
    enclosed = sum(((a - 50) / 40) ** 2 + ((49.5 - a) / 49.5) ** 2 <= 1 for a in range(100))
    wanted = {"polygon": 30, "rectangle": 30, "rectangle/range": 20, "ellipse": enclosed, "both": 10, "any": 30}
    assert counts == wanted
    assert code == 0


def test_limits_beyond_the_ends_of_a_table_are_open_and_edges_are_straight_on_it(tmp_path: Path) -> None:
    gates = gate("open", "Range", "-21,0 2000,0", 100) + gate("triangle", "Polygon", "-20,-20 80,-20 -20,1070", 0)
    _, _, rows = imported(tmp_path, early(gates, table=True))
    assert rows["open"]["count"] == "100"
    # on the display A runs from 20 to 119, B from 119 to 20: below the line from (100, 0) to (0, 199) while B is high
    a = range(100)
    display = [v + 20 if v < 80 else 100 + (v - 80) / 10 for v in a]
    inside = sum(y < 199 * (1 - x / 100) for x, y in zip(display, reversed(display), strict=True))
    assert abs(int(rows["triangle"]["count"]) - inside) <= 1


def test_linear_gates_without_gain_are_in_channels_of_the_display(tmp_path: Path) -> None:
    _, _, rows = imported(tmp_path, early(gate("low", "Range", "2.5,0 10,0", 30), shown="256"))
    assert rows["low"]["count"] == "30"
    _, _, rows = imported(tmp_path, early(gate("low", "Range", "10,0 40,0", 30), shown="256", gain="0.25"))
    assert rows["low"]["count"] == "30"


@pytest.mark.parametrize(
    ("gates", "why"),
    [
        (gate("odd", "Polygon", SQUARE, 1, attributes='magnetic="1"'), "magnetic gate, and how it moves is not public"),
        (logic("odd", "G0 & G1 | G2", "a b c", 1), "is not of one operator"),
        (logic("odd", "G0 | !G1", "a b", 1), "has no form in a strategy"),
        (gate("odd", "Polygon", "1,1 2,2", 1), "a polygon of 2 corners has no inside"),
        (gate("odd", "Range", "5,0 5,0", 1), "is not below its upper limit"),
        ('<Population name="odd" count="3"><Curly/></Population>', "its gate has no known form (Curly)"),
        (f"<Other>{gate('odd', 'Polygon', SQUARE, 1)}</Other>", "it stands within Other, whose meaning is not known"),
        (
            gate("odd", "Polygon", SQUARE, 1).replace('"A"', '"&lt;A&gt;"'),
            "is compensated, and the sample names no matrix",
        ),
    ],
)
def test_a_gate_without_a_known_meaning_is_refused_alone(gates: str, why: str, tmp_path: Path) -> None:
    code, _, rows = imported(tmp_path, early(gate("known", "Range", "10,0 40,0", 30) + gates))
    assert code == 1
    assert rows["known"]["count"] == "30"
    assert why in rows["odd"]["why"]


def test_gates_of_flowjo_10_in_an_older_workspace_are_refused(tmp_path: Path) -> None:
    code, said, _ = imported(tmp_path, workspace("<Population name='p' count='1'/>", version="9.2"))
    assert code == 2
    assert "it stands within Subpopulations, whose meaning is not known" in said


@pytest.mark.parametrize("table", [False, True])
def test_a_workspace_with_any_value_in_any_place_is_read_or_refused_in_words(table: bool, tmp_path: Path) -> None:
    """A corner at 99999999999 once became 2,000,000,000 pieces of an edge."""
    below = gate("range", "Range", "20,0 90,0", 20)
    gates = gate("polygon", "Polygon", SQUARE, 30, below) + gate("ellipse", "Ellipse", "10,50 90,50 50,0 50,99", 62)
    text = early(gates + logic("both", "G0 & !G1", "polygon ellipse", 10), table=table)
    values = ("", "nan", "inf", "-1", "1e400", "x", "0", "99999999999", "&lt;A&gt;")
    draw = np.random.default_rng(5)
    places = [match.span() for match in re.finditer(r'"[^"]*"', text)]
    read = 0
    for start, end in places:
        changed = f'{text[:start]}"{draw.choice(values)}"{text[end:]}'
        (tmp_path / "changed.wsp").write_text(changed, encoding="utf-8")
        with suppress(ConfigurationError):
            drawn = drawn_of(tmp_path / "changed.wsp")
            read += 1
            assert all(one.what is not None or one.refused for sample in drawn.samples for one in sample.gates)
    assert read > len(places) / 2
