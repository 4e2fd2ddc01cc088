"""Every real file reads as the inventory says, to the last digit, or is refused with the reason.

`INVENTORY.csv` and `VALUES.csv` of the folder are the truth; three independent decoders agreed on the values.
"""

import csv
import hashlib
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from real_data import REAL, needs_real, real_file

from tregate.gating.errors import DamagedError, DataSetError, NotFCSError, ReadError, TruncatedError
from tregate.gating.prepare.matrix_csv import read_matrix
from tregate.gating.read.cross_check import cross_check_file
from tregate.gating.read.matrix import matrix
from tregate.gating.read.survey import read, survey

pytestmark = needs_real
csv.field_size_limit(10**8)


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    if not (REAL / name).is_file():
        return ()
    with (REAL / name).open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


def listed(name: str, keep: Callable[[dict[str, str]], bool] = lambda row: True) -> tuple[dict[str, str], ...]:
    """Rows of a table; without the folder one stand-in, so that the tests are there to be skipped with a reason."""
    rows = tuple(row for row in table(name) if keep(row))
    return rows or ({"path": "absent", "kind": "", "data_set": "0"},)


FILES = listed("INVENTORY.csv", lambda row: row["kind"] in ("fcs", "lmd"))
BROKEN = {
    "refuse: not an FCS file": NotFCSError,
    "refuse: truncated": TruncatedError,
    "refuse: no DATA": TruncatedError,
}
BROKEN |= {"refuse: DATA damaged": DamagedError}
REPAIRS = {
    "HEADER DATA offsets ($ENDDATA is stale": "offsets-from-header",
    "HEADER DATA offsets ($BEGINDATA lies inside TEXT)": "offsets-from-header",
    "HEADER DATA offsets ($BEGINDATA and $ENDDATA are missing)": "offsets-from-header",
    "HEADER DATA offsets ($BEGINDATA 46 bytes late)": "offsets-differ",
    "TEXT DATA offsets (HEADER DATA offsets are blank)": "offsets-from-text",
    "DATA end off by one": "data-end-off-by-one",
    "empty keyword values": "empty-values",
    "spaces before the keyword": "padded-keywords",
    "supplemental TEXT ignored": "supplemental-text-ignored",
}
SAID_TOO = {"Accuri - C6.fcs": {"supplemental-text-ignored"}}
"""Beyond what the inventory lists: the range of its supplemental TEXT lies inside TEXT."""


def named(row: dict[str, str]) -> str:
    return row["path"].rpartition("/")[2]


each_file = pytest.mark.parametrize("row", FILES, ids=named)


def number(row: dict[str, str]) -> int | None:
    """The data set a test reads: the default, or the first where the user must name one."""
    return 1 if "none is the default" in row["data_sets"] else None


@each_file
def test_the_copy_is_the_file(row: dict[str, str]) -> None:
    assert hashlib.sha1((REAL / row["path"]).read_bytes()).hexdigest() == row["sha1"]


@each_file
def test_reads_or_is_refused(row: dict[str, str]) -> None:
    path = REAL / row["path"]
    if row["expect"].startswith("refuse"):
        (error,) = {kind for start, kind in BROKEN.items() if row["expect"].startswith(start)}
        with pytest.raises(error) as caught:
            read(path)
        assert len(str(caught.value)) > 80, "says what was found, what was expected and what to do"
        return
    data_set = read(path, number(row)).data_set
    expected = {name for words, name in REPAIRS.items() if words in row["expect"]}
    assert bool(expected) == row["expect"].startswith("reads after repair")
    assert {repair.name for repair in data_set.repairs} == expected | SAID_TOO.get(named(row), set())


@each_file
def test_survey_tells_what_is_in_the_file(row: dict[str, str]) -> None:
    """HEADER and TEXT alone, also of files whose DATA must be refused."""
    path = REAL / row["path"]
    if row["expect"].startswith("refuse: not"):
        with pytest.raises(NotFCSError):
            survey(path)
        return
    found = survey(path)
    assert found.size == int(row["size"])
    assert len(found.data_sets) == int(row["data_sets"].partition(";")[0])
    twins = "twins" in row["data_sets"]
    assert found.default == (2 if twins else None if len(found.data_sets) > 1 else 1)
    for i, data_set in enumerate(found.data_sets):

        def entry(column: str, i: int = i) -> str:
            parts = [part.strip() for part in row[column].split(" | ")]
            return parts[i] if len(parts) == len(found.data_sets) else parts[0]

        assert data_set.n_events == int(entry("events"))
        assert data_set.datatype == entry("datatype")
        assert data_set.byte_order == entry("byteord")
        assert len(data_set.parameters) == int(entry("channels"))
        assert [str(p.name).strip() for p in data_set.parameters] == [n.strip() for n in entry("names_PnN").split(";")]
        assert {str(p.bits) for p in data_set.parameters} == set(entry("bits").split(","))
        if not (twins and i == 1):
            assert data_set.instrument == entry("cyt")
            stains = ";".join(p.stain for p in data_set.parameters)
            as_printed = stains.encode().decode("latin-1")  # the inventory shows bytes over 7F one by one
            assert entry("markers_PnS") in (stains if stains.strip(";") else "", as_printed)
        refused = row["expect"].startswith(("refuse: truncated", "refuse: no DATA"))
        assert ("data_unreadable" in [f.check for f in data_set.findings]) == refused


VALUES = listed("VALUES.csv")


@pytest.mark.parametrize("row", VALUES, ids=lambda row: f"{named(row)}:{row['data_set']}")
def test_values_to_the_last_digit(row: dict[str, str]) -> None:
    sample = read(REAL / row["path"], int(row["data_set"]))
    assert sample.n_events == int(row["events"])
    columns = [sample.stored.column(i, 0, sample.n_events) for i in range(len(sample.parameters))]
    assert len(columns) == int(row["channels"])
    sums = [float(column.astype(np.float64).sum()) for column in columns]
    np.testing.assert_allclose(sums, [float(v) for v in row["sums"].split(";")], rtol=1e-9, atol=0)
    # Printed with nine digits, which identify a float32.
    assert [f"{float(column[0]):.9g}" for column in columns] == row["first_event"].split(";")
    assert [f"{float(column[-1]):.9g}" for column in columns] == row["last_event"].split(";")
    reported = sum(f.value or 0 for f in sample.data_set.findings if f.check in ("over_range", "flag_bits_masked"))
    assert reported == int(row["masked_values"])


@pytest.mark.parametrize("row", VALUES, ids=lambda row: f"{named(row)}:{row['data_set']}")
def test_any_stretch_is_the_same_values(row: dict[str, str]) -> None:
    sample = read(REAL / row["path"], int(row["data_set"]))
    n = sample.n_events
    whole = matrix(sample)
    for start, stop in ((0, 1), (n // 3, n // 2), (n - 1, n), (n // 2, n // 2)):
        for index in range(len(sample.parameters)):
            assert np.array_equal(sample.linear(index, start, stop), whole[start:stop, index])


@each_file
def test_second_opinion(row: dict[str, str]) -> None:
    """No other reader has other values where it reads at all; damaged files they return without a word."""
    for opinion in cross_check_file(REAL / row["path"]):
        if opinion.verdict == "differs":
            assert row["expect"].startswith("refuse: DATA damaged")
            assert "tregate rejects" in opinion.message


# ---------------------------------------------------------------- what single files teach


def test_time_is_monotone_with_the_right_offsets() -> None:
    time = read(real_file("Accuri - C6.fcs"))
    index = next(p.index for p in time.parameters if p.name == "Time")
    assert (np.diff(time.linear(index)) >= 0).all()


def test_event_count_counts_with_the_right_offsets() -> None:
    sample = read(real_file("Beckman Coulter - Cyan.fcs"))
    index = next(p.index for p in sample.parameters if p.name == "Event Count")
    assert np.array_equal(sample.linear(index), np.arange(2, sample.n_events + 2))


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        ("gate_ref/data1.fcs", "data1_preprocessed.npy"),
        ("B01 KC-A-W---91-US.fcs", "B01 KC-A-W---91-US_preprocessed_events.npy"),
    ],
)
def test_linear_intensities(name: str, truth: str) -> None:
    """Log amplification and gains of 3.67 and 8; a `$TIMESTEP` of 0.1: as FlowIO's authors keep them."""
    expected = np.load(real_file(truth))
    np.testing.assert_allclose(matrix(read(real_file(name))), expected, rtol=1e-12)


def test_coulter_percent_has_the_right_direction() -> None:
    """FL3 - 0.284 x FL1 of data set 2 is `FL3 Lin` of data set 1 within one channel; no other direction fits."""
    path = real_file("coulter.lmd")
    rough, fine = read(path, 1), read(path, 2)
    (spillover,) = fine.data_set.spillovers
    at = {str(p.name): p.index for p in fine.parameters}
    fl1, fl3 = fine.linear(at["FL1"]), fine.linear(at["FL3"])
    share = spillover.matrix[spillover.channels.index("FL1"), spillover.channels.index("FL3")]  # type: ignore[arg-type]
    assert share == pytest.approx(0.284)
    baked_in = rough.linear(next(p.index for p in rough.parameters if p.name == "FL3 Lin"))
    unclipped = (fl3 / 1024 < 1023) & (fl1 / 1024 < 1023)
    compensated = np.floor(np.clip(fl3 - share * fl1, 0, None) / 1024)
    assert np.abs(compensated - baked_in)[unclipped].max() <= 1
    assert np.abs(np.floor(fl3 / 1024) - baked_in).max() > 50
    assert rough.data_set.already_compensated
    assert fine.data_set.already_compensated is False


@pytest.mark.parametrize("name", ["188-15.LMD", "SM239.LMD"])
def test_singular_matrices_of_gallios_are_no_matrices(name: str) -> None:
    data_set = survey(real_file(name)).data_sets[1]
    assert data_set.spillovers == ()
    assert "spillover_singular" in [f.check for f in data_set.findings]


def test_four_different_samples_are_asked_about() -> None:
    with pytest.raises(DataSetError, match="dataset"):
        read(real_file("Guava Muse.fcs"))


SPILL_STATES = {
    "not identity": (1, set()),
    "identity": (1, {"spillover_identity"}),
    "COMP is a label, not a matrix; SPILL identity": (1, {"spillover_identity", "spillover_unreadable"}),
    "$SPILLOVER names without numbers": (0, {"spillover_unreadable"}),
    "$SPILL empty": (0, {"spillover_unreadable"}),
    "identity, by parameter number": (1, {"spillover_identity", "spillover_numeric_names"}),
    "7 $DFCiTOj, 7 not zero": (1, set()),
    "": (0, set()),
}


@pytest.mark.parametrize(
    "row",
    listed("INVENTORY.csv", lambda row: row["kind"] == "fcs" and row["expect"].startswith("reads")),
    ids=named,
)
def test_compensation_keywords(row: dict[str, str]) -> None:
    data_set = survey(REAL / row["path"]).data_sets[0]
    checks = {f.check for f in data_set.findings if f.check.startswith("spillover_")} - {"spillover_display_matrix"}
    state = row["spill_state"]
    if "names not in the file" in state:
        assert "spillover_unknown_channel" in checks
        assert data_set.spillovers == ()
    else:
        count, expected = SPILL_STATES[state]
        assert (len(data_set.spillovers), checks) == (count, expected)
        if count and row["spill_n"]:
            assert len(data_set.spillovers[0].channels) == int(row["spill_n"])


@pytest.mark.parametrize(
    ("name", "microlitres"),
    [
        ("CellCounts4L-NY071-1.fcs", 30.5),
        ("CellCounts4L-NY072-1.fcs", 30.29),
        ("Accuri - C6.fcs", 33.008),
        ("G11.fcs", 46.0),
        ("cyflow_cube_8.fcs", 99.0),
        ("iCyt.fcs", 6.06107899397804),
        ("INF071_Ctrl_Tetramer.fcs", None),
    ],
)
def test_volume(name: str, microlitres: float | None) -> None:
    """Nanolitres, or Cytek's microlitres; none for a sub-sampled file."""
    assert read(real_file(name)).data_set.volume_ul == (None if microlitres is None else pytest.approx(microlitres))


@pytest.mark.parametrize("name", ["s10a01.FCS", "itn_02.fcs", "Guava Muse.fcs"])
def test_float_with_log_amplification_is_reported_and_left_alone(name: str) -> None:
    data_set = read(real_file(name), 1).data_set
    assert "float_log_amplification" in [f.check for f in data_set.findings]
    assert {p.decades for p in data_set.parameters} == {0.0}


@pytest.mark.parametrize("row", listed("INVENTORY.csv", lambda row: row["kind"] == "matrix"), ids=named)
def test_matrix_files(row: dict[str, str]) -> None:
    written = read_matrix(REAL / row["path"])
    assert written.matrix.shape == (len(written.names),) * 2
    if named(row) != "compref2":  # its rows 3 and 4 are exchanged on purpose
        assert np.array_equal(np.diagonal(written.matrix), np.ones(len(written.names)))


def test_published_matrix_with_carriage_returns() -> None:
    written = read_matrix(real_file("compdata/compmatrix"))
    assert written.names == ("FL1-H", "FL2-H", "FL3-H", "FL4-H")
    assert written.matrix[0].tolist() == [1, 0.24, 0.032, 0.00113]
    assert written.matrix[2].tolist() == [0.00869, 0.17, 1, 0.21]


def test_no_reading_error_names_a_person() -> None:
    """Personal keywords are in half of the files; no message or fact that is shown holds one."""
    for row in FILES:
        path = REAL / row["path"]
        try:
            found = survey(path)
        except ReadError:
            continue
        shown = " ".join(
            [found.decision, *(str(v) for d in found.data_sets for v in d.details.values())]
            + [f.message for d in found.data_sets for f in d.findings]
            + [r.message for d in found.data_sets for r in d.repairs]
        )
        assert not [name for name in personal(path) if name in shown.split()]


def personal(path: Path) -> list[str]:
    """Words of `$OP` and its like, longer than four letters."""
    raw = path.read_bytes()[:100_000]
    delimiter = raw[int(raw[10:18]) : int(raw[10:18]) + 1]
    tokens = raw.split(delimiter)
    values = [b for a, b in pairwise(tokens) if a.strip().upper() in (b"$OP", b"$INST", b"EXPORT USER NAME")]
    return [word for value in values for word in value.decode("latin-1").split() if len(word) > 4]
