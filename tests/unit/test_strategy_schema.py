"""What a strategy knows of itself: parents, lineage, gating order, the markers it cannot do without."""

import pytest
from pydantic import ValidationError
from spec_tables import strategy_of

from tregate.gating.geometry.scales import AsinhScale, LinearScale, LogicleScale, LogScale
from tregate.gating.strategy.gates import RangeGate
from tregate.gating.strategy.references import cycles, dangling, written_references
from tregate.gating.strategy.schema import Population, Strategy

STRATEGY = """
strategy: unit
panel: {markers: {CD45: , CD3: , CD4: , CD8: , CD25: , Foxp3: }}
scales:
  default: {kind: asinh, top: 1000, decades: 4, negative: 0.5}
  CD4: {kind: log, top: 500, decades: 3}
  CD8: {kind: linear, top: 100}
  CD3: {kind: logicle, top: 1000, decades: 5, linear: 1, negative: 0.2}
populations:
  deep: {all_of: [CD4+, CD8+]}
  either: {any_of: [CD4+, CD8+]}
  only: {all_of: [CD4+], none_of: [CD8+]}
  stated: {parent: CD3+, all_of: [CD4+, CD8+]}
  CD3+: {parent: all, axes: [CD3], gate: {kind: range, low: 1}}
  CD4+: {parent: CD3+, axes: [CD4], gate: {kind: range, low: 1}, show: CD25}
  CD8+: {parent: CD3+, axes: [CD8], gate: {kind: range, low: 1}, optional: true}
  high: {parent: CD4+, axes: [CD25], gate: {kind: reference, of: CD8+, quantile: 0.9, keep: above}}
  odd: {parent: all, axes: [CD45], gate: {kind: range, low: 1},
        instead: [{axes: [CD3, CD4], gate: {kind: diagonal, guide: Foxp3}}]}
"""


@pytest.fixture(scope="module")
def strategy() -> Strategy:
    return strategy_of(
        STRATEGY.replace("[{axes: [CD3], gate: {kind: diagonal", "[{axes: [CD3, CD4], gate: {kind: diagonal")
    )


@pytest.mark.parametrize(
    ("name", "parent"),
    [
        ("CD3+", "all"),
        ("CD4+", "CD3+"),
        ("deep", "CD3+"),
        ("either", "CD3+"),
        ("only", "CD4+"),
        ("stated", "CD3+"),
        ("high", "CD4+"),
    ],
)
def test_the_parent_of_logic_is_what_all_it_names_share(strategy: Strategy, name: str, parent: str) -> None:
    assert strategy.parents[name] == parent


def test_a_lineage_may_be_longer_than_the_stack(strategy: Strategy) -> None:
    first = strategy.populations["CD3+"]
    chain = {"0": first} | {str(n): first.model_copy(update={"parent": str(n - 1)}) for n in range(1, 3000)}
    deep = Strategy.model_construct(**{**dict(strategy), "populations": chain})
    assert len(deep.lineage("2999")) == 3001


def test_lineage_ends_in_all(strategy: Strategy) -> None:
    assert strategy.lineage("high") == ("high", "CD4+", "CD3+", "all")
    assert strategy.lineage("deep") == ("deep", "CD3+", "all")


def test_gating_order_puts_each_after_what_it_refers_to(strategy: Strategy) -> None:
    order = strategy.gating_order
    assert sorted(order) == sorted(strategy.populations)
    for name in order:
        for needed in strategy.populations[name].references:
            assert needed == "all" or order.index(needed) < order.index(name)


def test_gating_order_is_as_listed_where_nothing_refers_ahead() -> None:
    chain = {f"P{i}": {"parent": "all", "axes": ["FSC-A"], "gate": {"kind": "range", "low": 1}} for i in range(9)}
    listed = Strategy.model_validate({"strategy": "s", "panel": {}, "populations": chain})
    assert listed.gating_order == tuple(chain)


def test_a_changed_copy_is_worked_out_anew(strategy: Strategy) -> None:
    assert strategy.parents["high"] == "CD4+"
    moved = strategy.populations["high"].model_copy(update={"parent": "CD8+"})
    changed = strategy.model_copy(update={"populations": {**strategy.populations, "high": moved}})
    assert (moved.references, changed.parents["high"]) == (("CD8+",), "CD8+")
    assert changed.gating_order.index("CD8+") < changed.gating_order.index("high")
    assert strategy.parents["high"] == "CD4+"


def test_markers_tell_what_cannot_be_missing(strategy: Strategy) -> None:
    """Required: gated on, not optional, no alternative. Guides and pictures never are."""
    needed = strategy.markers
    assert {marker for marker, required in needed.items() if required} == {"CD3", "CD4", "CD25"}
    assert {marker for marker, required in needed.items() if not required} == {"CD8", "CD45", "Foxp3"}


def test_scales_are_by_marker_then_default(strategy: Strategy) -> None:
    assert strategy.scale_of("CD25") == AsinhScale(1000, 4, 0.5)
    assert strategy.scale_of("CD4") == LogScale(500, 3)
    assert strategy.scale_of("CD8") == LinearScale(100)
    assert strategy.scale_of("CD3") == LogicleScale(1000, 5, 1, 0.2)
    bare = Strategy.model_validate(
        {"strategy": "s", "panel": {}, "populations": {"P": {"parent": "all", "all_of": ["P"]}}}
    )
    assert bare.scale_of("CD3") == LogicleScale(1048576.0, 4.5, 0.5)


def test_a_strategy_cannot_be_changed(strategy: Strategy) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        strategy.strategy = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        strategy.populations["CD3+"].gate = RangeGate(kind="range", low=2)  # type: ignore[misc]


def test_references_name_each_population_once() -> None:
    population = Population.model_validate(
        {
            "parent": "A",
            "axes": ["CD25"],
            "gate": {
                "kind": "valley",
                "keep": "above",
                "otherwise": {"kind": "reference", "of": "B", "quantile": 0.9, "keep": "above"},
            },
            "instead": [
                {
                    "axes": ["CD3", "CD4"],
                    "gate": {
                        "kind": "template",
                        "vertices": [[1, 1], [2, 1], [2, 2]],
                        "landmarks": {"parent": [1, 1], "C": [2, 2], "A": [1, 2]},
                    },
                }
            ],
        }
    )
    assert population.references == ("A", "B", "C")


def test_written_references_bear_any_nonsense() -> None:
    raw = {
        "P": {"parent": 3, "all_of": "Q", "none_of": [None, "R"], "gate": "range", "instead": {"gate": {}}},
        "Q": None,
        7: {"parent": "P", "gate": {"of": ["x"], "landmarks": ["P"], "otherwise": {"of": "Q"}}},
    }
    assert written_references(raw) == {"P": ("Q", "R"), "Q": (), "7": ("P", "Q")}
    assert written_references(["P"]) == {}


def test_dangling_and_cycles() -> None:
    wired = {"A": ("B", "all"), "B": ("C",), "C": ("A", "X"), "D": ("D",), "E": ("A", "D"), "F": ()}
    assert list(dangling(wired)) == [("C", "X")]
    assert list(cycles(wired)) == [("A", "B", "C"), ("D",)]


def test_a_very_long_chain_is_no_problem() -> None:
    wired = {f"P{i}": (f"P{i + 1}",) for i in range(5000)} | {"P5000": ("P0",)}
    assert [len(cycle) for cycle in cycles(wired)] == [5001]
