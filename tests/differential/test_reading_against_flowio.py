"""tregate's reader against FlowIO: the same stored values and the same linear intensities wherever both read."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from fcs_bytes import Fcs, chained, words
from flowio import FlowData, create_fcs, read_multiple_data_sets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from real_data import Listed, inventory, needs_real

from tregate.gating.errors import ReadError
from tregate.gating.read.matrix import matrix
from tregate.gating.read.survey import read

QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def flowio_stored(path: Path) -> np.ndarray:
    with path.open("rb") as handle:
        data = FlowData(handle)
        return np.asarray(data.events, dtype=np.float64).reshape(-1, data.channel_count)


def flowio_linear(path: Path) -> np.ndarray:
    with path.open("rb") as handle:
        return np.asarray(FlowData(handle).as_array())


def tregate_stored(path: Path, data_set: int | None = None) -> np.ndarray:
    sample = read(path, data_set)
    columns = [sample.stored.column(i, 0, sample.n_events) for i in range(len(sample.parameters))]
    return np.stack([column.astype(np.float64) for column in columns], axis=1)


@st.composite
def files(draw: st.DrawFn) -> Fcs:
    """Ordinary list-mode files of every type that FlowIO reads."""
    datatype, dtype, bits = draw(st.sampled_from([("F", "f4", 32), ("D", "f8", 64), ("I", "u4", 32), ("I", "u2", 16)]))
    big = draw(st.booleans())
    events, parameters = draw(st.integers(1, 20)), draw(st.integers(1, 5))
    if datatype == "I":
        values = draw(arrays(dtype, (events, parameters)))
    else:
        values = draw(
            arrays(dtype, (events, parameters), elements=st.floats(-(2.0**99), 2.0**99, width=int(dtype[1]) * 8))
        )
        values[np.abs(values) < 1e-30] = 0  # floats that small are integers misread, and refused
    ranges = [2 ** draw(st.integers(4, bits if datatype == "I" else 22)) for _ in range(parameters)]
    names = [f"D{n}" for n in range(parameters)]
    keywords: dict[str, str | None] = {"$TIMESTEP": draw(st.sampled_from(["0.01", "1", "1E-4"]))}
    for n in range(1, parameters + 1):
        if datatype == "I":
            keywords[f"$P{n}E"] = draw(st.sampled_from(["0,0", "4,1", "4.0,0.1024", "3.5,0.5", "0.0, 0.0"]))
        if float((keywords.get(f"$P{n}E") or "0").partition(",")[0]) == 0:  # gain and log together are no standard
            keywords[f"$P{n}G"] = draw(st.sampled_from([None, "1.0", "3.67", "8", "0"]))
    if draw(st.booleans()):
        names[-1] = "Time"
        keywords[f"$P{parameters}E"] = "0,0"
    order = ("4,3,2,1" if big else "1,2,3,4") if bits > 16 or draw(st.booleans()) else ("2,1" if big else "1,2")
    return Fcs(
        words(values, (">" if big else "<") + dtype),
        events,
        [bits] * parameters,
        ranges,
        datatype,
        order,
        version=draw(st.sampled_from(["FCS2.0", "FCS3.0", "FCS3.1"])),
        names=names,
        keywords=keywords,
        delimiter=draw(st.sampled_from(["/", "|", "\\", "\x0c"])),
        text_tail=b" " * draw(st.integers(0, 7)),
    )


@QUIET
@given(fcs=files())
def test_stored_and_linear_values(tmp_path: Path, fcs: Fcs) -> None:
    path = tmp_path / "tube.fcs"
    path.write_bytes(fcs.build())
    assert np.array_equal(tregate_stored(path), flowio_stored(path))
    np.testing.assert_allclose(matrix(read(path)), flowio_linear(path), rtol=1e-13)


@QUIET
@given(
    events=st.integers(1, 30),
    names=st.lists(st.text("ABCxyz/-_ 0123456789", min_size=1, max_size=9), min_size=1, max_size=6, unique=True),
    seed=st.integers(0, 2**32),
)
def test_files_that_flowio_writes(tmp_path: Path, events: int, names: list[str], seed: int) -> None:
    """Delimiters inside names are escaped by the standard, which lets none stand first or last."""
    names = [f"N{name.strip()}_{i}" for i, name in enumerate(names)]
    values = np.random.default_rng(seed).normal(0, 1e4, (events, len(names))).astype("f4")
    buffer = BytesIO()
    create_fcs(buffer, values.ravel().tolist(), names)
    path = tmp_path / "tube.fcs"
    path.write_bytes(buffer.getvalue())
    sample = read(path)
    assert [str(p.name) for p in sample.parameters] == names
    assert np.array_equal(tregate_stored(path), values)
    assert sample.data_set.repairs == ()


@QUIET
@given(first=files(), second=files())
def test_chains_of_data_sets(tmp_path: Path, first: Fcs, second: Fcs) -> None:
    path = tmp_path / "tube.fcs"
    path.write_bytes(chained(first, second))
    theirs = read_multiple_data_sets(str(path))
    assert len(theirs) == 2
    for number, data in enumerate(theirs, start=1):
        expected = np.asarray(data.events, dtype=np.float64).reshape(-1, data.channel_count)
        assert np.array_equal(tregate_stored(path, number), expected)


@needs_real
@pytest.mark.parametrize("file", inventory("fcs") or [None], ids=lambda f: "absent" if f is None else Path(f.name).name)
@pytest.mark.filterwarnings("ignore")
def test_real_files_that_flowio_reads(file: Listed) -> None:
    """Linear intensities too: FlowIO's preprocessing is the field's reference."""
    try:
        theirs = flowio_linear(file.path)
        ours = matrix(read(file.path))
    except ReadError:
        assert file.expect.startswith("refuse")
        return
    except Exception as error:  # what FlowIO cannot read is no disagreement, and it fails in any way
        pytest.skip(f"FlowIO does not read it ({type(error).__name__})")
    reported = read(file.path).data_set
    logarithms = {int(n) - 1 for n in str(reported.details.get("float log channels", "")).split(",") if n}
    for index in set(range(ours.shape[1])) - logarithms:  # FlowIO raises 10 to the power of values already linear
        np.testing.assert_allclose(ours[:, index], theirs[:, index], rtol=1e-12)
