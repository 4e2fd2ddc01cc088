"""`tregate import`: a gate that cannot stand is refused with its reason, and those that need it, and no others."""

from pathlib import Path

import numpy as np
import pytest
from flowjo_made import LOW, box, dimension, imported, workspace
from test_import_facsdiva import NAMES, gate, logic, region
from test_import_facsdiva import imported as imported_from_facsdiva

from tregate.gating.strategy.load import load_strategy

KINDS = {"none_of": "NotNode", "all_of": "AndNode", "any_of": "OrNode"}


def node(name: str, *of: str, kind: str = "AndNode", sub: str = "") -> str:
    parts = "".join(f'<Dependent name="{one}"/>' for one in of)
    return f'<{kind} name="{name}"><Dependents>{parts}</Dependents><Subpopulations>{sub}</Subpopulations></{kind}>'


@pytest.mark.parametrize("kind", KINDS.values())
@pytest.mark.parametrize(
    ("circle", "lost", "kept"),
    [
        (node("a", "low", "a"), {"a": "of itself"}, set()),
        (node("a", "b") + node("b", "a"), {"a": "by way of b", "b": "by way of a"}, set()),
        (node("a", "a/in", sub=box("in", 1, LOW)), {"a": "by way of a/in", "a/in": "by way of a"}, set()),
        (node("a", "a") + node("b", "a", "low"), {"a": "of itself", "b": "made of a, which was refused"}, set()),
        (node("a", "b") + node("b", "c") + node("c", "low"), {}, {"a", "b", "c"}),
    ],
)
def test_gates_in_a_circle_are_refused_with_what_needs_them(
    kind: str, circle: str, lost: dict[str, str], kept: set[str], tmp_path: Path
) -> None:
    code, said, rows = imported(tmp_path, workspace(circle.replace("AndNode", kind) + box("low", 30, LOW)))
    assert code == (1 if lost else 0), said
    assert {name for name, row in rows.items() if row["count"]} == {"low"} | kept
    assert rows["low"]["why"] == "equal"
    for name, reason in lost.items():
        assert reason in rows[name]["why"]


def test_logic_of_logic_may_be_longer_than_any_stack(tmp_path: Path) -> None:
    chain = "".join(node(f"n{i}", f"n{i - 1}" if i else "low", kind="NotNode") for i in reversed(range(1_500)))
    code, said, rows = imported(tmp_path, workspace(chain + box("low", 30, LOW)))
    assert code == 0, said
    assert (rows["n0"]["count"], rows["n1499"]["count"]) == ("70", "30")


@pytest.fixture(scope="module")
def events() -> np.ndarray:
    return np.random.default_rng(1).uniform(0, 200_000, (500, len(NAMES)))


def range_on(path: str, low: float, high: float, count: int) -> str:
    return region(path, "INTERVAL", ("FSC-A",), [(low, 0.0), (high, 0.0)], count)


def test_a_parent_that_is_not_in_the_file_loses_its_own_branch_alone(tmp_path: Path, events: np.ndarray) -> None:
    counts = [int(((events[:, 0].astype(np.float32) >= 0) & (events[:, 0] < high)).sum()) for high in (50_000, 90_000)]
    gates = range_on("All Events\\A", 0, 50_000, counts[0]) + range_on("All Events\\B", 0, 90_000, counts[1])
    gates += range_on("All Events\\GONE\\C", 0, 50_000, 1) + range_on("All Events\\GONE\\C\\D", 0, 50_000, 1)
    code, said, rows = imported_from_facsdiva(tmp_path, events, gates)
    assert code == 1, said
    assert {rows["A"]["why"], rows["B"]["why"]} == {"equal"}
    assert rows["GONE/C"]["why"] == "gate refused: its parent GONE is not in the file"
    assert rows["GONE/C/D"]["why"] == "gate refused: its parent GONE/C was refused"


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_gates_of_bundles_within_bundles_lie_in_what_holds_the_outermost(
    depth: int, tmp_path: Path, events: np.ndarray
) -> None:
    within = (events[:, 0] < 120_000) & (events[:, 0] >= 40_000)
    path = "All Events\\A"
    gates = range_on(path, 0, 120_000, int((events[:, 0] < 120_000).sum()))
    for i in range(depth):
        path += f"\\Q{i}"
        gates += gate(path, "Composite", 0, "")
    gates += range_on(f"{path}\\in", 40_000, 262_144, int(within.sum()))
    code, said, rows = imported_from_facsdiva(tmp_path, events, gates)
    assert code == 0, said
    assert {row["why"] for row in rows.values()} == {"equal"}


def test_bundles_in_a_circle_lose_what_they_hold(tmp_path: Path, events: np.ndarray) -> None:
    bundles = gate("Q", "Composite", 0, "<parent>R</parent>") + gate("R", "Composite", 0, "<parent>Q</parent>")
    gates = bundles.replace("<parent></parent>", "") + range_on("Q\\in", 0, 9_000, 3)
    gates += range_on("All Events\\A", 0, 262_144, len(events)) + logic(
        "All Events\\rest", "RestOf", 0, "All Events\\A"
    )
    code, said, rows = imported_from_facsdiva(tmp_path, events, gates)
    assert code == 1, said
    assert {rows["A"]["why"], rows["rest"]["why"]} == {"equal"}
    assert "is not in the file" in rows["Q/in"]["why"]


LIMITS = {
    "one point": 'gating:min="10" gating:max="10"',
    "the wrong way round": 'gating:min="30" gating:max="10"',
    "no number": 'gating:min="x"',
    "not finite": 'gating:min="nan" gating:max="3"',
}


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize("form", ["range", "box"])
def test_limits_without_an_inside_lose_their_own_gate_alone(form: str, limits: str, tmp_path: Path) -> None:
    bad = box("bad", 3, limits, box("in", 1, LOW))
    if form == "box":
        bad = bad.replace("</gating:RectangleGate>", f"{dimension('B', LOW)}</gating:RectangleGate>", 1)
    code, said, rows = imported(tmp_path, workspace(box("low", 30, LOW) + bad))
    assert code == 1, said
    assert rows["low"]["why"] == "equal"
    assert rows["bad"]["why"].startswith("gate refused: ")
    assert rows["bad/in"]["why"] == "gate refused: its parent bad was refused"


def test_an_interval_of_one_point_on_facsdivas_axis_loses_its_own_gate_alone(
    tmp_path: Path, events: np.ndarray
) -> None:
    gates = range_on("All Events\\A", 0, 262_144, len(events)) + range_on("All Events\\point", 5, 5, 0)
    code, said, rows = imported_from_facsdiva(tmp_path, events, gates)
    assert code == 1, said
    assert rows["A"]["why"] == "equal"
    assert rows["point"]["why"] == "gate refused: a strategy cannot hold it: low (5) must be below high (5)"


def matrix(*rows: tuple[str, str]) -> str:
    """The spillover matrix of A and B."""
    parameters = "".join(f'<data-type:parameter data-type:name="{name}"/>' for name in "AB")
    spillovers = "".join(
        f'<transforms:spillover data-type:parameter="{dye}">'
        + "".join(
            f'<transforms:coefficient data-type:parameter="{name}" transforms:value="{value}"/>'
            for name, value in zip("AB", row, strict=True)
        )
        + "</transforms:spillover>"
        for dye, row in zip("AB", rows, strict=False)
    )
    parts = f"<data-type:parameters>{parameters}</data-type:parameters>{spillovers}"
    return f'<transforms:spilloverMatrix prefix="Comp-" suffix="" name="m">{parts}</transforms:spilloverMatrix>'


UNUSABLE = {
    "singular": (("1", "0.5"), ("0.5", "0.25")),
    "two dyes almost the same": (("1", "0.99999"), ("0.99999", "1")),
    "a coefficient without a number": (("1", ""), ("0", "1")),
    "a coefficient that is infinite": (("1", "inf"), ("0", "1")),
    "a coefficient that is no spillover": (("1", "1e308"), ("0", "1")),
    "a row missing": (("1", "0"),),
}


@pytest.mark.parametrize("rows", UNUSABLE.values(), ids=UNUSABLE)
def test_a_matrix_that_cannot_be_used_loses_the_compensated_gates_alone(
    rows: tuple[tuple[str, str], ...], tmp_path: Path
) -> None:
    gates = box("low", 30, LOW) + box("bad", 3, LOW, box("in", 1, LOW), channel="Comp-A")
    text = workspace(gates).replace("<Keywords>", f"{matrix(*rows)}<Keywords>")
    code, said, rows_found = imported(tmp_path, text)
    assert code == 1, said
    assert rows_found["low"]["why"] == "equal"
    assert "gate refused: " in rows_found["bad"]["why"]
    assert rows_found["bad/in"]["why"] == "gate refused: its parent bad was refused"
    assert not list((tmp_path / "out").glob("matrix_*.csv"))


def test_a_matrix_of_channels_that_the_file_does_not_have_loses_the_compensated_gates_alone(tmp_path: Path) -> None:
    gates = box("low", 30, LOW) + box("bad", 3, LOW, channel="Comp-A")
    stated = matrix(("1", "0.1"), ("0", "1")).replace('name="B"', 'name="C"').replace('parameter="B"', 'parameter="C"')
    code, said, rows = imported(tmp_path, workspace(gates).replace("<Keywords>", f"{stated}<Keywords>"))
    assert code == 1, said
    assert rows["low"]["why"] == "equal"
    assert "gate refused: it is compensated, and " in rows["bad"]["why"]


def vertices(points: list[tuple[str, str]]) -> str:
    coordinate = '<gating:coordinate data-type:value="{}"/>'
    inside = ("".join(coordinate.format(value) for value in point) for point in points)
    return "".join(f"<gating:vertex>{one}</gating:vertex>" for one in inside)


@pytest.mark.parametrize("number", ["1e300", "-1e300", "1e31", "1e308", "1e400", "inf", "nan", "", "1,5"])
@pytest.mark.parametrize("shape", ["Polygon", "Ellipsoid"])
def test_corners_that_are_no_intensity_lose_their_own_gate_alone(shape: str, number: str, tmp_path: Path) -> None:
    points = [("0", "0"), ("50", number), ("50", "0"), ("0", "50")]
    corners = vertices(points)
    if shape == "Ellipsoid":
        foci = "".join(corners.partition("</gating:vertex>")[:2]) * 2
        corners = f"<gating:foci>{foci}</gating:foci><gating:edge>{corners}</gating:edge>"
    inside = f"{dimension('A')}{dimension('B')}{corners}"
    bad = (
        f'<Population name="bad" count="3"><Gate><gating:{shape}Gate>{inside}</gating:{shape}Gate></Gate></Population>'
    )
    scales = "".join(
        f'<transforms:linear transforms:minRange="0" transforms:maxRange="1024">'
        f'<data-type:parameter data-type:name="{name}"/></transforms:linear>'
        for name in "AB"
    )
    code, said, rows = imported(tmp_path, workspace(bad + box("low", 30, LOW), scales=scales))
    assert code == 1, said
    assert rows["low"]["why"] == "equal"
    assert rows["bad"]["why"].startswith("gate refused: ")


@pytest.mark.parametrize("root", ["Sample", "tube", "Population", "Keyword", "Graph"])
def test_a_part_of_a_file_as_its_root_is_named(root: str, tmp_path: Path) -> None:
    code, said, rows = imported(tmp_path, f"<{root}><{root}/></{root}>")
    assert code == 2
    assert f'its root is "{root}"' in said
    assert not rows


@pytest.mark.parametrize("numbers", [("-1", "4.5", "0.5"), ("1024", "4.5", "9"), ("1024", "inf", "0.5"), ("", "", "")])
def test_a_scale_with_impossible_numbers_loses_the_gates_that_are_drawn_on_it(
    numbers: tuple[str, str, str], tmp_path: Path
) -> None:
    stated = " ".join(f'transforms:{name}="{value}"' for name, value in zip("TMW", numbers, strict=True))
    scale = (
        f'<transforms:logicle {stated} transforms:A="0"><data-type:parameter data-type:name="A"/></transforms:logicle>'
    )
    corners = vertices([("0", "0"), ("50", "0"), ("0", "50")])
    polygon = f"<gating:PolygonGate>{dimension('A')}{dimension('B')}{corners}</gating:PolygonGate>"
    bad = f'<Population name="bad" count="3"><Gate>{polygon}</Gate></Population>'
    code, said, rows = imported(tmp_path, workspace(box("low", 30, LOW) + bad, scales=scale))
    assert code == 1, said
    assert rows["low"]["why"] == "equal"
    assert "the scale of A has impossible numbers" in rows["bad"]["why"]


@pytest.mark.parametrize("name", ["1e9", "1e999", "0x1F", "-3", ".5", "+1", "yes", "null", "~", "- a", "a: b", "#1"])
def test_names_that_read_as_numbers_stay_names(name: str, tmp_path: Path) -> None:
    inside = node("rest", name, kind="NotNode")
    code, said, _ = imported(tmp_path, workspace(box(name, 30, LOW, box("in", 30, LOW)) + inside))
    assert code == 0, said
    strategy = load_strategy(str(tmp_path / "out" / "strategy.yaml"))
    assert {*strategy.populations} == {name, f"{name}/in", "rest"}
    assert strategy.populations["rest"].none_of == (name,)
    assert strategy.populations[f"{name}/in"].parent == name
