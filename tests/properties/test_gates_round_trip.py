"""gates.csv reads back as the same gates, bit for bit."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tregate.gating.errors import ConfigurationError
from tregate.gating.events import PlacedGate
from tregate.gating.geometry.scales import AsinhScale, LinearScale, LogicleScale, LogScale
from tregate.gating.geometry.shapes import Axis, Box, Ellipse, Polygon, Quadric, Range, Slices
from tregate.gating.units import Marker, PopulationName
from tregate.pipelines.files.csv_file import write_csv
from tregate.pipelines.interchange.gates_file import COLUMNS, gates_table, read_gates

finite = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(min_value=1e-3, max_value=1e9)
words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
scales = st.one_of(
    st.builds(LinearScale, positive),
    st.builds(LogicleScale, positive, positive, positive, finite),
    st.builds(AsinhScale, positive, positive, finite),
    st.builds(LogScale, positive, positive),
)
axes = st.builds(Axis, words.map(Marker), scales)
sides = st.builds(Range, axes, st.none() | finite, st.none() | finite)
pairs = st.tuples(st.none() | finite, st.none() | finite)
shapes = st.one_of(
    sides,
    st.builds(Slices, axes, st.lists(pairs, max_size=3).map(tuple)),
    st.builds(Box, st.lists(sides, min_size=1, max_size=3).map(tuple)),
    st.builds(Polygon, axes, axes, st.lists(st.tuples(finite, finite), min_size=3, max_size=5).map(tuple)),
    st.builds(
        Ellipse,
        st.tuples(axes, axes),
        st.tuples(finite, finite),
        st.tuples(st.tuples(finite, finite), st.tuples(finite, finite)),
        positive,
    ),
    st.builds(
        Quadric,
        st.tuples(axes, axes),
        finite,
        st.tuples(finite, finite),
        st.tuples(st.tuples(finite, finite), st.tuples(finite, finite)),
        finite,
        st.tuples(finite, finite),
    ),
)
evidence = st.dictionaries(words, st.none() | st.booleans() | st.integers() | finite | words, max_size=3)
gates = st.builds(
    PlacedGate,
    words.map(PopulationName),
    words.map(PopulationName),
    words,
    st.none() | shapes,
    evidence,
    st.just("") | words,
)
tubes = st.dictionaries(
    st.tuples(words, words, words),
    st.lists(gates, min_size=1, max_size=3, unique_by=lambda gate: gate.population),
    max_size=3,
)


@settings(max_examples=150, deadline=None)
@given(tubes)
def test_every_gate_reads_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, drawn: dict) -> None:
    path = tmp_path_factory.mktemp("gates") / "gates.csv"
    write_csv(gates_table([((*key, "a.fcs"), placed) for key, placed in drawn.items()]), path)
    read = read_gates(path)
    assert {key: list(placed.values()) for key, placed in read.items()} == drawn


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("subject,visit\nS1,D1\n", "not a gates.csv of tregate"),
        (",".join(COLUMNS) + "\nS1,D1,T,a.fcs,CD3+,all,CD3,valley,circle,{},{},,,,\n", '"circle" is not a shape'),
        (
            ",".join(COLUMNS) + "\nS1,D1,T,a.fcs,CD3+,all,CD3,valley,range,{},{},,,,\n",
            "the row is not a valid gate: KeyError",
        ),
        (",".join(COLUMNS) + "\nS1,D1,T,a.fcs,CD3+,all,CD3,valley,range,oops,{},,,,\n", "the row is not a valid gate"),
    ],
)
def test_what_is_no_gates_csv_is_reported(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "gates.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"gates\.csv") as caught:
        read_gates(tmp_path / "gates.csv")
    assert message in str(caught.value)
