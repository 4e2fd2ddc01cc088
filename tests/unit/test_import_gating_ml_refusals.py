"""`tregate import` of Gating-ML: a part that cannot be read loses the gates that use it, and no other."""

from pathlib import Path

import pytest
from gates_imported import NAMESPACES, imported_gates, write_line

from tregate.gating.errors import ConfigurationError
from tregate.pipelines.interchange.flowjo import MOST_POPULATIONS
from tregate.pipelines.interchange.flowjo_gates import MOST_VERTICES
from tregate.pipelines.interchange.gating_ml_parts import MOST_DIVISIONS
from tregate.pipelines.interchange.programs import drawn_of

REFERENCE = 'gating:compensation-ref="{}"'


def dimension(limits: str = "", channel: str = "A", compensation: str = "uncompensated", scale: str = "") -> str:
    on = f'gating:transformation-ref="{scale}"' if scale else ""
    named = f'<data-type:fcs-dimension data-type:name="{channel}"/>'
    return f"<gating:dimension {REFERENCE.format(compensation)} {on} {limits}>{named}</gating:dimension>"


def ratio(reference: str) -> str:
    new = f'<data-type:new-dimension data-type:transformation-ref="{reference}"/>'
    return f'<gating:dimension {REFERENCE.format("uncompensated")} gating:min="1">{new}</gating:dimension>'


def gate(name: str, inside: str, parent: str = "", kind: str = "Rectangle") -> str:
    above = f'gating:parent_id="{parent}"' if parent else ""
    return f'<gating:{kind}Gate gating:id="{name}" {above}>{inside}</gating:{kind}Gate>'


def logic(name: str, kind: str, *of: str, parent: str = "") -> str:
    """`of`: ids, "!" before one whose complement is meant."""
    parts = "".join(
        f'<gating:gateReference gating:ref="{one.removeprefix("!")}"'
        f"{' gating:use-as-complement=' + chr(34) + 'true' + chr(34) if one.startswith('!') else ''}/>"
        for one in of
    )
    return gate(name, f"<gating:{kind}>{parts}</gating:{kind}>", parent, "Boolean")


def transformation(name: str, inside: str) -> str:
    return f'<transforms:transformation transforms:id="{name}">{inside}</transforms:transformation>'


LOW = 'gating:min="10" gating:max="40"'
GOOD = gate("low", dimension(LOW)) + gate("lower", dimension('gating:max="20"'), "low")


def imported(tmp_path: Path, parts: str, prefix: str = "gating") -> tuple[int, str, dict[str, dict[str, str]]]:
    """Exit code, words, and agreement.csv by population, of 100 events with A = 0, 1 ... 99 and B the reverse."""
    write_line(tmp_path / "fcs")
    text = f"<gating:Gating-ML {NAMESPACES}>{parts}</gating:Gating-ML>"
    text = text.replace("gating:", f"{prefix}:").replace("xmlns:gating", f"xmlns:{prefix}")
    return imported_gates(tmp_path / "gates.xml", text)


MEAN = '<gating:mean><gating:coordinate data-type:value="50"/><gating:coordinate data-type:value="50"/></gating:mean>'
SQUARE = '<gating:row><gating:entry data-type:value="9"/><gating:entry data-type:value="1"/></gating:row>' * 2
ELLIPSE = f"{MEAN}<gating:covarianceMatrix>{SQUARE}</gating:covarianceMatrix>"
ELLIPSE += '<gating:distanceSquare data-type:value="1"/>'
PAIR = '<data-type:fcs-dimension data-type:name="A"/><data-type:fcs-dimension data-type:name="B"/>'
FRATIO = '<transforms:fratio transforms:A="{}" transforms:B="0" transforms:C="{}">' + PAIR + "</transforms:fratio>"
FLOG = '<transforms:flog transforms:T="1024" transforms:M="4"/>'
DIVIDER = '<gating:divider gating:id="x" gating:compensation-ref="uncompensated" gating:transformation-ref="gone">'
DIVIDER += '<data-type:fcs-dimension data-type:name="A"/><gating:value>3</gating:value></gating:divider>'
QUADRANTS = DIVIDER + '<gating:Quadrant gating:id="bad"><gating:position gating:divider_ref="x" gating:location="5"/>'
QUADRANTS += "</gating:Quadrant>"

DYES = "".join(f'<data-type:fcs-dimension data-type:name="dye {i}"/>' for i in (1, 2, 3))
SPECTRUM = f'<transforms:spectrumMatrix transforms:id="m"><transforms:fluorochromes>{DYES}</transforms:fluorochromes>'
SPECTRUM += f"<transforms:detectors>{PAIR}</transforms:detectors>"
ROW = '<transforms:coefficient transforms:value="1"/>' * 2
SPECTRUM += f"<transforms:spectrum>{ROW}</transforms:spectrum>" * 3
SPECTRUM += "</transforms:spectrumMatrix>"
MANY_CORNERS = '<gating:vertex><gating:coordinate data-type:value="1"/><gating:coordinate data-type:value="2"/>'
MANY_CORNERS = f"{MANY_CORNERS}</gating:vertex>" * (MOST_VERTICES + 1)
MANY_VALUES = QUADRANTS.replace("<gating:value>", "<gating:value>3</gating:value>" * MOST_DIVISIONS + "<gating:value>")

BAD = {
    "more corners than are read": (
        gate("bad", dimension() + dimension(channel="B") + MANY_CORNERS, kind="Polygon"),
        f"it has {MOST_VERTICES + 1:,} corners",
    ),
    "more parts of an axis than are read": (gate("Q", MANY_VALUES, kind="Quadrant"), "a divider has 1,001 values"),
    "a transformation that is not there": (gate("bad", dimension(LOW, scale="gone")), '"gone" is not in the document'),
    "a ratio that is not there": (gate("bad", ratio("gone")), '"gone" is not in the document'),
    "a matrix that is not there": (gate("bad", dimension(LOW, compensation="gone")), '"gone" is not in the document'),
    "a quadrant without its transformation": (gate("Q", QUADRANTS, kind="Quadrant"), '"gone" is not in the document'),
    "a ratio that is a scale": (transformation("t", FLOG) + gate("bad", ratio("t")), "no ratio of two channels"),
    "a scale that is a ratio": (
        transformation("t", FRATIO.format(1, 0)) + gate("bad", dimension(LOW, scale="t")),
        "is a ratio and no scale",
    ),
    "the events outside, as FlowJo states it": (
        gate("bad", dimension(LOW)).replace("<gating:RectangleGate", '<gating:RectangleGate eventsInside="0"'),
        "the events outside",
    ),
    "a matrix of more dyes than detectors": (
        SPECTRUM + gate("bad", dimension(LOW, channel="dye 3", compensation="m")),
        "3 dyes for 2 detectors",
    ),
    "a ratio times 0": (transformation("t", FRATIO.format(0, 0)) + gate("bad", ratio("t")), "factor 0"),
    "a ratio of no number": (transformation("t", FRATIO.format(1, "INF")) + gate("bad", ratio("t")), "no number"),
    "a scale that cannot be": (
        transformation("t", FLOG.replace("1024", "-1")) + gate("bad", dimension(LOW, scale="t")),
        '"t" cannot be read',
    ),
    "two scales of one name": (
        transformation("t", FLOG) * 2 + gate("bad", dimension(LOW, scale="t")),
        "two of this name",
    ),
    "a limit that is no number": (gate("bad", dimension('gating:min="ten"')), "'ten'"),
    "an ellipsoid of too few axes": (
        gate("bad", dimension() + dimension(channel="B") + dimension(channel="A") + ELLIPSE, kind="Ellipsoid"),
        "not of its 3 dimensions",
    ),
    "a polygon of two corners": (gate("bad", dimension() + dimension(channel="B"), kind="Polygon"), "schema"),
    "a parent that is not there": (gate("bad", dimension(LOW), "gone"), "its parent gone is not in the file"),
    "an operand that is not there": (logic("bad", "and", "low", "gone"), "made of gone, which is not in the file"),
    "its own parent": (gate("bad", dimension(LOW), "bad"), "lies in itself"),
    "its own operand": (logic("bad", "or", "low", "bad"), "made of itself"),
    "two gates of one id": (gate("bad", dimension(LOW)) * 2, "another gate has this id"),
    "a gate of another standard": (
        gate("bad", dimension(LOW)).replace("Rectangle", "Curly"),
        "CurlyGate is no gate of Gating-ML 2.0",
    ),
}


@pytest.mark.parametrize(("parts", "reason"), BAD.values(), ids=BAD)
def test_what_cannot_be_read_loses_what_needs_it_alone(parts: str, reason: str, tmp_path: Path) -> None:
    name = "Q/bad" if "Quadrant" in parts else "bad"
    needs = gate("in", dimension(LOW), "bad") + logic("not", "not", "bad")
    code, said, rows = imported(tmp_path, parts + GOOD + needs)
    assert code == 1, said
    path = next(one for one in rows if one.endswith(name))
    assert rows[path]["why"].startswith("gate refused: ")
    assert reason in rows[path]["why"]
    assert {one: row["count"] for one, row in rows.items() if row["count"]} == {"low": "30", "low/lower": "10"}
    assert "which was refused" in rows["not"]["why"]
    assert any(one.endswith("/in") and "was refused" in row["why"] for one, row in rows.items())


def test_nothing_taken_over_is_exit_code_2(tmp_path: Path) -> None:
    code, said, rows = imported(tmp_path, gate("bad", dimension('gating:min="ten"')))
    assert code == 2, said
    assert set(rows) == {"bad"}


@pytest.mark.parametrize(
    ("made", "count"),
    [
        (logic("it", "and", "low", "high", parent="low"), 10),
        (logic("it", "or", "low", "high", parent="high"), 70),
        (logic("it", "and", "!low", "high"), 60),
        (logic("it", "or", "!low", "high"), 80),
        (logic("it", "not", "!low"), 30),
        (logic("it", "not", "lower", parent="low"), 20),
        (logic("it", "and", "low", "low"), 30),
    ],
)
def test_boolean_gates_may_name_their_parent_and_complements(made: str, count: int, tmp_path: Path) -> None:
    code, said, rows = imported(tmp_path, made + gate("high", dimension('gating:min="30"')) + GOOD)
    assert code == 0, said
    assert next(row["count"] for path, row in rows.items() if path.endswith("it")) == str(count)


def test_the_namespaces_may_have_any_prefix(tmp_path: Path) -> None:
    code, said, rows = imported(tmp_path, GOOD, prefix="g")
    assert code == 0, said
    assert [row["count"] for row in rows.values()] == ["30", "10"]


def test_more_gates_than_are_read_are_refused_whole(tmp_path: Path) -> None:
    path = tmp_path / "gates.xml"
    quadrant = '<gating:Quadrant gating:id="q"/>'
    parts = f'<gating:QuadrantGate gating:id="Q">{quadrant * MOST_POPULATIONS}</gating:QuadrantGate>'
    path.write_text(f"<gating:Gating-ML {NAMESPACES}>{parts}</gating:Gating-ML>", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="more than 20,000 gates"):
        drawn_of(path)
