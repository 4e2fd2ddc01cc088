"""`tregate import`: names of gates that a strategy reserves, that helpers would take, or that YAML reads otherwise."""

from collections import Counter
from pathlib import Path

import pytest
from cli_running import rows as rows_of
from cli_running import run_study
from flowjo_made import LOW, box, imported, workspace
from imported_members import imported_tubes
from test_import_early_flowjo import early, gate

from tregate.gating.read.survey import read
from tregate.pipelines.interchange.drawn import DrawnAxis, DrawnGate, DrawnLogic, DrawnSample, DrawnShape
from tregate.pipelines.interchange.strategy_names import StrategyNames, free_name
from tregate.pipelines.interchange.taken_over import take_over

OUT = 'gating:min="30"'


def negation(name: str, count: int, *of: str) -> str:
    parts = "".join(f'<Dependent name="{one}"/>' for one in of)
    return f'<NotNode name="{name}" count="{count}"><Dependents>{parts}</Dependents></NotNode>'


def members(tmp_path: Path) -> dict[str, int]:
    """Events of every population by what the import wrote."""
    ((_, gated),) = imported_tubes(tmp_path / "out")
    return {str(name): n for name, n in gated.events.items()}


def test_a_gate_called_all_is_renamed_and_its_children_stay_within_it(tmp_path: Path) -> None:
    gates = box("all", 30, LOW, box("child", 10, OUT)) + negation("rest", 70, "all") + box("all (gate)", 70, OUT)
    code, said, rows = imported(tmp_path, workspace(gates))
    assert code == 0, said
    counts = {"all": "30", "all/child": "10", "rest": "70", "all (gate)": "70"}
    assert {name: row["count"] for name, row in rows.items()} == counts
    assert 'called "all (gate) (2)" in the strategy, which cannot use "all" as a name' in rows["all"]["why"]
    assert 'line.fcs: all: called "all (gate) (2)" in the strategy' in said
    assert members(tmp_path) == {"all (gate) (2)": 30, "all/child": 10, "rest": 70, "all (gate)": 70}
    assert run_study(tmp_path / "out" / "study.yaml", tmp_path / "run").code in (0, 1)


def test_a_gate_called_all_of_flowjo_8_is_renamed_too(tmp_path: Path) -> None:
    below = gate("child", "Range", "30,0 200,0", 10)
    code, said, rows = imported(tmp_path, early(gate("all", "Range", "10,0 40,0", 30, below)))
    assert code == 0, said
    assert {name: row["count"] for name, row in rows.items()} == {"all": "30", "all/child": "10"}


def test_the_inside_of_a_complement_takes_no_name_of_a_gate(tmp_path: Path) -> None:
    outside = box("low", 70, LOW, attributes='eventsInside="0"')
    code, said, rows = imported(tmp_path, workspace(outside + box("low (inside)", 70, OUT)))
    assert code == 0, said
    assert {row["why"] for row in rows.values()} == {"equal"}
    assert members(tmp_path) == {"low": 70, "low (inside)": 70, "low (inside) (2)": 30}


def test_the_complement_in_a_union_takes_no_name_of_a_gate(tmp_path: Path) -> None:
    imported(tmp_path, workspace(box("low", 30, LOW)))
    axis = DrawnAxis("A", compensated=False, scale=None)

    def ranged(path: str, low: float, high: float) -> DrawnGate:
        return DrawnGate(path, "", "RectangleGate", DrawnShape((axis,), sides=((low, high),)))

    union = DrawnGate("either", "", "BooleanGate", DrawnLogic("any_of", of=("few",), without=("low",)))
    gates = (ranged("low", 10, 40), ranged("few", 10, 12), ranged("not low", 50, 60), union)
    sample = DrawnSample("one", "", "", None, None, gates)
    plain = take_over(sample, read(tmp_path / "fcs" / "line.fcs"), "a program").plain["populations"]
    assert plain["not low"]["gate"] == {"kind": "range", "low": 50, "high": 60}
    assert plain["either"]["any_of"] == ["few", "not low (2)"]
    assert plain["not low (2)"] == {"parent": "all", "none_of": ["low"]}


ODD = ("null", "yes", "1e3", "0x1F", "1:30", ".inf", "nan", "a: b", "# a", "=1+1", "&lt;b&gt;", " x", "x ", "a,b", "-")
ODD += ("\u2028a", "'", "&quot;", "ALL", "All", "a\\b", "1_000", "~", "\ue000", "c\x85d", "e  f")


def test_names_that_yaml_or_a_table_could_read_otherwise_stay_as_they_are(tmp_path: Path) -> None:
    gates = "".join(box(name, 30, LOW, box("in", 10, OUT)) for name in ODD)
    code, said, _ = imported(tmp_path, workspace(gates))
    assert code == 0, said
    assert len(rows_of(tmp_path / "out" / "agreement.csv")) == 2 * len(ODD)
    written = members(tmp_path)
    assert {"x", "x (2)", "1e3", "nan", "=1+1", "a", "c d"} <= set(written)
    assert Counter(written.values()) == {30: len(ODD), 10: len(ODD)}


@pytest.mark.parametrize(
    "names", [["all"], ["all", "all (gate)"], ["x", " x", "x ", " "], ["all (gate) (2)", "all (gate)", "all"]]
)
def test_no_two_gates_or_helpers_have_one_name(names: list[str]) -> None:
    given = StrategyNames(names)
    found = [*map(given.of, names), *(given.helper(f"{name} (inside)") for name in names), given.of("")]
    assert len(set(found)) == len(found)


def test_numbers_are_given_to_names_that_are_taken() -> None:
    taken: set[str] = set()
    for _ in range(4):
        taken.add(free_name("t", taken))
    assert sorted(taken) == ["t", "t (2)", "t (3)", "t (4)"]
