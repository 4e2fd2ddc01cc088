"""Files of gates as FlowJo 10, FlowJo 8, FACSDiva and Gating-ML write them, and what can go wrong with their XML."""

import copy
import random
from pathlib import Path
from typing import Any

import numpy as np
from fcs_bytes import Fcs, words

NAMES = ("FSC-A", "SSC-A", "PE-A", "APC-A")
N_EVENTS = 60
NAMESPACES = (
    'xmlns:g="http://www.isac-net.org/std/Gating-ML/v2.0/gating" '
    'xmlns:t="http://www.isac-net.org/std/Gating-ML/v2.0/transformations" '
    'xmlns:d="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes"'
)
VALUES = (
    *("", "0", "1", "-1", "0.5", "1e-320", "1e9", "1e29", "1e31", "1e154", "1e308", "-1e308", "1e999", "nan", "inf"),
    *(
        "x",
        "A",
        "A/K",
        "B",
        "o",
        "q0",
        "Q",
        "PE-A",
        "Comp-PE-A",
        "FCS",
        "all",
        "log",
        "rat",
        "All Events",
        "uncompensated",
    ),
    *("All Events\\A", "true", "REGION", "Region_Classifier", "G0", "!G1|G2", "4096", "1,5", "a" * 300),
)


def fcs_file(folder: Path) -> None:
    """One tube of 60 events with a spillover matrix."""
    folder.mkdir(parents=True)
    events = np.random.default_rng(3).uniform(-500, 200_000, (N_EVENTS, len(NAMES)))
    data = words(events, "<f4")
    keywords = {"$SPILLOVER": "2,PE-A,APC-A,1,0.1,0.02,1"}
    made = Fcs(data, N_EVENTS, [32] * 4, [262144] * 4, "F", names=NAMES, keywords=keywords, delimiter="|")
    (folder / "t.fcs").write_bytes(made.build())


def _channel(name: str) -> str:
    return f'<d:fcs-dimension d:name="{name}"/>'


def _corners(*points: tuple[float, float]) -> str:
    inside = ("".join(f'<g:coordinate d:value="{value}"/>' for value in point) for point in points)
    return "".join(f"<g:vertex>{one}</g:vertex>" for one in inside)


# ---------------------------------------------------------------- FlowJo 10


def _axis(name: str, limits: str = "") -> str:
    return f"<g:dimension {limits}>{_channel(name)}</g:dimension>"


def _population(name: str, shape: str, below: str = "") -> str:
    return (
        f'<Population name="{name}" count="5"><Gate>{shape}</Gate><Subpopulations>{below}</Subpopulations></Population>'
    )


def _node(kind: str, name: str, *of: str) -> str:
    parts = "".join(f'<Dependent name="{one}"/>' for one in of)
    return f'<{kind} name="{name}" count="5"><Dependents>{parts}</Dependents></{kind}>'


def _scale(kind: str, channel: str, **numbers: float) -> str:
    stated = " ".join(f't:{name}="{value}"' for name, value in numbers.items())
    return f'<t:{kind} {stated}><d:parameter d:name="{channel}"/></t:{kind}>'


def flowjo() -> str:
    """A workspace of FlowJo 10: ranges, polygon, ellipse, And, Or and Not, four kinds of scale, and a matrix."""
    scales = "".join(_scale("linear", name, minRange=0, maxRange=262144) for name in NAMES[:2])
    scales += _scale("biex", "PE-A", length=256, maxRange=262144, neg=0, width=-10, pos=4.418)
    scales += _scale("logicle", "APC-A", T=262144, W=1, M=4.42, A=0)
    rows = ("1", "0.1"), ("0.02", "1")
    parameters = "".join(f'<d:parameter d:name="{name}"/>' for name in NAMES[2:])
    spillovers = "".join(
        f'<t:spillover d:parameter="{dye}">'
        + "".join(f'<t:coefficient d:parameter="{to}" t:value="{v}"/>' for to, v in zip(NAMES[2:], row, strict=True))
        + "</t:spillover>"
        for dye, row in zip(NAMES[2:], rows, strict=True)
    )
    matrix = f'<t:spilloverMatrix prefix="Comp-" suffix="" name="m"><d:parameters>{parameters}</d:parameters>'
    matrix += f"{spillovers}</t:spilloverMatrix>"
    two = _axis("Comp-PE-A") + _axis("Comp-APC-A")
    polygon = f"<g:PolygonGate>{two}{_corners((100, 100), (90000, 100), (100, 90000))}</g:PolygonGate>"
    ellipse = (
        f'<g:EllipsoidGate g:distance="100">{_axis("FSC-A")}{_axis("SSC-A")}<g:foci>{_corners((60, 80), (160, 170))}'
        f"</g:foci><g:edge>{_corners((20, 40), (200, 200), (100, 140), (120, 110))}</g:edge></g:EllipsoidGate>"
    )
    inside = _population("K", polygon)
    below = _axis("FSC-A", 'g:max="100000"')
    populations = _population("A", f"<g:RectangleGate>{below}</g:RectangleGate>", inside)
    box = _axis("SSC-A", 'g:min="50000"') + _axis("PE-A", 'g:min="1" g:max="90000"')
    populations += _population("B", f'<g:RectangleGate eventsInside="0">{box}</g:RectangleGate>')
    populations += _population("E", ellipse) + _node("OrNode", "o", "A", "B") + _node("NotNode", "no", "A/K")
    populations += _node("AndNode", "and", "o", "no")
    return (
        f'<Workspace flowJoVersion="10.8.1" {NAMESPACES}><SampleList><Sample><DataSet uri="file:/C:/x/t.fcs" '
        f'sampleID="1"/>{matrix}<Keywords><Keyword name="$TOT" value="{N_EVENTS}"/></Keywords><Transformations>{scales}'
        f'</Transformations><SampleNode name="t.fcs" sampleID="1"><Subpopulations>{populations}</Subpopulations>'
        "</SampleNode></Sample></SampleList></Workspace>"
    )


# ---------------------------------------------------------------- FlowJo 8


def _early(name: str, shape: str, corners: str, x: str, y: str = "", below: str = "") -> str:
    points = "".join('<Vertex x="{}" y="{}"/>'.format(*pair.split(",")) for pair in corners.split())
    axes = f'xAxisName="{x}"' + (f' yAxisName="{y}"' if y else "")
    drawn = f"<{shape} {axes}><Polygon>{points}</Polygon></{shape}>"
    names = "<ParameterNames><StringArray/></ParameterNames>"
    return f'<Population name="{name}" count="5"><PolygonGate>{names}{drawn}</PolygonGate>{below}</Population>'


def flowjo_early() -> str:
    """A workspace of FlowJo 8: polygon, range, ellipse, a formula, a matrix and a table of a scale."""
    keywords = f'<Keyword name="$TOT" value="{N_EVENTS}"/>'
    for i, name in enumerate(NAMES, start=1):
        keywords += f'<Keyword name="$P{i}N" value="{name}"/><Keyword name="$P{i}R" value="262144"/>'
    parameters = "".join(f'<Parameter name="{name}" range="4096" gain="1" log="0"/>' for name in NAMES[:2])
    parameters += "".join(f'<Parameter name="{n}" range="4096" log="1" calibrationIndex="1"/>' for n in NAMES[2:])
    gates = _early(
        "A", "PolyRect", "0,0 2000,0 2000,4096 0,4096", "FSC-A", "SSC-A", _early("K", "Range", "9,0 900,0", "PE-A")
    )
    gates += _early("B", "Polygon", "100,100 90000,100 100,90000", "&lt;PE-A&gt;", "APC-A")
    gates += _early("E", "Ellipse", "10,49 9000,49 500,0 500,990", "FSC-A", "SSC-A")
    paths = "<GatePaths><StringArray><String>A</String><String>B</String></StringArray></GatePaths>"
    gates += f'<Population name="o"><BooleanGate specification="G0 | G1">{paths}</BooleanGate></Population>'
    values = (("1", "0.1"), ("0.02", "1"))
    rows = "".join(
        f'<Channel name="{dye}">'
        + "".join(f'<ChannelValue name="{to}" value="{v}"/>' for to, v in zip(NAMES[2:], row, strict=True))
        + "</Channel>"
        for dye, row in zip(NAMES[2:], values, strict=True)
    )
    table = ",".join(f"{i},{-100 + i * i}" for i in range(400))
    return (
        f'<Workspace flowJoVersion="8.7.3"><SampleList><Sample compensationID="1"><Keywords>{keywords}</Keywords>'
        f'{parameters}<SampleNode name="t.fcs">{gates}</SampleNode></Sample></SampleList><CompensationMatrices>'
        f'<CompensationMatrix name="m" prefix="&lt;" suffix="&gt;">{rows}</CompensationMatrix></CompensationMatrices>'
        f'<CalibrationTables><Table name="one">{table}</Table></CalibrationTables></Workspace>'
    )


# ---------------------------------------------------------------- FACSDiva


def _diva(path: str, kind: str, inside: str, parent: str = "All Events") -> str:
    head = f'<gate fullname="{path}" type="{kind}_Classifier"><num_events>5</num_events><parent>{parent}</parent>'
    return f"{head}{inside}</gate>"


def _region(kind: str, axes: tuple[str, ...], points: str, biex: str = "false") -> str:
    drawn = "".join('<point x="{}" y="{}"/>'.format(*pair.split(",")) for pair in points.split())
    names = " ".join(f'{letter}parm="{name}"' for letter, name in zip("xy", axes, strict=False))
    shown = "".join(
        f"<is_{letter}_parameter_scaled>{biex}</is_{letter}_parameter_scaled><is_{letter}_parameter_log>{biex}"
        f"</is_{letter}_parameter_log><{letter}_parameter_scale_value>250</{letter}_parameter_scale_value>"
        for letter in "xy"
    )
    return f'<region {names} type="{kind}_REGION"><points>{drawn}</points></region>{shown}'


def facsdiva() -> str:
    """An experiment of FACSDiva: rectangle, interval, polygon, rest-of, a bundle, and compensation."""
    inverse = ("1.002", "-0.1002"), ("-0.02004", "1.002")
    settings = "<compensation_enabled>true</compensation_enabled>"
    for name in NAMES:
        column = inverse[NAMES.index(name) - 2] if name in NAMES[2:] else ()
        numbers = "".join(f"<compensation_coefficient>{value}</compensation_coefficient>" for value in column)
        settings += f'<parameter name="{name}"><is_log>false</is_log><compensation>{numbers}</compensation></parameter>'
    top = "All Events"
    gates = _diva(top, "EventSource", "").replace(">5<", f">{N_EVENTS}<")
    gates += _diva(f"{top}\\A", "Region", _region("RECTANGLE", NAMES[:2], "0,0 100000,262143"))
    gates += _diva(f"{top}\\A\\K", "Region", _region("INTERVAL", ("PE-A",), "3,1 3000,1", "true"), f"{top}\\A")
    gates += _diva(f"{top}\\B", "Region", _region("POLYGON", NAMES[2:], "600,400 4000,400 600,4000", "true"))
    gates += _diva(f"{top}\\o", "RestOf", f"<input>{top}\\A</input><input>{top}\\B</input>")
    gates += _diva(f"{top}\\Q", "Composite", "")
    gates += _diva(f"{top}\\Q\\q0", "Region", _region("RECTANGLE", NAMES[:2], "0,0 9,262143"), f"{top}\\Q")
    return (
        f'<bdfacs version="Version 8.0.2"><experiment><specimen><tube name="T"><data_filename>t.fcs</data_filename>'
        f"<instrument_settings>{settings}</instrument_settings><gates>{gates}</gates></tube></specimen></experiment>"
        "</bdfacs>"
    )


# ---------------------------------------------------------------- Gating-ML


def _gate(kind: str, name: str, inside: str, parent: str = "") -> str:
    above = f'g:parent_id="{parent}"' if parent else ""
    return f'<g:{kind}Gate g:id="{name}" {above}>{inside}</g:{kind}Gate>'


def _on(channel: str, limits: str = "", scale: str = "", compensation: str = "uncompensated") -> str:
    on = f'g:transformation-ref="{scale}"' if scale else ""
    return f'<g:dimension g:compensation-ref="{compensation}" {on} {limits}>{_channel(channel)}</g:dimension>'


def gating_ml() -> str:
    """A Gating-ML document: every kind of gate and transformation, and a matrix."""
    kinds = {
        "log": '<t:flog t:T="262144" t:M="4"/>',
        "ash": '<t:fasinh t:T="262144" t:M="4" t:A="1"/>',
        "lin": '<t:flin t:T="262144" t:A="10"/>',
        "lgc": '<t:logicle t:T="262144" t:W="0.5" t:M="4.5" t:A="0"/>',
        "hyp": '<t:hyperlog t:T="262144" t:W="0.5" t:M="4.5" t:A="0"/>',
        "rat": f'<t:fratio t:A="1" t:B="0" t:C="0">{_channel("FSC-A")}{_channel("SSC-A")}</t:fratio>',
    }
    parts = "".join(f'<t:transformation t:id="{name}">{one}</t:transformation>' for name, one in kinds.items())
    channels = "".join(_channel(name) for name in NAMES[2:])
    rows = "".join(
        f"<t:spectrum>{''.join(f'<t:coefficient t:value={value!r}/>' for value in row)}</t:spectrum>"
        for row in (("1", "0.1"), ("0.02", "1"))
    )
    parts += f'<t:spectrumMatrix t:id="m"><t:fluorochromes>{channels}</t:fluorochromes>'
    parts += f"<t:detectors>{channels}</t:detectors>{rows}</t:spectrumMatrix>"
    limits = 'g:min="0.2" g:max="0.9"'
    parts += _gate("Rectangle", "A", _on("FSC-A", 'g:max="100000"'))
    parts += _gate("Rectangle", "K", _on("SSC-A", limits, "lin") + _on("PE-A", limits, "hyp", "m"), "A")
    new = '<d:new-dimension d:transformation-ref="rat"/>'
    parts += _gate("Rectangle", "B", f'<g:dimension g:compensation-ref="uncompensated" g:min="1">{new}</g:dimension>')
    two = _on("PE-A", scale="ash", compensation="m") + _on("APC-A", scale="lgc", compensation="m")
    parts += _gate("Polygon", "P", two + _corners((0.2, 0.2), (0.8, 0.2), (0.8, 0.8)))
    row = '<g:row><g:entry d:value="{}"/><g:entry d:value="{}"/></g:row>'
    mean = "<g:mean>" + '<g:coordinate d:value="100000"/>' * 2 + "</g:mean>"
    square = f"<g:covarianceMatrix>{row.format(4e9, 3e9)}{row.format(3e9, 4e9)}</g:covarianceMatrix>"
    distance = '<g:distanceSquare d:value="1.5"/>'
    parts += _gate("Ellipsoid", "E", _on("FSC-A") + _on("SSC-A") + mean + square + distance)
    at = "<g:value>50000</g:value>"
    quadrants = "".join(
        f'<g:divider g:id="d{i}" g:compensation-ref="uncompensated">{_channel(name)}{at}</g:divider>'
        for i, name in enumerate(NAMES[:2])
    )
    for i, (x, y) in enumerate(((1, 1), (60000, 1), (1, 60000), (60000, 60000))):
        places = f'<g:position g:divider_ref="d0" g:location="{x}"/><g:position g:divider_ref="d1" g:location="{y}"/>'
        quadrants += f'<g:Quadrant g:id="q{i}">{places}</g:Quadrant>'
    parts += _gate("Quadrant", "Q", quadrants)
    references = '<g:gateReference g:ref="A"/><g:gateReference g:ref="q0" g:use-as-complement="true"/>'
    parts += _gate("Boolean", "o", f"<g:or>{references}</g:or>")
    parts += _gate("Boolean", "no", '<g:not><g:gateReference g:ref="o"/></g:not>', "q3")
    return f"<g:Gating-ML {NAMESPACES}>{parts}</g:Gating-ML>"


DOCUMENTS = {"wsp": flowjo, "early": flowjo_early, "diva": facsdiva, "gml": gating_ml}


# ---------------------------------------------------------------- what goes wrong


def spoiled(root: Any, rng: random.Random) -> None:
    """Change the document in one to three places: other values, elements gone, twice, or elsewhere."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        every = [one for one in root.iter() if one is not root]
        if not every:
            return
        one = rng.choice(every)
        above = one.getparent()
        how = rng.random()
        stated = [(element, key) for element in every for key in element.attrib]
        if how < 0.6 and stated:
            element, key = rng.choice(stated)
            others = [other.attrib[its] for other, its in rng.sample(stated, min(5, len(stated)))]
            element.attrib[key] = rng.choice([*VALUES, *others])
        elif how < 0.65 and stated:
            element, key = rng.choice(stated)
            del element.attrib[key]
        elif how < 0.75:
            texts = [element for element in every if (element.text or "").strip()]
            rng.choice(texts or every).text = rng.choice(VALUES)
        elif how < 0.85:
            above.remove(one)
        elif how < 0.93:
            above.insert(rng.randrange(len(above) + 1), copy.deepcopy(one))
        else:
            target = rng.choice(every)
            if target is not one and one not in list(target.iterancestors()):
                target.append(one)
