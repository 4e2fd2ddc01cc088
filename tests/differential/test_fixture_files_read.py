"""Files of the fixtures, read by tregate's own reader: two hands that share no code agree on every value."""

from pathlib import Path

import numpy as np
import pytest

from tregate.fixtures.fcs import Encoding
from tregate.fixtures.lmd import Style, write_lmd
from tregate.fixtures.trial import FORMATS
from tregate.fixtures.tube import KINDS, Tube, make_tube
from tregate.gating.read.survey import read

SOUND = {name: encoding for name, encoding in FORMATS.items() if encoding is not None}


def agree(path: Path, tube: Tube, expected: np.ndarray) -> None:
    sample = read(path)
    assert sample.n_events == len(tube.labels)
    for n, channel in enumerate(tube.channels):
        step = tube.timestep if channel.name == "Time" else 1.0
        assert str(sample.parameters[n].name) == channel.name
        assert sample.parameters[n].stain == channel.stain
        assert np.allclose(sample.linear(n), expected[:, n] * step, rtol=1e-9, atol=1e-9), channel.name


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", SOUND)
def test_every_format_reads_back(tmp_path: Path, kind: str, form: str) -> None:
    tube = make_tube(kind, seed=11, events=1_500)
    path = tube.write(tmp_path / "tube.fcs", SOUND[form])
    whole = SOUND[form].datatype == "I"
    agree(path, tube, np.floor(np.maximum(tube.events, 0)) if whole else tube.events)


@pytest.mark.parametrize("kind", KINDS)
def test_log_integers_read_back(tmp_path: Path, kind: str) -> None:
    tube = make_tube(kind, "integer_10bit_log", seed=11, events=1_500)
    agree(tube.write(tmp_path / "tube.fcs"), tube, tube.events)


@pytest.mark.parametrize(
    "quirk",
    [
        "offsets_only_in_text",
        "header_data_blank",
        "data_end_exclusive",
        "wrong_begindata_in_text",
        "wrong_header",
        "no_data_offsets_in_text",
        "no_final_delimiter",
        "spaces_after_text",
        "empty_values",
        "padded_keys",
        "lower_case_keys",
        "text_after_data",
        "garbage_supplemental",
    ],
)
def test_mistakes_of_real_instruments_read_back(tmp_path: Path, quirk: str) -> None:
    tube = make_tube("tetrachrome_t", seed=12, events=800)
    agree(tube.write(tmp_path / "tube.fcs", Encoding(quirks=frozenset({quirk}))), tube, tube.events)


@pytest.mark.parametrize("style", ["gallios", "fc500"])
def test_lmd_gives_the_second_set_with_the_stains_of_the_first(tmp_path: Path, style: Style) -> None:
    tube = make_tube("tetrachrome_nk", seed=13, events=2_000)
    sample = read(write_lmd(tmp_path / "tube.LMD", tube, style))
    assert sample.data_set.number == 2
    stains = {parameter.stain: parameter.index for parameter in sample.parameters if parameter.stain}
    assert set(stains) == {"CD45-FITC", "CD56-RD1", "CD19-ECD", "CD3-PC5"}
    for stain, index in stains.items():
        assert np.array_equal(sample.linear(index), np.floor(np.maximum(tube.column(stain), 0)))
    matrix = sample.data_set.spillovers[0].matrix
    assert np.allclose(matrix, tube.spill, atol=1e-4)
