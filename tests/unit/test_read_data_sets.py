"""Several data sets in one file: different samples, LMD twins, chains that lie."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fcs_bytes import Fcs, chained, words

from tregate.gating.errors import DataSetError, ReadError, TruncatedError
from tregate.gating.read.survey import read, survey

RANDOM = np.random.default_rng(19)


def sample_set(seed: int, events: int = 20) -> Fcs:
    values = np.random.default_rng(seed).normal(100, 10, (events, 2))
    return Fcs(words(values, "<f4"), events, [32, 32], [1024, 1024], "F", version="FCS3.0")


def put(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "tube.lmd"
    path.write_bytes(data)
    return path


# ---------------------------------------------------------------- different samples


def test_different_samples_have_no_default(tmp_path: Path) -> None:
    path = put(tmp_path, chained(sample_set(1), sample_set(2, 21), sample_set(3, 22)))
    found = survey(path)
    assert [one.n_events for one in found.data_sets] == [20, 21, 22]
    assert found.default is None
    with pytest.raises(DataSetError, match="column `dataset`"):
        read(path)
    for number, events in ((1, 20), (2, 21), (3, 22)):
        sample = read(path, number)
        assert sample.n_events == events
        expected = np.frombuffer(sample_set(number, events).data, "<f4").reshape(-1, 2)
        assert np.array_equal(sample.stored.column(1, 0, events), expected[:, 1])
    with pytest.raises(DataSetError, match="Data set 4 was requested, but the file has 3"):
        read(path, 4)


@pytest.mark.parametrize("number", [0, -1, 2])
def test_a_data_set_that_is_not_there(tmp_path: Path, number: int) -> None:
    with pytest.raises(DataSetError, match="the file has 1"):
        read(put(tmp_path, sample_set(1).build()), number)


@pytest.mark.parametrize("step", [1, 58, 100, 10**6, 10**18])
def test_nextdata_that_leads_nowhere(tmp_path: Path, step: int) -> None:
    path = put(tmp_path, sample_set(1).build(nextdata=step))
    sample = read(path)
    assert sample.n_events == 20
    assert [repair.name for repair in sample.data_set.repairs] == ["next-data-ignored"]


@pytest.mark.parametrize("step", [0, -5])
def test_nextdata_that_ends_the_chain(tmp_path: Path, step: int) -> None:
    assert read(put(tmp_path, sample_set(1).build(nextdata=step))).data_set.repairs == ()


def test_nextdata_says_zero_although_others_follow(tmp_path: Path) -> None:
    """As Guava InCyte is reported to write."""
    data = b"".join(sample_set(seed, 20 + seed).build() + b"\0" * seed for seed in range(5))
    path = put(tmp_path, data)
    found = survey(path)
    assert [one.n_events for one in found.data_sets] == [20, 21, 22, 23, 24]
    assert found.default is None
    assert "next-data-found" in [repair.name for repair in read(path, 3).data_set.repairs]


def test_nextdata_counted_from_the_start_of_the_file(tmp_path: Path) -> None:
    """Right for the second data set, past the end for the third."""
    sets = [sample_set(seed, events) for seed, events in ((1, 20), (2, 30), (3, 25))]
    first = sets[0].build(nextdata=len(sets[0].build(nextdata=1000)))
    second = sets[1].build(nextdata=1000)
    second = sets[1].build(nextdata=len(first) + len(second))
    path = put(tmp_path, first + second + sets[2].build())
    assert [d.n_events for d in survey(path).data_sets] == [20, 30, 25]
    reported = read(path, 3).data_set
    assert reported.n_events == 25
    assert [r.name for r in reported.repairs] == ["next-data-ignored", "next-data-found"]


def test_an_incomplete_data_set_without_nextdata_is_no_data_set(tmp_path: Path) -> None:
    path = put(tmp_path, sample_set(1).build() + sample_set(2).build()[:-1])
    assert survey(path).default == 1
    assert read(path).data_set.repairs == ()


def test_many_data_sets_end(tmp_path: Path) -> None:
    path = put(tmp_path, chained(*(sample_set(seed, 1) for seed in range(95))))
    assert len(survey(path).data_sets) == 95


# ---------------------------------------------------------------- Beckman LMD


def twins(
    events: int = 500,
    stains: dict[str, str] | None = None,
    dfc: dict[str, str] | None = None,
    second: dict[str, str | None] | None = None,
    keywords: dict[str, str | None] | None = None,
    break_pairing: bool = False,
) -> tuple[Fcs, Fcs, np.ndarray]:
    """A Gallios pair by the rules measured on real files [docs/sources.md#reading-lmd-files]; the 20-bit values too."""
    names = {"FS-A": "FS INT LIN", "FS-W": "FS TOF LIN", "SS-A": "SS INT LIN", "FL1-A": "FL1 INT LOG"}
    names |= {"FL2-A": "FL2 INT LOG", "FL2-H": "FL2 PEAK LIN", "TIME": "TIME"}
    tops = [2**20, 2**10, 2**20, 2**20, 2**20, 2**18, 2**20]
    fine = np.stack(
        [RANDOM.integers(1100, top, events) if top > 2000 else RANDOM.integers(0, top, events) for top in tops], axis=1
    )
    rough = np.zeros_like(fine)
    for i, (name, top) in enumerate(zip(names.values(), tops, strict=True)):
        logarithmic = name.endswith("LOG")
        rough[:, i] = [
            min(1023, math.floor(256 * math.log10(v / 1024 / 0.1024))) if logarithmic else v * 1024 // top
            for v in fine[:, i].tolist()
        ]
    if break_pairing:
        rough = rough[::-1]
    first_words = {f"$P{i + 1}S": (stains or {}).get(name, name) for i, name in enumerate(names.values())}
    first_words |= {f"$P{i + 1}E": "4.0,0.1024" for i, name in enumerate(names.values()) if name.endswith("LOG")}
    first_words |= {"$CYT": "Navios", "$BEGINDATA": None, "$ENDDATA": None, "@BASELINEOFFSET": "ON", "$TIMESTEP": " "}
    first_words |= dfc or {"$DFC1TO2": "12.5", "$DFC2TO1": "0.0"}
    one = Fcs(
        words(rough | 0x8000, "<u2"),
        events,
        [16] * 7,
        [1024] * 7,
        byteord="1,2",
        version="FCS2.0",
        names=list(names.values()),
        keywords=first_words | (keywords or {}),
        delimiter="\\",
        data_end_shift=1,
        tail=bytes(700),
    )
    counter = RANDOM.integers(0, 64, fine.shape) << 24
    two = Fcs(
        words(fine | counter, "<u4"),
        events,
        [32] * 7,
        tops,
        version="FCS3.0",
        names=list(names),
        keywords=second or {},
    )
    return one, two, fine


def test_twins_use_the_second(tmp_path: Path) -> None:
    stains = {"FL1 INT LOG": "CD45-FITC", "FL2 INT LOG": "CD4-RD1"}
    one, two, fine = twins(stains=stains)
    path = put(tmp_path, chained(one, two))
    found = survey(path)
    assert found.default == 2
    assert "Data set 2 is used" in found.decision
    sample = read(path)
    assert sample.data_set.number == 2
    assert "values correspond" in sample.decision
    for i in range(7):
        assert np.array_equal(sample.stored.column(i, 0, 500), fine[:, i])
    assert [p.stain for p in sample.parameters] == ["", "", "", "CD45-FITC", "CD4-RD1", "", ""]
    assert sample.data_set.instrument == "Navios"
    assert sample.data_set.already_compensated is False
    assert [r.name for r in sample.data_set.repairs] == ["data-end-off-by-one"]
    assert sample.data_set.repairs[0].message.startswith("Data set 1: ")


def test_the_first_twin_is_compensated_already(tmp_path: Path) -> None:
    path = put(tmp_path, chained(*twins()[:2]))
    sample = read(path, 1)
    assert sample.data_set.already_compensated is True
    assert sample.parameters[3].decades == 4.0
    assert sample.parameters[3].offset == 0.1024
    assert sample.stored.column(0, 0, 500).max() <= 1023
    assert sample.decision.startswith("Data set 1 was requested.")


def test_percent_of_data_set_1_goes_from_i_to_j(tmp_path: Path) -> None:
    """`$DFC1TO2` 12.5: an eighth of FL1 is subtracted from FL2."""
    (matrix,) = read(put(tmp_path, chained(*twins()[:2]))).data_set.spillovers
    assert matrix.source == "$DFCiTOj (data set 1)"
    assert matrix.channels == ("FL1-A", "FL2-A")
    assert matrix.matrix.tolist() == [[1.0, 0.125], [0.0, 1.0]]


def test_numeric_spillover_of_data_set_2_comes_first(tmp_path: Path) -> None:
    second: dict[str, str | None] = {"$SPILLOVER": "2,4,5,1.000,0.200,0.010,1.000"}
    sample = read(put(tmp_path, chained(*twins(second=second)[:2])))
    first = sample.data_set.spillovers[0]
    assert (first.source, first.channels) == ("$SPILLOVER", ("FL1-A", "FL2-A"))
    assert first.matrix.tolist() == [[1.0, 0.2], [0.01, 1.0]]
    assert "spillover_numeric_names" in [f.check for f in sample.data_set.findings]


def test_comp_over_all_parameters_is_reduced(tmp_path: Path) -> None:
    """Ones between height and area of one detector, a zero row for TIME: singular as written."""
    full = np.eye(7)
    full[3, 4], full[3, 5], full[4, 3], full[5, 3] = 0.2, 0.2, 0.01, 0.01
    full[4, 5] = full[5, 4] = full[0, 1] = full[1, 0] = 1.0
    full[6, 6] = 0.0
    comp = "7," + ",".join(f"{value:g}" for value in full.ravel())
    sample = read(put(tmp_path, chained(*twins(second={"$COMP": comp})[:2])))
    first = sample.data_set.spillovers[0]
    assert (first.source, first.channels) == ("$COMP", ("FL1-A", "FL2-A"))
    assert first.matrix.tolist() == [[1.0, 0.2], [0.01, 1.0]]


def test_numeric_spillover_over_height_and_area_is_reduced(tmp_path: Path) -> None:
    second: dict[str, str | None] = {"$SPILLOVER": "3,4,5,6,1,0.2,0.2,0.01,1,1,0.01,1,1"}
    sample = read(put(tmp_path, chained(*twins(second=second)[:2])))
    first = sample.data_set.spillovers[0]
    assert (first.source, first.channels) == ("$SPILLOVER", ("FL1-A", "FL2-A"))
    assert "spillover_reduced" in [f.check for f in sample.data_set.findings]


def test_a_singular_matrix_of_one_detector_is_no_matrix(tmp_path: Path) -> None:
    second: dict[str, str | None] = {"$SPILLOVER": "2,5,6,1.000,1.000,1.000,1.000"}
    data_set = read(put(tmp_path, chained(*twins(second=second, dfc={"$DFC1TO2": "0"})[:2]))).data_set
    assert "$SPILLOVER" not in [matrix.source for matrix in data_set.spillovers]
    assert "spillover_singular" in [f.check for f in data_set.findings]


def test_two_stains_for_one_detector_are_reported_and_none_is_taken(tmp_path: Path) -> None:
    one, two, _ = twins(stains={"FL2 INT LOG": "CD4-RD1", "FL2 PEAK LIN": "CD8-RD1"})
    heights = read(put(tmp_path, chained(one, two))).parameters
    assert (heights[4].stain, heights[5].stain) == ("CD4-RD1", "CD8-RD1")
    names = [*one.names]
    names[5] = "FL2 INT LIN"
    other = Fcs(**(vars(one) | {"names": names}))
    reported = survey(put(tmp_path, chained(other, two))).data_sets[1]
    assert (reported.parameters[4].stain, reported.parameters[5].stain) == ("", "")
    (finding,) = [f for f in reported.findings if f.check == "lmd_stain_conflict"]
    assert "CD4-RD1 and CD8-RD1" in finding.message


@pytest.mark.parametrize(("written", "shown"), [("1002.5", 1002.5), ("NOT SET", None), ("0", None), ("", None)])
def test_bead_factor_is_shown_where_it_is_set(tmp_path: Path, written: str, shown: float | None) -> None:
    path = put(tmp_path, chained(*twins(keywords={"@ABSCALFACTOR": written})[:2]))
    for data_set in survey(path).data_sets:
        assert data_set.details.get("abscalfactor") == shown


def test_data_sets_that_do_not_correspond_are_no_twins(tmp_path: Path) -> None:
    path = put(tmp_path, chained(*twins(stains={"FL1 INT LOG": "CD45-FITC"}, break_pairing=True)[:2]))
    with pytest.raises(DataSetError, match="do not correspond"):
        read(path)
    sample = read(path, 2)
    assert "lmd_not_twins" in [f.check for f in sample.data_set.findings]
    assert {p.stain for p in sample.parameters} == {""}
    assert sample.data_set.spillovers == ()
    assert sample.data_set.repairs == ()
    assert read(path, 1).data_set.already_compensated is None


def test_a_fluorescence_that_differs_is_compensated_where_scatter_and_time_agree(tmp_path: Path) -> None:
    """No $DFCiTOj says so: what was subtracted stands in data set 2's matrix or nowhere."""
    one, two, fine = twins(dfc={"$DFC1TO2": "0"})
    rough = np.frombuffer(one.data, "<u2").reshape(-1, 7).copy()
    rough[:, 5] //= 2
    sample = read(put(tmp_path, chained(replace(one, data=rough.tobytes()), two)))
    assert sample.data_set.number == 2
    assert np.array_equal(sample.stored.column(5, 0, 500), fine[:, 5])
    assert "FL2-H differ, as compensated" in sample.decision


def test_different_totals_are_different_samples(tmp_path: Path) -> None:
    one, two, _ = twins()
    shorter = Fcs(**(vars(two) | {"data": two.data[: 28 * 400], "n_events": 400}))
    assert survey(put(tmp_path, chained(one, shorter))).default is None


@pytest.mark.parametrize("cut", [1, 300, 9000, 14_000, 14_800])
def test_lmd_cut_short_never_falls_back_to_the_rough_half(tmp_path: Path, cut: int) -> None:
    path = put(tmp_path, chained(*twins()[:2])[:-cut])
    with pytest.raises(TruncatedError):
        read(path)


def test_lmd_cut_before_the_second_half_says_what_is_lost(tmp_path: Path) -> None:
    one, two, _ = twins()
    whole = chained(one, two)
    path = put(tmp_path, whole[: -len(two.build()) + 20])
    with pytest.raises(TruncatedError, match="second data set"):
        read(path)
    assert survey(path).default is None
    assert read(path, 1).data_set.already_compensated is True


def test_lmd_whose_first_half_is_damaged_still_reads(tmp_path: Path) -> None:
    one, two, fine = twins()
    broken = Fcs(**(vars(one) | {"header_data": ("200", "9000")}))
    sample = read(put(tmp_path, chained(broken, two)))
    assert np.array_equal(sample.stored.column(0, 0, 500), fine[:, 0])
    assert "lmd_not_compared" in [f.check for f in sample.data_set.findings]


def test_survey_of_one_bad_data_set_among_good_ones(tmp_path: Path) -> None:
    good, bad = sample_set(1), Fcs(**(vars(sample_set(2)) | {"keywords": {"$MODE": "C"}}))
    path = put(tmp_path, chained(good, bad))
    assert len(survey(path).data_sets) == 2
    assert read(path, 1).n_events == 20
    with pytest.raises(ReadError, match="correlated"):
        read(path, 2)
