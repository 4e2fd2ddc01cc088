"""Whatever the blood: truth is consistent, tubes hold what the blood gives, and files give it back."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tregate.fixtures.blood import Blood
from tregate.fixtures.conditions import CONDITIONS
from tregate.fixtures.fcs import Encoding, Parameter, data_bytes, fcs_bytes
from tregate.fixtures.tube import make_tube

bloods = st.builds(
    Blood,
    cd4_per_ul=st.floats(20, 2000),
    cd8_per_ul=st.floats(50, 1500),
    b_per_ul=st.floats(0, 800),
    nk_per_ul=st.floats(0, 1000),
    monocytes_per_ul=st.floats(0, 3000),
    treg_percent_of_cd4=st.floats(0, 30),
    nk_bright_percent_of_nk=st.floats(0, 100),
    activated_percent_of_cd4=st.floats(0, 30),
)


@given(bloods)
def test_blood_adds_up(blood: Blood) -> None:
    try:
        per_ul = blood.cells_per_ul()
    except ValueError:
        cd3 = (blood.cd4_per_ul + blood.cd8_per_ul) / 0.964
        assert blood.cd8_per_ul < 0.04 * cd3 or blood.cd4_per_ul < 0.03 * cd3
        return
    assert per_ul["CD4+"] == pytest.approx(blood.cd4_per_ul)
    assert per_ul["CD8+"] == pytest.approx(blood.cd8_per_ul)
    assert per_ul["Treg"] + per_ul["CD4+ non-Treg"] == pytest.approx(per_ul["CD4+"])
    assert per_ul["CD3+"] + per_ul["CD3-"] == pytest.approx(per_ul["lymphocytes"])
    assert per_ul["NK bright"] + per_ul["NK dim"] == pytest.approx(per_ul["NK"], abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(
    kind=st.sampled_from(["tetrachrome_t", "tetrachrome_nk", "treg_nk"]),
    cd4=st.floats(200, 2000),
    nk=st.floats(50, 800),
    beads=st.floats(200, 3000),
    volumes=st.tuples(st.floats(20, 200), st.floats(20, 200)),
    seed=st.integers(0, 10_000),
)
def test_counting_by_beads_gives_the_truth_within_counting_error(
    kind: str, cd4: float, nk: float, beads: float, volumes: tuple[float, float], seed: int
) -> None:
    alone = replace(CONDITIONS["nominal"], doublets=0.0)
    blood = Blood(cd4_per_ul=cd4, nk_per_ul=nk)
    tube = make_tube(
        kind, alone, seed, 15_000, blood, beads_per_ul=beads, bead_volume_ul=volumes[0], blood_volume_ul=volumes[1]
    )
    cells = int(tube.members["lymphocytes"].sum())
    counted = cells / tube.beads_seen * beads * volumes[0] / volumes[1]
    error = np.log(counted / tube.cells_per_ul["lymphocytes"]) / np.sqrt(1 / cells + 1 / tube.beads_seen)
    assert abs(error) < 5.5


@settings(max_examples=60, deadline=None)
@given(
    events=st.integers(0, 40),
    parameters=st.integers(1, 6),
    datatype=st.sampled_from(["F", "D", "I"]),
    order=st.sampled_from(["little", "big"]),
    quirks=st.sets(
        st.sampled_from(["text_after_data", "empty_values", "padded_keys", "lower_case_keys", "spaces_after_text"])
    ),
    delimiter=st.sampled_from(["/", "|", "\\", "\x0c", "\x1e"]),
    seed=st.integers(0, 99),
)
def test_data_lie_where_the_header_says(
    events: int, parameters: int, datatype: str, order: str, quirks: set[str], delimiter: str, seed: int
) -> None:
    values = np.random.default_rng(seed).integers(0, 2**20, (events, parameters))
    encoding = Encoding(
        datatype=datatype, byteorder=order, delimiter=delimiter, quirks=frozenset(quirks)  # type: ignore[arg-type]
    )  # fmt: skip
    named = [Parameter(f"a/b|{n}") for n in range(parameters)]
    data = fcs_bytes(values, named, encoding)
    begin, end = int(data[26:34]), int(data[34:42])
    assert data[begin : end + 1] == data_bytes(values, named, encoding)
    text_begin, text_end = int(data[10:18]), int(data[18:26])
    text = data[text_begin : text_end + 1].decode()
    assert text.startswith(delimiter)
    assert f"$begindata{delimiter}{begin}{delimiter}" in text.lower()
