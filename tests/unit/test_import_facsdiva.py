"""`tregate import` of FACSDiva experiments made here, with counts that were found without tregate."""

from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pytest
from cli_running import tregate
from fcs_bytes import Fcs, words
from flowutils.transforms import logicle
from gates_imported import imported_gates

NAMES = ("FSC-A", "SSC-A", "FITC-A", "PE-A")
SPILL = np.array([[1.0, 0.12], [0.03, 1.0]])
SCALE_VALUE = 250.0
WIDTH = (4.5 - np.log10(262144 / SCALE_VALUE)) / 2


@pytest.fixture(scope="module")
def events() -> np.ndarray:
    """(20000, 4): two clouds per dye, some below 0 after compensation, some beyond the top."""
    rng = np.random.default_rng(7)
    scatter = rng.uniform(-2_000, 290_000, (20_000, 2))
    dyes = np.exp(rng.normal(rng.choice([4.0, 8.5], (20_000, 2)), 1.1)) + rng.normal(0, 60, (20_000, 2))
    return np.column_stack([scatter, dyes @ SPILL]).astype(np.float32).astype(np.float64)


def settings(enabled: str = "true") -> str:
    inverse = np.linalg.inv(SPILL)
    parts = [f"<instrument_settings><compensation_enabled>{enabled}</compensation_enabled>"]
    for name in NAMES:
        dye = name in NAMES[2:]
        parts.append(f'<parameter name="{name}"><can_be_compensated>{str(dye).lower()}</can_be_compensated>')
        column = inverse[:, NAMES.index(name) - 2].tolist() if dye else []
        numbers = "".join(f"<compensation_coefficient>{v!r}</compensation_coefficient>" for v in column)
        parts.append(f"<compensation>{numbers}</compensation></parameter>")
    return "".join([*parts, "</instrument_settings>"])


def gate(path: str, kind: str, count: int, inside: str) -> str:
    parent, _, name = path.rpartition("\\")
    head = f'<gate fullname="{escape(path)}" type="{kind}_Classifier"><name>{name}</name>'
    return f"{head}<num_events>{count}</num_events><parent>{parent}</parent>{inside}</gate>"


def logic(path: str, kind: str, count: int, *of: str) -> str:
    return gate(path, kind, count, "".join(f"<input>{one}</input>" for one in of))


def region(
    path: str, kind: str, axes: tuple[str, ...], points: list[tuple[float, float]], count: int, units: str = "linear"
) -> str:
    parameters = " ".join(f'{letter}parm="{axis}"' for letter, axis in zip("xy", axes, strict=False))
    drawn = "".join(f'<point x="{x!r}" y="{y!r}"/>' for x, y in points)
    reported = "".join(
        f"<is_{letter}_parameter_scaled>{str(units == 'biex').lower()}</is_{letter}_parameter_scaled>"
        f"<is_{letter}_parameter_log>{str(units != 'linear').lower()}</is_{letter}_parameter_log>"
        f"<{letter}_parameter_scale_value>{SCALE_VALUE}</{letter}_parameter_scale_value>"
        for letter in "xy"
    )
    shape = f'<region {parameters} type="{kind}_REGION"><points>{drawn}</points></region>'
    return gate(path, "Region", count, shape + reported)


def imported(
    tmp_path: Path, events: np.ndarray, gates: str, inside: str | None = None
) -> tuple[int, str, dict[str, dict[str, str]]]:
    folder = tmp_path / "fcs"
    folder.mkdir(exist_ok=True)
    data = Fcs(words(events, "<f4"), len(events), [32] * 4, [262144] * 4, "F", names=NAMES)
    (folder / "tube.fcs").write_bytes(data.build())
    everything = gate("All Events", "EventSource", len(events), "")
    held = f"<data_filename>tube.fcs</data_filename>{settings() if inside is None else inside}"
    tube = f'<tube name="T">{held}<gates>{everything}{gates}</gates></tube>'
    text = f'<bdfacs version="Version 8.0.2"><experiment><specimen>{tube}</specimen></experiment></bdfacs>'
    return imported_gates(tmp_path / "experiment.xml", text)


def compensated(events: np.ndarray) -> np.ndarray:
    return events[:, 2:] @ np.linalg.inv(SPILL)


def in_channels(values: np.ndarray) -> np.ndarray:
    """Channels of 4,096 on the biexponential axis."""
    return logicle(values, None, t=262144, m=4.5, w=WIDTH, a=0) * 4096


def test_six_populations_have_the_counts_that_were_found_without_tregate(tmp_path: Path, events: np.ndarray) -> None:
    scatter, channels = events[:, :2], in_channels(compensated(events))
    cells = (scatter[:, 0] >= 40_000) & (scatter[:, 1] < 150_000)
    triangle = cells & (channels[:, 0] > 600) & (channels[:, 1] > 400) & (channels.sum(axis=1) < 5_000)
    quadrant = cells & (channels[:, 0] >= 1_800) & (channels[:, 1] >= 1_700)
    bright = compensated(events)[:, 1] >= 1e3
    dyes, p1, p2, q2 = ("FITC-A", "PE-A"), "All Events\\P1", "All Events\\P1\\P2", "All Events\\P1\\Q2"
    corner = [(1_800, 1_700), (4_095, 1_700), (4_095, 4_095), (1_800, 4_095)]
    rest, either = cells & ~triangle & ~quadrant, triangle | bright
    gates = "".join(
        [
            region(p1, "RECTANGLE", ("FSC-A", "SSC-A"), [(40_000, 0), (262_143, 150_000)], int(cells.sum())),
            region(p2, "POLYGON", dyes, [(600, 400), (4_600, 400), (600, 4_400)], int(triangle.sum()), "biex"),
            region(q2, "POLYGON", dyes, corner, int(quadrant.sum()), "biex"),
            region("All Events\\P3", "INTERVAL", ("PE-A",), [(3.0, 5), (5.4185, 5)], int(bright.sum()), "log"),
            logic("All Events\\P1\\rest", "RestOf", int(rest.sum()), p2, q2),
            logic("All Events\\either", "OR", int(either.sum()), p2, "All Events\\P3"),
        ]
    )
    code, said, rows = imported(tmp_path, events, gates)
    assert set(rows) == {"P1", "P1/P2", "P1/Q2", "P3", "P1/rest", "either"}
    for row in rows.values():
        assert abs(int(row["count"]) - int(row["stored_count"])) <= 1, row
        assert int(row["count"]) > 200, row
    assert code == 0, said


def test_without_compensation_values_are_as_recorded(tmp_path: Path, events: np.ndarray) -> None:
    count = int((events[:, 2] >= 1e3).sum())
    gate = region("All Events\\P1", "INTERVAL", ("FITC-A",), [(3.0, 5), (5.4185, 5)], count, "log")
    code, said, rows = imported(tmp_path, events, gate, settings("false"))
    assert code == 0, said
    assert rows["P1"]["why"] == "equal"


def test_what_has_no_form_is_refused_with_what_rests_on_it(tmp_path: Path, events: np.ndarray) -> None:
    odd = region("All Events\\P1", "BANANA", ("FSC-A", "SSC-A"), [(0, 0), (1, 1)], 5)
    child = region("All Events\\P1\\P2", "INTERVAL", ("FSC-A",), [(0, 0), (9, 0)], 5)
    good = region("All Events\\P3", "INTERVAL", ("FSC-A",), [(0, 0), (262_143, 0)], len(events))
    code, _, rows = imported(tmp_path, events, odd + child + good)
    assert code == 1
    assert rows["P1"]["why"] == "gate refused: banana on 2 axes has no form here"
    assert rows["P1/P2"]["why"] == "gate refused: its parent P1 was refused"
    assert rows["P3"]["why"] == "equal"


def test_a_gate_without_a_name_is_refused_with_its_children_and_one_called_all_is_renamed(
    tmp_path: Path, events: np.ndarray
) -> None:
    def interval(path: str, low: float) -> str:
        return region(path, "INTERVAL", ("FSC-A",), [(low, 0), (262_143, 0)], int((events[:, 0] >= low).sum()))

    nameless = interval("All Events\\", 50_000) + interval("All Events\\\\in", 60_000)
    called_all = interval("All Events\\all", 40_000) + interval("All Events\\all\\in", 60_000)
    code, _, rows = imported(tmp_path, events, nameless + called_all)
    assert code == 1
    assert set(rows) == {"(no name)", "(no name)/in", "all", "all/in"}
    assert all("has no name" in rows[path]["why"] for path in ("(no name)", "(no name)/in"))
    assert rows["all"]["why"].startswith('equal; called "all (gate)" in the strategy')
    assert rows["all/in"]["why"] == "equal"


def test_gates_of_a_global_worksheet_that_no_tube_has_are_stated(tmp_path: Path, events: np.ndarray) -> None:
    def interval(name: str) -> str:
        return region(f"All Events\\{name}", "INTERVAL", ("FSC-A",), [(0, 0), (262_143, 0)], len(events))

    code, _, _ = imported(tmp_path, events, interval("P1"))
    assert code == 0
    path = tmp_path / "experiment.xml"
    sheet = f"<worksheet_template><gates>{interval('P1')}{interval('P2')}</gates></worksheet_template>"
    path.write_text(path.read_text(encoding="utf-8").replace("<specimen>", f"{sheet}<specimen>"), encoding="utf-8")
    done = tregate("import", path, "--fcs", tmp_path / "fcs", "--out", tmp_path / "second")
    assert done.code == 0
    assert "outside of the tubes: a gate that no sample of the file has; not taken over: P2." in done.out + done.err


def test_a_tube_without_a_file_is_reported(tmp_path: Path, events: np.ndarray) -> None:
    gate = region("All Events\\P1", "INTERVAL", ("FSC-A",), [(0, 0), (9, 0)], 5)
    code, said, _ = imported(tmp_path, events[:100], gate.replace("tube.fcs", "other.fcs"))
    assert code in (0, 1)
    text = (tmp_path / "experiment.xml").read_text(encoding="utf-8").replace("tube.fcs", "other.fcs")
    (tmp_path / "experiment.xml").write_text(text, encoding="utf-8")
    done = tregate("import", tmp_path / "experiment.xml", "--fcs", tmp_path / "fcs", "--out", tmp_path / "second")
    assert done.code == 2, said
    assert "Samples: other.fcs; files: tube.fcs" in done.err
