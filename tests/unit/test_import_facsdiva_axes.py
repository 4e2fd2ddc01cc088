"""FACSDiva's axes and settings: counts by the published formulas, of events that lie on the end of an axis too."""

from pathlib import Path

import numpy as np
import pytest
from cli_running import rows, tregate
from fcs_bytes import Fcs, words
from flowutils.transforms import logicle
from test_import_facsdiva import gate

TOP, LOG_TOP = 262_144.0, float(np.log10(262_144.0))
SCATTER = ("FSC-A", "FSC-H", "FSC-W", "SSC-A")
DYES = ("PE-A", "APC-Cy7-A", "Bd Horizon V450-A", "Pacific Orange-A")
NAMES = (*SCATTER, *DYES)
SPILL = np.eye(4) + np.array([[0, 0.15, 0.01, 0], [0.02, 0, 0, 0.03], [0, 0, 0, 0.1], [0.06, 0, 0.2, 0]])
INVERSE = np.linalg.inv(SPILL)
N = 12_000


@pytest.fixture(scope="module")
def events() -> np.ndarray:
    """(N, 8): pulses, and dyes from far below 0 to beyond the top of the axes."""
    rng = np.random.default_rng(20)
    pulses = rng.normal([90_000, 70_000, 78_000, 60_000], [45_000, 30_000, 25_000, 50_000], (N, 4))
    true = np.exp(rng.normal(rng.choice([3.0, 7.0, 11.5], (N, 4)), 1.2)) + rng.normal(0, 150, (N, 4))
    return np.column_stack([pulses, true @ SPILL]).astype(np.float32).astype(np.float64)


def compensated(events: np.ndarray, name: str) -> np.ndarray:
    return (events[:, 4:] @ INVERSE)[:, DYES.index(name)] if name in DYES else events[:, NAMES.index(name)]


def shown(events: np.ndarray, name: str, scale: str) -> np.ndarray:
    """Where FACSDiva shows the events: in the coordinates of its regions, those beyond an end on that end."""
    values = compensated(events, name)
    if scale == "linear":
        return np.clip(values, 0, 262_143)
    if scale == "log":
        return np.log10(np.clip(values, 10 ** (LOG_TOP - 5), 262_143))
    if scale == "channels of a linear axis":
        return np.clip(values, 0, TOP * 4095 / 4096) / TOP * 4096
    width = max(0.0, (4.5 - np.log10(TOP / float(scale))) / 2) if float(scale) > 0 else 0.0
    return np.clip(logicle(values, None, t=TOP, m=4.5, w=width, a=0) * 4096, 0, 4095)


def inside(x: np.ndarray, y: np.ndarray, corners: list[tuple[float, float]]) -> np.ndarray:
    """By rays; edges that lie on an end of an axis hold what lies on that end."""
    within = np.zeros(len(x), dtype=bool)
    for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1], strict=True):
        if y1 != y2:
            within ^= ((y1 <= y) != (y2 <= y)) & (x < x1 + (y - y1) * (x2 - x1) / (y2 - y1))
    return within


def region(
    path: str, kind: str, axes: tuple[tuple[str, str], ...], points: list[tuple[float, float]], count: int, **more: str
) -> str:
    """`axes`: (channel, how it is shown: linear, log, or a scale value)."""
    parameters = " ".join(f'{letter}parm="{name}"' for letter, (name, _) in zip("xy", axes, strict=False))
    drawn = "".join(f'<point x="{x!r}" y="{y!r}"/>' for x, y in points)
    said = {}
    for letter, (_, scale) in zip("xy", [*axes, ("", "linear")], strict=False):
        said[f"is_{letter}_parameter_scaled"] = str(scale not in ("linear", "log")).lower()
        said[f"is_{letter}_parameter_log"] = str(scale not in ("linear", "channels of a linear axis")).lower()
        said[f"{letter}_parameter_scale_value"] = scale if scale.lstrip("-").isdigit() else "0"
    elements = "".join(f"<{name}>{value}</{name}>" for name, value in (said | more).items() if value != "absent")
    shape = f'<region name="" {parameters} type="{kind}_REGION"><points>{drawn}</points></region>'
    return gate(path, "Region", count, shape + elements)


def settings(scale: int = 300, lacking: int = 0) -> str:
    parts = ["<instrument_settings><compensation_enabled>true</compensation_enabled>"]
    parts.append("<use_auto_biexp_scale>true</use_auto_biexp_scale>")
    for name in NAMES:
        dye = name in DYES
        parts.append(f'<parameter name="{name}"><is_log>{str(dye).lower()}</is_log><min>0.0</min>')
        parts.append(f"<biexp_scale>77</biexp_scale><comp_biexp_scale>{scale}</comp_biexp_scale>")
        parts.append("<manual_biexp_scale>0</manual_biexp_scale>")
        parts.append(f"<can_be_compensated>{str(dye).lower()}</can_be_compensated>")
        if dye:
            column = INVERSE[:, DYES.index(name)].tolist()[lacking:]
            numbers = "".join(f"<compensation_coefficient>{v!r}</compensation_coefficient>" for v in column)
            parts.append(f"<compensation>{numbers}</compensation>")
        parts.append("</parameter>")
    return "".join([*parts, "</instrument_settings>"])


def tube(name: str, file: str, gates: str, inside: str, events: int = N) -> str:
    named = f"<data_filename>{file}</data_filename>" if file else ""
    everything = gate("All Events", "EventSource", events, "")
    return f'<tube name="{name}">{named}{inside}<gates>{everything}{gates}</gates></tube>'


def imported(
    tmp_path: Path, events: dict[str, np.ndarray], tubes: str, before: str = ""
) -> tuple[int, str, dict[tuple[str, str], dict[str, str]]]:
    folder = tmp_path / "fcs"
    folder.mkdir()
    for name, found in events.items():
        # The file states another matrix than the experiment, as after a change in FACSDiva
        other = ",".join(["4", *DYES, *map(repr, np.eye(4).ravel().tolist())])
        keywords = {"SPILL": other, "$FIL": name, "TUBE NAME": f"tube of {name}"}
        data = Fcs(words(found, ">f4"), len(found), [32] * 8, [262144] * 8, "F", byteord="4,3,2,1", version="FCS3.0",
                   names=NAMES, keywords=keywords)  # fmt: skip
        (folder / name).write_bytes(data.build())
    about = (
        f'<experiment name="E"><log_decades>5</log_decades>{before}<specimen name="S">{tubes}</specimen></experiment>'
    )
    path = tmp_path / "experiment.xml"
    path.write_text(f'<bdfacs version="Version 6.1.3">{about}</bdfacs>', encoding="utf-8")
    done = tregate("import", path, "--fcs", folder, "--out", tmp_path / "out")
    listed = rows(tmp_path / "out" / "agreement.csv") if (tmp_path / "out").is_dir() else []
    return done.code, done.out + done.err, {(row["file"], row["population"]): row for row in listed}


def sole(found: dict[tuple[str, str], dict[str, str]]) -> dict[str, dict[str, str]]:
    return {population: row for (_, population), row in found.items()}


def test_a_tube_of_pulses_biexponential_polygons_and_a_logarithmic_interval(tmp_path: Path, events: np.ndarray) -> None:
    """The kinds of gates of a public experiment of 6.1.3, in two tubes of other scales and other files."""
    tubes, wanted = "", {}
    for file, scale in (("124.fcs", 440), ("125.fcs", 155)):
        found = events if file == "124.fcs" else events[: N // 2]
        p1 = (found[:, 2] >= 47_000) & (found[:, 2] < 110_000) & (found[:, 1] < 224_000)
        corners = [(150_000.0, 3_260.0), (74_000.0, 1_770.0), (48_000.0, 1_040.0), (56_000.0, 260.0), (67_000.0, 52.0),
                   (222_000.0, 104.0), (242_000.0, 2_160.0), (239_000.0, 3_025.0)]  # fmt: skip
        p2 = p1 & inside(shown(found, "FSC-A", "linear"), shown(found, "APC-Cy7-A", str(scale)), corners)
        other = [(2_600.0, 3_440.0), (3_500.0, 3_440.0), (3_700.0, 1_800.0), (3_700.0, 78.0), (2_000.0, 78.0)]
        x, y = (shown(found, name, str(scale)) for name in ("Pacific Orange-A", "Bd Horizon V450-A"))
        p3 = p2 & inside(x, y, other)
        p4 = p3 & (np.abs(shown(found, "PE-A", "log") - 3.9) < 1.1)
        quadrants = {
            "Q1": (x < 2_112) & (y >= 1_642), "Q2": (x >= 2_112) & (y >= 1_642),
            "Q3": (x < 2_112) & (y < 1_642), "Q4": (x >= 2_112) & (y < 1_642),
        }  # fmt: skip
        ends = {"Q1": (0.0, 4_095.0), "Q2": (4_095.0, 4_095.0), "Q3": (0.0, 0.0), "Q4": (4_095.0, 0.0)}
        axes = (("Pacific Orange-A", str(scale)), ("Bd Horizon V450-A", str(scale)))
        box = [(47_000.0, 224_000.0), (110_000.0, 224_000.0), (110_000.0, -15_024.5), (47_000.0, -15_024.5)]
        root = "All Events"
        gates = [
            region(f"{root}\\P1", "RECTANGLE", (("FSC-W", "linear"), ("FSC-H", "linear")), box, p1.sum()),
            region(f"{root}\\P1\\P2", "POLYGON", (("FSC-A", "linear"), ("APC-Cy7-A", str(scale))), corners, p2.sum()),
            region(f"{root}\\P1\\P2\\P3", "POLYGON", axes, other, p3.sum()),
            region(f"{root}\\P1\\P2\\P3\\P4", "INTERVAL", (("PE-A", "log"),), [(2.8, 40.9), (5.0, 40.9)], p4.sum()),
            gate(f"{root}\\P1\\$14", "Composite", 0, "<bin>All Events\\P1\\Q1</bin><input>All Events\\P1</input>"),
        ]
        for name, held in quadrants.items():
            middle, end = (2_112.0, 1_642.0), ends[name]
            points = [middle, (end[0], middle[1]), end, (middle[0], end[1])]
            gates.append(region(f"{root}\\P1\\{name}", "POLYGON", axes, points, (held & p1).sum()))
            wanted[file, f"P1/{name}"] = int((held & p1).sum())
        wanted |= {(file, "P1"): p1.sum(), (file, "P1/P2"): p2.sum(), (file, "P1/P2/P3"): p3.sum(),
                   (file, "P1/P2/P3/P4"): p4.sum()}  # fmt: skip
        tubes += tube(f"_{file}", f"C:\\Diva\\{file}", "".join(gates), settings(scale), len(found))
    code, said, found_rows = imported(tmp_path, {"124.fcs": events, "125.fcs": events[: N // 2]}, tubes)
    assert {key: int(row["count"]) for key, row in found_rows.items()} == wanted
    assert min(wanted.values()) > 50
    assert code == 0, said


@pytest.mark.parametrize(
    ("scale", "points"),
    [
        ("250", [(900.0, 0.0), (3_000.0, 0.0), (2_400.0, 2_500.0), (700.0, 1_900.0)]),
        ("250", [(900.0, -300.0), (3_100.0, -200.0), (2_400.0, 2_500.0), (700.0, 1_900.0)]),
        ("5", [(900.0, -300.0), (3_100.0, -200.0), (3_400.0, 4_400.0), (700.0, 1_900.0)]),
        ("log", [(LOG_TOP - 5, LOG_TOP - 5), (3.6, LOG_TOP - 5), (3.1, 4.2), (LOG_TOP - 5, 3.0)]),
        ("log", [(0.0, 0.0), (3.6, 0.0), (3.1, 4.2), (0.0, 3.0)]),
        ("log", [(2.0, 0.2), (5.6, 1.1), (3.1, 4.2)]),
        ("channels of a linear axis", [(30.0, 0.0), (2_000.0, -70.0), (4_200.0, 3_900.0)]),
    ],
)
def test_a_polygon_holds_what_is_shown_on_the_end_of_an_axis(
    scale: str, points: list[tuple[float, float]], tmp_path: Path, events: np.ndarray
) -> None:
    names = ("FSC-A", "FSC-H") if scale.startswith("channels") else ("PE-A", "Bd Horizon V450-A")
    x, y = (shown(events, name, scale) for name in names)
    held = inside(x, y, points)
    drawn = region("All Events\\P1", "POLYGON", tuple((name, scale) for name in names), points, held.sum())
    _, said, found = imported(tmp_path, {"124.fcs": events}, tube("t", "124.fcs", drawn, settings()))
    (row,) = found.values()
    assert int(row["count"]) == held.sum(), said
    assert (held & (y == y.min())).sum() > 5


@pytest.mark.parametrize("low", [0.0, LOG_TOP - 5])
def test_quadrants_on_logarithms_divide_all_events(low: float, tmp_path: Path, events: np.ndarray) -> None:
    x, y = (compensated(events, name) >= 1e3 for name in ("PE-A", "Pacific Orange-A"))
    ends = {"--": (low, low), "-+": (low, 5.4185), "+-": (5.4185, low), "++": (5.4185, 5.4185)}
    gates = ""
    for name, end in ends.items():
        held = (x == (name[0] == "+")) & (y == (name[1] == "+"))
        points = [(3.0, 3.0), (end[0], 3.0), end, (3.0, end[1])]
        gates += region(
            f"All Events\\{name}", "POLYGON", (("PE-A", "log"), ("Pacific Orange-A", "log")), points, held.sum()
        )
    code, said, found = imported(tmp_path, {"124.fcs": events}, tube("t", "124.fcs", gates, settings()))
    assert {row["why"] for row in found.values()} == {"equal"}, said
    assert sum(int(row["count"]) for row in found.values()) == N
    assert code == 0


def test_a_gate_without_scale_value_has_the_tubes_and_one_without_words_the_parameters(
    tmp_path: Path, events: np.ndarray
) -> None:
    y = shown(events, "PE-A", "300") >= 1_500
    log = compensated(events, "PE-A") >= 1e3
    gates = region("All Events\\P1", "INTERVAL", (("PE-A", "-1"),), [(1_500.0, 5.0), (4_095.0, 5.0)], y.sum())
    gates += region(
        "All Events\\P2", "INTERVAL", (("PE-A", "log"),), [(3.0, 5.0), (5.4185, 5.0)], log.sum(),
        is_x_parameter_log="absent",
    )  # fmt: skip
    code, said, found = imported(tmp_path, {"124.fcs": events}, tube("t", "124.fcs", gates, settings()))
    assert {name: row["why"] for name, row in sole(found).items()} == {"P1": "equal", "P2": "equal"}, said
    assert code == 0


def test_a_compensation_that_cannot_be_used_refuses_its_gates_alone(tmp_path: Path, events: np.ndarray) -> None:
    scatter = ((events[:, 0] >= 5e4) & (events[:, 0] < 2e5)).sum()
    gates = region("All Events\\P1", "INTERVAL", (("FSC-A", "linear"),), [(5e4, 5.0), (2e5, 5.0)], scatter)
    gates += region("All Events\\P2", "INTERVAL", (("PE-A", "log"),), [(3.0, 5.0), (5.4185, 5.0)], 9)
    code, _, found = imported(tmp_path, {"124.fcs": events}, tube("t", "124.fcs", gates, settings(lacking=1)))
    assert code == 1
    said = {name: row["why"] for name, row in sole(found).items()}
    assert said == {"P1": "equal", "P2": "gate refused: its compensation has no coefficient for each of its 4 channels"}


def test_a_tube_without_file_name_or_settings(tmp_path: Path, events: np.ndarray) -> None:
    """The tube's name is a keyword of its file, and the experiment has the settings."""
    held = (shown(events, "PE-A", "300") >= 1_500).sum()
    gates = region("All Events\\P1", "INTERVAL", (("PE-A", "300"),), [(1_500.0, 5.0), (4_095.0, 5.0)], held)
    one = tube("tube of 124.fcs", "", gates, "")
    code, said, found = imported(tmp_path, {"124.fcs": events, "125.fcs": events[:90]}, one, settings())
    assert {key: row["why"] for key, row in found.items()} == {("124.fcs", "P1"): "equal"}, said
    assert code == 0


def test_a_gate_below_a_bundle_of_quadrants_has_the_bundles_parent(tmp_path: Path, events: np.ndarray) -> None:
    bright = compensated(events, "PE-A") >= 1e3
    both = bright & (events[:, 0] >= 5e4)
    gates = region(
        "All Events\\P1",
        "INTERVAL",
        (("FSC-A", "linear"),),
        [(5e4, 5.0), (262_143.0, 5.0)],
        (events[:, 0] >= 5e4).sum(),
    )
    gates += gate("All Events\\P1\\$14", "Composite", 0, "")
    gates += region("All Events\\P1\\$14\\Q2", "INTERVAL", (("PE-A", "log"),), [(3.0, 5.0), (5.4185, 5.0)], both.sum())
    code, said, found = imported(tmp_path, {"124.fcs": events}, tube("t", "124.fcs", gates, settings()))
    assert [row["why"] for row in found.values()] == ["equal", "equal"], said
    assert code == 0


def test_tubes_without_gates_have_those_of_the_global_worksheets(tmp_path: Path, events: np.ndarray) -> None:
    """Their counts are of the tube that was current, so that they are compared with none."""
    gates = region("All Events\\P1", "INTERVAL", (("PE-A", "log"),), [(3.0, 5.0), (5.4185, 5.0)], 7)
    held = f"<gates>{gate('All Events', 'EventSource', 9, '')}{gates}</gates>"
    sheet = f'<worksheet_template name="Global Sheet1">{held}</worksheet_template>'
    tubes = tube("a", "124.fcs", "", settings()) + tube("b", "125.fcs", "", settings(), 5_000)
    both = {"124.fcs": events, "125.fcs": events[:5_000]}
    code, said, found = imported(tmp_path, both, tubes, f"<acquisition_worksheets>{sheet}</acquisition_worksheets>")
    wanted = {(name, "P1"): (compensated(held, "PE-A") >= 1e3).sum() for name, held in both.items()}
    assert {key: int(row["count"]) for key, row in found.items()} == wanted, said
    assert {row["why"] for row in found.values()} == {"no stored count"}
    assert code == 0


@pytest.mark.parametrize("turned", [True, False])
def test_height_and_width_of_scatter_that_were_exchanged(turned: bool, tmp_path: Path, events: np.ndarray) -> None:
    """Stored counts show it: with exchanged columns the gates are imported on the other channels, with a message."""
    held = (events[:, 2] >= 60_000) & (events[:, 2] < 85_000) & (events[:, 1] < 224_000)
    box = [(60_000.0, 224_000.0), (85_000.0, 224_000.0), (85_000.0, -15_024.5), (60_000.0, -15_024.5)]
    child = held & (compensated(events, "PE-A") >= 1e3)
    gates = region("All Events\\P1", "RECTANGLE", (("FSC-W", "linear"), ("FSC-H", "linear")), box, held.sum())
    gates += region("All Events\\P1\\P2", "INTERVAL", (("PE-A", "log"),), [(3.0, 5.0), (5.4185, 5.0)], child.sum())
    columns = [0, 2, 1, 3, 4, 5, 6, 7] if turned else [*range(8)]
    written = {"124.fcs": events[:, columns]}
    code, said, found = imported(tmp_path, written, tube("t", "124.fcs", gates, settings()))
    assert {name: row["why"] for name, row in sole(found).items()} == {"P1": "equal", "P1/P2": "equal"}
    assert ("124.fcs: H and W of its scatter have each other's names" in said) == turned
    assert code == 0


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        (
            "<compensation_coefficient>",
            "<compensation_coefficient>x",
            "its compensation has no coefficient for each of",
        ),
        (
            "<compensation_coefficient>",
            "<compensation_coefficient>1e308",
            "its compensation has no coefficient for each",
        ),
        ('x="3.0"', 'x="1e308"', ""),
        ('x="3.0"', 'x="-1e308"', ""),
        ('x="3.0"', 'x="nan"', "a point is not two numbers"),
        ("<log_decades>5", "<log_decades>many", ""),
        ("<comp_biexp_scale>300", "<comp_biexp_scale>inf", "its numbers cannot be read"),
        (
            "<x_parameter_scale_value>-1",
            "<x_parameter_scale_value>1e9",
            "has a biexponential axis of scale value 1e+09",
        ),
    ],
)
def test_numbers_that_are_none_refuse_a_gate_at_most(
    was: str, becomes: str, said: str, tmp_path: Path, events: np.ndarray
) -> None:
    gates = region("All Events\\P1", "INTERVAL", (("PE-A", "log"),), [(3.0, 5.0), (5.4185, 5.0)], 9)
    gates += region("All Events\\P2", "INTERVAL", (("PE-A", "-1"),), [(1_500.0, 5.0), (4_095.0, 5.0)], 9)
    imported(tmp_path, {"124.fcs": events[:500]}, tube("t", "124.fcs", gates, settings(), 500))
    path = tmp_path / "experiment.xml"
    text = path.read_text(encoding="utf-8")
    assert was in text
    path.write_text(text.replace(was, becomes), encoding="utf-8")
    done = tregate("import", path, "--fcs", tmp_path / "fcs", "--out", tmp_path / "again")
    assert done.code in (1, 2)
    reasons = [row["why"] for row in rows(tmp_path / "again" / "agreement.csv")]
    assert len(reasons) == 2
    assert any(said in reason for reason in reasons), reasons
